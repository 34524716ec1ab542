public import KithCrypto
import KithOverlay
public import KithWire

/// A node that speaks the protocol and lies: a program of its own over the wire and the
/// cryptography, which shares no line with the honest node.
///
/// It finishes handshakes as anybody does, and introduces itself to honest nodes again and again
/// so that it gets into their tables. What it answers is up to its ``vice``.
public final class Liar {
    /// Its number among all participants of the world, beyond those of machines.
    public let number: Int
    /// Where it is reached.
    public let address: Address
    /// Its node record; the proof of work in it is real.
    public let record: NodeRecord
    /// The key that signs its receipts.
    public let signer: Ed25519.PublicKey
    /// How it lies.
    public let vice: Vice
    /// With whom.
    public let conspiracy: Conspiracy

    let network: Network
    let nodeKey: Ed25519.SecretKey
    let agreementKey: X25519.SecretKey
    let macKey: Bytes32
    var entropy: Entropy
    /// Sessions by index: the slot of an index is its remainder.
    var conversations: [Conversation?] = []
    var nextIndex: UInt32 = 1
    /// Datagrams to be sent.
    var letters: [Letter] = []
    /// Rounds of introductions made.
    var rounds = 0
    /// Answers that were lies of its vice.
    public internal(set) var lies = 0

    /// A datagram and where it goes.
    struct Letter {
        let destination: Address
        let bytes: [UInt8]
    }

    /// A session, or a handshake that the liar began.
    final class Conversation {
        let index: UInt32
        let peer: X25519.PublicKey
        let address: Address
        var theirIndex: UInt32
        var sendCounter: UInt64 = 0
        var noise: NoiseIK.Initiator?
        var transport: NoiseIK.Transport?

        init(index: UInt32, peer: X25519.PublicKey, address: Address, theirIndex: UInt32) {
            self.index = index
            self.peer = peer
            self.address = address
            self.theirIndex = theirIndex
        }
    }

    /// Sessions kept; later ones take the place of the oldest.
    static let conversationsMax = 2_048

    init(
        number: Int, address: Address, vice: Vice, conspiracy: Conspiracy, network: Network,
        nodeSeed: Bytes32, proof: (nonce: UInt64, id: NodeID), entropy: consuming Entropy
    ) {
        self.number = number
        self.address = address
        self.vice = vice
        self.conspiracy = conspiracy
        self.network = network
        let nodeKey = Ed25519.SecretKey(seed: nodeSeed)
        signer = nodeKey.publicKey
        let agreementKey = nodeKey.agreementKey()
        record = NodeRecord(
            key: agreementKey.publicKey, nonce: proof.nonce, id: proof.id, v4: address)
        macKey = Envelope.macKey(of: agreementKey.publicKey)
        self.agreementKey = agreementKey
        self.nodeKey = nodeKey
        self.entropy = entropy
        conspiracy.join(record)
    }

    /// Opens a place for a session with `peer`.
    func converse(
        with peer: X25519.PublicKey, at address: Address, theirIndex: UInt32
    ) -> Conversation {
        let one = Conversation(
            index: nextIndex, peer: peer, address: address, theirIndex: theirIndex)
        let slot = Int(nextIndex) % Liar.conversationsMax
        while conversations.count <= slot { conversations.append(nil) }
        conversations[slot] = one
        nextIndex &+= 1
        return one
    }

    /// The session with this index, if it is still kept and the sender's address is its peer's.
    func conversation(_ index: UInt32, from sender: Address) -> Conversation? {
        let slot = Int(index) % Liar.conversationsMax
        guard slot < conversations.count, let one = conversations[slot], one.index == index,
            one.address == sender
        else { return nil }
        return one
    }
}
