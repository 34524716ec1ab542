public import KithCrypto

/// One signature line of a seed list.
public struct SeedListSignature: Sendable, Hashable {
    /// The name of the key.
    public let name: String
    /// Four bytes that stand for the key.
    public let id: [UInt8]
    /// The signature over the text of the list.
    public let signature: Ed25519.Signature

    /// The line without its newline.
    var line: String { "\u{2014} \(name) \(Base64.encode(id + signature.bytes))" }

    init(name: String, id: [UInt8], signature: Ed25519.Signature) {
        self.name = name
        self.id = id
        self.signature = signature
    }

    /// The signature that `line` writes, or nil.
    init?(line: Substring) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\u{2014}", SeedListKey.isName(parts[1]),
            let bytes = Base64.decode(String(parts[2])),
            let signature = Ed25519.Signature(Array(bytes.dropFirst(SeedListKey.idBytes)))
        else { return nil }
        name = String(parts[1])
        id = Array(bytes.prefix(SeedListKey.idBytes))
        self.signature = signature
    }
}

extension SeedList {
    /// Adds the signature of `key`, which is called `name` by those who check it.
    ///
    /// - Throws: ``SeedListError/tooManySignatures``, also when this key already signed, and
    ///   ``SeedListError/badSignatureLine(line:)`` when `name` cannot be written.
    public mutating func sign(
        as name: String, with key: borrowing Ed25519.SecretKey
    ) throws(SeedListError) {
        guard let signer = SeedListKey(name: name, publicKey: key.publicKey) else {
            throw .badSignatureLine(line: seeds.count + signatures.count + 5)
        }
        let id = signer.id
        guard signatures.count < SeedList.signaturesMax,
            !signatures.contains(where: { $0.name == name && $0.id == id })
        else { throw .tooManySignatures }
        let statement = Array(statement.utf8)
        signatures.append(
            SeedListSignature(name: name, id: id, signature: key.sign(statement.span.bytes)))
    }

    /// Those of `keys` that the list names as signers, in their order; ``verify(keys:network:now:newest:)``
    /// says whether they are.
    public func signers(among keys: [SeedListKey]) -> [SeedListKey] {
        keys.filter { key in
            let id = key.id
            return signatures.contains { $0.name == key.name && $0.id == id }
        }
    }

    /// Confirms that the list may be used now.
    ///
    /// - Parameters:
    ///   - keys: the keys that are trusted; one that signed is enough, but every one that is
    ///     named must have signed.
    ///   - newest: the highest sequence seen before, or 0. The same one is accepted again.
    /// - Throws: the first of ``SeedListError/foreignNetwork``, ``SeedListError/expired``,
    ///   ``SeedListError/rolledBack``, ``SeedListError/unknownSigner`` and
    ///   ``SeedListError/badSignature`` that applies.
    public func verify(
        keys: [SeedListKey], network: Network, now: UnixTime, newest: UInt64 = 0
    ) throws(SeedListError) {
        guard self.network == network.name else { throw .foreignNetwork }
        guard now < expires.start else { throw .expired }
        guard sequence >= newest else { throw .rolledBack }
        let statement = Array(statement.utf8)
        var isSigned = false
        for key in keys {
            let id = key.id
            for signature in signatures where signature.name == key.name && signature.id == id {
                guard key.publicKey.verify(signature.signature, over: statement.span.bytes) else {
                    throw .badSignature
                }
                isSigned = true
            }
        }
        guard isSigned else { throw .unknownSigner }
    }
}
