import Glibc
import KithSimulation
import Reporting

/// What `Tools/bench relay` prints.
struct RelayReport {
    /// How it is measured.
    static let method = """
        A relay multiplies points of Curve25519 twice for each cell: to share a secret
        with its maker, and to blind the point for the next hop. With m seconds of
        processor for one multiplication no relay passes more than 1 / 2m cells per
        second of processor.
        The node under test is a process of its own, with sockets, store and loop, on
        loopback. Of its settings the rates are lifted, and the cells ask for no delay.
        Another process has a session at either end, sends cells that were made before,
        and counts those that come out, each once; one in 64 is opened to see that it
        is whole. Never more than 64 are under way. Time is what the kernel says that
        the node's process used, in the kernel, too; and that process multiplies before
        and after the cells of each round. Figures are medians of the rounds.
        """

    private let request: RelayRequest
    private let rounds: [RelayBench.Round]

    /// A report on these rounds, of which there is one at least.
    init(_ request: RelayRequest, _ rounds: [RelayBench.Round]) {
        self.request = request
        self.rounds = rounds
    }

    /// Whether every goal was met.
    var isGood: Bool { goals.allSatisfy(\.isMet) }

    private var goals: [Goal] {
        [
            Goal(
                "cells passed, of those that X25519 allows", .share, .atLeast(0.6),
                measured: median(\.ratio)),
            // What the node does besides, once a second, takes some.
            Goal(
                "allocations per cell", .mean, .below(0.1),
                measured: median(\.allocationsPerCell)),
            Goal(
                "damaged cells, of those opened", .count, .atMost(0),
                measured: Double(sum(\.outcome.damaged))),
            Goal(
                "cells that came out", .share, .atLeast(0.99),
                measured: Double(sum(\.outcome.passed)) / Double(max(1, sum(\.outcome.sent)))),
        ]
    }

    private func median(_ figure: (RelayBench.Round) -> Double) -> Double {
        rounds.map(figure).median
    }

    private func sum(_ count: (RelayBench.Round) -> Int) -> Int {
        rounds.reduce(0) { $0 + count($1) }
    }

    /// What the node itself counted.
    private var counters: [(name: String, value: String)] {
        func sum(_ count: (ServerProcess.Usage) -> UInt64) -> String {
            "\(rounds.reduce(0) { $0 + count($1.usage) })"
        }
        return [
            ("taken", sum(\.taken)), ("passedOn", sum(\.passedOn)), ("lost", sum(\.lost)),
            ("refused", sum(\.refused)),
        ]
    }

    private var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    // MARK: For people

    /// The method, a line for each round, the medians, the goals.
    var text: String {
        var lines = [
            "relay: \(request.rounds) times \(request.cells) cells through one node, "
                + "\(processors) processors here", "", Self.method, "",
            "          cells  lost  us/cell  kernel  us/X25519  allowed  passed   share",
        ]
        for (index, round) in rounds.enumerated() {
            let outcome = round.outcome
            lines.append(
                row(
                    "\(index + 1)", outcome.passed, outcome.sent - outcome.passed, round.cell,
                    round.kernel, round.multiplication, round.allowed, round.passed, round.ratio))
        }
        lines += [
            row(
                "median", sum(\.outcome.passed), sum(\.outcome.sent) - sum(\.outcome.passed),
                median(\.cell), median(\.kernel), median(\.multiplication), median(\.allowed),
                median(\.passed), median(\.ratio)),
            "",
            "us/cell, kernel: microseconds of processor for a cell, and of these in the",
            "kernel; allowed, passed: cells per second of processor",
            "the node counted: "
                + counters.map { "\($0.name) \($0.value)" }.joined(separator: ", "), "",
        ]
        return (lines + goals.map(\.text)).joined(separator: "\n")
    }

    private func row(
        _ name: String, _ passed: Int, _ lost: Int, _ cell: Double, _ kernel: Double,
        _ multiplication: Double, _ allowedRate: Double, _ passedRate: Double, _ ratio: Double
    ) -> String {
        let columns = [
            ("\(passed)", 9), ("\(lost)", 6), ((cell / 1_000).rounded(to: 1), 9),
            ((kernel / 1_000).rounded(to: 1), 8), ((multiplication / 1_000).rounded(to: 2), 11),
            (allowedRate.rounded(to: 0), 9), (passedRate.rounded(to: 0), 8),
            ((100 * ratio).rounded(to: 1) + " %", 8),
        ]
        return name.padded(to: 6) + columns.map { $0.0.aligned(to: $0.1) }.joined()
    }

    // MARK: For programs

    /// One line of JSON; times in microseconds of processor, rates per second of processor.
    var json: String {
        let each = rounds.map { round in
            JSON.object(
                [
                    ("sent", "\(round.outcome.sent)"), ("passed", "\(round.outcome.passed)"),
                    ("damaged", "\(round.outcome.damaged)"),
                    ("allocations", "\(round.allocations)"),
                ] + figures { $0(round) })
        }
        return JSON.object([
            ("benchmark", "\"relay\""), ("processors", "\(processors)"),
            ("sent", "\(sum(\.outcome.sent))"), ("passed", "\(sum(\.outcome.passed))"),
            ("damaged", "\(sum(\.outcome.damaged))"),
            ("rounds", "[\(each.joined(separator: ","))]"),
            ("median", JSON.object(figures(median))), ("counters", JSON.object(counters)),
            ("goals", "[\(goals.map(\.json).joined(separator: ","))]"),
        ])
    }

    /// The figures of one round, or of all, which is for `read` to say.
    private func figures(
        _ read: ((RelayBench.Round) -> Double) -> Double
    ) -> [(name: String, value: String)] {
        [
            ("microsecondsPerCell", (read(\.cell) / 1_000).rounded(to: 3)),
            ("microsecondsInKernel", (read(\.kernel) / 1_000).rounded(to: 3)),
            ("microsecondsPerX25519", (read(\.multiplication) / 1_000).rounded(to: 3)),
            ("allowedPerSecond", read(\.allowed).rounded(to: 1)),
            ("passedPerSecond", read(\.passed).rounded(to: 1)),
            ("ratio", read(\.ratio).rounded(to: 4)),
            ("allocationsPerCell", read(\.allocationsPerCell).rounded(to: 4)),
        ]
    }
}
