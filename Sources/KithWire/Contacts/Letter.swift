import KithCrypto

/// What one contact leaves for another in the mailbox that only the two know.
///
/// A letter says everything anew, so that the last one is enough: which level secret the reader
/// has now, which letter of the reader was read last, and where the writer's node is if it may be
/// asked about contacts. The writer renews it until the reader's own letter says that it was read.
///
/// A map `{0: number, 1: read, ? 2: [level, version, offset, epoch, secret], ? 3: node record}`.
public struct Letter: Sendable, Equatable {
    /// Which level of the writer the reader sees.
    public enum Level: UInt8, Sendable, Hashable, CaseIterable {
        /// The card for contacts.
        case contacts = 1
        /// The card for friends.
        case friends = 2
    }

    /// A level and the secret that opens it.
    public struct Grant: Sendable, Equatable {
        /// Which level it is.
        public let level: Level
        /// What opens its cards.
        public let secret: LevelSecret

        /// A grant of a level.
        public init(level: Level, secret: LevelSecret) {
            self.level = level
            self.secret = secret
        }
    }

    /// Grows with each letter that says something new, from the time on.
    public var number: UInt32
    /// The number of the reader's last letter that the writer has read; 0 for none.
    public var read: UInt32
    /// What the reader may see; nil when there is nothing.
    public var grant: Grant?
    /// Where the writer's node is, when contacts may ask it about theirs.
    public var node: NodeRecord?

    /// A letter that says this.
    public init(number: UInt32, read: UInt32, grant: Grant?, node: NodeRecord?) {
        self.number = number
        self.read = read
        self.grant = grant
        self.node = node
    }
}

extension Letter {
    private enum Key {
        static let number: UInt64 = 0
        static let read: UInt64 = 1
        static let grant: UInt64 = 2
        static let node: UInt64 = 3
    }

    /// The letter as it is sealed.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: 256)
        writer.map(2 + (grant == nil ? 0 : 1) + (node == nil ? 0 : 1))
        writer.uint(Key.number)
        writer.uint(UInt64(number))
        writer.uint(Key.read)
        writer.uint(UInt64(read))
        if let grant {
            writer.uint(Key.grant)
            writer.array(5)
            writer.uint(UInt64(grant.level.rawValue))
            writer.uint(UInt64(grant.secret.version))
            writer.uint(UInt64(grant.secret.offsetSeconds))
            writer.uint(UInt64(grant.secret.epoch))
            grant.secret.secret.withBytes { writer.bytes($0) }
        }
        if let node {
            writer.uint(Key.node)
            writer.nodeRecord(node)
        }
        precondition(!writer.overflowed, "a letter outgrew 256 bytes")
        return writer.bytes
    }

    /// Reads what ``encode()`` writes and nothing else.
    public static func decode(_ bytes: RawSpan) throws(DecodeError) -> Letter {
        var reader = CBORReader(bytes)
        var map = try reader.map()
        try map.require(Key.number, in: &reader)
        let number = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        try map.require(Key.read, in: &reader)
        let read = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        let grant = try map.accept(Key.grant, in: &reader) ? try decodeGrant(&reader) : nil
        let node = try map.accept(Key.node, in: &reader) ? try reader.nodeRecord() : nil
        try map.finish(in: &reader)
        try reader.finish()
        return Letter(number: number, read: read, grant: grant, node: node)
    }

    private static func decodeGrant(_ reader: inout CBORReader) throws(DecodeError) -> Grant {
        _ = try reader.array(5...5)
        guard let level = Level(rawValue: UInt8(try reader.uint(upTo: 255))) else {
            throw .unknownKind
        }
        let version = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        let offset = UInt32(try reader.uint(upTo: LevelSecret.epochSeconds - 1))
        let epoch = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        let range = try reader.byteRange(Secret32.count...Secret32.count)
        let secret = Secret32(copying: reader.view(range))
        return Grant(
            level: level,
            secret: LevelSecret(
                version: version, offsetSeconds: offset, epoch: epoch, secret: secret))
    }
}
