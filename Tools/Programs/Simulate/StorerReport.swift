import KithOverlay
import KithSimulation
import Reporting

/// Runs the scenario `storer` and prints what it measured.
struct StorerReport: OwnReport {
    private let plan: StorerPlan
    private let found: StorerFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: StorerPlan) {
        let experiment = StorerExperiment(plan)
        wall = Watch.run(experiment)
        self.plan = plan
        found = experiment.findings
    }

    var goals: [Goal] { found.goals }

    // MARK: For people

    var text: String {
        var lines = [
            "seed \(plan.seed), \(plan.people) people, \(plan.days) days, virtual "
                + "\(found.virtualTime.seconds.rounded(to: 0)) s, wall \(wall.rounded(to: 1)) s",
            "kept: " + found.counts.map { "\($0.count) \($0.name)" }.joined(separator: ", "),
        ]
        lines.append(
            "datagrams \(found.delivered), requests \(found.counters.requestsSent), handshakes "
                + "\(found.counters.handshakesCompleted)")
        if let common = found.common { lines.append("common: \(describe(common))") }
        lines.append("least alike: \(found.unlikeWhat)")
        lines += ending(found.violations, trace: found.trace)
        return lines.joined(separator: "\n")
    }

    private func describe(_ common: StorerFindings.Common) -> String {
        let bytes = common.string.bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return bytes.joined(separator: " ")
            + ", from bytes \(common.string.first.offset) and \(common.string.second.offset) on of "
            + "two records of person \(common.writer)"
    }

    // MARK: For programs

    var json: String {
        let counts = found.counts.map { "\"\($0.name)\":\($0.count)" }.joined(separator: ",")
        return JSON.object([
            ("scenario", "\"storer\""), ("seed", "\(plan.seed)"), ("people", "\(plan.people)"),
            ("days", "\(plan.days)"), ("kept", "{\(counts)}"),
            ("delivered", "\(found.delivered)"),
            ("requestsSent", "\(found.counters.requestsSent)"),
            ("handshakes", "\(found.counters.handshakesCompleted)"),
            ("violations", "\(found.violations.count)"), ("goals", goalsJSON),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ])
    }
}
