import KithSimulation

/// What somebody wants from the scenario `hot`, which measures other things than the others.
struct HotRequest {
    /// What is done.
    var plan = HotPlan(seed: 7, owners: 100_000)
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false

    /// What the words ask for; nil when they are about another scenario.
    init?(_ words: some Sequence<String>) throws(Request.UsageError) {
        var rest = Array(words)[...]
        let text = " " + rest.joined(separator: " ") + " "
        guard text.contains(" --scenario hot ") || text.contains(" --scenario=hot "),
            !rest.contains("--help"), !rest.contains("-h"), !rest.contains("--list")
        else { return nil }
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if word == "--json" {
                asJSON = true
                continue
            }
            let isKnown = ["--scenario", "--seed", "--nodes", "--owners", "--searches"]
                .contains(parts[0])
            guard isKnown else {
                throw Request.UsageError(
                    text: "\"\(word)\" is not understood for the scenario hot",
                    hint: "it takes --owners, --nodes, --searches, --seed and --json")
            }
            guard let text = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw Request.UsageError(
                    text: "\(word) needs a value", hint: "Tools/simulate --help")
            }
            try take(Value(flag: parts[0], text: text))
        }
    }

    private mutating func take(_ value: Value) throws(Request.UsageError) {
        switch value.flag {
        case "--seed": plan.seed = try value.integer(in: 0...UInt64.max)
        case "--nodes": plan.nodes = Int(try value.integer(in: 8...5_000))
        case "--owners": plan.owners = Int(try value.integer(in: 1...800_000))
        case "--searches": plan.searches = Int(try value.integer(in: 0...5_000))
        default: break
        }
    }
}
