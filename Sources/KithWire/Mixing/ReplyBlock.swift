public import KithCrypto

/// A way back that works once: the exit sends its answer by it and learns nothing but the first
/// relay (Sphinx paper, section 3.3, there a single-use reply block).
///
/// ```
/// N 32 | ip16 | port2 | header 192 | key 32                      274 bytes
/// ```
public struct ReplyBlock: Sendable {
    /// The size, in bytes.
    public static let bytes = RelayPoint.bytes + Sphinx.headerBytes + Secret32.count

    /// The first relay of the way back.
    public let first: RelayPoint
    /// The header that it understands.
    public let header: [UInt8]
    /// What the answer is sealed under.
    public let key: Secret32

    /// A block of these parts; `header` has ``Sphinx/headerBytes`` bytes.
    public init(first: RelayPoint, header: [UInt8], key: Secret32) {
        precondition(header.count == Sphinx.headerBytes, "a header of \(header.count) bytes")
        self.first = first
        self.header = header
        self.key = key
    }

    /// Reads the ``bytes`` bytes of a block.
    ///
    /// - Throws: ``DecodeError/wrongLength``, ``DecodeError/unusableAddress``.
    public init(_ block: RawSpan) throws(DecodeError) {
        guard block.byteCount == Self.bytes else { throw .wrongLength }
        first = try RelayPoint(block, at: 0)
        header = block.extracting(RelayPoint.bytes..<Self.bytes - Secret32.count)
            .withUnsafeBytes { [UInt8]($0) }
        key = Secret32(copying: block.extracting(last: Secret32.count))
    }

    /// The ``bytes`` bytes.
    public var encoded: [UInt8] {
        first.encoded + header + key.withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    /// The packet that brings `text` back.
    public func packet(_ text: [UInt8]) -> [UInt8] {
        Sphinx.packet(backBy: header, text: text, key: key)
    }
}
