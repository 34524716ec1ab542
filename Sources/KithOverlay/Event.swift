public import KithCrypto
public import KithWire

/// What a ``Node`` tells the shell; drained with ``Node/nextEvent()`` after every input.
public enum Event: Sendable {
    /// Make this record durable before the outbox is sent; if that fails, say so with
    /// ``Command/storageFailed(_:)`` before sending it.
    case persist(StoredRecord)
    /// Forget this record on disk.
    case forget(StoredRecord.Key)
    /// The node has neighbours and its first lookup is done.
    case joined(neighbours: Int)
    /// The node found nobody, and why.
    case alone(AloneReason)
    /// The person's profile was signed with this sequence; keep it, so that a restart does not
    /// go back.
    case published(sequence: UInt64)
    /// The contact book changed: keep what ``Node/contactBook`` is now.
    case bookChanged
    /// Somebody wants to become a contact.
    case contactRequest(ContactRequest)
    /// These are our guards now; keep them, so that a restart does not choose others.
    case guardsChanged([Guard])
    /// Others see us at another address than before; nil when none was known.
    case addressChanged(from: Address?, to: Address)
    /// Others may route and store through us from now on, or may not, over this family.
    case roleChanged(HandshakePayload.Role, Address.Family)
    /// An operation goes on.
    case progress(OperationID, Progress)
    /// A search found someone; a better or newer hit for the same person may follow.
    case hit(OperationID, Hit)
    /// An operation ended.
    case finished(OperationID, Result<Outcome, OperationError>)
}

/// Why a node is alone.
public enum AloneReason: Sendable, Equatable {
    /// Nobody was named to join through: no seed, no known node.
    case noSeeds
    /// Everyone named stayed silent.
    case seedsSilent(asked: Int)
}

/// A record as a replica keeps it.
public struct StoredRecord: Sendable, Equatable {
    /// Names a stored record: one per author and location.
    public struct Key: Hashable, Sendable {
        /// Where it is kept.
        public let location: Location
        /// Who signed it.
        public let author: Ed25519.PublicKey

        /// The key of `author`'s record at `location`.
        public init(location: Location, author: Ed25519.PublicKey) {
            self.location = location
            self.author = author
        }
    }

    /// The verified record.
    public let record: Record
    /// Who gave it to us; its storage is charged to this address.
    public let source: Address
    /// Until when it is kept: what its receipt says, not later than the record's own expiry.
    public let until: UnixTime

    /// A record, where it came from and how long it is kept.
    public init(record: Record, source: Address, until: UnixTime) {
        self.record = record
        self.source = source
        self.until = until
    }

    /// The key of this record.
    public var key: Key {
        Key(location: record.location, author: record.author)
    }
}

/// How far an operation is.
public struct Progress: Sendable, Equatable {
    /// Steps done so far: records placed, requests answered.
    public var done: Int
    /// Steps known of; may grow.
    public var total: Int

    /// Progress with these figures.
    public init(done: Int, of total: Int) {
        self.done = done
        self.total = total
    }
}

/// How an operation ended well.
public enum Outcome: Sendable {
    /// The node answered.
    case ping(PingReport)
    /// The lookup ended.
    case lookup(LookupReport)
    /// The newest record of the replica set, or nil, and how it was found.
    case record(Record?, LookupReport)
    /// The newest record that two exits gave, or nil, and by which relays it came.
    case mixedRecord(Record?, MixReport)
    /// The profile is stored on a majority.
    case published(PublishReport)
    /// What was published is withdrawn.
    case unpublished(PublishReport)
    /// The contact book was changed.
    case contactsChanged
    /// What the person says of themselves is where it belongs.
    case presented(PresentReport)
    /// What a contact lets us see.
    case card(CardReport)
    /// What somebody gets who looks for the person.
    case seen(SeenReport)
    /// The search ended; hits best first.
    case found([Hit], SearchReport)
    /// Everybody who is near, the nearest first.
    case nearby([Bystander], ScanReport)
}

/// The answer of a node to a ping.
public struct PingReport: Sendable {
    /// Who answered.
    public var node: NodeRecord
    /// From the first try to the answer.
    public var roundTrip: Duration
    /// The address it sees us at.
    public var seen: Address?
    /// How busy it says it is, 0…100.
    public var load: UInt8?
}

/// What a lookup did.
public struct LookupReport: Sendable {
    /// The point that was looked for.
    public var target: Location
    /// Answering nodes, closest first.
    public var closest: [NodeRecord]
    /// Length of the chain of referrals to the closest node.
    public var hops: Int
    /// Requests sent.
    public var requests: Int
    /// Requests without an answer.
    public var failures: Int
    /// How long it took.
    public var duration: Duration
    /// Each node asked, in order, for `trace`.
    public var steps: [Step]

    /// One node asked by a lookup.
    public struct Step: Sendable {
        /// The node.
        public var node: NodeRecord
        /// Nodes asked one after the other to reach this one, itself included: 1 for a node that
        /// we knew.
        public var depth: Int
        /// Round trip, or nil when it did not answer.
        public var roundTrip: Duration?
    }
}

/// Where a record went.
public struct PublishReport: Sendable {
    /// The location of the profile.
    public var location: Location
    /// Replicas that acknowledged the profile with a valid receipt.
    public var stored: Int
    /// Replicas wanted.
    public var wanted: Int
    /// Acknowledgements that make a majority.
    public var quorum: Int
    /// Index entries that reached a majority, of ``entriesWanted``.
    public var entries: Int
    /// Index entries made from the profile.
    public var entriesWanted: Int
    /// The proofs: one receipt per replica.
    public var receipts: [Receipt]
    /// Sequence of the record.
    public var sequence: UInt64
    /// When replicas drop it.
    public var expires: UnixTime
    /// How long it took.
    public var duration: Duration
}

/// What a search did.
public struct SearchReport: Sendable {
    /// Requests sent.
    public var requests: Int
    /// Lookups run.
    public var lookups: Int
    /// Entries that led to nobody: the profile was gone or did not match.
    public var dropped: Int
    /// Whether time ran out before everything was read.
    public var partial: Bool
    /// How the network was asked.
    public var via = Via.direct
    /// How long it took.
    public var duration: Duration
}

/// Why an operation failed.
public enum OperationError: Error, Sendable, Equatable {
    /// No neighbour and no seed answers.
    case noPeers
    /// The node asked did not answer.
    case noAnswer
    /// Fewer replicas than a majority acknowledged.
    case quorumMissed(stored: Int, wanted: Int, quorum: Int)
    /// Nothing was published.
    case nothingPublished
    /// The node has no identity to sign with.
    case noIdentity
    /// No neighbour has this address; a node record is needed.
    case unknownAddress
    /// Too many operations run at once.
    case busy
    /// The query has no letter or number in it.
    case emptyQuery
    /// The profile does not fit into a record.
    case tooLarge
    /// The contact book stays as it is.
    case contacts(ContactError)
    /// The mix did not bring an answer.
    case mix(MixError)
    /// One cannot look around like that.
    case nearby(ScanError)
    /// It was done, and could not be written to disk: after a restart it may be undone.
    case notKept
    /// The caller stopped it, or the node leaves.
    case cancelled
}
