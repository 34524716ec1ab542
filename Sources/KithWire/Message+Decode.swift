import KithCrypto

/// The keys of the map that a message is; the meaning of 2…4 depends on the kind.
enum MessageKey {
    static let kind: UInt64 = 0
    static let call: UInt64 = 1
    static let target: UInt64 = 2
    static let record: UInt64 = 2
    static let expires: UInt64 = 2
    static let probed: UInt64 = 2
    static let asker: UInt64 = 2
    static let reason: UInt64 = 2
    static let relayKey: UInt64 = 2
    static let digest: UInt64 = 3
    static let storeToken: UInt64 = 3
    static let padding: UInt64 = 3
    static let seconds: UInt64 = 3
    static let pass: UInt64 = 3
    static let signer: UInt64 = 3
    static let newer: UInt64 = 3
    static let skip: UInt64 = 4
    static let signature: UInt64 = 4
    static let keep: UInt64 = 4
    static let nodes: UInt64 = 5
    static let name: UInt64 = 5
    static let cards: UInt64 = 5
    static let records: UInt64 = 6
    static let interests: UInt64 = 6
    static let token: UInt64 = 7
    static let total: UInt64 = 8
    static let full: UInt64 = 9
    static let load: UInt64 = 10
    static let seen: UInt64 = 11
}

extension Message {
    /// Reads a message that ends where `bytes` ends.
    ///
    /// Refused is whatever does not encode to the very same bytes again: unknown kinds and
    /// keys, keys out of order, long heads, trailing bytes.
    public static func decode(_ bytes: RawSpan) throws(DecodeError) -> Message {
        var reader = CBORReader(bytes)
        let message = try reader.message()
        try reader.finish()
        return message
    }
}

extension CBORReader {
    /// Takes a message; offsets in it count from the start of the reader's input.
    @_lifetime(self: copy self)
    mutating func message() throws(DecodeError) -> Message {
        var map = try map()
        try map.require(MessageKey.kind, in: &self)
        guard let kind = Message.Kind(rawValue: UInt8(clamping: try uint())) else {
            throw .unknownKind
        }
        try map.require(MessageKey.call, in: &self)
        let call = UInt32(try uint(upTo: UInt64(UInt32.max)))
        let body = try body(of: kind, &map)
        guard !kind.isRequest else {
            try map.finish(in: &self)
            return Message(call: call, body: body)
        }
        try map.require(MessageKey.load, in: &self)
        let load = UInt8(try uint(upTo: UInt64(Message.loadMax)))
        try map.require(MessageKey.seen, in: &self)
        let seen = try address()
        try map.finish(in: &self)
        return Message(call: call, body: body, load: load, seen: seen)
    }

    @_lifetime(self: copy self)
    private mutating func body(
        of kind: Message.Kind, _ map: inout CBORMap
    ) throws(DecodeError) -> Message.Body {
        switch kind {
        case .ping: return .ping
        case .pong: return .pong
        case .findNode:
            try map.require(MessageKey.target, in: &self)
            return .findNode(target: Point(try bytes32()))
        case .findRecord: return try findRecord(&map)
        case .store:
            try map.require(MessageKey.record, in: &self)
            let record = Field(try byteRange(1...Message.recordBytesMax))
            try map.require(MessageKey.storeToken, in: &self)
            let token = try bytes16()
            return .store(record: record, token: token, keepSeconds: try keepSeconds(&map))
        case .nodes:
            try map.require(MessageKey.nodes, in: &self)
            return .nodes(try nodeItems())
        case .records: return try records(&map)
        case .stored:
            try map.require(MessageKey.expires, in: &self)
            let expires = UnixTime(milliseconds: try uint())
            try map.require(MessageKey.signer, in: &self)
            let signer = Ed25519.PublicKey(try bytes32())
            try map.require(MessageKey.signature, in: &self)
            return .stored(expires: expires, signer: signer, signature: try signature())
        case .refused: return try refused(&map)
        case .probe: return try probe(&map)
        case .probing: return .probing
        case .ask: return try ask(&map)
        case .shown: return try shown(&map)
        case .relay: return .relay
        case .relaying:
            try map.require(MessageKey.relayKey, in: &self)
            let key = X25519.PublicKey(try bytes32())
            try map.require(MessageKey.seconds, in: &self)
            let seconds = try uint(upTo: UInt64(Message.relaySecondsMax))
            guard seconds > 0 else { throw .outOfRange }
            return .relaying(key: key, seconds: UInt32(seconds))
        case .taken: return .taken
        }
    }

    @_lifetime(self: copy self)
    private mutating func findRecord(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        try map.require(MessageKey.target, in: &self)
        let location = Location(try bytes32())
        var digest: Field?
        if try map.accept(MessageKey.digest, in: &self) { digest = try interestDigest() }
        return .findRecord(location: location, digest: digest, skip: try skip(&map))
    }

    /// Takes how many items are to be left out; none is said by leaving the key out.
    @_lifetime(self: copy self)
    private mutating func skip(_ map: inout CBORMap) throws(DecodeError) -> UInt8 {
        guard try map.accept(MessageKey.skip, in: &self) else { return 0 }
        let skip = UInt8(try uint(upTo: UInt64(UInt8.max)))
        guard skip > 0 else { throw .notCanonical }
        return skip
    }

