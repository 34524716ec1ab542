public import KithCrypto
public import KithOverlay
public import KithWire

/// One simulated computer: a node that may crash, and a disk that survives it.
public final class Machine {
    /// Its number in the world.
    public let number: Int
    /// Where it is reached.
    public let address: Address
    /// The person that uses it.
    public let identity: Ed25519.PublicKey
    /// The node record that others may be told.
    public let record: NodeRecord

    let nodeSeed: Bytes32
    let identitySeed: Bytes32
    /// How far this machine's wall clock is off.
    public var clockError: Duration = .zero

    var node: Node?
    /// Counts restarts, so that wake-ups of an earlier life are ignored.
    var life = 0
    var wakesAt = Instant.never
    /// What is on disk: records, in the order in which they came, and known nodes.
    var disk = Disk()
    /// How operations ended.
    public internal(set) var results: [OperationID: Result<Outcome, OperationError>] = [:]
    /// Hits that searches reported.
    public internal(set) var hits: [OperationID: [Hit]] = [:]
    /// When the node said that it joined, in its present life.
    public internal(set) var joinedAt: Instant?
    /// Counters of earlier lives.
    var buried = Counters()

    init(number: Int, address: Address, network: Network, entropy: inout Entropy) {
        self.number = number
        self.address = address
        nodeSeed = entropy.bytes32()
        identitySeed = entropy.bytes32()
        let nodeKey = Ed25519.SecretKey(seed: nodeSeed)
        let key = nodeKey.agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: network, entropy: &entropy)
        record = NodeRecord(key: key, nonce: proof.nonce, id: proof.id, v4: address)
        identity = Ed25519.SecretKey(seed: identitySeed).publicKey
    }

    /// Whether it is running.
    public var isUp: Bool { node != nil }
}

/// What a machine keeps across a crash.
struct Disk {
    /// Stored records; looked up by key, read back in the order of ``order``.
    private var records: [StoredRecord.Key: StoredRecord] = [:]
    private var order: [StoredRecord.Key] = []
    /// Nodes that were reliable when the node was last asked.
    var nodes: [NodeRecord] = []
    /// Whether writes fail.
    var isFull = false

    mutating func put(_ record: StoredRecord) {
        if records.updateValue(record, forKey: record.key) == nil { order.append(record.key) }
    }

    mutating func remove(_ key: StoredRecord.Key) {
        if records.removeValue(forKey: key) != nil { order.removeAll { $0 == key } }
    }

    var all: [StoredRecord] { order.compactMap { records[$0] } }
}
