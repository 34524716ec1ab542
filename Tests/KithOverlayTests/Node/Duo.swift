import KithCrypto
import KithOverlay
import KithWire

/// Two nodes on one wire that the test holds in its hand: nothing moves by itself.
final class Duo {
    /// The network of these tests: cheap proofs, real rules.
    static let network = Network(
        name: "duo", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: false)

    struct Datagram {
        var from: Address
        var to: Address
        var bytes: [UInt8]
    }

    var ada: Holder
    var bob: Holder
    var now: Moment
    /// What was said and not yet delivered.
    var wire: [Datagram] = []
    var outbox = Outbox(capacity: 64)

    init(seed: UInt64 = 1, settings: Settings = Settings()) {
        now = Moment(
            instant: .start + .seconds(1), unix: UnixTime(milliseconds: 1_795_262_400_000))
        ada = Holder(seed: seed, host: 0x0808_0101, settings: settings, at: now)
        bob = Holder(seed: seed + 1_000, host: 0x0909_0202, settings: settings, at: now)
    }

    func advance(_ duration: Duration) {
        now = now.advanced(by: duration)
        for holder in [ada, bob] {
            outbox.clear()
            holder.node.advance(to: now, into: &outbox)
            collect(from: holder)
        }
    }

    func perform(_ command: Command, on holder: Holder) {
        outbox.clear()
        holder.node.perform(command, at: now, into: &outbox)
        collect(from: holder)
    }

    /// Gives one datagram to its receiver; what it answers lands on the wire.
    ///
    /// - Returns: how many datagrams it said.
    @discardableResult
    func deliver(_ datagram: Datagram) -> Int {
        guard let holder = [ada, bob].first(where: { $0.address == datagram.to }) else { return 0 }
        return give(datagram.bytes, from: datagram.from, to: holder)
    }

    @discardableResult
    func give(_ bytes: [UInt8], from sender: Address, to holder: Holder) -> Int {
        outbox.clear()
        holder.node.receive(bytes.span.bytes, from: sender, at: now, into: &outbox)
        return collect(from: holder)
    }

    /// Delivers what is on the wire until it is quiet.
    func settle() {
        while !wire.isEmpty { deliver(wire.removeFirst()) }
    }

    /// Puts what a holder said on the wire.
    @discardableResult
    func collect(from holder: Holder) -> Int {
        while let event = holder.node.nextEvent() { holder.events.append(event) }
        let said = outbox.count
        for index in 0..<outbox.count {
            let bytes = outbox.withDatagram(index) { $0.withUnsafeBytes { [UInt8]($0) } }
            wire.append(
                Datagram(from: holder.address, to: outbox.destination(index), bytes: bytes))
        }
        outbox.clear()
        return said
    }
}

/// One side of a ``Duo``.
final class Holder {
    var node: Node
    let address: Address
    let record: NodeRecord
    let identity: Ed25519.PublicKey
    var events: [Event] = []

    init(seed: UInt64, host: UInt32, settings: Settings, at now: Moment) {
        var entropy = Entropy(seed: seed)
        let nodeSeed = entropy.bytes32()
        let identitySeed = entropy.bytes32()
        let key = Ed25519.SecretKey(seed: nodeSeed).agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: Duo.network, entropy: &entropy)
        address = Address(v4: host, port: 5_484)
        record = NodeRecord(key: key, nonce: proof.nonce, id: proof.id, v4: address)
        identity = Ed25519.SecretKey(seed: identitySeed).publicKey
        node = Node(
            settings: settings, network: Duo.network, nodeKey: Ed25519.SecretKey(seed: nodeSeed),
            proofNonce: proof.nonce, id: proof.id,
            identity: Ed25519.SecretKey(seed: identitySeed), addresses: [address],
            entropy: entropy.fork(), at: now)
    }

    /// How the operation ended, if it did.
    func result(of id: OperationID) -> Result<Outcome, OperationError>? {
        for case .finished(let finished, let result) in events where finished == id {
            return result
        }
        return nil
    }
}
