import CSodium

/// Signatures on edwards25519 (RFC 8032, without prehash or context).
public enum Ed25519 {
    /// Whom a signature is by.
    ///
    /// Any 32 bytes are one; those that are no proper key verify nothing.
    public struct PublicKey: Hashable, Comparable, Sendable, BitwiseCopyable {
        /// The point, compressed as RFC 8032 writes it.
        public let bytes: Bytes32

        /// The key that is written as `bytes`.
        public init(_ bytes: Bytes32) {
            self.bytes = bytes
        }

        /// Whether `signature` was made over exactly `message` with the secret of this key.
        ///
        /// Strict: S must be below the group order, key and R must not have low order, and the
        /// key must be written canonically. So one message has one signature per signing, and
        /// no key verifies everything.
        public func verify(_ signature: Signature, over message: RawSpan) -> Bool {
            Sodium.initialise()
            return signature.withBytes { signature in
                message.withUnsafeBytes { message in
                    guard let signature = signature.baseAddress else { return false }
                    return bytes.withPointer { key in
                        crypto_sign_verify_detached(
                            signature, message.baseAddress, UInt64(message.count), key) == 0
                    }
                }
            }
        }

        /// Whether `signature` was made over exactly `message` with the secret of this key.
        public func verify(_ signature: Signature, over message: [UInt8]) -> Bool {
            verify(signature, over: message.span.bytes)
        }

        /// The agreement key that belongs to the same secret.
        ///
        /// - Throws: ``CryptoError/weakKey`` when the bytes are no point, or one of low or
        ///   mixed order.
        public func agreementKey() throws(CryptoError) -> X25519.PublicKey {
            Sodium.initialise()
            var status: Int32 = -1
            let converted = Bytes32.written { output in
                status = bytes.withPointer { key in
                    crypto_sign_ed25519_pk_to_curve25519(output, key)
                }
            }
            guard status == 0 else { throw CryptoError.weakKey }
            return X25519.PublicKey(converted)
        }

        /// Whether `left` comes first in byte order; for stable sorting only.
        public static func < (left: PublicKey, right: PublicKey) -> Bool {
            left.bytes < right.bytes
        }
    }

    /// Sixty-four bytes that only the holder of a secret key can make for a message.
    public struct Signature: Hashable, Sendable, BitwiseCopyable {
        /// How many bytes there are.
        public static let count = 64

        private let point: Bytes32
        private let scalar: Bytes32

        /// A copy of `span`, which must hold exactly 64 bytes.
        public init(copying span: RawSpan) {
            precondition(span.byteCount == Self.count, "64 bytes wanted, \(span.byteCount) given")
            point = Bytes32(copying: span.extracting(first: 32))
            scalar = Bytes32(copying: span.extracting(last: 32))
        }

        /// A copy of `bytes`, or nil unless there are exactly 64.
        public init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.count else { return nil }
            self.init(copying: bytes.span.bytes)
        }

        /// The 64 bytes as an array.
        public var bytes: [UInt8] {
            withBytes { [UInt8]($0) }
        }

        /// Writes the 64 bytes at `offset` of `span`, which must have room for them.
        @_lifetime(span: copy span)
        public func copy(into span: inout MutableRawSpan, at offset: Int) {
            point.copy(into: &span, at: offset)
            scalar.copy(into: &span, at: offset + 32)
        }

        /// Lends the 64 bytes in memory order; nothing is allocated.
        public func withBytes<Result: ~Copyable, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            let first = point.bigEndianWords
            let second = scalar.bigEndianWords
            let inMemory = (
                first.0.bigEndian, first.1.bigEndian, first.2.bigEndian, first.3.bigEndian,
                second.0.bigEndian, second.1.bigEndian, second.2.bigEndian, second.3.bigEndian
            )
            return try withUnsafeBytes(of: inMemory, body)
        }
    }

    /// What signs; wiped when it goes out of use.
    public struct SecretKey: ~Copyable, Sendable, Signer {
        /// How many bytes a seed has.
        public static let seedBytes = 32

        /// Whom the signatures are by.
        public let publicKey: PublicKey

        /// libsodium's form: the seed, then the public key.
        private let pair: SecretBytes

        /// The key that grows from the 32 bytes of `seed`; the original is the caller's to wipe.
        public init(copyingSeed seed: RawSpan) {
            precondition(seed.byteCount == Self.seedBytes, "a seed has 32 bytes")
            let pair = SecretBytes(count: 64)
            publicKey = PublicKey(
                Bytes32.written { output in
                    seed.withUnsafeBytes { seed in
                        guard let seed = seed.baseAddress else { return }
                        _ = crypto_sign_seed_keypair(output, pair.base, seed)
                    }
                })
            self.pair = pair
        }

        /// The key that grows from `seed`.
        ///
        /// For tests and for keys that are no secret of long life: a `Bytes32` is copied freely
        /// and never wiped.
        public init(seed: Bytes32) {
            self = seed.withBytes { SecretKey(copyingSeed: $0.bytes) }
        }

        /// The key that grows from a secret seed.
        public init(seed: Secret32) {
            self = seed.withBytes { SecretKey(copyingSeed: $0) }
        }

        /// A new key, drawn from `entropy`.
        public static func generate(from entropy: inout Entropy) -> SecretKey {
            var seed = SecretBytes(count: seedBytes)
            var span = seed.mutableBytes
            entropy.fill(&span)
            return SecretKey(copyingSeed: seed.bytes)
        }

        /// The signature of `message`; the same key and message always give the same one.
        public func sign(_ message: RawSpan) -> Signature {
            var output = (Bytes32(), Bytes32())
            return withUnsafeMutableBytes(of: &output) { output in
                message.withUnsafeBytes { message in
                    guard let base = output.baseAddress else { return }
                    _ = crypto_sign_detached(
                        base, nil, message.baseAddress, UInt64(message.count), pair.base)
                }
                return Signature(copying: output.bytes)
            }
        }

        /// The signature of `message`; the same key and message always give the same one.
        public func sign(_ message: [UInt8]) -> Signature {
            sign(message.span.bytes)
        }

        /// The agreement key of the same secret; its public half is what
        /// ``PublicKey/agreementKey()`` makes of this key's public half.
        public func agreementKey() -> X25519.SecretKey {
            let scalar = SecretBytes(count: 32)
            _ = crypto_sign_ed25519_sk_to_curve25519(scalar.base, pair.base)
            return X25519.SecretKey(scalar)
        }

        /// Writes the clamped scalar and the 32 bytes that nonces grow from (RFC 8032 section
        /// 5.1.5, steps 1 and 2) to `output`, 64 bytes.
        func expand(into output: UnsafeMutableRawPointer) {
            _ = crypto_hash_sha512(output, pair.base, UInt64(Self.seedBytes))
            let scalar = output.assumingMemoryBound(to: UInt8.self)
            scalar[0] &= 248
            scalar[31] &= 127
            scalar[31] |= 64
        }

        /// Lends the 32 bytes the key grew from, as for writing them to a sealed file.
        public func withSeed<Result: ~Copyable, Failure: Error>(
            _ body: (RawSpan) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try body(pair.bytes.extracting(first: Self.seedBytes))
        }
    }
}
