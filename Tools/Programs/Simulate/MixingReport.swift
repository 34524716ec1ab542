import KithOverlay
import KithSimulation

/// Runs the scenario `mixing` and prints what it measured.
struct MixingReport {
    private let plan: MixingPlan
    private let found: MixingFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: MixingPlan) {
        let watch = Watch()
        let experiment = MixingExperiment(plan)
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
        let queries = found.queries
        var lines = [
            "seed \(plan.seed), \(plan.nodes) machines, \(plan.links.words), virtual "
                + "\(found.virtualTime.seconds.rounded(to: 0)) s, wall \(wall.rounded(to: 1)) s",
            "queries \(queries.succeeded) of \(queries.tried) with at most one retry, median "
                + "\(milliseconds(queries.milliseconds.median)), p99 "
                + "\(milliseconds(queries.milliseconds.quantile(0.99))), slowest "
                + "\(milliseconds(found.slowest.seconds * 1_000))",
            "cells \(found.cellsSent) sent, \(found.datagramsOfCells) datagrams of their size",
        ]
        for kind in found.moments {
            lines.append(
                "\("\(kind.kind)".padded(to: 6)) \(kind.count) cells, p "
                    + "\(kind.exponential.rounded(to: 3)) Poisson, "
                    + "\(kind.likeQueries.rounded(to: 3)) like queries")
        }
        for fault in found.faults {
            lines.append(
                "\("\(fault.fault)".padded(to: 6)) \(fault.queries.succeeded) of "
                    + "\(fault.queries.tried) answered, slowest "
                    + "\(milliseconds(fault.slowest.seconds * 1_000)), left out "
                    + "\(fault.leftOut) of \(fault.bad) bad and \(fault.goodLeftOut) good")
        }
        lines += found.violations.prefix(10).map { "  \($0)" }
        lines += ["trace \(found.trace)", ""]
        lines += found.goals.map(\.text)
        return lines.joined(separator: "\n")
    }

    private func milliseconds(_ value: Double?) -> String {
        value.map { $0.rounded(to: 0) + " ms" } ?? "-"
    }

    // MARK: For programs

    /// One line of JSON; what was not measured is null.
    var json: String {
        let goals = found.goals.map(\.json).joined(separator: ",")
        let queries = found.queries
        let moments = found.moments.map { kind in
            "\"\(kind.kind)\":{\"cells\":\(kind.count),"
                + "\"poisson\":\(kind.exponential.rounded(to: 4)),"
                + "\"likeQueries\":\(kind.likeQueries.rounded(to: 4))}"
        }
        let faults = found.faults.map { fault in
            "\"\(fault.fault)\":{\"tried\":\(fault.queries.tried),"
                + "\"answered\":\(fault.queries.succeeded),"
                + "\"slowestMs\":\((fault.slowest.seconds * 1_000).rounded(to: 0)),"
                + "\"bad\":\(fault.bad),\"leftOut\":\(fault.leftOut),"
                + "\"goodLeftOut\":\(fault.goodLeftOut)}"
        }
        let fields = [
            ("scenario", "\"mixing\""), ("seed", "\(plan.seed)"), ("machines", "\(plan.nodes)"),
            ("tried", "\(queries.tried)"), ("answered", "\(queries.succeeded)"),
            ("medianMs", number(queries.milliseconds.median)),
            ("p99Ms", number(queries.milliseconds.quantile(0.99))),
            ("slowestMs", (found.slowest.seconds * 1_000).rounded(to: 0)),
            ("cellsSent", "\(found.cellsSent)"),
            ("datagramsOfCells", "\(found.datagramsOfCells)"),
            ("moments", "{\(moments.joined(separator: ","))}"),
            ("faults", "{\(faults.joined(separator: ","))}"),
            ("violations", "\(found.violations.count)"), ("goals", "[\(goals)]"),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ]
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private func number(_ value: Double?) -> String { value.map { $0.rounded(to: 1) } ?? "null" }
}
