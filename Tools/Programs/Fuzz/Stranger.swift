import KithCrypto
import KithWire

/// Somebody who talks to the node under test: a real key, a real proof, bad manners.
final class Stranger {
    let agreement: X25519.SecretKey
    let signing: Ed25519.SecretKey
    let macKey: Bytes32
    /// The nonce of the proof of work, and the id that it makes in each network.
    let nonce: UInt64
    private let ids: [String: NodeID]

    /// The same stranger for the same number.
    init(number: UInt64) {
        var entropy = Entropy(seed: number)
        signing = Ed25519.SecretKey(seed: entropy.bytes32())
        agreement = signing.agreementKey()
        macKey = Envelope.macKey(of: agreement.publicKey)
        nonce = number
        var ids: [String: NodeID] = [:]
        for network in Stranger.networks {
            ids[network.name] = NodeProof.id(
                key: agreement.publicKey, nonce: number, network: network)
        }
        self.ids = ids
    }

    /// Networks in which every nonce is a proof: one with limits per subnet, one without.
    static let networks = [
        Network(
            name: "fuzz", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: false),
        Network.local,
    ]

    /// Made once; inputs share them.
    nonisolated(unsafe) static let all = (1...6).map { Stranger(number: $0) }

    /// What the stranger says of itself.
    func record(at address: Address, in network: Network) -> NodeRecord {
        NodeRecord(
            key: agreement.publicKey, nonce: nonce, id: ids[network.name] ?? NodeID(),
            v4: address.family == .v4 ? address : nil, v6: address.family == .v6 ? address : nil)
    }
}

/// A handshake that a stranger began.
final class Attempt {
    let stranger: Stranger
    let address: Address
    let index: UInt32
    /// What it carries, to come back with a cookie.
    let payload: [UInt8]
    /// mac1 of its INIT.
    var mac1 = Bytes16()
    var noise: NoiseIK.Initiator?

    init(
        of stranger: Stranger, from address: Address, index: UInt32, payload: [UInt8],
        noise: consuming NoiseIK.Initiator
    ) {
        self.stranger = stranger
        self.address = address
        self.index = index
        self.payload = payload
        self.noise = consume noise
    }
}

/// A session as the stranger sees it.
final class Conversation {
    let stranger: Stranger
    let address: Address
    /// The index that the stranger chose.
    let own: UInt32
    /// The index that the node chose.
    let theirs: UInt32
    let transport: NoiseIK.Transport
    var counter: UInt64 = 0
    /// Calls of the node that the stranger did not answer yet.
    var asked: [UInt32] = []

    init(
        of stranger: Stranger, from address: Address, own: UInt32, theirs: UInt32,
        transport: consuming NoiseIK.Transport
    ) {
        self.stranger = stranger
        self.address = address
        self.own = own
        self.theirs = theirs
        self.transport = transport
    }

    /// A DATA with `text` in it.
    func seal(_ text: [UInt8]) -> [UInt8] {
        let head = Envelope.Data.headerBytes
        let text = text.prefix(Envelope.Data.messageBytesMax)
        var datagram =
            [UInt8](repeating: 0, count: head) + text
            + [UInt8](repeating: 0, count: ChaChaPoly.tagBytes)
        var elements = datagram.mutableSpan
        var memory = elements.mutableBytes
        Envelope.write(.data(receiver: theirs, counter: counter), into: &memory)
        ChaChaPoly.seal(
            &memory, headerBytes: head, textBytes: text.count, key: transport.send, nonce: counter)
        counter += 1
        return datagram
    }

    /// The text of a DATA of the node.
    func open(_ datagram: [UInt8], counter: UInt64) -> [UInt8]? {
        let head = Envelope.Data.headerBytes
        let span = datagram.span.bytes
        var text = [UInt8](repeating: 0, count: datagram.count)
        do {
            var elements = text.mutableSpan
            var memory = elements.mutableBytes
            let count = try ChaChaPoly.open(
                span.extracting(head...), into: &memory, key: transport.receive, nonce: counter,
                authenticating: span.extracting(..<head))
            return [UInt8](text[..<count])
        } catch {
            return nil
        }
    }
}
