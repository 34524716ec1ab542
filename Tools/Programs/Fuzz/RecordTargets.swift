import KithCrypto
import KithWire

/// Decoders of what is signed and kept.
let recordTargets = [
    Target(
        name: "record", summary: "a record: encoded again, verified, signed again",
        areas: ["record"], bytesMax: 1_000, run: runRecord),
    Target(
        name: "profile", summary: "a profile, encoded again, and what is made of it",
        areas: ["profile"], bytesMax: 800, run: runProfile),
    Target(
        name: "entry", summary: "an index entry and an interest digest, encoded again",
        areas: ["entry", "fuzz"], bytesMax: 96, run: runEntry),
    Target(
        name: "receipt", summary: "receipts of anybody: none verifies but the one that was signed",
        areas: ["receipt"], bytesMax: 256, run: runReceipt),
]

/// The time at which the vectors are judged.
private let vectorsNow = UnixTime(milliseconds: 1_791_431_200_000)

private func runRecord(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    guard let record = accepted({ () throws(RecordError) in try Record.decode(span) }) else {
        return
    }
    expectSame(record.encoded, bytes, "what a record keeps of itself")
    expectSame(encode(record), bytes, "a record")
    if !record.kind.isShared {
        let home = Record.ownedLocation(record.kind, author: record.author)
        expect(record.location == home, "a record away from its location")
    }
    let fault = fault { () throws(RecordError) in
        try record.verify(network: .main, now: vectorsNow)
    }
    if fault == nil {
        expect(record.expires > vectorsNow, "an expired record verifies")
        expect(
            record.expires - record.created <= Record.lifeMax, "a record that lives too long")
        if record.kind == .profile, let body = record.body {
            expect((try? Profile.decode(body.span.bytes)) != nil, "a record of a bad profile")
        }
    }
    _ = accepted { () throws(RecordError) in try record.verifyEntry(token: "марта") }
    signAgain(record)
}

/// Somebody else signs the same fields: what may be signed verifies, and nothing else may be.
private func signAgain(_ record: Record) {
    // What is sealed has no fields to sign, only its size.
    guard !record.kind.isSealed else { return }
    let key = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (5, 6, 7, 8)))
    let again: Record
    do throws(RecordError) {
        again = try Record.sign(
            kind: record.kind, author: key, sequence: record.sequence, created: record.created,
            expires: record.expires, location: record.kind.isShared ? record.location : nil,
            body: record.body, network: .main)
    } catch {
        return
    }
    expect(again.encoded.count <= Record.bytesMax, "a record of \(again.encoded.count) bytes")
    let read = accepted { () throws(RecordError) in
        try Record.decode(again.encoded.span.bytes)
    }
    expect(read == again, "a record that was signed is another one when read")
    switch fault({ () throws(RecordError) in
        try again.verify(network: .main, now: again.created)
    }) {
    case nil, .sequenceInFuture, .expired: break
    case let other?: fail("a record that was signed: \(other)")
    }
    let foreign = fault { () throws(RecordError) in
        try again.verify(network: .local, now: again.created)
    }
    expect(foreign != nil, "a record verifies in another network")
}

/// The map of a record, written from its fields alone.
private func encode(_ record: Record) -> [UInt8] {
    written { writer in
        let times = record.kind.isSealed ? 0 : 2
        writer.map(4 + times + (record.kind.isShared ? 1 : 0) + (record.body == nil ? 0 : 1))
        let numbers: [(UInt64, UInt64)] = [
            (0, UInt64(record.kind.rawValue)), (2, record.sequence),
            (3, record.created.milliseconds), (4, record.expires.milliseconds),
        ]
        for (key, value) in numbers.prefix(2 + times) {
            writer.uint(key)
            writer.uint(value)
            if key == 0 {
                writer.uint(1)
                writer.bytes(record.author.bytes)
            }
        }
        if record.kind.isShared {
            writer.uint(5)
            writer.bytes(record.location.bytes)
        }
        if let body = record.body {
            writer.uint(6)
            writer.bytes(body)
        }
        writer.uint(7)
        writer.bytes(record.signature)
    }
}

