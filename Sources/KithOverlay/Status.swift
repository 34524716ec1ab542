public import KithWire

/// A node at a glance, for `kith status`.
public struct Status: Sendable {
    /// Where joining stands.
    public enum Phase: Sendable, Equatable {
        /// Not yet asked to join.
        case idle
        /// Asking seeds or looking up itself.
        case joining
        /// Has neighbours.
        case joined
        /// Found nobody.
        case alone(AloneReason)
        /// Told to leave.
        case leaving
    }

    /// Whether others may route and store through us over one family, and why.
    public enum Reach: Sendable, Equatable {
        /// There is no socket for this family.
        case unused
        /// Whoever runs the node decided.
        case told(HandshakePayload.Role)
        /// Client: too few others have said where they see us.
        case noAddress
        /// Client: a NAT shows everybody another port of ours.
        case changingPorts
        /// Client: the address is not yet known for long enough.
        case settling(until: Instant)
        /// Client: no stranger has reached us.
        case unreached
        /// Full: strangers have reached us.
        case reached

        /// Whether others may route and store through us.
        public var role: HandshakePayload.Role {
            switch self {
            case .told(let role): role
            case .reached: .full
            case .unused, .noAddress, .changingPorts, .settling, .unreached: .client
            }
        }
    }

    /// Where joining stands.
    public var phase: Phase
    /// Our own record as others see it.
    public var node: NodeRecord
    /// Neighbours in the IPv4 table.
    public var neighboursV4: Int
    /// Neighbours in the IPv6 table.
    public var neighboursV6: Int
    /// Sessions open.
    public var sessions: Int
    /// Records kept for others.
    public var records: Int
    /// Bytes of those records.
    public var recordBytes: Int
    /// How full the storage is, or how busy the node, whichever is more, 0…100.
    public var load: UInt8
    /// Estimated number of nodes in the network, nil while unknown.
    public var networkSize: Int?
    /// How the ids and subnets around our own place look.
    public var neighbourhood: Neighbourhood
    /// The last location we read or wrote that looked settled on purpose, within the last hour.
    public var suspicion: Neighbourhood?
    /// Whether others may route and store through us, over one family at least.
    public var role: HandshakePayload.Role
    /// Whether nobody beyond our own links is a neighbour; then we are full on these.
    public var isIsland: Bool
    /// Whether strangers reach us over IPv4.
    public var reachV4: Reach
    /// Whether strangers reach us over IPv6.
    public var reachV6: Reach
    /// The address others see us at, by their votes.
    public var seenV4: Address?
    /// The IPv6 address others see us at, by their votes.
    public var seenV6: Address?
    /// Whether a profile is kept published, and its last sequence.
    public var publishedSequence: UInt64?
    /// Replicas that hold the profile by their receipts at the last publish.
    public var publishedReplicas: Int
    /// When the profile is published again.
    public var nextPublish: Instant?
    /// What is mixed.
    public var mix: MixStatus
}

/// A neighbour as shown by `kith peers`.
public struct NeighbourStatus: Sendable {
    /// Its record.
    public var record: NodeRecord
    /// The address it is reached at.
    public var address: Address
    /// Last measured round trip.
    public var roundTrip: Duration?
    /// Time since it was last heard.
    public var silence: Duration
    /// Unanswered checks since then.
    public var failures: Int
    /// Its load as it says, 0…100.
    public var load: UInt8?
}
