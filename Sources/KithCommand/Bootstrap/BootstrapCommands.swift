import KithCrypto
import KithHost
import KithWire

/// Commands for those who keep a seed list: `bootstrap key`, `sign`, `check`.
enum BootstrapCommands {
    /// Makes the key that signs lists.
    static func key(_ context: Context) throws(Failure) -> ExitCode {
        guard let name = context.invocation.text("name") else {
            throw Failure(.conflict("--name is missing", verb: "bootstrap key"))
        }
        let path = context.invocation.words[0]
        let file = try SeedListKeyFile.make(path, name: name)
        let key = file.verifier?.text ?? ""
        switch context.console.form {
        case .json: context.console.data(["key": .text(key), "file": .text(path)])
        case .text, .plain: context.console.data([key])
        }
        context.console.say("keep \(path) to yourself; the line above is for --seeds-key")
        return .ok
    }

    /// Prints a signed list.
    static func sign(_ context: Context) throws(Failure) -> ExitCode {
        let invocation = context.invocation
        guard !invocation.words.isEmpty else {
            throw Failure(.missingWord("FILE", verb: "bootstrap sign"))
        }
        var seeds: [NodeRecord] = []
        for text in invocation.texts("seed") { seeds.append(try Inputs.nodeRecord(text)) }
        let network = network(invocation)
        let now = SystemClock.unix()
        // Seconds since 1970 grow with every list, unless two are signed in one second.
        let sequence = invocation.count("sequence").map { UInt64($0) } ?? now.milliseconds / 1_000
        let days = invocation.count("days").map { UInt32($0) } ?? 30
        var list: SeedList
        do throws(SeedListError) {
            list = try SeedList(
                network: network, sequence: sequence,
                expires: SeedListDate(day: now.day + days), seeds: seeds)
        } catch {
            throw noList(error)
        }
        for path in invocation.words { try sign(&list, withKeyIn: path) }
        print(list, context)
        return .ok
    }

    private static func sign(
        _ list: inout SeedList, withKeyIn path: String
    ) throws(Failure) {
        let file = try SeedListKeyFile.read(path)
        do throws(SeedListError) {
            try list.sign(as: file.name, with: file.key)
        } catch {
            throw noList(error)
        }
    }

    private static func noList(_ error: SeedListError) -> Failure {
        Failure(
            .invalidData, "invalid-seed-list", "this makes no list: \(error.description)",
            hint: "name each entry node once with --seed RECORD")
    }

    /// Checks a list as `kith run --seeds` does, and shows what it says.
    static func check(_ context: Context) throws(Failure) -> ExitCode {
        let network = network(context.invocation)
        let list = try SeedFile.read(
            context.invocation.words[0], keys: try SeedFile.keys(context.invocation),
            network: network)
        let answer: JSON = [
            "network": .text(StatusAnswer.name(of: network)), "sequence": JSON(list.sequence),
            "expires": .text(list.expires.description),
            "signatures": .array(list.signatures.map { .text($0.name) }),
            "seeds": .array(list.seeds.map { .text($0.text) }),
        ]
        let rows = [
            ("network", Report.text(answer["network"])), ("sequence", String(list.sequence)),
            ("expires", list.expires.description),
            ("signed by", Report.list(answer["signatures"])),
            ("seeds", Figures.count(list.seeds.count, "node", "nodes")),
        ]
        context.show(rows, answer)
        return .ok
    }

    /// The network that `--network` names, the public one without it; a list belongs to no home.
    private static func network(_ invocation: Invocation) -> Network {
        invocation.text("network") == "local" ? .local : .main
    }

    private static func print(_ list: SeedList, _ context: Context) {
        switch context.console.form {
        case .json:
            context.console.data([
                "list": .text(list.text), "sequence": JSON(list.sequence),
                "expires": .text(list.expires.description),
            ])
        case .text, .plain:
            context.console.data(
                list.text.split(separator: "\n", omittingEmptySubsequences: false)
                    .dropLast().map(String.init))
        }
    }
}
