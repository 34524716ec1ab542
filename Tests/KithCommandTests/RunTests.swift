import Foundation
import Testing

@testable import KithCommand

@Suite("A running node", .serialized)
struct RunTests {
    @Test("prints the record to join with, joins, answers, and stops in order")
    func together() async throws {
        let folder = try TemporaryFolder()
        let entry = try Running(node: folder.path("entry"), ["--bootstrap"])
        let listening = try #require(try await entry.event("listening"))
        let record = try #require(listening["record"] as? String)
        #expect(record.hasPrefix("kith-node:"))
        #expect(listening["network"] as? String == "local")

        var others: [Running] = []
        for name in ["ada", "bob", "cyd"] {
            others.append(try Running(node: folder.path(name), ["--seed", record]))
        }
        for other in others {
            #expect(try await other.event("joined") != nil, "\(other.talk)")
        }

        func ask(_ arguments: [String], at home: String) throws -> Shell.Ending {
            try Shell.kith(arguments + ["--json", "--home", folder.path(home)])
        }
        let status = try ask(["status"], at: "ada")
        #expect(status.status == 0)
        #expect(status.json?["phase"] as? String == "joined")
        #expect(status.json?["running"] as? Bool == true)

        let ping = try await eventually { try ask(["ping", record], at: "ada") }
        #expect(ping.status == 0)
        #expect(ping.json?["node"] as? String == listening["node"] as? String)

        #expect(try ask(["publish"], at: "ada").errorCode == "no-profile")
        #expect(try ask(["unpublish"], at: "ada").errorCode == "nothing-published")
        _ = try ask(["profile", "set", "--name", "Ada Lovelace"], at: "ada")
        let published = try await eventually { try ask(["publish"], at: "ada") }
        #expect(published.json?["quorum"] as? Int == 2)
        #expect(published.json?["wanted"] as? Int == 3)
        #expect((published.json?["location"] as? String)?.count == 64)

        // Requests time out where the processor is busy; then a search says that nobody is there.
        let found = try await eventually { try ask(["find", "lovelace"], at: "bob") }
        #expect(found.status == 0)
        let hits = try #require(found.json?["results"] as? [[String: Any]])
        #expect(hits.map { $0["name"] as? String } == ["Ada Lovelace"])
        for key in ["identity", "fingerprint", "score", "source", "why", "interests", "region"] {
            #expect(hits.first?[key] != nil, "\(key)")
        }
        let nobody = try ask(["find", "zebedee"], at: "bob")
        #expect(nobody.status == 3)
        #expect((nobody.json?["results"] as? [Any])?.isEmpty == true)

        let identity = try #require(hits.first?["identity"] as? String)
        let record2 = try await eventually { try ask(["dht", "get", identity], at: "cyd") }
        #expect((record2.json?["record"] as? [String: Any])?["author"] as? String == identity)
        let trace = try ask(["trace", identity], at: "cyd")
        #expect((trace.json?["steps"] as? [Any])?.isEmpty == false)
        #expect(try await eventually { try ask(["unpublish"], at: "ada") }.status == 0)
        #expect(try ask(["find", "ada"], at: "cyd").status == 3)

        others[0].signal(SIGINT)
        #expect(others[0].end().status == 130)
        for other in others.dropFirst() { other.signal(SIGTERM) }
        for other in others.dropFirst() {
            let ending = other.end()
            #expect(ending.status == 0)
            #expect(ending.output.hasSuffix("{\"event\":\"stopped\"}\n"))
        }
        #expect(try ask(["status"], at: "ada").status == 4)
        entry.signal(SIGTERM)
        #expect(entry.end().status == 0)
    }

    @Test(
        "says within ten seconds that it is alone, why, and what to try", arguments: [false, true])
    func alone(withSeed: Bool) async throws {
        let folder = try TemporaryFolder()
        var arguments: [String] = []
        if withSeed {
            // A real record of a node that is gone.
            let seed = try Running(node: folder.path("seed"))
            let record = try await seed.event("listening")?["record"] as? String
            seed.signal(SIGKILL)
            _ = seed.end()
            arguments = ["--seed", try #require(record)]
        }
        let node = try Running(node: folder.path("node"), arguments)
        // The ten seconds are the node's; how long a process takes to start is not its doing.
        #expect(try await node.event("listening") != nil)
        let alone = try #require(try await node.event("alone", within: .seconds(10)))
        let reason = try #require(alone["reason"] as? String)
        #expect(
            reason
                == (withSeed
                    ? "1 node asked, none answered"
                    : "no seed was given and no node is known from before"))
        #expect((alone["hint"] as? String)?.isEmpty == false)

        let status = try Shell.kith(["status", "--json", "--home", folder.path("node")])
        #expect(status.status == 5)
        #expect(status.json?["phase"] as? String == "alone")
        _ = try Shell.kith(["profile", "set", "--name", "Ada", "--home", folder.path("node")])
        let publish = try Shell.kith(["publish", "--json", "--home", folder.path("node")])
        #expect(publish.status == 5)
        #expect(publish.errorCode == "no-peers")
        #expect(publish.talk.contains("the node goes on trying every minute while it runs"))
        node.signal(SIGTERM)
        #expect(node.end().status == 0)
    }

