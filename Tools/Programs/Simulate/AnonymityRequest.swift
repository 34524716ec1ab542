import KithSimulation

/// What somebody wants from the scenario `anonymity`.
struct AnonymityRequest: OwnScenario {
    static let name = "anonymity"
    static let flags = ["--nodes", "--queries", "--spies"]

    private var plan = AnonymityPlan(seed: 7)

    mutating func take(_ value: Value) throws(Request.UsageError) {
        switch value.flag {
        case "--seed": plan.seed = try value.integer(in: 0...UInt64.max)
        case "--nodes":
            plan.nodes = Int(try value.integer(in: UInt64(AnonymityPlan.nodesMin)...1_000))
        case "--queries": plan.queries = Int(try value.integer(in: 1...100_000))
        case "--spies":
            let share = try value.percent()
            guard share >= 0.01, share <= 0.9 else {
                throw Request.UsageError(
                    text: "--spies \"\(value.text)\" is refused",
                    hint: "--spies takes a percentage from 1 to 90")
            }
            plan.spies = share
        default: break
        }
    }
    func report() throws(Request.UsageError) -> any OwnReport {
        guard (Double(plan.nodes) * plan.spies).rounded() >= 1 else {
            throw Request.UsageError(
                text: "of \(plan.nodes) nodes that share is nobody", hint: "give a larger --spies")
        }
        return AnonymityReport(plan)
    }
}
