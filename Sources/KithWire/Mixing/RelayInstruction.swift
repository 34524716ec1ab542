public import KithCrypto

/// Where a cell goes next: the key that its session needs, and the address.
public struct RelayPoint: Hashable, Sendable, BitwiseCopyable {
    /// N of the node.
    public let key: X25519.PublicKey
    /// Where it is.
    public let address: Address

    /// How many bytes it takes in an instruction.
    static let bytes = 50

    /// The node with this key at this address.
    public init(key: X25519.PublicKey, address: Address) {
        self.key = key
        self.address = address
    }

    /// Reads one that begins at `offset`.
    ///
    /// - Throws: ``DecodeError/unusableAddress`` where nobody can be reached.
    init(_ bytes: RawSpan, at offset: Int) throws(DecodeError) {
        key = X25519.PublicKey(Bytes32(copying: bytes.extracting(offset..<offset + 32)))
        address = Address(
            v6: bytes.bigEndian(at: offset + 32, as: UInt64.self),
            low: bytes.bigEndian(at: offset + 40, as: UInt64.self),
            port: bytes.bigEndian(at: offset + 48, as: UInt16.self))
        guard address.isReachable else { throw .unusableAddress }
    }

    /// The 50 bytes: N ‖ ip16 ‖ port2.
    var encoded: [UInt8] {
        var bytes = key.bytes.bytes + [UInt8](repeating: 0, count: 18)
        var elements = bytes.mutableSpan
        var span = elements.mutableBytes
        address.copyIP16(into: &span, at: 32)
        span.storeBytes(of: address.port.bigEndian, toByteOffset: 48, as: UInt16.self)
        return bytes
    }
}

/// What a relay is told: how long to keep a cell back, and whom to give it to.
public struct RelayInstruction: Hashable, Sendable, BitwiseCopyable {
    /// How long, in milliseconds.
    public let delayMilliseconds: UInt16
    /// The next relay; nil for the last.
    public let next: RelayPoint?

    /// An instruction to pass a cell on, or, without `next`, to the last relay.
    public init(delayMilliseconds: UInt16, next: RelayPoint?) {
        self.delayMilliseconds = delayMilliseconds
        self.next = next
    }

    /// Reads what a relay that is not the last was told.
    ///
    /// - Throws: ``DecodeError/unusableAddress`` when the next one cannot be anywhere.
    public init(_ instruction: Sphinx.Instruction) throws(DecodeError) {
        let span = instruction.span
        delayMilliseconds = span.bytes.bigEndian(at: 1, as: UInt16.self)
        next = try RelayPoint(span.bytes, at: 3)
    }

    /// Reads what the last relay was told.
    ///
    /// - Throws: ``DecodeError/notCanonical`` when its last three bytes are not zero.
    public init(last instruction: Sphinx.LastInstruction) throws(DecodeError) {
        guard instruction[3] == 0, instruction[4] == 0, instruction[5] == 0 else {
            throw .notCanonical
        }
        let span = instruction.span
        delayMilliseconds = span.bytes.bigEndian(at: 1, as: UInt16.self)
        next = nil
    }

    /// As it goes into a header: kind ‖ delay2 ‖ N ‖ ip16 ‖ port2, or kind ‖ delay2 ‖ 3 zeros.
    public var encoded: [UInt8] {
        let high = UInt8(delayMilliseconds >> 8)
        let low = UInt8(truncatingIfNeeded: delayMilliseconds)
        guard let next else { return [Sphinx.last, high, low, 0, 0, 0] }
        return [Sphinx.onward, high, low] + next.encoded
    }
}
