public import KithWire

/// How a query went through the mix, for the person who asked and nobody else.
public struct MixReport: Sendable {
    /// One path that was tried.
    public struct Step: Sendable {
        /// Guard, middle and exit, then the relays of the way back.
        public var hops: [NodeRecord]
        /// How the cell ended.
        public var end: End
        /// From leaving to the answer, or to giving up.
        public var duration: Duration
    }

    /// How a cell ended.
    public enum End: Sendable, Equatable {
        /// An answer came back.
        case answered
        /// The exit could not do it.
        case refused
        /// Nothing came back in time; hop `suspect` of ``Step/hops`` is the most likely cause.
        case lost(suspect: Int)
        /// The guard did not take the cell.
        case guardSilent
        /// Another path had brought the answer, and this one was not waited for.
        case unheard
        /// It did not leave: there is no room for it here.
        case unsent

        /// The word for it in JSON.
        public var word: String {
            switch self {
            case .answered: "answered"
            case .refused: "refused"
            case .lost: "lost"
            case .guardSilent: "guard-silent"
            case .unheard: "unheard"
            case .unsent: "unsent"
            }
        }
    }

    /// Paths in the order in which they were tried.
    public var steps: [Step]
    /// Whether two exits said different things.
    public var exitsDiffer = false
}

/// Why a mixed query failed.
public enum MixError: Error, Sendable, Equatable {
    /// There are not enough relays for a path: so many are known, and so many are needed.
    case fewRelays(known: Int)
    /// Nothing came back; the most likely cause is this hop, counted from 1 (the guard), at this
    /// address.
    case hopFailed(Int, Address?)
    /// Every exit that was reached could not do it.
    case exitsRefused
    /// The record does not fit into a cell.
    case tooLarge
}

/// How a question travels.
public enum Via: String, Sendable, CaseIterable {
    /// By three relays, so that nobody learns who asks.
    case mix
    /// Straight to the nodes that know, which learn it.
    case direct
    /// Mixed where there are relays, else direct.
    case auto
}

/// What is mixed, at a glance.
public struct MixStatus: Sendable {
    /// Whether relays are looked for and cover is sent.
    public var isAwake: Bool
    /// Whether cells of others are taken.
    public var relaysCells: Bool
    /// Relays that are known.
    public var relays: Int
    /// Those of them that a path could go by.
    public var usable: Int
    /// Those that failed and are left out for an hour.
    public var resting: [NodeRecord]
    /// The relays that learn where we are.
    public var guards: [Guard]
    /// The mean time between two cells of ours.
    public var interval: Duration
    /// Whether fewer are sent, since data costs money.
    public var isMetered: Bool
    /// Cells that wait for their moment or to be taken.
    public var waiting: Int
    /// Tags of cells that were opened.
    public var tags: Int
}
