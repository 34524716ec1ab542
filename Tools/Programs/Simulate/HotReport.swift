import KithOverlay
import KithSimulation

/// Runs the scenario `hot` and prints what it measured.
struct HotReport {
    private let plan: HotPlan
    private let found: HotFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: HotPlan) {
        let watch = Watch()
        let experiment = HotExperiment(plan)
        experiment.onProgress = watch.onProgress
        experiment.run()
        self.plan = plan
        found = experiment.findings
        wall = watch.stop()
    }

    /// What the run was to reach, and whether it did.
    private var goals: [Goal] { found.goals(of: plan) }

    /// 0 when all goals were met, else 1.
    var exitCode: Int32 { goals.allSatisfy(\.isMet) ? 0 : 1 }

    // MARK: For people

    /// A table, the seed first.
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
        lines += found.violations.prefix(10).map { "  \($0)" }
        lines += ["trace \(found.trace)", ""]
        lines += goals.map(\.text)
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

    /// One line of JSON; what was not measured is null.
    var json: String {
        let census = found.census
        return object([
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
            ("goals", "[" + goals.map(\.json).joined(separator: ",") + "]"),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ])
    }

    private func figures(_ tally: Tally) -> String {
        func number(_ value: Double?, _ digits: Int) -> String {
            value.map { $0.rounded(to: digits) } ?? "null"
        }
        return object([
            ("success", tally.tried == 0 ? "null" : tally.success.rounded(to: 4)),
            ("tried", "\(tally.tried)"), ("medianMs", number(tally.milliseconds.median, 1)),
            ("p99Ms", number(tally.milliseconds.quantile(0.99), 1)),
            ("requestsMedian", number(tally.requests.median, 0)),
            ("requestsP99", number(tally.requests.quantile(0.99), 0)),
        ])
    }

    private func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
