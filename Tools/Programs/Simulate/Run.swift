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
        if plan.scenario == .swarm {
            let swarm = Swarm(SwarmPlan(seed: plan.seed, machinesMax: plan.nodes))
            return report(wall: Watch.run(swarm), swarm.findings)
        }
        let experiment = Experiment(plan)
        return report(wall: Watch.run(experiment), experiment.findings)
    }

    private func report(wall: Double, _ findings: Findings) -> Report {
        Report(plan: plan, measured: findings, wall: wall, peakBytes: Memory.peakBytes)
    }
}