    @_lifetime(self: copy self)
    private mutating func ask(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        try map.require(MessageKey.asker, in: &self)
        let asker = Ed25519.PublicKey(try bytes32())
        try map.require(MessageKey.pass, in: &self)
        let pass = try bytes16()
        let skip = try skip(&map)
        if try map.accept(MessageKey.name, in: &self) {
            let name = Field(try byteRange(1...Message.askedNameBytesMax))
            return .ask(asker: asker, pass: pass, wanted: .name(name), skip: skip)
        }
        try map.require(MessageKey.interests, in: &self)
        let count = try array(1...Profile.interestsMax)
        let start = offset
        for _ in 0..<count { _ = try byteRange(1...Profile.interestBytesMax) }
        let interests = Items(offset: start, byteCount: offset - start, count: count)
        return .ask(asker: asker, pass: pass, wanted: .interests(interests), skip: skip)
    }

    @_lifetime(self: copy self)
    private mutating func shown(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        try map.require(MessageKey.cards, in: &self)
        let count = try array(0...Message.itemsMax)
        let start = offset
        for _ in 0..<count {
            _ = try array(2...2)
            _ = try bytes32()
            _ = try byteRange(1...Message.cardBytesMax)
        }
        let cards = Items(offset: start, byteCount: offset - start, count: count)
        try map.require(MessageKey.total, in: &self)
        return .shown(cards: cards, total: UInt32(try uint(upTo: UInt64(UInt32.max))))
    }

    @_lifetime(self: copy self)
    private mutating func records(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        try map.require(MessageKey.nodes, in: &self)
        let nodes = try nodeItems()
        try map.require(MessageKey.records, in: &self)
        let records = try recordItems()
        var token: Bytes16?
        if try map.accept(MessageKey.token, in: &self) { token = try bytes16() }
        try map.require(MessageKey.total, in: &self)
        let total = UInt32(try uint(upTo: UInt64(UInt32.max)))
        var full: Message.Full?
        if try map.accept(MessageKey.full, in: &self) { full = try fullStatement() }
        return .records(nodes: nodes, records: records, token: token, total: total, full: full)
    }

    /// Takes what a node signed about a location that is nearly full.
    @_lifetime(self: copy self)
    private mutating func fullStatement() throws(DecodeError) -> Message.Full {
        _ = try array(3...3)
        let until = UnixTime(milliseconds: try uint())
        let signer = Ed25519.PublicKey(try bytes32())
        return Message.Full(until: until, signer: signer, signature: try signature())
    }

    @_lifetime(self: copy self)
    private mutating func refused(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        try map.require(MessageKey.reason, in: &self)
        guard let reason = Refusal(rawValue: UInt8(clamping: try uint())) else {
            throw .outOfRange
        }
        var newer: UInt64?
        if reason == .older, try map.accept(MessageKey.newer, in: &self) { newer = try uint() }
        return .refused(reason, newer: newer)
    }

    /// Takes for how long a copy is wanted; 0 when that is not limited, which is said by leaving
    /// the key out.
    @_lifetime(self: copy self)
    private mutating func keepSeconds(_ map: inout CBORMap) throws(DecodeError) -> UInt32 {
        guard try map.accept(MessageKey.keep, in: &self) else { return 0 }
        let seconds = UInt32(try uint(upTo: UInt64(Message.keepSecondsMax)))
        guard seconds > 0 else { throw .notCanonical }
        return seconds
    }

    @_lifetime(self: copy self)
    private mutating func probe(_ map: inout CBORMap) throws(DecodeError) -> Message.Body {
        guard try map.accept(MessageKey.probed, in: &self) else { return .probe }
        let start = offset
        let record = try nodeRecord()
        // One address: there is one handshake.
        guard record.v4 == nil || record.v6 == nil else { throw .wrongLength }
        let target = Items(offset: start, byteCount: offset - start, count: 1)
        try map.require(MessageKey.padding, in: &self)
        let padding = try byteRange(0...Message.paddingBytesMax)
        let zeros = view(padding)
        for place in 0..<zeros.byteCount
        where zeros.unsafeLoad(fromByteOffset: place, as: UInt8.self) != 0 {
            throw .notCanonical
        }
        return .probeOther(target: target, padding: Field(padding))
    }

    /// Takes an interest digest of at least `bytesMin` bytes: pairs of bytes, each larger than the
    /// one before.
    @_lifetime(self: copy self)
    mutating func interestDigest(bytesMin: Int = 0) throws(DecodeError) -> Field {
        let range = try byteRange(bytesMin...Message.digestBytesMax)
        guard range.count.isMultiple(of: 2) else { throw .wrongLength }
        let bytes = view(range)
        for offset in stride(from: 2, to: bytes.byteCount, by: 2) {
            let before = bytes.bigEndian(at: offset - 2, as: UInt16.self)
            guard before < bytes.bigEndian(at: offset, as: UInt16.self) else {
                throw .notCanonical
            }
        }
        return Field(range)
    }

    @_lifetime(self: copy self)
    private mutating func nodeItems() throws(DecodeError) -> Items {
        let count = try array(0...Message.itemsMax)
        let start = offset
        for _ in 0..<count { _ = try nodeRecord() }
        return Items(offset: start, byteCount: offset - start, count: count)
    }

    @_lifetime(self: copy self)
    private mutating func recordItems() throws(DecodeError) -> Items {
        let count = try array(0...Message.itemsMax)
        let start = offset
        for _ in 0..<count { _ = try byteRange(1...Message.recordBytesMax) }
        return Items(offset: start, byteCount: offset - start, count: count)
    }
}
