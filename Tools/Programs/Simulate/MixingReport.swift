import KithOverlay
import KithSimulation
import Reporting

/// Runs the scenario `mixing` and prints what it measured.
struct MixingReport: OwnReport {
    private let plan: MixingPlan
    private let found: MixingFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: MixingPlan) {
        let experiment = MixingExperiment(plan)
        wall = Watch.run(experiment)
        self.plan = plan
        found = experiment.findings
    }

    var goals: [Goal] { found.goals }

    // MARK: For people

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
        lines += ending(found.violations, trace: found.trace)
        return lines.joined(separator: "\n")
    }

    private func milliseconds(_ value: Double?) -> String {
        value.map { $0.rounded(to: 0) + " ms" } ?? "-"
    }

    // MARK: For programs

    var json: String {
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
        return JSON.object([
            ("scenario", "\"mixing\""), ("seed", "\(plan.seed)"), ("machines", "\(plan.nodes)"),
            ("tried", "\(queries.tried)"), ("answered", "\(queries.succeeded)"),
            ("medianMs", JSON.number(queries.milliseconds.median, 1)),
            ("p99Ms", JSON.number(queries.milliseconds.quantile(0.99), 1)),
            ("slowestMs", (found.slowest.seconds * 1_000).rounded(to: 0)),
            ("cellsSent", "\(found.cellsSent)"),
            ("datagramsOfCells", "\(found.datagramsOfCells)"),
            ("moments", "{\(moments.joined(separator: ","))}"),
            ("faults", "{\(faults.joined(separator: ","))}"),
            ("violations", "\(found.violations.count)"), ("goals", goalsJSON),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ])
    }
}
