import KithCrypto

/// The keys of the map of a record.
enum RecordKey {
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
    static let signatureBytes = 1 + CBORWriter.stringBytes(Ed25519.Signature.count)

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
        if parts.kind.isSealed, bytes.byteCount != sealedBytes { throw .wrongSize }
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
        if kind == .request { try checkStamp(network: network) }
        guard isSigned(in: network) else { throw .badSignature }
    }

    /// Whether the author signed it for this network, whatever the time is.
    ///
    /// Enough for the reader of a sealed record, whose clock may be a day off: that its author signs
    /// for one day only says how old it is.
    public func isSigned(in network: Network) -> Bool {
        author.verify(signature, over: unsignedStatement(network: network))
    }

    /// Confirms that an entry lives where entries of `token` belong, on its day and shard, and
    /// that the shard is its author's.
    ///
    /// - Parameter token: the normalised word or interest that was searched.
    /// - Returns: the entry, or nil for a tombstone.
    public func verifyEntry(token: String) throws(RecordError) -> IndexEntry? {
        guard kind == .nameEntry || kind == .interestEntry else { throw .entryMoved }
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

    static func checkLife(created: UnixTime, expires: UnixTime) throws(RecordError) {
        guard created <= expires else { throw .expiresBeforeCreated }
        guard expires - created <= lifeMax else { throw .livesTooLong }
    }

    static func checkBody(
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
        case .sealed, .request: break
        }
    }

    /// A request is worth a signature check only when it cost its sender more than that.
    private func checkStamp(network: Network) throws(RecordError) {
        guard let body, let nonce = ContactRequest.stamp(of: body),
            Stamp.holds(
                nonce,
                digest: ContactRequest.digest(
                    body.dropFirst(ContactRequest.stampBytes), location: location,
                    author: author, sequence: sequence),
                network: network)
        else { throw .badStamp }
    }

    /// What was signed: label, network, zero byte, and the map as if it had no signature.
    private func unsignedStatement(network: Network) -> [UInt8] {
        Record.statement(
            about: Array(encoded.dropLast(Record.signatureBytes)), network: network)
    }

    /// `map` ends before the signature, but its head already counts it.
    static func statement(about map: [UInt8], network: Network) -> [UInt8] {
        var statement = Array("kith/record/v1\0".utf8)
        statement.append(contentsOf: network.nameBytes)
        statement.append(0)
        // A map of 5…8 pairs has a head of one byte, whose low bits are the count.
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
        try map.require(RecordKey.kind, in: &reader)
        let number = try reader.uint()
        guard let kind = UInt8(exactly: number).flatMap(Record.Kind.init) else {
            throw .unknownKind
        }
        self.kind = kind
        try map.require(RecordKey.author, in: &reader)
        author = Ed25519.PublicKey(try reader.bytes32())
        try map.require(RecordKey.sequence, in: &reader)
        sequence = try reader.uint()
        if kind.isSealed {
            created = UnixTime(milliseconds: sequence >> 16)
            expires = created + Record.lifeMax
        } else {
            try map.require(RecordKey.created, in: &reader)
            created = UnixTime(milliseconds: try reader.uint())
            try map.require(RecordKey.expires, in: &reader)
            expires = UnixTime(milliseconds: try reader.uint())
        }
        location =
            try map.accept(RecordKey.location, in: &reader) ? Location(try reader.bytes32()) : nil
        if kind.isSealed {
            try map.require(RecordKey.body, in: &reader)
            body = [UInt8](copying: reader.view(try reader.byteRange(0...Record.sealedBytes)))
        } else if try map.accept(RecordKey.body, in: &reader) {
            body = [UInt8](copying: reader.view(try reader.byteRange(0...Record.bytesMax)))
        } else {
            body = nil
        }
        try map.require(RecordKey.signature, in: &reader)
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
