public import KithCrypto
public import KithOverlay
public import KithWire

/// A contact book as it lies on disk: readable with the seed of its owner's key only.
///
/// Padded, so that its size tells how many contacts there are to some ten of them.
public struct SealedBook: Sendable, Equatable {
    /// Sizes are multiples of this.
    static let step = 4_096

    /// Whose book it is.
    public let identity: Ed25519.PublicKey
    /// Nonce and XChaCha20-Poly1305 of the padded book, authenticating the identity; under
    /// BLAKE2b(32; key = seed; "kith/book/v1\0" ‖ network).
    public let sealed: [UInt8]

    /// A book as it lies there.
    init(identity: Ed25519.PublicKey, sealed: [UInt8]) {
        self.identity = identity
        self.sealed = sealed
    }

    /// Seals a book of the person whose key grows from `seed`.
    init(
        _ book: ContactBook, seed: Secret32, network: String, entropy: inout Entropy
    ) {
        identity = IdentityFile.publicKey(of: seed)
        let text = book.encode()
        var size = Self.step
        while SealedText.textBytesMax(in: size) < text.count { size += Self.step }
        do {
            sealed = try SealedText.seal(
                text, to: size, key: Self.key(seed, network), header: identity.bytes,
                entropy: &entropy)
        } catch {
            preconditionFailure("a book outgrew the room made for it: \(error)")
        }
    }

    /// The book.
    ///
    /// - Throws: ``StoreError/corrupt(detail:)`` when it was sealed with another seed, damaged, or
    ///   written by a later version.
    func open(with seed: Secret32, network: String) throws(StoreError) -> ContactBook {
        do {
            let text = try SealedText.open(
                sealed, key: Self.key(seed, network), header: identity.bytes)
            return try ContactBook.decode(text.span.bytes)
        } catch is SealedTextError {
            throw .corrupt(detail: "the contact book does not open")
        } catch {
            throw .corrupt(detail: "the contact book cannot be read")
        }
    }

    private static func key(_ seed: Secret32, _ network: String) -> XChaChaPoly.Key {
        var hasher = seed.hasher()
        hasher.update("kith/book/v1\0" as StaticString)
        hasher.update(Array(network.utf8))
        return hasher.finishSecret().sealingKey()
    }
}

extension Store {
    /// The contact book of the person whose key grows from `seed`; a new one where there is none,
    /// which is kept at once: what is written to the network under its secrets must not become a
    /// place that nobody can cover.
    func book(openedWith seed: Secret32, at now: UnixTime) throws(StoreError) -> ContactBook {
        let isNew = try sealedBook(of: IdentityFile.publicKey(of: seed)) == nil
        let book = try book(readWith: seed, at: now)
        if isNew { try apply([keeping(book, sealedWith: seed)]) }
        return book
    }

    /// The same, only to be looked at: nothing is written.
    public func book(readWith seed: Secret32, at now: UnixTime) throws(StoreError) -> ContactBook {
        if let sealed = try sealedBook(of: IdentityFile.publicKey(of: seed)) {
            return try sealed.open(with: seed, network: network)
        }
        var entropy = KernelEntropy.entropy()
        return ContactBook(at: now, entropy: &entropy)
    }

    /// What keeps `book` as it is now.
    func keeping(_ book: ContactBook, sealedWith seed: Secret32) -> Change {
        var entropy = KernelEntropy.entropy()
        return .book(SealedBook(book, seed: seed, network: network, entropy: &entropy))
    }
}
