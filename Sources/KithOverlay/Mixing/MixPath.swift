import KithCrypto
import KithWire

/// The relays that a query goes by: guard, middle, exit; and back: middle, guard, we ourselves.
///
/// The guard is the only one that learns where we are, and the same on both ways, so that no
/// second node does.
struct MixPath: Sendable {
    /// What a path is for; nothing goes by one that was made for something else.
    enum Purpose: Sendable, Equatable, CaseIterable {
        case searching
        case publishing
        /// One cell of cover.
        case cover
    }

    let entry: KnownRelay
    let middle: KnownRelay
    let exit: KnownRelay
    let back: KnownRelay
    let made: Instant

    /// The same as nodes, for the person who asked.
    var hops: [NodeRecord] { [entry.node, middle.node, exit.node, back.node] }

    /// Everyone on it, in the order of the way.
    var relays: [X25519.PublicKey] {
        [entry.node.key, middle.node.key, exit.node.key, back.node.key]
    }
}

/// A cell of ours that may come back.
struct MixAttempt: Sendable {
    /// What it is.
    enum Kind: Sendable, Equatable {
        /// Part of a query of ours.
        case query(UInt32)
        /// A query that nobody is interested in.
        case noise
        /// An echo, by which relays are measured.
        case loop
    }

    let kind: Kind
    /// Whether it writes, for which relays take longer.
    let isWrite: Bool
    let path: MixPath
    /// By which the answer is recognised.
    let tag: Bytes16
    /// Roots of the way back.
    let roots: [Secret32]
    /// What the answer is sealed under.
    let key: Secret32
    /// When it left, or nil while it waits for its moment.
    var sent: Instant?

    /// What became of it, for the person who asked.
    func step(_ end: MixReport.End, at now: Instant) -> MixReport.Step {
        MixReport.Step(hops: path.hops, end: end, duration: now - (sent ?? now))
    }
}

/// A cell that waits for its moment.
struct OutgoingCell: Sendable {
    let packet: [UInt8]
    let attempt: UInt32
}
