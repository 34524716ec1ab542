import KithSimulation

/// What somebody wants from the scenario `storer`.
struct StorerRequest: OwnScenario {
    static let name = "storer"
    static let flags = ["--people", "--days"]

    private var plan = StorerPlan(seed: 7)

    mutating func take(_ value: Value) throws(Request.UsageError) {
        switch value.flag {
        case "--seed": plan.seed = try value.integer(in: 0...UInt64.max)
        case "--people":
            plan.people = Int(try value.integer(in: UInt64(StorerPlan.peopleMin)...1_000))
        case "--days": plan.days = Int(try value.integer(in: 1...30))
        default: break
        }
    }
    func report() throws(Request.UsageError) -> any OwnReport {
        StorerReport(plan)
    }
}
