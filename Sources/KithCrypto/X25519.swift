import CSodium

/// Key agreement on Curve25519 (RFC 7748).
public enum X25519 {
    /// The public half of an agreement key.
    ///
    /// Any 32 bytes are one; those that lead nowhere are refused by
    /// ``SecretKey/agree(with:)``.
    public struct PublicKey: Hashable, Comparable, Sendable, BitwiseCopyable {
        /// The u-coordinate, little-endian as RFC 7748 writes it.
        public let bytes: Bytes32

        /// The key that is written as `bytes`.
        public init(_ bytes: Bytes32) {
            self.bytes = bytes
        }

        /// Refuses a point that is written in another form than its only one: above the prime
        /// 2^255 - 19, or with the highest bit set, which RFC 7748 would have us ignore.
        ///
        /// For keys that name somebody or are mixed into a transcript: with two forms one key
        /// pair would have two names.
        func requireCanonical() throws(CryptoError) {
            let words = bytes.bigEndianWords
            let top = words.3.byteSwapped
            if top < .max >> 1 { return }
            let isBelowPrime =
                words.2 != .max || words.1 != .max || words.0.byteSwapped < .max - 18
            guard top == .max >> 1, isBelowPrime else { throw .weakKey }
        }

        /// Whether `left` comes first in byte order; for stable sorting only.
        public static func < (left: PublicKey, right: PublicKey) -> Bool {
            left.bytes < right.bytes
        }
    }

    /// The secret half of an agreement key; wiped when it goes out of use.
    public struct SecretKey: ~Copyable, Sendable {
        /// What others need to agree with this key.
        public let publicKey: PublicKey

        private let scalar: SecretBytes

        /// The key whose 32 secret bytes are `span`; the original is the caller's to wipe.
        public init(copying span: RawSpan) {
            self.init(SecretBytes(copying: span))
        }

        /// The key whose 32 secret bytes are `scalar`.
        public init(_ scalar: consuming SecretBytes) {
            precondition(scalar.count == 32, "32 bytes wanted, \(scalar.count) given")
            publicKey = X25519.publicKey(of: scalar.base)
            self.scalar = scalar
        }

        /// A new key, drawn from `entropy`.
        public static func generate(from entropy: inout Entropy) -> SecretKey {
            var scalar = SecretBytes(count: 32)
            var span = scalar.mutableBytes
            entropy.fill(&span)
            return SecretKey(scalar)
        }

        /// The 32 bytes both sides can compute and nobody else can.
        ///
        /// They are not uniformly random: hash them before use as a key.
        /// - Throws: ``CryptoError/weakKey`` when `other` has low order, so that the result
        ///   would be zero whatever the secret is (RFC 7748 section 6.1).
        public func agree(with other: PublicKey) throws(CryptoError) -> SecretBytes {
            let shared = SecretBytes(count: 32)
            try agree(with: other, into: shared.base)
            return shared
        }

        /// Lends the 32 secret bytes, as for writing them to a sealed file.
        public func withBytes<Result: ~Copyable, Failure: Error>(
            _ body: (RawSpan) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try scalar.withBytes(body)
        }

        /// Writes the shared 32 bytes to `output`; without heap.
        func agree(
            with other: PublicKey, into output: UnsafeMutableRawPointer
        ) throws(CryptoError) {
            try X25519.agree(scalar.base, with: other, into: output)
        }
    }

    /// The public half of the 32 bytes at `scalar`.
    static func publicKey(of scalar: UnsafeRawPointer) -> PublicKey {
        Sodium.initialise()
        return PublicKey(Bytes32.written { _ = crypto_scalarmult_base($0, scalar) })
    }

    /// Writes what `scalar` and `other` share to `output`, 32 bytes each.
    static func agree(
        _ scalar: UnsafeRawPointer, with other: PublicKey, into output: UnsafeMutableRawPointer
    ) throws(CryptoError) {
        let status = other.bytes.withPointer { crypto_scalarmult(output, scalar, $0) }
        // libsodium answers -1 for the low-order points; RFC 7748 asks for the zero check.
        guard status == 0, sodium_is_zero(output, 32) == 0 else { throw CryptoError.weakKey }
    }
}
