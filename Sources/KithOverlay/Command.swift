public import KithCrypto
public import KithWire

/// Names one running operation; chosen by the caller, unique among those running.
public struct OperationID: Hashable, Comparable, Sendable {
    /// The number.
    public let number: UInt64

    /// An id with this number.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// Whether `a` has the smaller number.
    public static func < (a: OperationID, b: OperationID) -> Bool {
        a.number < b.number
    }
}

/// What a person or the shell asks of a ``Node``.
public enum Command: Sendable {
    /// Join the network through these nodes; asks again by itself while alone.
    case join([NodeRecord])
    /// Start something that ends with ``Event/finished(_:_:)``.
    case start(OperationID, Operation)
    /// Stop an operation; it ends with ``OperationError/cancelled``.
    case cancel(OperationID)
    /// Keep this profile published from now on without a first answer (after a restart).
    case keepPublished(Profile, lastSequence: UInt64)
    /// Keep this profile withdrawn until what was published of it has expired everywhere (after
    /// a restart).
    case keepWithdrawn(Profile, lastSequence: UInt64, until: UnixTime)
    /// Sign for the person whose key grows from this seed, and go on with their contact book; for a
    /// node that was started without one, once.
    case takeIdentity(Secret32, book: ContactBook?)
    /// Look for relays from now on and send cover; less of it where data costs money.
    case mix(isMetered: Bool)
    /// Who on our links may learn from now on that we are here; nobody until this is said.
    case beVisible(Visibility)
    /// These are our links now.
    case links(OwnLinks)
    /// Somebody is said to be at these addresses of our links: ask whether they know us.
    case beckon([Address])
    /// The shell could not make these records durable; the node forgets them again, and the
    /// acknowledgements of them that wait in the outbox become refusals.
    case storageFailed([StoredRecord.Key])
    /// Hand over and fall silent: no new operation starts after this.
    case leave
}

/// Something that takes several datagrams and ends with an ``Outcome``.
public enum Operation: Sendable {
    /// Measure the round trip to a node.
    case ping(NodeRecord)
    /// Measure the round trip to a node whose address is known to us.
    case pingAddress(Address)
    /// Find the nodes closest to a location, and say how.
    case lookup(Location)
    /// Fetch the newest record at an owned location.
    case get(Location, via: Via = .direct)
    /// Publish this profile and keep it published.
    case publish(Profile, via: Via = .direct)
    /// Withdraw what was published.
    case unpublish
    /// Change the contact book.
    case contacts(ContactChange)
    /// Say this of the person from now on, to these people.
    case present(Presentation, via: Via = .direct)
    /// Say nothing of the person any more, to anybody.
    case hide
    /// See what a contact lets us see.
    case readCard(Ed25519.PublicKey)
    /// See what somebody gets who looks for the person.
    case look(Viewer)
    /// Look around on our links.
    case scan(Scan)
    /// Find people by name, in these layers.
    case findName(
        String, limit: Int, layers: Set<Hit.Source> = Hit.Source.all, via: Via = .direct)
    /// Find people by interests, in these layers.
    case findInterests(
        [String], minScore: Double, limit: Int, layers: Set<Hit.Source> = Hit.Source.all,
        via: Via = .direct)
}
