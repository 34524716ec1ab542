import KithSimulation

/// What somebody wants from the scenario `hot`, which measures other things than the others.
struct HotRequest {
    /// What is done.
    var plan = HotPlan(seed: 7, owners: 100_000)
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false

    /// What the words ask for; nil when they are about another scenario.
    init?(_ words: some Sequence<String>) throws(Request.UsageError) {
        guard
            let said = try ScenarioWords(
                words, of: "hot", taking: ["--owners", "--nodes", "--searches"])
        else { return nil }
        asJSON = said.asJSON
        for value in said.values { try take(value) }
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
