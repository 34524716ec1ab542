/// The handshake `Noise_IK_25519_ChaChaPoly_SHA256` (Noise protocol framework, revision 34).
///
/// The initiator knows the responder's static key beforehand and sends its own, sealed, in the
/// first message, which already carries a payload. After the second message both hold two
/// transport keys that no later theft of a static key gives away.
///
/// ```
/// first   e 32 | sealed s 48 | sealed payload n+16
/// second  e 32 | sealed payload n+16
/// ```
/// An ``Initiator`` or ``Responder`` is one heap block, made at the start and wiped at the end;
/// reading and writing messages allocates nothing.
public enum NoiseIK {
    /// Bytes of the first message beyond its payload.
    public static let firstOverheadBytes = 32 + 32 + ChaChaPoly.tagBytes + ChaChaPoly.tagBytes
    /// Bytes of the second message beyond its payload.
    public static let secondOverheadBytes = 32 + ChaChaPoly.tagBytes
    /// The largest message (Noise section 3), in bytes.
    public static let messageBytesMax = 65_535

    /// What a finished handshake leaves: a key for each direction.
    @frozen public struct Transport: ~Copyable, Sendable {
        /// Seals what this side sends; its nonces start at 0.
        public let send: ChaChaPoly.Key
        /// Opens what the other side sends.
        public let receive: ChaChaPoly.Key
        /// What both sides agreed on, the same for both; names this session and is no secret.
        public let handshakeHash: Bytes32
    }

    /// How far a handshake got.
    enum Stage: Equatable {
        /// The first message was neither written nor read.
        case fresh
        /// The first message was, the second was not.
        case half
        /// Both were.
        case complete
    }
}
