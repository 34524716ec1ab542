import KithOverlay
import KithSimulation
import Reporting

/// Runs the scenario `hot` and prints what it measured.
struct HotReport: OwnReport {
    private let plan: HotPlan
    private let found: HotFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: HotPlan) {
        let experiment = HotExperiment(plan)
        wall = Watch.run(experiment)
        self.plan = plan
        found = experiment.findings
    }

    var goals: [Goal] { found.goals(of: plan) }

    // MARK: For people

    var text: String {
        let census = found.census
        let depths = (0..<census.people.count).map { depth in
            "  depth \(depth): \(census.people[depth]) people in \(census.shards[depth]) locations"
        }
        var lines = [
            "seed \(plan.seed), \(plan.nodes) nodes, \(plan.owners) people with "
                + "\"\(HotPlan.interest)\"",
            "joined \(found.joined), published \(found.published), entries "
                + "\(found.entries.succeeded)/\(found.entries.tried), virtual "
                + "\(found.virtualTime.seconds.rounded(to: 0)) s, wall \(wall.rounded(to: 1)) s",
            "",
            "            success              median     p99 ms  requests  p99",
            row("hot", found.hot),
            row("hot + rare", found.hotAndRare),
            row("rare", found.rare),
            "",
            "entries of \"\(HotPlan.interest)\":",
        ]
        lines += depths
        lines.append("partial searches: \(found.partial)")
        lines += ending(found.violations, trace: found.trace)
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ tally: Tally) -> String {
        let share = (tally.success * 100).rounded(to: 2) + " %"
        let figures = [
            tally.milliseconds.median, tally.milliseconds.quantile(0.99), tally.requests.median,
            tally.requests.quantile(0.99),
        ]
        return name.padded(to: 12) + share.padded(to: 9)
            + "\(tally.succeeded)/\(tally.tried)".padded(to: 11)
            + figures.map { ($0?.rounded(to: 0) ?? "-").aligned(to: 9) }.joined()
    }

    // MARK: For programs

    var json: String {
        let census = found.census
        return JSON.object([
            ("scenario", "\"hot\""), ("seed", "\(plan.seed)"), ("nodes", "\(plan.nodes)"),
            ("owners", "\(plan.owners)"), ("joined", "\(found.joined)"),
            ("published", "\(found.published)"), ("entriesPlaced", "\(found.entries.succeeded)"),
            ("entriesWanted", "\(found.entries.tried)"), ("hot", figures(found.hot)),
            ("hotAndRare", figures(found.hotAndRare)), ("rare", figures(found.rare)),
            ("peopleByDepth", "\(census.people)"), ("shardsByDepth", "\(census.shards)"),
            ("locationRecords", "\(census.locationRecords)"),
            ("locationRecordsMax", "\(census.locationRecordsMax)"),
            ("blockRecords", "\(census.blockRecords)"),
            ("blockRecordsMax", "\(census.blockRecordsMax)"), ("bytes", "\(census.bytes)"),
            ("bytesMax", "\(census.bytesMax)"), ("partial", "\(found.partial)"),
            ("violations", "\(found.violations.count)"),
            ("goals", goalsJSON),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ])
    }

    private func figures(_ tally: Tally) -> String {
        return JSON.object([
            ("success", tally.tried == 0 ? "null" : tally.success.rounded(to: 4)),
            ("tried", "\(tally.tried)"), ("medianMs", JSON.number(tally.milliseconds.median, 1)),
            ("p99Ms", JSON.number(tally.milliseconds.quantile(0.99), 1)),
            ("requestsMedian", JSON.number(tally.requests.median, 0)),
            ("requestsP99", JSON.number(tally.requests.quantile(0.99), 0)),
        ])
    }
}
