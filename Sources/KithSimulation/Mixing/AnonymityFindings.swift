import KithOverlay

/// What an ``AnonymityExperiment`` measured.
public struct AnonymityFindings: Sendable {
    /// How far the share of linked queries may be from the bound (issue "Nobody learns who asked").
    static let toleranceOfBound = 0.2
    /// How many times as often the keepers of a record must know who asks them directly.
    static let keepersFactor = 10.0

    /// What was measured of a network with cover, or of one without.
    public struct Side: Sendable {
        /// Queries that were answered, of all.
        public internal(set) var queries = Tally()
        /// Share of the queries of which the same hand had the guard and an exit.
        public internal(set) var linked: Double?
        /// Share of the queries whose asker spying relays name.
        public internal(set) var named: Double?
        /// The entropy of the anonymity set for them, in bits, in the mean.
        public internal(set) var bits: Double?
        /// Share of the queries whose asker somebody names who watches every line, and knows what
        /// was asked of which exit.
        public internal(set) var namedByAll: Double?
        /// The entropy of the anonymity set for him, in bits, in the mean.
        public internal(set) var bitsOfAll: Double?
        /// Share of the queries whose asker spies name that keep the record, or are asked for it.
        public internal(set) var namedByKeepers: Double?
        /// The entropy of the anonymity set for them, in bits, in the mean.
        public internal(set) var bitsOfKeepers: Double?
        /// Cells that all machines made in a second.
        public internal(set) var cellsPerSecond = 0.0
    }

    /// With cover.
    public internal(set) var covered = Side()
    /// Without it.
    public internal(set) var bare = Side()
    /// Machines of which anybody could be the asker.
    public internal(set) var machines = 0
    /// Machines in one hand.
    public internal(set) var spies = 0
    /// The same keepers, of queries that are asked directly.
    public internal(set) var direct = Side()
    /// How much virtual time passed.
    public internal(set) var virtualTime: Duration = .zero
    /// What should never have happened.
    public internal(set) var violations: [Violation] = []
    /// The hash of every delivery and event.
    public internal(set) var trace = ""

    /// The share of spies.
    var share: Double { Double(spies) / Double(max(1, machines)) }

    /// The probability that guard and an exit of two are in one hand, when both are drawn by chance.
    public var bound: Double { share * (1 - (1 - share) * (1 - share)) }

    /// The largest entropy that there could be, in bits: nobody knows anything.
    public var bitsMax: Double {
        Logarithm.natural(Double(max(1, machines))) / Logarithm.natural(2)
    }

    /// The goals of a run, and what was measured of them.
    public var goals: [Goal] {
        let both = [covered.linked, bare.linked].compactMap { $0 }
        let linked = both.count == 2 ? (both[0] + both[1]) / 2 : nil
        return [
            Goal(
                "queries answered", .share, .atLeast(0.99),
                measured: covered.queries.tried == 0 ? nil : covered.queries.success),
            Goal(
                "guard and an exit in one hand, at least", .share,
                .atLeast(bound * (1 - Self.toleranceOfBound)), measured: linked),
            Goal(
                "guard and an exit in one hand, at most", .share,
                .atMost(bound * (1 + Self.toleranceOfBound)), measured: linked),
            Goal(
                "asker named by spying relays", .share,
                .atMost(bound * (1 + Self.toleranceOfBound) + 1 / Double(max(1, machines))),
                measured: covered.named),
            Goal(
                "asker named by spying keepers of records", .share,
                .atMost((direct.namedByKeepers ?? 0) / Self.keepersFactor),
                measured: covered.namedByKeepers),
            Goal(
                "the same when asked directly", .share, .atLeast(share),
                measured: direct.namedByKeepers),
            Goal("invariants violated", .count, .atMost(0), measured: Double(violations.count)),
        ]
    }
}
