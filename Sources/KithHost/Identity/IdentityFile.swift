public import KithCrypto

/// A person's identity as it lies on disk: the seed of their key, open or under a passphrase.
///
/// Specs/Identity.md has the bytes and the reasons.
///
/// A value is always well formed; whether a passphrase opens it shows ``open(with:)`` alone.
public struct IdentityFile: Sendable, Equatable {
    /// How the seed is kept.
    enum Content: Sendable, Equatable {
        /// Readable by whoever reads the file.
        case plain(Secret32)
        /// Readable with the passphrase.
        case sealed(SealedSeed)
    }

    /// A seed under a passphrase.
    struct SealedSeed: Sendable, Equatable {
        let cost: PassphraseCost
        let salt: Bytes16
        /// ``XChaChaPoly/nonceBytes`` bytes.
        let nonce: [UInt8]
        /// The sealed seed with its tag.
        let box: [UInt8]
    }

    /// Whose it is.
    public let identity: Ed25519.PublicKey
    let content: Content

    /// Whether a passphrase is needed.
    public var isLocked: Bool {
        if case .sealed = content { true } else { false }
    }

    /// The seed, when no passphrase is needed.
    public var plainSeed: Secret32? {
        if case .plain(let seed) = content { seed } else { nil }
    }

    // MARK: Making and opening

    /// The identity that grows from `seed`, without a passphrase.
    public static func plain(_ seed: Secret32) -> IdentityFile {
        IdentityFile(identity: publicKey(of: seed), content: .plain(seed))
    }

    /// The identity that grows from `seed`, locked; takes about a second.
    ///
    /// - Throws: ``IdentityError/outOfMemory(memoryKiB:)``.
    public static func locked(
        _ seed: Secret32, with passphrase: borrowing Passphrase
    ) throws(IdentityError) -> IdentityFile {
        var entropy = KernelEntropy.entropy()
        return try locked(seed, with: passphrase, cost: .usual, entropy: &entropy)
    }

    /// The same at a cost that tests can pay.
    static func locked(
        _ seed: Secret32, with passphrase: borrowing Passphrase, cost: PassphraseCost,
        entropy: inout Entropy
    ) throws(IdentityError) -> IdentityFile {
        // Salt and nonce are new with every file, so no key and nonce come together twice.
        let salt = Bytes16(copying: entropy.bytes(Bytes16.count).span.bytes)
        let nonce = entropy.bytes(XChaChaPoly.nonceBytes)
        let identity = publicKey(of: seed)
        let key = try key(passphrase, cost: cost, salt: salt)
        let header = Layout.header(identity, cost: cost, salt: salt, nonce: nonce)
        var buffer = SecretBytes(count: Secret32.count + XChaChaPoly.tagBytes)
        seed.withBytes { seed in
            buffer.withMutableBytes { buffer in
                seed.withUnsafeBytes { seed in
                    buffer.withUnsafeMutableBytes { $0.copyBytes(from: seed) }
                }
            }
        }
        var span = buffer.mutableBytes
        XChaChaPoly.seal(
            &span, textBytes: Secret32.count, key: key, nonce: nonce.span.bytes,
            authenticating: header.span.bytes)
        let box = buffer.withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
        return IdentityFile(
            identity: identity,
            content: .sealed(SealedSeed(cost: cost, salt: salt, nonce: nonce, box: box)))
    }

    /// The seed; takes about a second where a passphrase is needed.
    ///
    /// - Throws: ``IdentityError/notOpened``, ``IdentityError/outOfMemory(memoryKiB:)``.
    public func open(with passphrase: borrowing Passphrase) throws(IdentityError) -> Secret32 {
        switch content {
        case .plain(let seed): return seed
        case .sealed(let sealed):
            let key = try IdentityFile.key(passphrase, cost: sealed.cost, salt: sealed.salt)
            let header = Layout.header(
                identity, cost: sealed.cost, salt: sealed.salt, nonce: sealed.nonce)
            var text = SecretBytes(count: Secret32.count)
            var span = text.mutableBytes
            do {
                _ = try XChaChaPoly.open(
                    sealed.box.span.bytes, into: &span, key: key, nonce: sealed.nonce.span.bytes,
                    authenticating: header.span.bytes)
            } catch {
                throw .notOpened
            }
            let seed = Secret32(text)
            // Whoever knows the passphrase can seal one seed under the name of another.
            guard IdentityFile.publicKey(of: seed) == identity else {
                throw .damaged(detail: "the key inside is another one")
            }
            return seed
        }
    }

    private static func key(
        _ passphrase: borrowing Passphrase, cost: PassphraseCost, salt: Bytes16
    ) throws(IdentityError) -> XChaChaPoly.Key {
        do {
            let key = try Argon2id.deriveSecret(
                password: passphrase.text.bytes, salt: salt, operations: cost.operations,
                memoryBytes: cost.memoryKiB << 10, outputBytes: Secret32.count)
            return XChaChaPoly.Key(copying: key.bytes)
        } catch {
            // The cost is within bounds that lie within those of the function.
            throw .outOfMemory(memoryKiB: cost.memoryKiB)
        }
    }

    /// The public key that grows from `seed`.
    static func publicKey(of seed: Secret32) -> Ed25519.PublicKey {
        Ed25519.SecretKey(seed: seed).publicKey
    }
}
