public import KithCrypto

/// The keys of the map.
private enum Key {
    static let kind: UInt64 = 0
    static let author: UInt64 = 1
    static let sequence: UInt64 = 2
    static let created: UInt64 = 3
    static let expires: UInt64 = 4
    static let location: UInt64 = 5
    static let body: UInt64 = 6
    static let signature: UInt64 = 7
}

extension Record {
    /// How many bytes the last key and the signature take: 1, a head of 2, and 64.
    private static let signatureBytes = 1 + CBORWriter.stringBytes(Ed25519.Signature.count)

    /// Makes and signs a record; it can be handed to any node of `network` until it expires.
    ///
    /// - Parameters:
    ///   - location: where a shared kind lives (``sharedLocation(_:token:day:shard:)``);
    ///     nil for an owned kind.
    ///   - body: an encoded ``Profile`` or ``IndexEntry``, or nil for a tombstone.
    /// - Throws: what a verifier would say to it, ``RecordError/tooLarge`` included.
    public static func sign(
        kind: Kind, author key: borrowing Ed25519.SecretKey, sequence: UInt64,
        created: UnixTime, expires: UnixTime, location: Location?, body: [UInt8]?,
        network: Network
    ) throws(RecordError) -> Record {
        if kind.isShared, location == nil { throw .locationMissing }
        if !kind.isShared, location != nil { throw .locationUnexpected }
        try checkLife(created: created, expires: expires)
        try checkBody(body, kind: kind, created: created, expires: expires)
        let author = key.publicKey
        var writer = CBORWriter(capacity: bytesMax)
        writer.map(6 + (location == nil ? 0 : 1) + (body == nil ? 0 : 1))
        writer.uint(Key.kind)
        writer.uint(UInt64(kind.rawValue))
        writer.uint(Key.author)
        writer.bytes(author.bytes)
        writer.uint(Key.sequence)
        writer.uint(sequence)
        writer.uint(Key.created)
        writer.uint(created.milliseconds)
        writer.uint(Key.expires)
        writer.uint(expires.milliseconds)
        if let location {
            writer.uint(Key.location)
            writer.bytes(location.bytes)
        }
        if let body {
            writer.uint(Key.body)
            writer.bytes(body)
        }
        guard !writer.overflowed, writer.room >= signatureBytes else { throw .tooLarge }
        let statement = Self.statement(about: writer.bytes, network: network)
        let signature = key.sign(statement.span.bytes)
        writer.uint(Key.signature)
        writer.bytes(signature.bytes)
        return Record(
            kind: kind, author: author, sequence: sequence, created: created, expires: expires,
            location: location ?? ownedLocation(kind, author: author), body: body,
            signature: signature, encoded: writer.bytes)
    }

    /// Takes a record apart.
    ///
    /// Says nothing about whether it is true: see ``verify(network:now:)``.
    ///
    /// - Throws: ``RecordError/malformed(_:)``, ``RecordError/tooLarge`` or a fault of location.
    public static func decode(_ bytes: RawSpan) throws(RecordError) -> Record {
        guard bytes.byteCount <= bytesMax else { throw .tooLarge }
        let parts: Parts
        do throws(DecodeError) {
            parts = try Parts(bytes)
        } catch {
            throw .malformed(error)
        }
        if parts.kind.isShared, parts.location == nil { throw .locationMissing }
        if !parts.kind.isShared, parts.location != nil { throw .locationUnexpected }
        return Record(
            kind: parts.kind, author: parts.author, sequence: parts.sequence,
            created: parts.created, expires: parts.expires,
            location: parts.location ?? ownedLocation(parts.kind, author: parts.author),
            body: parts.body, signature: parts.signature, encoded: [UInt8](copying: bytes))
    }

    /// Confirms that the record is valid now: times, body, and the author's signature for
    /// `network`, cheapest first.
    ///
    /// Where an entry belongs only its reader can tell, who knows the token:
    /// ``verifyEntry(token:)``.
    public func verify(network: Network, now: UnixTime) throws(RecordError) {
        try Record.checkLife(created: created, expires: expires)
        let latest = now + Record.clockSkewMax
        guard created <= latest else { throw .createdInFuture }
        guard sequenceTime <= latest else { throw .sequenceInFuture }
        guard expires > now else { throw .expired }
        try Record.checkBody(body, kind: kind, created: created, expires: expires)
        guard author.verify(signature, over: unsignedStatement(network: network)) else {
            throw .badSignature
        }
    }