/// What `check` throws, if it does.
private func fault<Fault: Error>(_ check: () throws(Fault) -> Void) -> Fault? {
    do throws(Fault) {
        try check()
        return nil
    } catch {
        return error
    }
}

private func runProfile(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    let profile: Profile
    do throws(ProfileError) {
        profile = try Profile.decode(span)
    } catch {
        expect(!error.description.isEmpty && !error.word.isEmpty, "an error without words")
        return
    }
    expectSame(profile.encode(), bytes, "a profile")
    expect(profile.interestSet.interests.count == profile.interests.count, "equal interests")
    expect(profile.interestSet.jaccard(with: profile.interestSet) <= 1, "a score above 1")
    checkTokens(of: profile.name)
    let built = accepted { () throws(ProfileError) in
        try Profile(
            name: profile.name, interests: profile.interests, region: profile.region,
            bio: profile.bio, links: profile.links, avatar: profile.avatar,
            activeHour: profile.activeHour)
    }
    expect(built == profile, "a profile that was read cannot be made")
}

private func runEntry(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    if let entry = accepted({ () throws(DecodeError) in try IndexEntry.decode(span) }) {
        expectSame(entry.encode(), bytes, "an entry")
        expect(entry.digest.count <= Profile.interestsMax, "\(entry.digest.count) interests")
        let again = IndexEntry(day: entry.day, shard: entry.shard, digest: entry.digest)
        expect(again == entry, "a digest out of order")
    }
    if let digest = accepted({ () throws(DecodeError) in
        try InterestSet.decode(digest: span)
    }) {
        expectSame(InterestSet.encode(digest: digest), bytes, "a digest")
        let own = InterestSet.estimate(digest, digest)
        expect(own == (digest.isEmpty ? 0 : 1), "a digest is \(own) like itself")
    }
}

/// The replica whose receipts are asked for; made once.
private let replica = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (9, 9, 9, 9)))
private let replicaKey = replica.agreementKey().publicKey

/// Signer's key 32, signature 64, location 32, author 32, sequence 8, expiry 8.
private func runReceipt(_ bytes: [UInt8]) {
    var rest = bytes + [UInt8](repeating: 0, count: max(0, 176 - bytes.count))
    func take(_ count: Int) -> [UInt8] {
        defer { rest.removeFirst(count) }
        return [UInt8](rest[..<count])
    }
    func number() -> UInt64 { take(8).reduce(0) { $0 << 8 | UInt64($1) } }
    let signer = Ed25519.PublicKey(Bytes32(take(32)) ?? Bytes32())
    let signature = Ed25519.Signature(copying: take(64).span.bytes)
    let location = Location(Bytes32(take(32)) ?? Bytes32())
    let author = Ed25519.PublicKey(Bytes32(take(32)) ?? Bytes32())
    let (sequence, expires) = (number(), UnixTime(milliseconds: number()))
    func verifies(
        _ signer: Ed25519.PublicKey, _ signature: Ed25519.Signature, _ network: Network = .main
    ) -> Bool {
        let receipt = Receipt(
            location: location, author: author, sequence: sequence, expires: expires,
            signer: signer, signature: signature)
        return fault { () throws(ReceiptError) in
            try receipt.verify(network: network, node: replicaKey)
        } == nil
    }
    if signer != replica.publicKey {
        expect(!verifies(signer, signature), "a receipt of somebody else verifies")
    }
    // Signing and verifying take a hundred times longer than refusing.
    guard !isOften(bytes) else { return }
    let genuine = Receipt.sign(
        location: location, author: author, sequence: sequence, until: expires, network: .main,
        with: replica)
    expect(verifies(genuine.signer, genuine.signature), "a genuine receipt is refused")
    expect(!verifies(genuine.signer, genuine.signature, .local), "a receipt of another network")
    if signature != genuine.signature {
        expect(!verifies(replica.publicKey, signature), "a forged receipt verifies")
    }
    if signer != replica.publicKey {
        expect(!verifies(signer, genuine.signature), "a receipt of another signer verifies")
    }
}

/// Whether this input is one of the seven in eight that get the cheap half of a check.
func isOften(_ bytes: [UInt8]) -> Bool {
    bytes.reduce(0, &+) % 8 != 0
}
