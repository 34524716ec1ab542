public import KithOverlay
public import KithWire

/// The proof of work that gives a node its id in one network.
public struct StoredProof: Sendable, Equatable {
    /// The nonce that was found.
    public var nonce: UInt64
    /// The id that follows from it.
    public var id: NodeID

    /// A proof with these values.
    public init(nonce: UInt64, id: NodeID) {
        self.nonce = nonce
        self.id = id
    }
}

/// A node met before, for the next start.
public struct KnownNode: Sendable, Equatable {
    /// How to reach it.
    public var record: NodeRecord
    /// The address it answered at.
    public var address: Address
    /// Savings at which it was a good neighbour.
    public var seen: Int
    /// Savings at which it was not, since it was first met.
    public var missed: Int
    /// When it last answered.
    public var lastHeard: UnixTime

    /// A node met before.
    public init(
        record: NodeRecord, address: Address, seen: Int, missed: Int, lastHeard: UnixTime
    ) {
        self.record = record
        self.address = address
        self.seen = seen
        self.missed = missed
        self.lastHeard = lastHeard
    }

    /// After this long without an answer a node counts half; nodes that stay a week mostly
    /// stay for another (Stutzbach and Rejaie 2006, section 5).
    public static let halfLife: Duration = .seconds(3 * 86_400)

    /// How likely it answers again, 0…1: its success rate (with one good and one bad sample
    /// assumed) times how recent the last answer is.
    public func reliability(at now: UnixTime) -> Double {
        let rate = Double(seen + 1) / Double(seen + missed + 2)
        let age = max(0, (now - lastHeard).seconds)
        return rate / (1 + age / KnownNode.halfLife.seconds)
    }
}

/// Whether the person's profile is out in one network.
public struct PublicationState: Sendable, Equatable {
    /// What was last done.
    public enum Phase: Int64, Sendable {
        /// Kept published.
        case published = 1
        /// Withdrawn by a tombstone.
        case withdrawn = 2
    }

    /// What was last done.
    public var phase: Phase
    /// The last sequence signed; later ones must be higher.
    public var sequence: UInt64
    /// The encoded profile that was published.
    public var body: [UInt8]?
    /// When it was done.
    public var changed: UnixTime

    /// A state with these values.
    public init(phase: Phase, sequence: UInt64, body: [UInt8]?, changed: UnixTime) {
        self.phase = phase
        self.sequence = sequence
        self.body = body
        self.changed = changed
    }
}

/// One change of the state on disk.
public enum Change: Sendable {
    /// Keep this record; it replaces an older one with the same key.
    case putRecord(StoredRecord, received: UnixTime)
    /// Forget this record.
    case forgetRecord(StoredRecord.Key)
    /// Forget the records of this network that have expired.
    case forgetExpired(at: UnixTime)
    /// Replace what the person is about to say of themselves; nil removes it.
    case presentation(Presentation?)
    /// Replace what is known about publishing in this network.
    case publication(PublicationState)
    /// Raise the last sequence signed; a lower one than kept changes nothing.
    case signedSequence(UInt64)
    /// Replace all known nodes of this network; the most reliable ``Store/knownNodesMax`` stay.
    case knownNodes([KnownNode], at: UnixTime)
    /// Remember the node's proof of work in this network.
    case proof(StoredProof)
    /// Remember that a seed list with this sequence, signed by these keys, was accepted in this
    /// network; a lower sequence than kept changes nothing.
    case seedList(sequence: UInt64, signers: [SeedListKey])
    /// Replace the node's guards in this network.
    case guards([Guard])
    /// Replace the contact book of an identity in this network.
    case book(SealedBook)
}
