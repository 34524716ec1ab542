import KithOverlay
import KithSimulation

/// One experiment with a progress line for whoever watches.
struct Run {
    private let plan: Plan

    init(_ plan: Plan) {
        self.plan = plan
    }

    /// Runs it to its end.
    func report() -> Report {
        let watch = Watch()
        let findings = findings(watch.onProgress)
        return Report(
            plan: plan, measured: findings, wall: watch.stop(), peakBytes: Memory.peakBytes)
    }

    private func findings(_ onProgress: ((String, Double) -> Void)?) -> Findings {
        if plan.scenario == .swarm {
            let swarm = Swarm(SwarmPlan(seed: plan.seed, machinesMax: plan.nodes))
            swarm.onProgress = onProgress
            swarm.run()
            return swarm.findings
        }
        let experiment = Experiment(plan)
        experiment.onProgress = onProgress
        experiment.run()
        return experiment.findings
    }
}

extension Double {
    /// This number with `digits` digits after the point.
    func rounded(to digits: Int) -> String {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let units = Int64((self * factor).rounded())
        guard digits > 0 else { return "\(units)" }
        let part = String(units.magnitude % UInt64(factor))
        let zeros = String(repeating: "0", count: digits - part.count)
        return "\(units < 0 ? "-" : "")\(units.magnitude / UInt64(factor)).\(zeros)\(part)"
    }
}
