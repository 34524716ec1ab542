import KithCrypto

/// What one node hands another of a mixed query: always 1,200 bytes, the largest text of a DATA.
///
/// ```
/// 0x01 | call 4 | packet 1,195
/// ```
/// No message begins with the byte 1, since a message is a CBOR map. `call` belongs to this link
/// alone: the next node says with it that it took the cell. The packet is one of ``Sphinx``.
public enum Cell {
    /// The size, in bytes.
    public static let bytes = 5 + Sphinx.packetBytes
    /// Where the packet begins.
    public static let packetOffset = 5
    private static let mark: UInt8 = 1

    /// Whether the text of a DATA is a cell and no message.
    public static func isCell(_ text: RawSpan) -> Bool {
        text.byteCount == bytes && text.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == mark
    }

    /// By which the sender of a cell recognises that it was taken.
    public static func call(of cell: RawSpan) -> UInt32 {
        cell.bigEndian(at: 1, as: UInt32.self)
    }

    /// Writes a cell of `packet`, ``Sphinx/packetBytes`` bytes.
    public static func write(call: UInt32, packet: RawSpan, into writer: inout CBORWriter) {
        precondition(
            packet.byteCount == Sphinx.packetBytes, "a packet of \(packet.byteCount) bytes")
        writer.raw([mark].span.bytes)
        writer.bigEndian(call)
        writer.raw(packet)
    }
}
