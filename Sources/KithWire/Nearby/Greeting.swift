public import KithCrypto

/// The answer to a beacon: which node is here, and for a contact, whose it is.
///
/// ```
/// GREETING 0x06: type4 | for 8 | e 32 | sealed item and zeros 388+16
/// ```
/// `for` is the start of the key that it answers, `e` a key of its sender, and the item is sealed
/// with what the two keys agree on, behind it zeros up to one size for all. So only who sent the
/// beacon learns who is here, and who listens learns that somebody answered. Whoever would be greeted
/// as well greets back, with the two keys the other way round. `Specs/Nearby.md`.
public struct Greeting: Sendable, Hashable {
    /// The size of the datagram, in bytes: less than the smallest beacon, so that nobody gets more
    /// than they sent; more than the two INIT of 200 bytes that a greeting may set off.
    public static let bytes = 448
    /// The most nodes that are named to a stranger.
    public static let namedMax = 3
    /// How many bytes of the key that is answered stand in front.
    public static let nameBytes = 8

    private static let nameOffset = 4
    private static let ephemeralOffset = nameOffset + nameBytes
    private static let headerBytes = ephemeralOffset + Bytes32.count
    private static let textBytes = bytes - headerBytes - ChaChaPoly.tagBytes

    /// What it says.
    public enum Content: Sendable, Hashable {
        /// Which node is here.
        case here(Node)
        /// Nodes to join through, beyond the link: 1…``namedMax``, of a sender who stays unnamed.
        case named([NodeRecord])
    }

    /// The sender's node, and who the sender is.
    public struct Node: Sendable, Hashable {
        /// N.
        public let key: X25519.PublicKey
        /// The nonce of its proof of work.
        public let nonce: UInt64
        /// Whether others may route and store through it.
        public let role: HandshakePayload.Role
        /// What shows a contact who the sender is; random bytes for everybody else.
        public let tag: Bytes16
        /// Who the sender is, when everybody may know; the signature is for the reader to check.
        public let introduction: Introduction?

        /// A node.
        public init(
            key: X25519.PublicKey, nonce: UInt64, role: HandshakePayload.Role, tag: Bytes16,
            introduction: Introduction?
        ) {
            self.key = key
            self.nonce = nonce
            self.role = role
            self.tag = tag
            self.introduction = introduction
        }

        /// What the introduction is signed for, when `ephemeral` sends it from `address`.
        public func occasion(
            from address: Address, ephemeral: X25519.PublicKey
        ) -> Introduction.Occasion {
            Introduction.Occasion(
                ephemeral: ephemeral, node: key, nonce: nonce, address: address)
        }
    }

    /// What it says.
    public let content: Content

    /// A greeting that says this.
    public init(_ content: Content) {
        self.content = content
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
        var item = CBORWriter(capacity: Self.textBytes)
        switch content {
        case .here(let node):
            item.array(node.introduction == nil ? 4 : 7)
            item.bytes(node.key.bytes)
            item.uint(node.nonce)
            item.uint(UInt64(node.role.rawValue))
            item.bytes(node.tag)
            if let introduction = node.introduction { item.introduction(introduction) }
        case .named(let nodes):
            item.array(1)
            item.array(nodes.count)
            for node in nodes { item.nodeRecord(node) }
        }
        item.pad(to: Self.textBytes)
        precondition(!item.overflowed, "a greeting outgrew \(Self.bytes) bytes")
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
        guard datagram.byteCount == bytes else { throw .wrongLength }
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
            var text = [UInt8](repeating: 0, count: textBytes)
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
        let count = try reader.array(1...7)
        if count == 1 {
            let nodes = try reader.array(1...namedMax)
            var named: [NodeRecord] = []
            for _ in 0..<nodes { named.append(try reader.nodeRecord()) }
            try reader.finishPadded()
            return Greeting(.named(named))
        }
        guard count == 4 || count == 7 else { throw .wrongLength }
        let key = X25519.PublicKey(try reader.bytes32())
        let nonce = try reader.uint()
        guard let role = HandshakePayload.Role(rawValue: UInt8(clamping: try reader.uint())) else {
            throw .outOfRange
        }
        let tag = try reader.bytes16()
        let introduction = count == 7 ? try reader.introduction() : nil
        try reader.finishPadded()
        return Greeting(
            .here(
                Node(
                    key: key, nonce: nonce, role: role, tag: tag, introduction: introduction)))
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
