import KithSimulation

/// What somebody wants from the scenario `mixing`, which measures other things than the others.
struct MixingRequest {
    /// What is done.
    var plan = MixingPlan(seed: 7)
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false

    /// What the words ask for; nil when they are about another scenario.
    init?(_ words: some Sequence<String>) throws(Request.UsageError) {
        guard
            let said = try ScenarioWords(
                words, of: "mixing", taking: ["--nodes", "--queries", "--past-bad", "--cells"])
        else { return nil }
        asJSON = said.asJSON
        for value in said.values { try take(value) }
    }

    private mutating func take(_ value: Value) throws(Request.UsageError) {
        switch value.flag {
        case "--seed": plan.seed = try value.integer(in: 0...UInt64.max)
        case "--nodes":
            plan.nodes = Int(try value.integer(in: UInt64(MixingPlan.nodesMin)...1_000))
        case "--queries": plan.queries = Int(try value.integer(in: 1...100_000))
        case "--past-bad": plan.queriesPastBad = Int(try value.integer(in: 1...10_000))
        case "--cells": plan.cells = Int(try value.integer(in: 100...100_000))
        default: break
        }
    }
}
