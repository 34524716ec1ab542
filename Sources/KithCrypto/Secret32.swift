/// Thirty-two secret bytes that several values hold together; wiped when the last of them goes.
///
/// What people keep for each other (level secrets, what two of them share) stands in lists and
/// is handed around, so it can be copied, unlike ``SecretBytes``; what is copied is a reference,
/// and the bytes exist once.
public struct Secret32: Sendable {
    /// How many bytes there are.
    public static let count = 32

    private final class Holder: Sendable {
        let secret: SecretBytes

        init(_ secret: consuming SecretBytes) {
            self.secret = secret
        }
    }

    private let holder: Holder

    /// A copy of `span`, which must hold 32 bytes; the original is the caller's to wipe.
    public init(copying span: RawSpan) {
        self.init(SecretBytes(copying: span))
    }

    /// The secret that `secret` holds, 32 bytes.
    public init(_ secret: consuming SecretBytes) {
        precondition(secret.count == Self.count, "32 bytes wanted, \(secret.count) given")
        holder = Holder(secret)
    }

    /// A new secret, drawn from `entropy`.
    public static func generate(from entropy: inout Entropy) -> Secret32 {
        var secret = SecretBytes(count: count)
        var span = secret.mutableBytes
        entropy.fill(&span)
        return Secret32(secret)
    }

    /// Lends the bytes.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try holder.secret.withBytes(body)
    }

    /// A hasher of `outputBytes` bytes under this secret.
    public func hasher(outputBytes: Int = count) -> BLAKE2b.Hasher {
        withBytes { BLAKE2b.Hasher(outputBytes: outputBytes, key: $0) }
    }

    /// The key that seals with XChaCha20-Poly1305 under this secret.
    public func sealingKey() -> XChaChaPoly.Key {
        withBytes { XChaChaPoly.Key(copying: $0) }
    }
}

extension Secret32: Equatable {
    /// Whether both are the same bytes, in constant time.
    public static func == (left: Secret32, right: Secret32) -> Bool {
        left.holder.secret.matches(right.holder.secret)
    }
}
