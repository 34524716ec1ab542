public import KithCrypto
public import KithOverlay
public import KithWire

/// One simulated computer: a node that may crash, and a disk that survives it.
public final class Machine {
    /// Its number in the world.
    public let number: Int
    /// Where it is reached; outside of its box when it has one.
    public internal(set) var address: Address
    /// The person that uses it.
    public let identity: Ed25519.PublicKey
    /// The key that signs its receipts.
    public let signer: Ed25519.PublicKey
    /// The node record that others may be told: with its own address, unless it moved.
    public let record: NodeRecord
    /// The box between it and the internet.
    public internal(set) var nat: NAT?
    /// Whether its node is told its address; else it learns it from others.
    public internal(set) var knowsAddress = true
    /// Who decides whether its node serves others.
    public internal(set) var policy = RolePolicy.full
    /// The address that its node last learned, in its present life.
    public internal(set) var seenAddress: Address?
    /// When its node noticed another address.
    public internal(set) var addressChanges: [Instant] = []
    /// When its node became full or client.
    public internal(set) var roleChanges: [RoleChange] = []

    /// A node became full or client.
    public struct RoleChange: Sendable {
        /// What it is since.
        public let role: HandshakePayload.Role
        /// Since when.
        public let at: Instant
    }

    let nodeSeed: Bytes32
    let identitySeed: Bytes32
    /// How far this machine's wall clock is off.
    public var clockError: Duration = .zero

    var node: Node?
    /// Counts restarts, so that wake-ups of an earlier life are ignored.
    var life = 0
    var wakesAt = Instant.never
    var disk = Disk()
    var pause = Pause.none
    var trap: Trap?

    /// How operations ended.
    public internal(set) var results: [OperationID: Result<Outcome, OperationError>] = [:]
    /// Hits that searches reported while they ran.
    public internal(set) var hits: [OperationID: [Hit]] = [:]
    /// Requests to become contacts that its node read.
    public internal(set) var requests: [ContactRequest] = []
    /// When an operation first said that something is done; for a publication, that the profile
    /// is placed.
    public internal(set) var firstProgress: [OperationID: Instant] = [:]
    /// When the node last said that it joined, in its present life.
    public internal(set) var joinedAt: Instant?
    /// Why the node last said that it is alone, in its present life.
    public internal(set) var aloneReason: AloneReason?
    /// When the node last said that it is alone, in its present life.
    public internal(set) var aloneAt: Instant?
    /// Its counters when its cells were noted last, in its present life.
    var cellsNoted = Counters()
    /// Counters of earlier lives.
    var buried = Counters()

    /// Records that this machine acknowledged, and the sequence: they must be on its disk.
    var acknowledged: [StoredRecord.Key: UInt64] = [:]
    /// Acknowledgements of STORE that left this machine.
    public internal(set) var acknowledgements = 0
    /// Profiles that its person signed, by sequence; nil for a withdrawal.
    private(set) var signed: [UInt64: Profile?] = [:]
    /// The same in the order in which it was signed.
    private(set) var signedInOrder: [(sequence: UInt64, profile: Profile?)] = []
    /// The newest sequence that this machine's present life showed of each author.
    var shown: [Ed25519.PublicKey: UInt64] = [:]
    /// What passed between this node and addresses that did not prove themselves yet.
    var strangers: [Int: Exchange] = [:]

    /// Bytes between a node and an address: nil when the address proved itself.
    enum Exchange {
        case unproved(received: Int, sent: Int)
        case proved
    }

    /// Whether the whole process stands still, as after SIGSTOP.
    enum Pause {
        case none
        case stopped(backlog: [Agenda.Datagram], owesWake: Bool)
    }

    init(number: Int, address: Address, network: Network, entropy: inout Entropy) {
        self.number = number
        self.address = address
        nodeSeed = entropy.bytes32()
        identitySeed = entropy.bytes32()
        let nodeKey = Ed25519.SecretKey(seed: nodeSeed)
        signer = nodeKey.publicKey
        let key = nodeKey.agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: network, entropy: &entropy)
        record = NodeRecord(key: key, nonce: proof.nonce, id: proof.id, v4: address)
        identity = Ed25519.SecretKey(seed: identitySeed).publicKey
    }

    /// Takes note of what its person signed.
    func sign(_ profile: Profile?, _ sequence: UInt64) {
        signed[sequence] = .some(profile)
        signedInOrder.append((sequence, profile))
    }

    /// Whether it is running, or at least paused.
    public var isUp: Bool { node != nil }

    /// Whether it stands still.
    public var isPaused: Bool {
        if case .none = pause { return false }
        return true
    }

    /// Whether its node is up, awake, and has joined.
    public var isMember: Bool { isUp && !isPaused && joinedAt != nil }

    /// Whether it is one to join through: no client, and no address that a box gave out.
    var isSeed: Bool { isMember && knowsAddress && serves }

    /// Whether others may route and store through its node.
    public var serves: Bool { node?.serves ?? false }

    /// How many neighbours its node has; 0 when it is off.
    public var neighbourCount: Int { node?.neighbourCount ?? 0 }
}
