public import KithCrypto

extension Record {
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
        precondition(!kind.isSealed, "\(kind) is sealed, see seal(_:as:)")
        if kind.isShared, location == nil { throw .locationMissing }
        if !kind.isShared, location != nil { throw .locationUnexpected }
        try checkLife(created: created, expires: expires)
        try checkBody(body, kind: kind, created: created, expires: expires)
        return try make(
            kind, by: key, sequence: sequence, times: (created, expires), location: location,
            body: body, network: network)
    }

    /// Bytes of body that make a sealed record of this kind exactly ``sealedBytes`` long.
    public static func sealedBodyBytes(_ kind: Kind) -> Int {
        precondition(kind.isSealed, "\(kind) is not sealed")
        let key = CBORWriter.stringBytes(Bytes32.count) + 1
        // The head of the map, kind, author, sequence in nine bytes, key and head of the body.
        let fixed = 1 + 2 + key + 10 + 4 + signatureBytes
        return sealedBytes - fixed - (kind.isShared ? key : 0)
    }

    /// Makes and signs a record that only holders of a key can read.
    ///
    /// Its creation is the time inside `sequence`, and it expires ``lifeMax`` later.
    ///
    /// - Parameters:
    ///   - body: what was sealed, of ``sealedBodyBytes(_:)``.
    ///   - sequence: of a time after 1970, so that it takes nine bytes.
    ///   - location: where a request goes; nil for other kinds.
    public static func seal(
        _ body: [UInt8], as kind: Kind, author key: borrowing some Ed25519.Signer & ~Copyable,
        sequence: UInt64, location: Location?, network: Network
    ) -> Record {
        precondition(body.count == sealedBodyBytes(kind), "a sealed body of \(body.count) bytes")
        precondition(kind.isShared == (location != nil), "a location of \(kind)")
        precondition(sequence >> 32 > 0, "a sequence without a time")
        do throws(RecordError) {
            let record = try make(
                kind, by: key, sequence: sequence, times: nil, location: location, body: body,
                network: network)
            precondition(record.encoded.count == sealedBytes, "a sealed record of another size")
            return record
        } catch {
            preconditionFailure("a sealed record cannot be made: \(error)")
        }
    }

    /// Writes and signs the map.
    ///
    /// - Parameter times: creation and expiry; nil where they follow from the sequence.
    private static func make(
        _ kind: Kind, by key: borrowing some Ed25519.Signer & ~Copyable, sequence: UInt64,
        times: (created: UnixTime, expires: UnixTime)?, location: Location?, body: [UInt8]?,
        network: Network
    ) throws(RecordError) -> Record {
        let author = key.publicKey
        var writer = CBORWriter(capacity: bytesMax)
        let optional = (times == nil ? 0 : 2) + (location == nil ? 0 : 1) + (body == nil ? 0 : 1)
        writer.map(4 + optional)
        writer.uint(RecordKey.kind)
        writer.uint(UInt64(kind.rawValue))
        writer.uint(RecordKey.author)
        writer.bytes(author.bytes)
        writer.uint(RecordKey.sequence)
        writer.uint(sequence)
        if let times {
            writer.uint(RecordKey.created)
            writer.uint(times.created.milliseconds)
            writer.uint(RecordKey.expires)
            writer.uint(times.expires.milliseconds)
        }
        if let location {
            writer.uint(RecordKey.location)
            writer.bytes(location.bytes)
        }
        if let body {
            writer.uint(RecordKey.body)
            writer.bytes(body)
        }
        guard !writer.overflowed, writer.room >= signatureBytes else { throw .tooLarge }
        let statement = Self.statement(about: writer.bytes, network: network)
        let signature = key.sign(statement.span.bytes)
        writer.uint(RecordKey.signature)
        writer.bytes(signature.bytes)
        let created = times?.created ?? UnixTime(milliseconds: sequence >> 16)
        return Record(
            kind: kind, author: author, sequence: sequence, created: created,
            expires: times?.expires ?? created + lifeMax,
            location: location ?? ownedLocation(kind, author: author), body: body,
            signature: signature, encoded: writer.bytes)
    }
}
