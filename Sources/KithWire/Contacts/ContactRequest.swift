public import KithCrypto

/// What a stranger says who wants to become a contact.
///
/// Sealed to the person it is for as the first message of ``NoiseIK``: only that person can read
/// it and learn who sent it, and can be sure of it. A map `{0: U, ? 1: name, ? 2: message}`.
public struct ContactRequest: Sendable, Hashable {
    /// The longest message in bytes of UTF-8.
    public static let messageBytesMax = 120

    /// Who asks.
    public let sender: Ed25519.PublicKey
    /// How the sender wants to be called.
    public let name: String?
    /// A few words.
    public let message: String?

    /// A request; text follows the rules of a profile's.
    public init(
        sender: Ed25519.PublicKey, name: String?, message: String?
    ) throws(ProfileError) {
        if let name { try Profile.check(.name, name, bytesMax: Profile.nameBytesMax) }
        if let message { try Profile.check(.bio, message, bytesMax: Self.messageBytesMax) }
        self.sender = sender
        self.name = name
        self.message = message
    }

    /// Where requests to a person are left on a day.
    public static func mailbox(of person: Ed25519.PublicKey, day: UInt32) -> Location {
        Record.sharedLocation(.request, token: IdentityText.encode(person), day: day)
    }

    /// How many bytes of the body of a request record are its stamp.
    static let stampBytes = 8

    /// The stamp in front of what was sealed; nil when the body is too short for one.
    static func stamp(of body: [UInt8]) -> UInt64? {
        guard body.count >= stampBytes else { return nil }
        return body.prefix(stampBytes).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What the stamp of a request is for.
    ///
    /// BLAKE2b(32; "kith/stamped/v1\0" ‖ location ‖ author ‖ sequence8 ‖ what was sealed).
    static func digest(
        _ sealed: some Sequence<UInt8>, location: Location, author: Ed25519.PublicKey,
        sequence: UInt64
    ) -> Bytes32 {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/stamped/v1\0" as StaticString)
        hasher.update(location.bytes)
        hasher.update(author.bytes)
        hasher.update(sequence)
        hasher.update(Array(sealed))
        return hasher.finish32()
    }

    /// What requests of one network are bound to.
    private static func prologue(_ network: Network) -> [UInt8] {
        Array("kith/request/v1\0".utf8) + network.nameBytes
    }

    /// The request, sealed for `person` to exactly `count` bytes.
    ///
    /// - Throws: ``CryptoError/weakKey`` when `person` is no key.
    public func seal(
        for person: Ed25519.PublicKey, by key: borrowing Ed25519.SecretKey, to count: Int,
        network: Network, entropy: inout Entropy
    ) throws(CryptoError) -> [UInt8] {
        precondition(key.publicKey == sender, "a request in somebody else's name")
        let padded = SealedText.pad(encode(), to: count - NoiseIK.firstOverheadBytes)
        var noise = try NoiseIK.Initiator(
            prologue: Self.prologue(network).span.bytes, local: key.agreementKey(),
            remote: person.agreementKey(), entropy: &entropy)
        var sealed = [UInt8](repeating: 0, count: count)
        var elements = sealed.mutableSpan
        var bytes = elements.mutableBytes
        _ = try noise.writeFirst(payload: padded.span.bytes, into: &bytes, at: 0)
        return sealed
    }

    /// Reads the request in a record from the mailbox of the owner of `key`.
    ///
    /// - Throws: ``ContactRequestError``.
    public static func open(
        _ record: Record, by key: borrowing Ed25519.SecretKey, network: Network
    ) throws(ContactRequestError) -> ContactRequest {
        guard record.kind == .request, let body = record.body, record.isSigned(in: network) else {
            throw .unreadable
        }
        return try open(Array(body.dropFirst(stampBytes)), by: key, network: network)
    }

    /// Reads what somebody sealed for the owner of `key`.
    ///
    /// - Throws: ``ContactRequestError``.
    public static func open(
        _ sealed: [UInt8], by key: borrowing Ed25519.SecretKey, network: Network
    ) throws(ContactRequestError) -> ContactRequest {
        var padded = [UInt8](repeating: 0, count: max(0, sealed.count - NoiseIK.firstOverheadBytes))
        let remote: X25519.PublicKey
        do throws(CryptoError) {
            let local = key.agreementKey()
            var noise = NoiseIK.Responder(
                prologue: prologue(network).span.bytes, local: local)
            var elements = padded.mutableSpan
            var bytes = elements.mutableBytes
            remote = try noise.readFirst(sealed.span.bytes, local: local, payloadInto: &bytes)
                .remote
        } catch {
            throw .unreadable
        }
        let text: [UInt8]
        do throws(SealedTextError) {
            text = try SealedText.unpad(padded)
        } catch {
            throw .unreadable
        }
        let request = try decode(text.span.bytes)
        // The handshake proves the agreement key; the identity must be the one it belongs to.
        do throws(CryptoError) {
            guard try request.sender.agreementKey() == remote else { throw CryptoError.weakKey }
        } catch {
            throw .foreignSender
        }
        return request
    }
}

extension ContactRequest {
    private enum Key {
        static let sender: UInt64 = 0
        static let name: UInt64 = 1
        static let message: UInt64 = 2
    }

    func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: 320)
        writer.map(1 + (name == nil ? 0 : 1) + (message == nil ? 0 : 1))
        writer.uint(Key.sender)
        writer.bytes(sender.bytes)
        if let name {
            writer.uint(Key.name)
            writer.text(name)
        }
        if let message {
            writer.uint(Key.message)
            writer.text(message)
        }
        precondition(!writer.overflowed, "a request outgrew 320 bytes")
        return writer.bytes
    }

    static func decode(_ bytes: RawSpan) throws(ContactRequestError) -> ContactRequest {
        let parts: (Ed25519.PublicKey, String?, String?)
        do throws(DecodeError) {
            var reader = CBORReader(bytes)
            var map = try reader.map()
            try map.require(Key.sender, in: &reader)
            let sender = Ed25519.PublicKey(try reader.bytes32())
            let name = try map.accept(Key.name, in: &reader) ? try reader.text() : nil
            let message = try map.accept(Key.message, in: &reader) ? try reader.text() : nil
            try map.finish(in: &reader)
            try reader.finish()
            parts = (sender, name, message)
        } catch {
            throw .malformed(error)
        }
        do throws(ProfileError) {
            return try ContactRequest(sender: parts.0, name: parts.1, message: parts.2)
        } catch {
            throw .badText(error)
        }
    }
}

/// Why bytes are no request to us.
public enum ContactRequestError: Error, Hashable, Sendable {
    /// Sealed for somebody else, for another network, or damaged.
    case unreadable
    /// What was sealed is no request in its one encoding.
    case malformed(DecodeError)
    /// Its name or message breaks the rules of text.
    case badText(ProfileError)
    /// It names somebody else than who sealed it.
    case foreignSender
}
