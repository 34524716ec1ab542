/// The parameters that all nodes of one network share.
///
/// Nodes of different networks cannot talk: the name is in every handshake, id and signature.
public struct Network: Hashable, Sendable {
    /// 1…32 characters of a–z, 0–9 and the hyphen.
    public let name: String
    /// Leading zero bits that the proof of work of a node must have.
    public let proofBits: Int
    /// Memory that one try of the proof of work takes, in bytes.
    public let proofMemoryBytes: Int
    /// How many replicas a record should have.
    public let replication: Int
    /// Leading zero bits of the stamp on a request to a stranger: 2^8 times as many tries as a
    /// node's proof, each a thousand times cheaper.
    public var stampBits: Int { proofBits + 8 }
    /// Whether nodes may have loopback and private addresses; limits on how many nodes share a
    /// subnet are off.
    public let isLocal: Bool
    /// The name in ASCII, as it goes into hashes and signatures.
    public let nameBytes: [UInt8]
    /// The Noise prologue: `kith/1`, a zero byte, and the name.
    public let prologue: [UInt8]

    /// The longest name, in bytes.
    public static let nameBytesMax = 32
    /// The most proof bits; 2^40 tries is more than anybody waits for.
    public static let proofBitsMax = 40
    /// The memory a try may take, in bytes: from Argon2's least to what any verifier can spare.
    public static let proofMemoryRange = 8_192...67_108_864

    /// The public network: a proof takes about a second of one core to find.
    public static let main = Network(
        name: "kith", proofBits: 10, proofMemoryBytes: 1_048_576, replication: 3, isLocal: false)

    /// For demos, tests and simulations: every nonce is a proof.
    public static let local = Network(
        name: "local", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: true)

    /// A network with its own parameters; they must be in range, see ``isName(_:)``.
    public init(
        name: String, proofBits: Int, proofMemoryBytes: Int, replication: Int, isLocal: Bool
    ) {
        precondition(Network.isName(name), "no name of a network: \(name)")
        precondition((0...Network.proofBitsMax).contains(proofBits), "\(proofBits) proof bits")
        precondition(
            Network.proofMemoryRange.contains(proofMemoryBytes), "\(proofMemoryBytes) bytes")
        precondition(replication > 0, "\(replication) replicas")
        self.name = name
        self.proofBits = proofBits
        self.proofMemoryBytes = proofMemoryBytes
        self.replication = replication
        self.isLocal = isLocal
        nameBytes = Array(name.utf8)
        prologue = Array("kith/1\0".utf8) + Array(name.utf8)
    }

    /// Whether `name` can name a network: 1…32 characters of a–z, 0–9 and the hyphen.
    public static func isName(_ name: String) -> Bool {
        (1...nameBytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
