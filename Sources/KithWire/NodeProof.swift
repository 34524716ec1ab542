public import KithCrypto

/// The work that gives a node its place in the id space.
///
/// The id comes out of Argon2id, so that every try of a position costs the whole function:
/// nobody can filter keys cheaply by where they would land.
public enum NodeProof {
    private static let label: StaticString = "kith/id/v1\0"
    /// Passes of Argon2id; the cost is set by the memory of the network.
    private static let operations = 1

    /// Looks for a nonce that proves work for `key`, starting at a random one.
    ///
    /// Takes 2^`proofBits` tries on average: about a second of one core on the public network.
    public static func find(
        key: X25519.PublicKey, network: Network, entropy: inout Entropy
    ) -> (nonce: UInt64, id: NodeID) {
        var nonce = entropy.next()
        while true {
            if let id = id(key: key, nonce: nonce, network: network) { return (nonce, id) }
            nonce &+= 1
        }
    }

    /// The id that `key` and `nonce` make, or nil when the work is not enough.
    ///
    /// Costs one run of Argon2id, on the public network about 1 ms and 1 MiB: call it after all
    /// cheaper checks. Traps when the memory cannot be had, as any allocation does.
    public static func id(key: X25519.PublicKey, nonce: UInt64, network: Network) -> NodeID? {
        let work = work(key: key, nonce: nonce, network: network)
        guard Point(work).commonPrefix(with: Point()) >= network.proofBits else { return nil }
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update(label)
        hasher.update(key.bytes)
        hasher.update(work)
        return NodeID(hasher.finish32())
    }

    /// The output of Argon2id, whose leading zero bits are the proof.
    private static func work(key: X25519.PublicKey, nonce: UInt64, network: Network) -> Bytes32 {
        var salt = BLAKE2b.Hasher(outputBytes: Bytes16.count)
        salt.update(label)
        salt.update(network.nameBytes)
        var password = InlineArray<40, UInt8>(repeating: 0)
        var elements = password.mutableSpan
        var bytes = elements.mutableBytes
        key.bytes.copy(into: &bytes, at: 0)
        bytes.storeBytes(of: nonce.bigEndian, toByteOffset: Bytes32.count, as: UInt64.self)
        do {
            return try Argon2id.derive(
                password: password.span.bytes, salt: salt.finish16(), operations: operations,
                memoryBytes: network.proofMemoryBytes)
        } catch {
            preconditionFailure("no memory for a proof of work: \(error)")
        }
    }
}

extension NodeRecord {
    /// Whether the record's id is the one that its key and nonce prove in `network`.
    ///
    /// Costs one run of Argon2id, see ``NodeProof/id(key:nonce:network:)``.
    public func proves(in network: Network) -> Bool {
        NodeProof.id(key: key, nonce: nonce, network: network) == id
    }
}
