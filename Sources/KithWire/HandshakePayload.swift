/// What a handshake carries under its seal: who the sender is, and already a message.
///
/// A CBOR array of proof nonce, role and message, followed by zero bytes. The initiator pads to
/// make room for the answer, which is never longer than the question. Whether a message may
/// travel in a handshake at all is for the session to decide: STORE may not.
public struct HandshakePayload: BitwiseCopyable, Sendable {
    /// Whether others may route and store through a node.
    public enum Role: UInt8, Hashable, Sendable, BitwiseCopyable {
        /// It asks only.
        case client = 0
        /// It is asked, too.
        case full = 1
    }

    /// The nonce of the sender's proof of work.
    public let nonce: UInt64
    /// What the sender is.
    public let role: Role
    /// The message; offsets in it count from the start of the payload.
    public let message: Message

    private static let itemCount = 3

    /// Reads a payload with its padding.
    ///
    /// - Throws: ``DecodeError/trailingBytes`` when anything but zeros follows.
    public static func decode(_ payload: RawSpan) throws(DecodeError) -> HandshakePayload {
        var reader = CBORReader(payload)
        _ = try reader.array(itemCount...itemCount)
        let nonce = try reader.uint()
        guard let role = Role(rawValue: UInt8(clamping: try reader.uint())) else {
            throw .outOfRange
        }
        let message = try reader.message()
        try reader.finishPadded()
        return HandshakePayload(nonce: nonce, role: role, message: message)
    }

    /// Writes what stands before the message, which must follow; then ``CBORWriter/pad(to:)``.
    public static func writeHead(nonce: UInt64, role: Role, into writer: inout CBORWriter) {
        writer.array(itemCount)
        writer.uint(nonce)
        writer.uint(UInt64(role.rawValue))
    }
}
