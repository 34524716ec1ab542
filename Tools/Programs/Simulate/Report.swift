import KithOverlay
import KithSimulation
import Reporting

/// What is printed at the end.
struct Report {
    let plan: Plan
    let measured: Findings
    /// Wall-clock time of the run, in seconds.
    let wall: Double
    /// The most memory that the process had so far, in bytes; nil where that is not known.
    let peakBytes: Double?

    /// Memory that 10,000 nodes may take, in MiB.
    ///
    /// A quarter of the 24 GiB that a machine has which is to hold them in one process; 3.8 GB
    /// were seen. Not what this machine has: whatever lives to be measured fits into that.
    static let memoryMiBMax = 6.0 * 1_024

    /// The goals of the scenario; that of a large network includes that it fits.
    var goals: [Goal] {
        var goals = measured.goals(of: plan.scenario)
        if plan.scenario == .large {
            goals.append(
                Goal(
                    "peak memory, MiB", .count, .below(Self.memoryMiBMax),
                    measured: peakBytes.map { ($0 / 1_048_576).rounded() }))
        }
        return goals
    }

    /// Whether all goals were met.
    var isGood: Bool { goals.allSatisfy(\.isMet) }

    // MARK: For people

    /// A table, the seed first.
    var text: String {
        let found = measured
        var lines = [
            "seed \(plan.seed), \(plan.nodes) nodes, \(conditions)",
            "joined \(found.joined), members at the end \(found.members), "
                + "virtual \(found.virtualTime.seconds.rounded(to: 0)) s, "
                + "wall \(wall.rounded(to: 1)) s, "
                + "peak memory \(number(peakBytes.map { $0 / 1_048_576 }, 0)) MiB",
            "",
            "            success              median     p90     p99 ms   hops  p99  requests  p99",
            row("lookup", found.lookups),
            row("store", found.stores),
            row("find", found.finds),
            row("search", found.searches),
            row("  name", found.names),
            row("  misspelt", found.misspelt),
            row("  interests", found.interests),
        ]
        if found.soon.tried > 0 {
            lines += [
                row("after 30 s", found.soon), row("after 1 h", found.later),
                row("  owned", found.laterOwned),
            ]
        }
        lines += [
            "",
            "lookup coverage of the closest 16: \(percent(found.coverage.mean)) mean, "
                + "\(percent(found.coverage.quantile(0.01))) p1",
            "index entries placed: \(percent(found.entries.success)); whole publication: "
                + "\(number(found.wholeStores.median, 0)) ms median",
        ]
        let counters = found.counters
        lines += [
            "datagrams: \(found.delivered) delivered, \(found.lost) lost; requests "
                + "\(counters.requestsSent), failed calls \(counters.callsFailed), handshakes "
                + "\(counters.handshakesCompleted), repairs \(counters.repairs)",
            "invariants violated: \(found.violations.count); unfinished: \(found.unfinished)",
        ]
        if found.lies > 0 {
            lines.append(
                "liars: \(percent(found.liarsKnown)) of all neighbours, \(found.lies) lies told, "
                    + "\(found.rolledBack) older versions shown")
        }
        lines += found.violations.prefix(10).map { "  \($0)" }
        lines += found.misses.map { "missed: \($0)" }
        if !found.story.isEmpty { lines.append(found.story) }
        lines.append("trace \(found.trace)")
        lines += [""] + goals.map(\.text)
        return lines.joined(separator: "\n")
    }

    private var conditions: String {
        let links = plan.links
        var parts = [
            links.words, "churn \(churn)",
            "scenario \(plan.scenario.rawValue)",
        ]
        if plan.liars > 0 { parts.append("liars \((plan.liars * 100).rounded(to: 0)) %") }
        if links.duplication > 0 {
            parts.append("duplicated \((links.duplication * 100).rounded(to: 1)) %")
        }
        if links.reordering > 0 {
            parts.append("reordered \((links.reordering * 100).rounded(to: 1)) %")
        }
        return parts.joined(separator: ", ")
    }

    private var churn: String {
        guard let churn = plan.churn else { return "none" }
        return churn.shape == Churn.ipfs.shape ? "ipfs" : "hard"
    }

    private func row(_ name: String, _ tally: Tally) -> String {
        let ratio = "\(tally.succeeded)/\(tally.tried)".padded(to: 11)
        let times = [0.5, 0.9, 0.99].map { share in
            number(tally.milliseconds.quantile(share), 0).aligned(to: 8)
        }
        let costs =
            number(tally.hops.median, 0).aligned(to: 10)
            + number(tally.hops.quantile(0.99), 0).aligned(to: 5)
            + number(tally.requests.median, 0).aligned(to: 10)
            + number(tally.requests.quantile(0.99), 0).aligned(to: 5)
        return name.padded(to: 12) + percent(tally.success).padded(to: 9) + ratio
            + times.joined() + costs
    }

    private func percent(_ share: Double?) -> String {
        share.map { ($0 * 100).rounded(to: 2) + " %" } ?? "-"
    }

    private func number(_ value: Double?, _ digits: Int) -> String {
        value.map { $0.rounded(to: digits) } ?? "-"
    }

    // MARK: For programs