    @Test("is refused where another one runs: on its home, and on its port")
    func conflicts() async throws {
        let folder = try TemporaryFolder()
        let first = try Running(node: folder.path("home"))
        let listening = try #require(try await first.event("listening"))

        let sameHome = try Running(node: folder.path("home")).end()
        #expect(sameHome.status == 1)
        #expect(sameHome.errorCode == "home-locked")

        let address = try #require((listening["addresses"] as? [String])?.first)
        let samePort = try Shell.kith([
            "run", "--json", "--network", "local", "--listen", address,
            "--home", folder.path("other"),
        ])
        #expect(samePort.status == 1)
        #expect(samePort.errorCode == "port-in-use")
        first.signal(SIGTERM)
        #expect(first.end().status == 0)
    }

    @Test("answers with JSON whose keys scripts can rely on")
    func stableKeys() async throws {
        let folder = try TemporaryFolder()
        let entry = try Running(node: folder.path("entry"), ["--bootstrap"])
        let record = try #require(try await entry.event("listening")?["record"] as? String)
        var nodes = [entry]
        for name in ["a", "b", "c"] {
            nodes.append(try Running(node: folder.path(name), ["--seed", record]))
            #expect(try await nodes[nodes.count - 1].event("joined") != nil)
        }
        // A request may time out where the processor is busy; the keys are those of an answer.
        func keys(_ arguments: [String], endingWith status: Int32 = 0) async throws -> String {
            let ending = try await eventually(endingWith: status) {
                try Shell.kith(arguments + ["--json", "--home", folder.path("a")])
            }
            return (ending.json ?? [:]).keys.sorted().joined(separator: " ")
        }
        #expect(
            try await keys(["profile", "set", "--name", "Ada"])
                == "current fields level passOn profile published")
        #expect(
            try await keys(["publish"])
                == "cards cardsWanted durationMs entries entriesWanted expires level location "
                + "quorum receipts sequence stored wanted withdrawn")
        #expect(
            try await keys(["profile", "show", "--as", "stranger"])
                == "as card level published shownOn")
        #expect(
            try await keys(["find", "ada"])
                == "dropped durationMs lookups partial requests results via")
        #expect(
            try await keys(["status"])
                == "contacts counters fingerprint home identity island listening load locked mix "
                + "near neighbourhood neighbours network networkSize node phase profile reach record recordBytes "
                + "records requests role running seen sessions suspicion "
                + "uptimeMs visible")
        #expect(try await keys(["peers"]) == "neighbours")
        #expect(try await keys(["ping", record]) == "load node record roundTripMs seen")
        let location = String(repeating: "1", count: 64)
        let lookup = "closest durationMs failures hops location requests"
        #expect(try await keys(["dht", "lookup", location]) == lookup)
        #expect(try await keys(["trace", location]) == lookup + " steps")
        #expect(
            try await keys(["dht", "get", location], endingWith: 3)
                == "closest durationMs failures hops location record requests")
        #expect(try await keys(["id"]) == "fingerprint home identity network node passphrase uri")
        #expect(try await keys(["id", "--qr"]) == "name uri")
        #expect(try await keys(["contacts", "list"]) == "blocked contacts sharing")
        #expect(try await keys(["contacts", "requests"]) == "requests")
        #expect(try await keys(["paths"]) == "home identity lock socket state")
        for node in nodes { node.signal(SIGTERM) }
    }

    @Test("that hangs is given up after --timeout with 124, and on Ctrl-C with 130")
    func hanging() async throws {
        let folder = try TemporaryFolder()
        let node = try Running(node: folder.path("home"))
        #expect(try await node.event("listening") != nil)
        try await node.pause()
        let home = ["--json", "--home", folder.path("home")]
        let late = try Shell.kith(["status", "--timeout", "200ms"] + home)
        #expect(late.status == 124)
        #expect(late.errorCode == "timed-out")

        let waiting = try Running(Shell.kith, ["status"] + home)
        try await waiting.handles(SIGINT)
        waiting.signal(SIGINT)
        #expect(waiting.end().status == 130)
        node.signal(SIGCONT)
        node.signal(SIGTERM)
        #expect(node.end().status == 0)
    }

    @Test("ends with 124 when --timeout runs out")
    func timeout() throws {
        let folder = try TemporaryFolder()
        let node = try Running(node: folder.path("home"), ["--timeout", "300ms"])
        let ending = node.end()
        #expect(ending.status == 124)
        #expect(ending.output.contains("\"event\":\"stopped\""))
    }

    @Test("joins through a signed list, reads it again on SIGHUP, and refuses a forged one")
    func seedList() async throws {
        let folder = try TemporaryFolder()
        let entry = try Running(node: folder.path("entry"), ["--bootstrap"])
        let record = try #require(try await entry.event("listening")?["record"] as? String)
        let key = try Shell.kith([
            "bootstrap", "key", folder.path("key"), "--name", "seeds.example.net",
        ])
        #expect(key.status == 0)
        let verifier = key.output.trimmingCharacters(in: .newlines)
        let list = try Shell.kith([
            "bootstrap", "sign", folder.path("key"), "--seed", record, "--network", "local",
        ])
        #expect(list.status == 0)
        let path = folder.path("seeds.txt")
        try list.output.write(toFile: path, atomically: true, encoding: .utf8)
        let check = try Shell.kith([
            "bootstrap", "check", path, "--seeds-key", verifier, "--network", "local", "--json",
        ])
        #expect(check.json?["seeds"] as? [String] == [record])

        let node = try Running(
            node: folder.path("node"), ["--seeds", path, "--seeds-key", verifier])
        #expect(try await node.event("joined") != nil)
        node.signal(SIGHUP)
        #expect(try await node.event("reloaded")?["seeds"] as? Int == 1)

        // Signed by the same key, but older: by SIGHUP and at a start.
        let old = try Shell.kith([
            "bootstrap", "sign", folder.path("key"), "--seed", record, "--network", "local",
            "--sequence", "7",
        ])
        try old.output.write(toFile: path, atomically: true, encoding: .utf8)
        node.signal(SIGHUP)
        let rolledBack = try #require(try await node.event("error"))
        #expect(rolledBack["code"] as? String == "invalid-seed-list")
        let message = try #require(rolledBack["message"] as? String)
        #expect(message.contains("it is older than one seen before (sequence 7 after "))
        node.signal(SIGTERM)
        #expect(node.end().status == 0)
        let older = try Running(
            node: folder.path("node"), ["--seeds", path, "--seeds-key", verifier]
        ).end()
        #expect(older.status == 8)
        #expect(older.talk.contains("it is older than one seen before (sequence 7 after "))

        try list.output.write(toFile: path, atomically: true, encoding: .utf8)
        let again = try Running(
            node: folder.path("node"), ["--seeds", path, "--seeds-key", verifier])
        #expect(try await again.event("joined") != nil)
        let forged = list.output.replacing("sequence ", with: "sequence 9")
        try forged.write(toFile: path, atomically: true, encoding: .utf8)
        again.signal(SIGHUP)
        #expect(try await again.event("error")?["code"] as? String == "invalid-seed-list")
        let refused = try Running(
            node: folder.path("refused"), ["--seeds", path, "--seeds-key", verifier]
        ).end()
        #expect(refused.status == 8)
        #expect(refused.errorCode == "invalid-seed-list")
        for running in [again, entry] {
            running.signal(SIGTERM)
            #expect(running.end().status == 0)
        }
    }

    /// Repeats a command until it ends with this status; a network of processes settles in its
    /// own time.
    private func eventually(
        endingWith status: Int32 = 0, tries: Int = 1_200, _ command: () throws -> Shell.Ending
    ) async throws -> Shell.Ending {
        // Counted in tries, not by a clock: other suites may keep this task from its thread.
        for _ in 1..<tries {
            let ending = try command()
            if ending.status == status { return ending }
            try await Task.sleep(for: .milliseconds(50))
        }
        let last = try command()
        try #require(last.status == status, "\(last.talk)")
        return last
    }
}
