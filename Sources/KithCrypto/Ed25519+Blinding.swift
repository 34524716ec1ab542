import CSodium

// Blinded keys: a key pair multiplied by a factor that both sides can compute and others cannot.
//
// The idea is that of Tor's hidden services (rend-spec v3, appendix A.2) and of I2P's encrypted
// lease sets; the signature is that of RFC 8032, so that whoever stores a blinded record checks
// it like any other.
extension Ed25519 {
    /// What makes signatures that verify under its public key.
    public protocol Signer: ~Copyable {
        /// Whom the signatures are by.
        var publicKey: PublicKey { get }
        /// The signature of `message`; the same signer and message always give the same one.
        func sign(_ message: RawSpan) -> Signature
    }

    /// What a key is multiplied by; wiped when it goes out of use.
    public struct BlindingFactor: ~Copyable, Sendable {
        /// How many uniform bytes a factor is made of, so that none is likelier than another.
        public static let uniformBytes = 64

        /// A scalar below the group order, little-endian.
        fileprivate let scalar = SecretBytes(count: Bytes32.count)

        /// The factor that `uniform` makes: 64 bytes, as those of a keyed hash.
        public init(reducing uniform: RawSpan) {
            precondition(uniform.byteCount == Self.uniformBytes, "a factor is made of 64 bytes")
            let scalar = scalar.base
            uniform.withUnsafeBytes { uniform in
                guard let uniform = uniform.baseAddress else { return }
                crypto_core_ed25519_scalar_reduce(scalar, uniform)
            }
        }
    }

    /// What signs for a blinded key; wiped when it goes out of use.
    public struct BlindedSecretKey: ~Copyable, Sendable, Signer {
        /// Whom the signatures are by.
        public let publicKey: PublicKey

        /// The blinded scalar, then the 32 bytes that nonces grow from.
        private let pair: SecretBytes

        /// The key of `key` and `factor`.
        ///
        /// - Throws: ``CryptoError/weakKey`` when the factor is zero, which no hash makes.
        init(
            _ key: borrowing SecretKey, by factor: borrowing BlindingFactor
        ) throws(CryptoError) {
            let pair = SecretBytes(count: 64)
            let expanded = SecretBytes(count: 64)
            key.expand(into: expanded.base)
            let reduced = SecretBytes(count: 64)
            reduced.base.copyMemory(from: expanded.base, byteCount: 32)
            crypto_core_ed25519_scalar_reduce(pair.base, reduced.base)
            crypto_core_ed25519_scalar_mul(pair.base, factor.scalar.base, pair.base)
            // As the signer of RFC 8032 does, nonces come from the second half of the hash; mixed
            // with the factor, since two keys must never share one.
            _ = crypto_generichash(
                pair.base + 32, 32, expanded.base + 32, 32, factor.scalar.base, 32)
            var status: Int32 = -1
            publicKey = PublicKey(
                Bytes32.written { output in
                    status = crypto_scalarmult_ed25519_base_noclamp(output, pair.base)
                })
            self.pair = pair
            guard status == 0 else { throw .weakKey }
        }

        /// The signature of `message`; the same key and message always give the same one.
        ///
        /// RFC 8032 section 5.1.6 with a scalar that is not clamped.
        public func sign(_ message: RawSpan) -> Signature {
            let hash = SecretBytes(count: 64)
            let nonce = SecretBytes(count: 32)
            let product = SecretBytes(count: 32)
            var output = (Bytes32(), Bytes32())
            return withUnsafeMutableBytes(of: &output) { output in
                guard let point = output.baseAddress else { preconditionFailure("no room") }
                let scalar = point + 32
                Self.hash(pair.base + 32, nil, message, into: hash.base)
                crypto_core_ed25519_scalar_reduce(nonce.base, hash.base)
                _ = crypto_scalarmult_ed25519_base_noclamp(point, nonce.base)
                publicKey.bytes.withPointer { key in
                    Self.hash(point, key, message, into: hash.base)
                }
                crypto_core_ed25519_scalar_reduce(product.base, hash.base)
                crypto_core_ed25519_scalar_mul(product.base, product.base, pair.base)
                crypto_core_ed25519_scalar_add(scalar, nonce.base, product.base)
                return Signature(copying: output.bytes)
            }
        }

        /// The signature of `message`; the same key and message always give the same one.
        public func sign(_ message: [UInt8]) -> Signature {
            sign(message.span.bytes)
        }

        /// SHA-512 over 32 bytes, perhaps 32 more, and a message.
        private static func hash(
            _ first: UnsafeRawPointer, _ second: UnsafeRawPointer?, _ message: RawSpan,
            into output: UnsafeMutableRawPointer
        ) {
            var state = crypto_hash_sha512_state()
            _ = crypto_hash_sha512_init(&state)
            _ = crypto_hash_sha512_update(&state, first, 32)
            if let second { _ = crypto_hash_sha512_update(&state, second, 32) }
            message.withUnsafeBytes { message in
                guard let base = message.baseAddress else { return }
                _ = crypto_hash_sha512_update(&state, base, UInt64(message.count))
            }
            _ = crypto_hash_sha512_final(&state, output)
            sodium_memzero(&state, MemoryLayout.size(ofValue: state))
        }
    }
}

extension Ed25519.PublicKey {
    /// This key multiplied by `factor`: who does not know the factor cannot tell whose it is.
    ///
    /// - Throws: ``CryptoError/weakKey`` when the bytes are no point of the main group.
    public func blinded(
        by factor: borrowing Ed25519.BlindingFactor
    ) throws(CryptoError) -> Ed25519.PublicKey {
        Sodium.initialise()
        var status: Int32 = -1
        let product = Bytes32.written { output in
            status = bytes.withPointer { key in
                crypto_scalarmult_ed25519_noclamp(output, factor.scalar.base, key)
            }
        }
        guard status == 0 else { throw .weakKey }
        return Ed25519.PublicKey(product)
    }
}

extension Ed25519.SecretKey {
    /// What signs for this key multiplied by `factor`; its public half is what
    /// ``Ed25519/PublicKey/blinded(by:)`` makes of this key's public half.
    ///
    /// - Throws: ``CryptoError/weakKey`` when the factor is zero, which no hash makes.
    public func blinded(
        by factor: borrowing Ed25519.BlindingFactor
    ) throws(CryptoError) -> Ed25519.BlindedSecretKey {
        try Ed25519.BlindedSecretKey(self, by: factor)
    }
}