    /// One line of JSON; what was not measured is null.
    var json: String {
        let found = measured
        let search = found.searches
        let fields = [
            ("find", figures(found.finds)),
            ("store", JSON.object([("success", share(found.stores))])),
            ("trace", "\"\(found.trace)\""), ("lookup", lookup), ("search", figures(search)),
            ("publication", publication), ("tried", tried),
            ("searchName", figures(found.names)), ("searchMisspelt", figures(found.misspelt)),
            ("searchInterests", figures(found.interests)), ("seed", "\(plan.seed)"),
            ("settings", settings), ("counters", counters), ("joined", "\(found.joined)"),
            ("members", "\(found.members)"), ("unfinished", "\(found.unfinished)"),
            ("violations", "\(found.violations.count)"),
            ("liarsKnown", JSON.number(found.liarsKnown, 4)),
            ("rolledBack", "\(found.rolledBack)"),
            ("afterHalf", afterHalf),
            ("goals", "[" + goals.map(\.json).joined(separator: ",") + "]"),
            ("virtualSeconds", JSON.number(found.virtualTime.seconds, 1)),
            ("wallSeconds", JSON.number(wall, 2)),
            ("peakMemoryMiB", JSON.number(peakBytes.map { $0 / 1_048_576 }, 0)),
        ]
        return JSON.object(fields)
    }

    private var lookup: String {
        let found = measured
        return JSON.object([
            ("success", share(found.lookups)),
            ("medianMs", JSON.number(found.lookups.milliseconds.median, 1)),
            ("p99Ms", JSON.number(found.lookups.milliseconds.quantile(0.99), 1)),
            ("hopsMedian", JSON.number(found.lookups.hops.median, 0)),
            ("requestsMedian", JSON.number(found.lookups.requests.median, 0)),
            ("requestsMax", JSON.number(found.lookups.requests.quantile(1), 0)),
            ("coverage", JSON.number(found.coverage.mean, 4)),
        ])
    }

    /// How long stores took, to the profile and to the last entry.
    private var publication: String {
        let stores = measured.stores
        return JSON.object([
            ("medianMs", JSON.number(stores.milliseconds.median, 1)),
            ("p99Ms", JSON.number(stores.milliseconds.quantile(0.99), 1)),
            ("wholeMedianMs", JSON.number(measured.wholeStores.median, 1)),
            ("entriesSuccess", share(measured.entries)),
        ])
    }

    /// Shares of all acknowledged profiles that were readable after half crashed.
    private var afterHalf: String {
        JSON.object([
            ("soon", share(measured.soon)), ("republished", share(measured.later)),
            ("republishedOwnerAlive", share(measured.laterOwned)),
        ])
    }

    /// How many operations of each kind count.
    private var tried: String {
        let found = measured
        return JSON.object([
            ("lookup", "\(found.lookups.tried)"), ("store", "\(found.stores.tried)"),
            ("find", "\(found.finds.tried)"), ("search", "\(found.searches.tried)"),
        ])
    }

    private var settings: String {
        JSON.object([
            ("nodes", "\(plan.nodes)"),
            ("latencyMs", JSON.number(plan.links.latency.seconds * 1_000, 1)),
            ("spreadMs", JSON.number(plan.links.spread.seconds * 1_000, 1)),
            ("loss", JSON.number(plan.links.loss, 4)),
            ("duplicate", JSON.number(plan.links.duplication, 4)),
            ("reorder", JSON.number(plan.links.reordering, 4)), ("churn", "\"\(churn)\""),
            ("scenario", "\"\(plan.scenario.rawValue)\""),
            ("liars", JSON.number(plan.liars, 2)), ("people", "\(plan.people)"),
            ("finds", "\(plan.finds)"), ("minutes", JSON.number(plan.length.seconds / 60, 0)),
        ])
    }

    private var counters: String {
        let sum = measured.counters
        return JSON.object([
            ("delivered", "\(measured.delivered)"), ("lost", "\(measured.lost)"),
            ("requestsSent", "\(sum.requestsSent)"), ("callsFailed", "\(sum.callsFailed)"),
            ("handshakes", "\(sum.handshakesCompleted)"), ("repairs", "\(sum.repairs)"),
            ("unprovedBytesReceived", "\(sum.unprovedBytesReceived)"),
            ("unprovedBytesSent", "\(sum.unprovedBytesSent)"),
        ])
    }

    private func figures(_ tally: Tally) -> String {
        JSON.object([
            ("success", share(tally)), ("medianMs", JSON.number(tally.milliseconds.median, 1)),
            ("p99Ms", JSON.number(tally.milliseconds.quantile(0.99), 1)),
            ("hopsMedian", JSON.number(tally.hops.median, 0)),
            ("requestsMedian", JSON.number(tally.requests.median, 0)),
        ])
    }

    private func share(_ tally: Tally) -> String {
        tally.tried == 0 ? "null" : JSON.number(tally.success, 4)
    }
}

extension Links {
    /// "latency 50±30 ms, loss 5.0 %".
    var words: String {
        "latency \((latency.seconds * 1_000).rounded(to: 0))"
            + "±\((spread.seconds * 1_000).rounded(to: 0)) ms, "
            + "loss \((loss * 100).rounded(to: 1)) %"
    }
}
