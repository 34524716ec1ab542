import KithSimulation

/// What somebody wants from the scenario `mixing`.
struct MixingRequest: OwnScenario {
    static let name = "mixing"
    static let flags = ["--nodes", "--queries", "--past-bad", "--cells"]

    private var plan = MixingPlan(seed: 7)

    mutating func take(_ value: Value) throws(Request.UsageError) {
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
    func report() throws(Request.UsageError) -> any OwnReport {
        MixingReport(plan)
    }
}
