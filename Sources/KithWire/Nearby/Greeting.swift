public import KithCrypto

/// The answer to a beacon: which node is here, and for a contact, whose it is.
///
/// ```
/// GREETING 0x06: type4 | for 8 | e 32 | sealed item n+16
/// ```
/// `for` is the start of the key that it answers, `e` a key of its sender, and the item is sealed
/// with what the two keys agree on. So only who sent the beacon learns who is here, and who listens
/// learns that somebody answered. To a greeting that shows a contact, a contact greets back, with the
/// two keys the other way round. `Specs/Nearby.md`.
public struct Greeting: Sendable, Hashable {
    /// The largest datagram, in bytes: less than the smallest beacon, so that nobody gets more
    /// than they sent.
    public static let bytesMax = 320
    /// How many bytes of the key that is answered stand in front.
    public static let nameBytes = 8

    private static let nameOffset = 4
    private static let ephemeralOffset = nameOffset + nameBytes
    private static let headerBytes = ephemeralOffset + Bytes32.count

    /// N of the sender's node.
    public let node: X25519.PublicKey
    /// The nonce of its proof of work.
    public let nonce: UInt64
    /// Whether others may route and store through it.
    public let role: HandshakePayload.Role
    /// What shows a contact who the sender is; random bytes for everybody else.
    public let tag: Bytes16
    /// Who the sender is, when everybody may know; the signature is for the reader to check.
    public let introduction: Introduction?

    /// A greeting.
    public init(
        node: X25519.PublicKey, nonce: UInt64, role: HandshakePayload.Role, tag: Bytes16,
        introduction: Introduction?
    ) {
        self.node = node
        self.nonce = nonce
        self.role = role
        self.tag = tag
        self.introduction = introduction
    }

    /// What can be read of a greeting without a key.
    public struct Head: Sendable, Hashable {
        /// The start of the key that it answers.
        public let name: UInt64
        /// The sender's key.
        public let ephemeral: X25519.PublicKey
    }

    /// How a key is named in the greetings that answer it: its first eight bytes.
    public static func name(of ephemeral: X25519.PublicKey) -> UInt64 {
        ephemeral.bytes.withBytes { $0.bytes.bigEndian(at: 0, as: UInt64.self) }
    }

    /// What an introduction in this greeting is signed for, when `ephemeral` sends it from
    /// `address`.
    public func occasion(
        from address: Address, ephemeral: X25519.PublicKey
    ) -> Introduction.Occasion {
        Introduction.Occasion(
            ephemeral: ephemeral, node: node, nonce: nonce, address: address)
    }

    /// The datagram from who holds `own` to who holds `other`.
    ///
    /// - Throws: ``CryptoError/weakKey`` when nothing can be agreed on with `other`.
    public func seal(
        with own: borrowing X25519.SecretKey, for other: X25519.PublicKey, network: Network
    ) throws(CryptoError) -> [UInt8] {
        var head = CBORWriter(capacity: Self.headerBytes)
        head.header(.greeting)
        head.bigEndian(Self.name(of: other))
        head.raw(own.publicKey.bytes)
        var item = CBORWriter(capacity: Self.bytesMax)
        item.array(introduction == nil ? 4 : 7)
        item.bytes(node.bytes)
        item.uint(nonce)
        item.uint(UInt64(role.rawValue))
        item.bytes(tag)
        if let introduction { item.introduction(introduction) }
        precondition(!item.overflowed, "a greeting outgrew \(Self.bytesMax) bytes")
        let text = item.bytes
        var datagram = head.bytes + text
        datagram.append(contentsOf: [UInt8](repeating: 0, count: ChaChaPoly.tagBytes))
        let key = try Self.key(
            of: own.agree(with: other), from: own.publicKey, to: other, network: network)
        var elements = datagram.mutableSpan
        var bytes = elements.mutableBytes
        ChaChaPoly.seal(
            &bytes, headerBytes: Self.headerBytes, textBytes: text.count, key: key, nonce: 0)
        return datagram
    }

    /// Reads what stands in front of a datagram whose header is that of a greeting.
    public static func head(of datagram: RawSpan) throws(DecodeError) -> Head {
        guard
            (headerBytes + ChaChaPoly.tagBytes...bytesMax).contains(datagram.byteCount)
        else { throw .wrongLength }
        return Head(
            name: datagram.bigEndian(at: nameOffset, as: UInt64.self),
            ephemeral: X25519.PublicKey(
                Bytes32(copying: datagram.extracting(ephemeralOffset..<headerBytes))))
    }

    /// Opens a greeting to who holds `own`; nil when it was not sealed for that, or is none.
    public static func open(
        _ datagram: RawSpan, with own: borrowing X25519.SecretKey, network: Network
    ) -> Greeting? {
        do {
            let other = try head(of: datagram).ephemeral
            let key = try key(
                of: own.agree(with: other), from: other, to: own.publicKey, network: network)
            var text = [UInt8](repeating: 0, count: bytesMax)
            let count: Int
            do {
                var elements = text.mutableSpan
                var bytes = elements.mutableBytes
                count = try ChaChaPoly.open(
                    datagram.extracting(headerBytes..<datagram.byteCount), into: &bytes, key: key,
                    nonce: 0, authenticating: datagram.extracting(0..<headerBytes))
            }
            return try decode(text.span.bytes.extracting(0..<count))
        } catch {
            return nil
        }
    }

    private static func decode(_ item: RawSpan) throws(DecodeError) -> Greeting {
        var reader = CBORReader(item)
        let count = try reader.array(4...7)
        guard count == 4 || count == 7 else { throw .wrongLength }
        let node = X25519.PublicKey(try reader.bytes32())
        let nonce = try reader.uint()
        guard let role = HandshakePayload.Role(rawValue: UInt8(clamping: try reader.uint())) else {
            throw .outOfRange
        }
        let tag = try reader.bytes16()
        let introduction = count == 7 ? try reader.introduction() : nil
        try reader.finish()
        return Greeting(
            node: node, nonce: nonce, role: role, tag: tag, introduction: introduction)
    }

    private static func key(
        of shared: consuming SecretBytes, from sender: X25519.PublicKey,
        to receiver: X25519.PublicKey, network: Network
    ) -> ChaChaPoly.Key {
        let secret = Secret32(shared)
        var hasher = secret.hasher()
        hasher.update("kith/greeting/v1\0" as StaticString)
        hasher.update(network.nameBytes)
        hasher.update(UInt8(0))
        hasher.update(sender.bytes)
        hasher.update(receiver.bytes)
        return hasher.finishSecret().withBytes { ChaChaPoly.Key(copying: $0) }
    }
}

extension PairSecret {
    /// What shows the other of the two that a greeting is of `sender`, whose node is `node`.
    ///
    /// - Parameters:
    ///   - ephemeral: the key of the greeting, and the one that it answers, `other`.
    ///   - address: where it is sent from.
    public func greetingTag(
        of sender: Ed25519.PublicKey, node: X25519.PublicKey, ephemeral: X25519.PublicKey,
        answering other: X25519.PublicKey, from address: Address
    ) -> Bytes16 {
        var hasher = hasher(labelled: "kith/greeting-tag/v1\0", outputBytes: Bytes16.count)
        hasher.update(sender.bytes)
        hasher.update(node.bytes)
        hasher.update(ephemeral.bytes)
        hasher.update(other.bytes)
        address.withoutZone.update(&hasher)
        return hasher.finish16()
    }
}
