import Glibc
import KithCrypto
import KithOverlay
import KithWire
import Testing

@testable import KithHost

@Suite("Running nodes", .serialized)
struct NodeHostTests {
    @Test(
        "join each other and answer pings, over IPv4 and IPv6", arguments: ["127.0.0.1", "[::1]"])
    func joining(_ host: String) throws {
        let network = try Neighbourhood(count: 2, host: host)
        let report = try network.run(.ping(try network.record(0)), on: 1)
        guard case .ping(let ping) = report else {
            Issue.record("no ping: \(report)")
            return
        }
        #expect(ping.node.id == (try network.record(0).id))
        #expect(ping.seen == network[1].listening.first)
    }

    @Test("find a person who published from another node, by name and by interests")
    func publishAndFind() throws {
        let network = try Neighbourhood(count: 5)
        let profile = try Profile(
            name: "Jonas Weber", interests: ["chess", "sailing"],
            activeHour: SystemClock.unix().hour)
        guard case .published(let report) = try network.run(.publish(profile), on: 1) else {
            Issue.record("not published")
            return
        }
        #expect(report.stored == 3)
        for query in [
            Operation.findName("jonas", limit: 5),
            .findInterests(["chess"], minScore: 0.3, limit: 5),
        ] {
            guard case .found(let hits, _) = try network.run(query, on: 4) else {
                Issue.record("the search did not end well")
                continue
            }
            #expect(hits.map(\.profile.name) == ["Jonas Weber"])
        }
    }

    @Test("keep the records they acknowledged, their sequence and their acquaintances")
    func restarting() throws {
        let network = try Neighbourhood(count: 4)
        let profile = try Profile(name: "Ada", activeHour: SystemClock.unix().hour)
        guard case .published(let report) = try network.run(.publish(profile), on: 0) else {
            Issue.record("not published")
            return
        }
        #expect(report.stored == 3)
        let before = try (1...3).map { try network.snapshot($0).status.records }
        for index in 0..<4 { network.stop(index) }
        for index in 1...3 {
            let store = try network.homes[index].home.open(network: .local)
            let kept = try store.records(at: SystemClock.unix())
            #expect(kept.count == before[index - 1])
            #expect(kept.contains { $0.record.kind == .profile })
        }

        let store = try network.homes[0].home.open(network: .local)
        let state = try #require(try store.publication())
        #expect(state.phase == .published)
        #expect(state.sequence == report.sequence)
        #expect(try store.knownNodes(at: SystemClock.unix()).count == 3)

        // Nobody names a seed now: what they know of each other is enough.
        for index in 1...3 { try network.restart(index) }
        try network.restart(0)
        #expect(network.waitForJoin(0))
        #expect(try network.snapshot(0).status.publishedSequence == report.sequence)
        #expect(try network.snapshot(1).status.records == before[0])
    }

    @Test("remember that a profile was withdrawn")
    func withdrawing() throws {
        let network = try Neighbourhood(count: 4)
        let profile = try Profile(name: "Ada", activeHour: SystemClock.unix().hour)
        _ = try network.run(.publish(profile), on: 0)
        guard case .unpublished = try network.run(.unpublish, on: 0) else {
            Issue.record("not withdrawn")
            return
        }
        network.stop(0)
        let store = try network.homes[0].home.open(network: .local)
        #expect(try store.publication()?.phase == .withdrawn)
    }

