import Testing

@testable import KithCommand

/// The invocation that a line of words means, or nil when it is help or version.
private func invocation(_ line: String) throws -> Invocation? {
    let parsed = try Parser.parse(line.split(separator: " ").map(String.init))
    if case .invocation(let invocation) = parsed { return invocation }
    return nil
}

/// Why a line of words makes no sense.
private func refusal(_ words: [String]) -> UsageError? {
    do {
        _ = try Parser.parse(words)
        return nil
    } catch {
        return error
    }
}

@Suite("A command line")
struct ParserTests {
    @Test(
        "takes flags in any place",
        arguments: [
            "find --limit 5 --json jonas", "--json find jonas --limit=5",
            "--limit 5 --json find jonas", "find jonas --json --limit 5",
        ])
    func flagsAnywhere(line: String) throws {
        let invocation = try #require(try invocation(line))
        #expect(invocation.verb.name == "find")
        #expect(invocation.words == ["jonas"])
        #expect(invocation.count("limit") == 5)
        #expect(invocation.has("json"))
    }

    @Test("keeps every value of a repeated flag, in order")
    func repeated() throws {
        let invocation = try #require(
            try invocation("run --seed kith-node:a --listen [::1]:1 --seed=kith-node:b"))
        #expect(invocation.texts("seed") == ["kith-node:a", "kith-node:b"])
        #expect(invocation.texts("listen") == ["[::1]:1"])
    }

    @Test("takes words after -- as they are")
    func endOfFlags() throws {
        let invocation = try #require(try invocation("find --json -- --limit -x"))
        #expect(invocation.words == ["--limit", "-x"])
    }

    @Test("keeps an equals sign inside a value")
    func equalsSign() throws {
        let invocation = try #require(try invocation("profile set --link=xmpp:a?b=c"))
        #expect(invocation.texts("link") == ["xmpp:a?b=c"])
    }

    @Test("splits lists at commas, trims them and joins repetitions")
    func lists() throws {
        let parsed = try Parser.parse(
            ["find", "--interests", "chess, board games ,", "--interests", "go"])
        guard case .invocation(let invocation) = parsed else {
            Issue.record("not an invocation")
            return
        }
        #expect(invocation.list("interests") == ["chess", "board games", "go"])
        #expect(invocation.list("link") == nil)
    }

    @Test("asks for help wherever --help stands")
    func help() throws {
        for line in ["find --help", "--help find", "find jonas -h"] {
            guard
                case .help(let words) = try Parser.parse(
                    line.split(separator: " ").map(String.init))
            else {
                Issue.record("\(line) is not help")
                continue
            }
            #expect(words.first == "find")
        }
    }

    @Test(
        "says what was probably meant",
        arguments: [
            (["fnid", "x"], "did you mean 'find'?"), (["stauts"], "did you mean 'status'?"),
            (["pub"], "did you mean 'publish'?"), (["unpublsh"], "did you mean 'unpublish'?"),
            (["profile", "sett"], "did you mean 'profile set'?"),
            (["find", "--intrests", "x"], "did you mean '--interests'?"),
            (["status", "--jsn"], "did you mean '--json'?"),
            (["zzzzzz"], "'kith help' lists all commands"),
        ])
    func suggestions(words: [String], hint: String) {
        #expect(refusal(words)?.hint == hint)
    }

    @Test(
        "is refused when it makes no sense",
        arguments: [
            (["profile"], UsageError.incomplete(group: "profile", members: ["set", "show"])),
            (["find", "--limit"], .missingValue(flag: "limit")),
            (["find", "--json=yes", "x"], .unwantedValue(flag: "json")),
            (["find", "x", "--limit", "3", "--limit", "4"], .givenTwice(flag: "limit")),
            (["ping"], .missingWord("NODE", verb: "ping")),
            (["ping", "a", "b"], .extraWord("b", verb: "ping")),
            (["status", "now"], .extraWord("now", verb: "status")),
            (["find", "-l", "3"], .shortFlag("-l")),
            (["--json"], .noVerb(after: "json")),
            (
                ["completion", "tcsh"],
                .badWord("tcsh", verb: "completion", choices: ["bash", "zsh", "fish"])
            ),
        ])
    func refusals(words: [String], error: UsageError) {
        #expect(refusal(words) == error)
    }

    @Test(
        "is refused when a value is not of its kind",
        arguments: [
            ["find", "x", "--limit", "0"], ["find", "x", "--limit", "ten"],
            ["find", "x", "--min-score", "1.5"], ["find", "x", "--min-score", "nan"],
            ["status", "--timeout", "soon"], ["status", "--timeout", "-1s"],
            ["status", "--color", "blue"], ["status", "--network", "lan"],
            ["status", "--home", ""],
        ])
    func values(words: [String]) {
        guard case .badValue = refusal(words) else {
            #expect(refusal(words) == .missingValue(flag: "home"))
            return
        }
    }

    @Test(
        "reads lengths of time",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)),
            ("1h", .seconds(3_600)), ("3", .seconds(3)), ("1.5s", .milliseconds(1_500)),
        ])
    func durations(text: String, duration: Duration) {
        #expect(Parser.duration(text) == duration)
    }
}

@Suite("The table of commands")
struct VerbTableTests {
    @Test("holds every command that was promised")
    func complete() {
        let promised = [
            "init", "run", "id", "id passphrase", "id export", "id import", "unlock", "status",
            "peers", "paths", "profile set", "profile show",
            "publish", "unpublish", "find", "ping", "trace", "dht get", "dht lookup", "completion",
        ]
        for name in promised {
            #expect(VerbTable.verbs.contains { $0.name == name }, "\(name)")
        }
    }

    @Test("gives a flag of one name the same shape everywhere")
    func consistentFlags() {
        let all = VerbTable.globals + VerbTable.verbs.flatMap(\.flags)
        for flag in all {
            for other in all where other.name == flag.name {
                #expect((other.value == nil) == (flag.value == nil), "--\(flag.name)")
            }
        }
    }

    @Test("shows only examples that parse")
    func examples() throws {
        for example in VerbTable.verbs.flatMap(\.examples) {
            var words = Self.words(example.line)
            if let redirection = words.firstIndex(where: { $0 == ">" || $0.hasPrefix("3<") }) {
                words.removeSubrange(redirection...)
            }
            if words.first == "source" {
                words = ["kith", "completion", "bash"]
            }
            #expect(words.first == "kith")
            _ = try Parser.parse(Array(words.dropFirst()))
        }
    }

    /// The words of a line as a shell would split it, as far as the examples need: spaces and
    /// double quotes.
    private static func words(_ line: String) -> [String] {
        var words: [String] = [""]
        for (index, part) in line.split(separator: "\"", omittingEmptySubsequences: false)
            .enumerated()
        {
            let pieces =
                index % 2 == 1
                ? [part]
                : part.split(
                    separator: " ", omittingEmptySubsequences: false)
            words[words.count - 1] += pieces[0]
            words += pieces.dropFirst().map(String.init)
        }
        return words
    }
}
