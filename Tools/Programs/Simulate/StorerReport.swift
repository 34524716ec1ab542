import KithOverlay
import KithSimulation

/// Runs the scenario `storer` and prints what it measured.
struct StorerReport {
    private let plan: StorerPlan
    private let found: StorerFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: StorerPlan) {
        let watch = Watch()
        let experiment = StorerExperiment(plan)
        experiment.onProgress = watch.onProgress
        experiment.run()
        self.plan = plan
        found = experiment.findings
        wall = watch.stop()
    }

    /// 0 when all goals were met, else 1.
    var exitCode: Int32 { found.goals.allSatisfy(\.isMet) ? 0 : 1 }

    // MARK: For people

    /// A table, the seed first.
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
        lines += found.violations.prefix(10).map { "  \($0)" }
        lines += ["trace \(found.trace)", ""]
        lines += found.goals.map(\.text)
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

    /// One line of JSON; what was not measured is null.
    var json: String {
        let counts = found.counts.map { "\"\($0.name)\":\($0.count)" }.joined(separator: ",")
        let goals = found.goals.map(\.json).joined(separator: ",")
        let fields = [
            ("scenario", "\"storer\""), ("seed", "\(plan.seed)"), ("people", "\(plan.people)"),
            ("days", "\(plan.days)"), ("kept", "{\(counts)}"),
            ("delivered", "\(found.delivered)"),
            ("requestsSent", "\(found.counters.requestsSent)"),
            ("handshakes", "\(found.counters.handshakesCompleted)"),
            ("violations", "\(found.violations.count)"), ("goals", "[\(goals)]"),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ]
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
