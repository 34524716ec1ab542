extension Settings {
    /// Bounds of indexing, searching and remembering what was found.
    public struct Discovery: Sendable, Equatable {
        /// Searches remembered (DESIGN section 7).
        public var queriesMax = 1_000
        /// How long a search is remembered (DESIGN section 7): long enough for someone who goes
        /// back and forth, short enough that a newcomer is found soon.
        public var queryLife: Duration = .seconds(300)
        /// How long a profile is shown without asking its replicas again; as long as a search is
        /// remembered, so that a withdrawal shows within five minutes.
        public var profileFreshness: Duration = .seconds(300)
        /// People whose newest sequence, and profile, are remembered (DESIGN section 7).
        public var profilesMax = 5_000
        /// How long a sequence is remembered at least.
        ///
        /// No record lives longer than 24 h, so what is older than a forgotten sequence has
        /// expired by then.
        public var sequenceLife: Duration = .seconds(24 * 3_600)

        /// The defaults.
        public init() {}
    }
}
