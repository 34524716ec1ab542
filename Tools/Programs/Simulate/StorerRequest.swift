import KithSimulation

/// What somebody wants from the scenario `storer`, which measures other things than the others.
struct StorerRequest {
    /// What is done.
    var plan = StorerPlan(seed: 7)
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false

    /// What the words ask for; nil when they are about another scenario.
    init?(_ words: some Sequence<String>) throws(Request.UsageError) {
        var rest = Array(words)[...]
        let text = " " + rest.joined(separator: " ") + " "
        guard text.contains(" --scenario storer ") || text.contains(" --scenario=storer "),
            !rest.contains("--help"), !rest.contains("-h"), !rest.contains("--list")
        else { return nil }
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if word == "--json" {
                asJSON = true
                continue
            }
            guard ["--scenario", "--seed", "--people", "--days"].contains(parts[0]) else {
                throw Request.UsageError(
                    text: "\"\(word)\" is not understood for the scenario storer",
                    hint: "it takes --people, --days, --seed and --json")
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
        case "--people":
            plan.people = Int(try value.integer(in: UInt64(StorerPlan.peopleMin)...1_000))
        case "--days": plan.days = Int(try value.integer(in: 1...30))
        default: break
        }
    }
}
