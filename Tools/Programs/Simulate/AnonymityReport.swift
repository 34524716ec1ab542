import KithOverlay
import KithSimulation
import Reporting

/// Runs the scenario `anonymity` and prints what it measured.
struct AnonymityReport: OwnReport {
    private let plan: AnonymityPlan
    private let found: AnonymityFindings
    private let wall: Double

    /// Runs it to its end.
    init(_ plan: AnonymityPlan) {
        let experiment = AnonymityExperiment(plan)
        wall = Watch.run(experiment)
        self.plan = plan
        found = experiment.findings
    }

    var goals: [Goal] { found.goals }

    // MARK: For people

    var text: String {
        let (covered, bare) = (found.covered, found.bare)
        var lines = [
            "seed \(plan.seed), \(found.machines) machines of which \(found.spies) spy, "
                + "\(plan.queries) queries, virtual "
                + "\(found.virtualTime.seconds.rounded(to: 0)) s, wall \(wall.rounded(to: 1)) s",
            "", row("", "with cover", "without"),
            row(
                "cells of their own in a second", covered.cellsPerSecond.rounded(to: 1),
                bare.cellsPerSecond.rounded(to: 1)),
            row("answered", percent(covered.queries.success), percent(bare.queries.success)),
            row("guard and an exit in one hand", percent(covered.linked), percent(bare.linked)),
            row("  what chance says", percent(found.bound), percent(found.bound)),
            row("asker named by spying relays", percent(covered.named), percent(bare.named)),
            row("  entropy", bits(covered.bits), bits(bare.bits)),
            row(
                "asker named by who sees all lines", percent(covered.namedByAll),
                percent(bare.namedByAll)),
            row("  entropy", bits(covered.bitsOfAll), bits(bare.bitsOfAll)),
            row(
                "asker named by spying keepers", percent(covered.namedByKeepers),
                percent(bare.namedByKeepers)),
            row("  entropy", bits(covered.bitsOfKeepers), bits(bare.bitsOfKeepers)),
            row(
                "  of one who asks directly", percent(found.direct.namedByKeepers),
                bits(found.direct.bitsOfKeepers)),
            "There are \(found.bitsMax.rounded(to: 2)) bits at most.",
        ]
        lines += ending(found.violations, trace: found.trace)
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ covered: String, _ bare: String) -> String {
        name.padded(to: 36) + covered.padded(to: 14) + bare
    }

    private func percent(_ share: Double?) -> String {
        share.map { ($0 * 100).rounded(to: 2) + " %" } ?? "-"
    }

    private func bits(_ bits: Double?) -> String {
        bits.map { $0.rounded(to: 2) + " bits" } ?? "-"
    }

    // MARK: For programs

    var json: String {
        return JSON.object([
            ("scenario", "\"anonymity\""), ("seed", "\(plan.seed)"),
            ("machines", "\(found.machines)"), ("spies", "\(found.spies)"),
            ("tried", "\(found.covered.queries.tried)"), ("bound", found.bound.rounded(to: 4)),
            ("bitsMax", found.bitsMax.rounded(to: 4)), ("cover", json(found.covered)),
            ("noCover", json(found.bare)), ("direct", json(found.direct)),
            ("violations", "\(found.violations.count)"), ("goals", goalsJSON),
            ("virtualSeconds", found.virtualTime.seconds.rounded(to: 1)),
            ("wallSeconds", wall.rounded(to: 2)), ("trace", "\"\(found.trace)\""),
        ])
    }

    private func json(_ side: AnonymityFindings.Side) -> String {
        "{\"tried\":\(side.queries.tried),\"answered\":\(side.queries.succeeded),"
            + "\"linked\":\(JSON.number(side.linked, 4)),\"named\":\(JSON.number(side.named, 4)),"
            + "\"bits\":\(JSON.number(side.bits, 4)),\"namedByAll\":\(JSON.number(side.namedByAll, 4)),"
            + "\"bitsOfAll\":\(JSON.number(side.bitsOfAll, 4)),"
            + "\"namedByKeepers\":\(JSON.number(side.namedByKeepers, 4)),"
            + "\"bitsOfKeepers\":\(JSON.number(side.bitsOfKeepers, 4)),"
            + "\"cellsPerSecond\":\(side.cellsPerSecond.rounded(to: 2))}"
    }
}
