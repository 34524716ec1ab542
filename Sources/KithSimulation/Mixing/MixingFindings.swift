package import KithOverlay

/// What a ``MixingExperiment`` measured.
public struct MixingFindings: Sendable {
    /// The probability below which chance does not explain a difference of moments any more.
    static let chance = 0.01
    /// Of 25 good relays, how many may be left out beside four bad ones.
    static let goodLeftOutMax = 6

    /// Queries that were answered with at most one retry, and how long those took.
    public internal(set) var queries = Tally()
    /// The slowest query.
    public internal(set) var slowest: Duration = .zero
    /// Cells that nodes sent, each time that they did.
    public internal(set) var cellsSent: UInt64 = 0
    /// Datagrams of a cell's size that left.
    public internal(set) var datagramsOfCells: UInt64 = 0

    /// The moments of cells of one kind.
    public struct Moments: Sendable {
        /// What they are.
        public let kind: CellKind
        /// How many there were.
        public let count: Int
        /// The probability that chance explains how far they are from a Poisson process.
        public let exponential: Double
        /// The probability that chance explains how far they are from those of queries.
        public let likeQueries: Double
    }

    /// The moments of cells, by their kind.
    public internal(set) var moments: [Moments] = []

    /// What came of queries in a network with relays of one fault.
    public struct Fault: Sendable {
        /// What they do.
        package let fault: RelayFault
        /// Queries that were answered.
        public internal(set) var queries = Tally()
        /// The slowest, answered or not.
        public internal(set) var slowest: Duration = .zero
        /// Bad relays that there are.
        public internal(set) var bad = 0
        /// Those of them that are left out in the end.
        public internal(set) var leftOut = 0
        /// Good relays that are left out, too.
        public internal(set) var goodLeftOut = 0
    }

    /// Queries past bad relays, by fault.
    public internal(set) var faults: [Fault] = []
    /// How much virtual time passed.
    public internal(set) var virtualTime: Duration = .zero
    /// What should never have happened.
    public internal(set) var violations: [Violation] = []
    /// The hash of every delivery and event.
    public internal(set) var trace = ""

    /// The goals of a run, and what was measured of them.
    public var goals: [Goal] {
        var goals = [
            Goal(
                "answered with at most one retry", .share, .atLeast(0.99),
                measured: queries.tried == 0 ? nil : queries.success),
            Goal("median", .milliseconds, .below(1_500), measured: queries.median),
            Goal("cells sent", .count, .atLeast(1_000), measured: Double(cellsSent)),
            Goal(
                "cells of another size", .count, .atMost(0),
                measured: (Double(cellsSent) - Double(datagramsOfCells)).magnitude),
        ]
        goals.append(
            Goal(
                "kinds of cells compared", .count, .atLeast(Double(CellKind.allCases.count)),
                measured: Double(moments.count)))
        for kind in moments {
            goals.append(
                Goal(
                    "\(kind.kind): a Poisson process, p", .probability, .atLeast(Self.chance),
                    measured: kind.exponential))
            guard kind.kind != .query else { continue }
            goals.append(
                Goal(
                    "\(kind.kind): like queries, p", .probability, .atLeast(Self.chance),
                    measured: kind.likeQueries))
        }
        for fault in faults {
            goals += [
                Goal(
                    "\(fault.fault): answered", .share, .atLeast(1),
                    measured: fault.queries.tried == 0 ? nil : fault.queries.success),
                Goal(
                    "\(fault.fault): slowest", .milliseconds, .below(10_000),
                    measured: fault.slowest.seconds * 1_000),
                Goal(
                    "\(fault.fault): good ones left out", .count,
                    .atMost(Double(Self.goodLeftOutMax)), measured: Double(fault.goodLeftOut)),
                Goal(
                    "\(fault.fault): left out", .share, .atLeast(1),
                    measured: fault.bad == 0 ? nil : Double(fault.leftOut) / Double(fault.bad)),
            ]
        }
        goals.append(
            Goal("invariants violated", .count, .atMost(0), measured: Double(violations.count)))
        return goals
    }
}