    @Test("stay withdrawn, on disk and after a restart, when too few heard of it")
    func withdrawingAlone() throws {
        let network = try Neighbourhood(count: 4)
        let profile = try Profile(name: "Ada", activeHour: SystemClock.unix().hour)
        _ = try network.run(.publish(profile), on: 0)
        #expect(try network.snapshot(0).status.publishedSequence != nil)
        for index in 1...3 { try network.withStore(of: index) { $0.refuseRecords() } }
        #expect(throws: OperationError.quorumMissed(stored: 0, wanted: 3, quorum: 2)) {
            try network.run(.unpublish, on: 0)
        }
        network.stop(0)
        let store = try network.homes[0].home.open(network: .local)
        let state = try #require(try store.publication())
        #expect(state.phase == .withdrawn)
        // Its body is what says which entries are still to be withdrawn.
        #expect(state.body == profile.encode())
        try network.restart(0)
        #expect(try network.snapshot(0).status.publishedSequence == nil)
    }

    @Test("leave in order when their state can be written no more, and say so once")
    func lostState() throws {
        let network = try Neighbourhood(count: 4)
        for index in 1...3 { try network.withStore(of: index) { $0.refuseRecordsAndRollback() } }
        let profile = try Profile(name: "Ada", activeHour: SystemClock.unix().hour)
        #expect(throws: OperationError.self) { try network.run(.publish(profile), on: 0) }
        let end: [NodeHost.Notice] = [.storageFailed(.lostInTest), .leaving, .stopped]
        for index in 1...3 {
            #expect(network.waits(index, for: .stopped))
            #expect(network.notices[index].all.suffix(3) == end)
        }
    }

    @Test("acknowledge nothing that the disk did not take")
    func fullDisk() throws {
        let network = try Neighbourhood(count: 4)
        for index in 1...3 { try network.fillDisk(index) }
        let profile = try Profile(name: "Ada", activeHour: SystemClock.unix().hour)
        #expect(throws: OperationError.quorumMissed(stored: 0, wanted: 3, quorum: 2)) {
            try network.run(.publish(profile), on: 0)
        }
        for index in 1...3 {
            let snapshot = try network.snapshot(index)
            #expect(snapshot.status.records == 0)
            #expect(snapshot.host.failedTransactions > 0)
            #expect(snapshot.host.withheld > 0)
            #expect(network.notices[index].all.contains(.storageFailed(.diskFull)))
        }
    }

    @Test("keep the contact book over a restart, and say when the disk does not take it")
    func contactBook() throws {
        let network = try Neighbourhood(count: 1)
        let ben = Ed25519.SecretKey(
            seed: Bytes32(copying: [UInt8](repeating: 7, count: 32).span.bytes))
        let add = ContactChange.add(ben.publicKey, name: "Ben", ownName: nil, message: nil)
        guard case .contactsChanged = try network.run(.contacts(add), on: 0) else {
            Issue.record("the book was not changed")
            return
        }
        network.stop(0)
        try network.restart(0)
        #expect(try network.snapshot(0).book?.contacts.map(\.name) == ["Ben"])
        try network.withStore(of: 0) { $0.refuseBooks() }
        #expect(throws: OperationError.notKept) {
            try network.run(.contacts(.rename(ben.publicKey, "Benjamin")), on: 0)
        }
        network.stop(0)
        try network.restart(0)
        #expect(try network.snapshot(0).book?.contacts.map(\.name) == ["Ben"])
    }

    @Test("say that they are alone, and why, within ten seconds")
    func alone() throws {
        let start = SystemClock.instant()
        let alone = try Neighbourhood(count: 1)
        #expect(alone.waits(0, for: .alone(.noSeeds)))
        let gone = try alone.record(0)
        alone.stop(0)
        let other = try Neighbourhood(count: 1, seeds: [gone])
        #expect(other.waits(0, for: .alone(.seedsSilent(asked: 1))))
        #expect(SystemClock.instant() - start < .seconds(10))
    }

    @Test("end when asked, give back port and home, and answer nobody afterwards")
    func stopping() throws {
        let network = try Neighbourhood(count: 1)
        let address = try #require(network[0].listening.first)
        let home = network.homes[0].home
        #expect(throws: HostError.store(.locked(byProcess: getpid()))) {
            try NodeHost.start(home: home, options: .init(network: .local, listen: [address]))
        }
        let start = SystemClock.instant()
        network.stop(0)
        #expect(SystemClock.instant() - start < NodeHost.leaveMax)
        #expect(network.notices[0].all.suffix(2) == [.leaving, .stopped])

        let late = Mailbox<Bool>()
        network[0].snapshot { late.put($0 == nil) }
        #expect(try late.take())
        #expect(throws: OperationError.cancelled) {
            try network.run(.findName("ada", limit: 1), on: 0)
        }
        #expect(!network[0].submit(.join([])))

        let again = try NodeHost.start(
            home: home, options: .init(network: .local, listen: [address]))
        #expect(again.listening == [address])
        again.stop()
        again.join()
    }

    @Test("leave nothing behind when they cannot start")
    func failedStart() throws {
        let network = try Neighbourhood(count: 1)
        let taken = try #require(network[0].listening.first)
        let temporary = TemporaryHome()
        let home = temporary.home
        let start = { (listen: [Address]) throws in
            try NodeHost.start(home: home, options: .init(network: .local, listen: listen))
        }
        #expect(throws: HostError.homeMissing(path: home.path)) { try start([taken]) }
        _ = try home.initialise(network: .local)
        #expect(throws: HostError.portInUse(taken)) { try start([taken]) }
        #expect(throws: HostError.nothingToListenOn) { try start([]) }
        let host = try start([taken.with(port: 0)])
        host.stop()
        host.join()
    }

    @Test("serve the control socket")
    func control() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        var options = NodeHost.Options(
            network: .local, listen: [try #require(Address("127.0.0.1:0"))])
        options.control = { request, reply, host in
            host.snapshot { snapshot in
                reply.finish([
                    "command": .text(request.command),
                    "neighbours": JSON(snapshot?.neighbours.count ?? -1),
                ])
            }
        }
        let host = try NodeHost.start(home: temporary.home, options: options)
        let client = try ControlClient(temporary.home)
        let deadline = SystemClock.instant() + .seconds(10)
        let answer = try client.ask("status", until: deadline)
        #expect(answer == ["command": "status", "neighbours": 0])
        host.stop()
        host.join()
        #expect(throws: ControlClientError.notRunning) {
            _ = try ControlClient(temporary.home)
        }
    }
}

@Suite("Signals")
struct SignalSourceTests {
    @Test("arrive at the descriptor instead of ending the process")
    func signals() throws {
        SignalSource.block([SIGUSR2])
        let source = try SignalSource([SIGUSR2])
        #expect(source.next() == nil)
        pthread_kill(pthread_self(), SIGUSR2)
        #expect(source.next() == SIGUSR2)
        #expect(source.next() == nil)
    }
}
