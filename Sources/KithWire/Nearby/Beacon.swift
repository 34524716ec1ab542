public import KithCrypto

/// What a node says to everybody on its link: that somebody is here whom contacts recognise.
///
/// ```
/// BEACON 0x05: type4 | e 32 | 64 tags 512 | item n | check 16
/// ```
/// `e` is a key made for this beacon. A tag is what one contact expects who computes it with what
/// the two share, of this day, this `e` and this sender's address; places that are left over hold
/// random bytes. So no two beacons have a byte in common that tells that they are of one person,
/// and nobody can count contacts. The item is an array of the ``Aim`` and, of a person who wants
/// to be seen by everybody, of their node and their introduction. The check tells damage and other
/// networks, nothing more: anyone can compute it. `Specs/Nearby.md`.
public struct Beacon: Sendable, Hashable {
    /// How many tags each beacon has, used or not.
    public static let tagCount = 64
    /// How many bytes a tag has: that a stranger's fits one of 500 contacts by chance happens once
    /// in 10^14 beacons.
    public static let tagBytes = 8
    /// The smallest datagram, in bytes: without an introduction.
    public static let bytesMin = itemOffset + 2 + checkBytes
    /// The largest, in bytes.
    public static let bytesMax = 1_024

    private static let ephemeralOffset = 4
    private static let tagsOffset = ephemeralOffset + Bytes32.count
    private static let itemOffset = tagsOffset + tagCount * tagBytes
    private static let checkBytes = Bytes16.count

    /// What a beacon is sent for.
    public enum Aim: UInt8, Sendable, Hashable {
        /// To be recognised by contacts; nobody else answers.
        case recognition = 0
        /// To be answered by everybody who answers strangers as well.
        case everybody = 1
        /// The same, sent to one address and to no group.
        case one = 2
    }

    /// The key that answers are sealed for.
    public let ephemeral: X25519.PublicKey
    /// ``tagCount`` tags, in any order.
    public let tags: [UInt64]
    /// What it is sent for.
    public let aim: Aim
    /// Of a person who wants to be seen by everybody: their node, with the nonce of its proof, and
    /// who they say they are; the signature is for the reader to check.
    public let visible: Visible?

    /// Somebody whom everybody may see.
    public struct Visible: Sendable, Hashable {
        /// N of their node.
        public let node: X25519.PublicKey
        /// The nonce of its proof of work.
        public let nonce: UInt64
        /// Who they are.
        public let introduction: Introduction

        /// Somebody at this node.
        public init(node: X25519.PublicKey, nonce: UInt64, introduction: Introduction) {
            self.node = node
            self.nonce = nonce
            self.introduction = introduction
        }
    }

    /// A beacon of exactly ``tagCount`` tags.
    public init(ephemeral: X25519.PublicKey, tags: [UInt64], aim: Aim, visible: Visible?) {
        precondition(tags.count == Self.tagCount, "\(tags.count) tags")
        self.ephemeral = ephemeral
        self.tags = tags
        self.aim = aim
        self.visible = visible
    }

    /// What an introduction in this beacon is signed for, when it is sent from `address`.
    public func occasion(
        from address: Address, of visible: Visible
    ) -> Introduction.Occasion {
        Introduction.Occasion(
            ephemeral: ephemeral, node: visible.node, nonce: visible.nonce, address: address)
    }

    /// The datagram.
    public func encode(in network: Network) -> [UInt8] {
        var writer = CBORWriter(capacity: Self.bytesMax)
        writer.header(.beacon)
        writer.raw(ephemeral.bytes)
        for tag in tags { writer.bigEndian(tag) }
        writer.array(visible == nil ? 1 : 6)
        writer.uint(UInt64(aim.rawValue))
        if let visible {
            writer.bytes(visible.node.bytes)
            writer.uint(visible.nonce)
            writer.introduction(visible.introduction)
        }
        let covered = writer.bytes
        let check = Self.check(covered.span.bytes, network: network)
        check.withBytes { writer.raw($0.bytes) }
        precondition(!writer.overflowed, "a beacon outgrew \(Self.bytesMax) bytes")
        return writer.bytes
    }

    /// Reads a datagram whose header is that of a beacon.
    ///
    /// - Throws: ``DecodeError/wrongLength``, ``DecodeError/notAuthentic`` when it was damaged or is
    ///   of another network, and what its item may be wrong in.
    public static func decode(
        _ datagram: RawSpan, in network: Network
    ) throws(DecodeError) -> Beacon {
        guard (bytesMin...bytesMax).contains(datagram.byteCount) else { throw .wrongLength }
        let end = datagram.byteCount - checkBytes
        let check = Bytes16(copying: datagram.extracting(end..<datagram.byteCount))
        guard check == Self.check(datagram.extracting(0..<end), network: network) else {
            throw .notAuthentic
        }
        var reader = CBORReader(datagram.extracting(itemOffset..<end))
        let count = try reader.array(1...6)
        guard count == 1 || count == 6 else { throw .wrongLength }
        guard let aim = Aim(rawValue: UInt8(clamping: try reader.uint())) else {
            throw .outOfRange
        }
        var visible: Visible?
        if count == 6 {
            visible = Visible(
                node: X25519.PublicKey(try reader.bytes32()), nonce: try reader.uint(),
                introduction: try reader.introduction())
        }
        try reader.finish()
        let ephemeral = Bytes32(
            copying: datagram.extracting(ephemeralOffset..<tagsOffset))
        return Beacon(
            ephemeral: X25519.PublicKey(ephemeral),
            tags: (0..<tagCount).map {
                datagram.bigEndian(at: tagsOffset + $0 * tagBytes, as: UInt64.self)
            },
            aim: aim, visible: visible)
    }

    private static func check(_ covered: RawSpan, network: Network) -> Bytes16 {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/beacon/v1\0" as StaticString)
        hasher.update(network.nameBytes)
        return BLAKE2b.mac16(key: hasher.finish32(), over: covered)
    }
}

extension PairSecret {
    /// The tag by which the other of the two recognises a beacon of `sender`.
    ///
    /// - Parameters:
    ///   - epoch: the day of the two, see ``epoch(at:)``.
    ///   - ephemeral: the key in the beacon.
    ///   - address: where it is sent from, so that it means nothing from elsewhere.
    public func beaconTag(
        of sender: Ed25519.PublicKey, epoch: UInt32, ephemeral: X25519.PublicKey,
        from address: Address
    ) -> UInt64 {
        var hasher = hasher(labelled: "kith/beacon-tag/v1\0", outputBytes: Bytes16.count)
        hasher.update(sender.bytes)
        hasher.update(epoch)
        hasher.update(ephemeral.bytes)
        address.withoutZone.update(&hasher)
        return hasher.finish16().withBytes { $0.bytes.bigEndian(at: 0, as: UInt64.self) }
    }
}
