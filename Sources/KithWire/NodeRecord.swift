public import KithCrypto

/// What is needed to reach a node: its key, its proven id and its addresses.
///
/// A record says nothing until the node has answered at one of the addresses with this key,
/// and ``NodeProof`` has confirmed the id.
public struct NodeRecord: Hashable, Sendable, BitwiseCopyable {
    /// N: the static key of the node's handshakes.
    public let key: X25519.PublicKey
    /// The nonce of its proof of work.
    public let nonce: UInt64
    /// The id that key and nonce make in the node's network.
    public let id: NodeID
    /// Its IPv4 address, if it has one.
    public let v4: Address?
    /// Its IPv6 address, if it has one.
    public let v6: Address?

    /// The most bytes that the encoding of a record takes, with two addresses.
    public static let encodedBytesMax = 1 + 34 + 9 + 34 + 7 + 19

    /// A record; each address must be of its family.
    ///
    /// A node that knows none of its addresses has a record with none: good for itself, but
    /// such a record has no encoding that others accept.
    public init(
        key: X25519.PublicKey, nonce: UInt64, id: NodeID, v4: Address? = nil, v6: Address? = nil
    ) {
        precondition(v4.map { $0.family == .v4 } ?? true, "an IPv6 address in place of IPv4")
        precondition(v6.map { $0.family == .v6 } ?? true, "an IPv4 address in place of IPv6")
        self.key = key
        self.nonce = nonce
        self.id = id
        self.v4 = v4
        self.v6 = v6
    }

    /// A record of a node at one address, of either family.
    public init(key: X25519.PublicKey, nonce: UInt64, id: NodeID, at address: Address) {
        let isV4 = address.family == .v4
        self.init(
            key: key, nonce: nonce, id: id, v4: isV4 ? address : nil, v6: isV4 ? nil : address)
    }

    /// The address of this family, if there is one.
    public func address(_ family: Address.Family) -> Address? {
        switch family {
        case .v4: v4
        case .v6: v6
        }
    }

    /// The addresses, IPv4 first; allocates.
    public var addresses: [Address] {
        [v4, v6].compactMap { $0 }
    }

    /// Whether others accept the record: it has an address, and none that a message may not hold.
    public var isReachable: Bool {
        guard v4 != nil || v6 != nil else { return false }
        return v4?.isReachable ?? true && v6?.isReachable ?? true
    }

    /// The same node at other addresses.
    public func with(v4: Address?, v6: Address?) -> NodeRecord {
        NodeRecord(key: key, nonce: nonce, id: id, v4: v4, v6: v6)
    }

    /// How many bytes the encoding takes.
    public var encodedBytes: Int {
        1 + 2 * CBORWriter.stringBytes(Bytes32.count) + CBORWriter.headBytes(nonce)
            + (v4?.encodedBytes ?? 0) + (v6?.encodedBytes ?? 0)
    }

    /// The encoding; allocates.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: NodeRecord.encodedBytesMax)
        writer.nodeRecord(self)
        return writer.bytes
    }

    /// Reads an encoding that ends where `bytes` ends.
    public static func decode(_ bytes: RawSpan) throws(DecodeError) -> NodeRecord {
        var reader = CBORReader(bytes)
        let record = try reader.nodeRecord()
        try reader.finish()
        return record
    }
}

extension CBORReader {
    /// Takes a node record.
    ///
    /// The proof is not checked; its addresses are: IPv4 before IPv6, one of each at most.
    @_lifetime(self: copy self)
    public mutating func nodeRecord() throws(DecodeError) -> NodeRecord {
        let count = try array(4...5)
        let key = X25519.PublicKey(try bytes32())
        let nonce = try uint()
        let id = NodeID(try bytes32())
        let first = try address()
        guard count == 5 else {
            let isV4 = first.family == .v4
            return NodeRecord(
                key: key, nonce: nonce, id: id, v4: isV4 ? first : nil, v6: isV4 ? nil : first)
        }
        let second = try address()
        guard first.family == .v4, second.family == .v6 else { throw .notCanonical }
        return NodeRecord(key: key, nonce: nonce, id: id, v4: first, v6: second)
    }
}

extension CBORWriter {
    /// Writes a node record, which should be ``NodeRecord/isReachable``.
    public mutating func nodeRecord(_ record: NodeRecord) {
        array(3 + (record.v4 == nil ? 0 : 1) + (record.v6 == nil ? 0 : 1))
        bytes(record.key.bytes)
        uint(record.nonce)
        bytes(record.id.bytes)
        if let v4 = record.v4 { address(v4) }
        if let v6 = record.v6 { address(v6) }
    }
}