    /// Confirms that an entry lives where entries of `token` belong, on its day and shard, and
    /// that the shard is its author's.
    ///
    /// - Parameter token: the normalised word or interest that was searched.
    /// - Returns: the entry, or nil for a tombstone.
    public func verifyEntry(token: String) throws(RecordError) -> IndexEntry? {
        guard kind.isShared else { throw .entryMoved }
        guard let body else { return nil }
        let entry: IndexEntry
        do throws(DecodeError) {
            entry = try IndexEntry.decode(body.span.bytes)
        } catch {
            throw .badEntry(error)
        }
        let home = Record.sharedLocation(kind, token: token, day: entry.day, shard: entry.shard)
        guard home == location else { throw .entryMoved }
        guard Shard.holds(entry.shard, author: author, token: token, day: entry.day) else {
            throw .entryMoved
        }
        return entry
    }

    private static func checkLife(created: UnixTime, expires: UnixTime) throws(RecordError) {
        guard created <= expires else { throw .expiresBeforeCreated }
        guard expires - created <= lifeMax else { throw .livesTooLong }
    }

    private static func checkBody(
        _ body: [UInt8]?, kind: Kind, created: UnixTime, expires: UnixTime
    ) throws(RecordError) {
        guard let body else { return }
        switch kind {
        case .profile:
            do throws(ProfileError) {
                _ = try Profile.decode(body.span.bytes)
            } catch {
                throw .badProfile(error)
            }
        case .nameEntry, .interestEntry:
            let entry: IndexEntry
            do throws(DecodeError) {
                entry = try IndexEntry.decode(body.span.bytes)
            } catch {
                throw .badEntry(error)
            }
            guard (created.day...expires.day).contains(entry.day) else { throw .entryOutsideLife }
        }
    }

    /// What was signed: label, network, zero byte, and the map as if it had no signature.
    private func unsignedStatement(network: Network) -> [UInt8] {
        Record.statement(
            about: Array(encoded.dropLast(Record.signatureBytes)), network: network)
    }

    /// `map` ends before the signature, but its head already counts it.
    private static func statement(about map: [UInt8], network: Network) -> [UInt8] {
        var statement = Array("kith/record/v1\0".utf8)
        statement.append(contentsOf: network.nameBytes)
        statement.append(0)
        // A map of 6…8 pairs has a head of one byte, whose low bits are the count.
        statement.append(map[0] - 1)
        statement.append(contentsOf: map.dropFirst())
        return statement
    }
}

/// The fields as they stand in the map.
private struct Parts {
    let kind: Record.Kind
    let author: Ed25519.PublicKey
    let sequence: UInt64
    let created: UnixTime
    let expires: UnixTime
    let location: Location?
    let body: [UInt8]?
    let signature: Ed25519.Signature

    init(_ bytes: RawSpan) throws(DecodeError) {
        var reader = CBORReader(bytes)
        var map = try reader.map()
        try map.require(Key.kind, in: &reader)
        let number = try reader.uint()
        guard let kind = UInt8(exactly: number).flatMap(Record.Kind.init) else {
            throw .unknownKind
        }
        self.kind = kind
        try map.require(Key.author, in: &reader)
        author = Ed25519.PublicKey(try reader.bytes32())
        try map.require(Key.sequence, in: &reader)
        sequence = try reader.uint()
        try map.require(Key.created, in: &reader)
        created = UnixTime(milliseconds: try reader.uint())
        try map.require(Key.expires, in: &reader)
        expires = UnixTime(milliseconds: try reader.uint())
        location =
            try map.accept(Key.location, in: &reader) ? Location(try reader.bytes32()) : nil
        if try map.accept(Key.body, in: &reader) {
            body = [UInt8](copying: reader.view(try reader.byteRange(0...Record.bytesMax)))
        } else {
            body = nil
        }
        try map.require(Key.signature, in: &reader)
        let length = Ed25519.Signature.count
        signature = Ed25519.Signature(
            copying: reader.view(try reader.byteRange(length...length)))
        try map.finish(in: &reader)
        try reader.finish()
    }
}

extension [UInt8] {
    /// A copy of `span`.
    init(copying span: RawSpan) {
        self = span.withUnsafeBytes { Array($0) }
    }
}
