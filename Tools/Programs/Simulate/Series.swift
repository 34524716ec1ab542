import Glibc
import KithSimulation
import Reporting

/// The same plan under one seed after the other, a line each.
struct Series {
    private let plan: Plan
    private let seeds: ClosedRange<UInt64>
    private let keepsGoing: Bool

    init(_ plan: Plan, _ seeds: ClosedRange<UInt64>, keepsGoing: Bool) {
        self.plan = plan
        self.seeds = seeds
        self.keepsGoing = keepsGoing
    }

    /// Runs all of it and prints the totals.
    ///
    /// - Returns: whether every run met its goals.
    func run() -> Bool {
        var runs = 0
        var bad: [UInt64] = []
        var finds = Tally()
        for seed in seeds {
            var plan = plan
            plan.seed = seed
            let report = Run(plan).report()
            runs += 1
            finds = finds.adding(report.measured.finds)
            print(report.line)
            // Whoever reads through a pipe sees each line when it is there.
            fflush(nil)
            if !report.isGood {
                bad.append(seed)
                for goal in report.goals where !goal.isMet { print("  \(goal.text)") }
                if !report.measured.story.isEmpty { print("  \(report.measured.story)") }
                for violation in report.measured.violations.prefix(5) { print("  \(violation)") }
                if !keepsGoing { break }
            }
        }
        print(
            "\(runs) runs, \(bad.count) bad\(bad.isEmpty ? "" : ": seeds \(bad)"), "
                + "\(finds.succeeded) of \(finds.tried) finds")
        // Among liars a swarm may miss a few, but no more than these of all runs.
        return bad.isEmpty && (plan.scenario != .swarm || finds.success >= 0.99)
    }
}

extension Report {
    /// One line for a series of runs.
    var line: String {
        let figures = goals.map { goal in
            "\(goal.isMet ? "" : "NOT ")\(goal.name) \(goal.figure)"
        }
        return "seed \(plan.seed) \(isGood ? "ok" : "NOT"): "
            + figures.joined(separator: ", ")
            + ", finds \(measured.finds.succeeded)/\(measured.finds.tried)"
            + " (\(wall.rounded(to: 1)) s)"
    }
}
