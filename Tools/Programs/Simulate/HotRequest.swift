import KithSimulation

/// What somebody wants from the scenario `hot`.
struct HotRequest: OwnScenario {
    static let name = "hot"
    static let flags = ["--owners", "--nodes", "--searches"]

    private var plan = HotPlan(seed: 7, owners: 100_000)

    mutating func take(_ value: Value) throws(Request.UsageError) {
        switch value.flag {
        case "--seed": plan.seed = try value.integer(in: 0...UInt64.max)
        case "--nodes": plan.nodes = Int(try value.integer(in: 8...5_000))
        case "--owners": plan.owners = Int(try value.integer(in: 1...800_000))
        case "--searches": plan.searches = Int(try value.integer(in: 0...5_000))
        default: break
        }
    }
    func report() throws(Request.UsageError) -> any OwnReport {
        HotReport(plan)
    }
}
