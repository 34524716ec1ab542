import KithSimulation

/// What somebody wants from the scenario `storer`, which measures other things than the others.
struct StorerRequest {
    /// What is done.
    var plan = StorerPlan(seed: 7)
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false

    /// What the words ask for; nil when they are about another scenario.
    init?(_ words: some Sequence<String>) throws(Request.UsageError) {
        guard
            let said = try ScenarioWords(words, of: "storer", taking: ["--people", "--days"])
        else { return nil }
        asJSON = said.asJSON
        for value in said.values { try take(value) }
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
