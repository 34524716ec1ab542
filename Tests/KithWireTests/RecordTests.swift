import KithCrypto
import KithWire
import Testing

@Suite("A signed record")
struct RecordTests {
    private static let now = UnixTime(milliseconds: 1_791_431_200_000)
    private static let later = now + .seconds(7_200)

    private static func key(_ number: UInt64) -> Ed25519.SecretKey {
        var dice = Entropy(seed: number)
        return Ed25519.SecretKey.generate(from: &dice)
    }

    private static func profile() throws -> Record {
        let body = try Profile(name: "Marta", interests: ["chess"], activeHour: 497_619)
        return try Record.sign(
            kind: .profile, author: key(1), sequence: 1 << 16, created: now, expires: later,
            location: nil, body: body.encode(), network: .main)
    }

    private static func entry(
        token: String = "marta", author: UInt64 = 1, day: UInt32 = now.day, claiming: UInt32? = nil
    ) throws -> Record {
        let body = IndexEntry(day: claiming ?? day, digest: [3, 1, 3])
        return try Record.sign(
            kind: .nameEntry, author: key(author), sequence: 1 << 16, created: now,
            expires: later,
            location: Record.sharedLocation(.nameEntry, token: token, day: day),
            body: body.encode(), network: .main)
    }

    private static func decode(_ bytes: [UInt8]) throws(RecordError) -> Record {
        try Record.decode(bytes.span.bytes)
    }

    /// Whether anybody would take these bytes.
    private static func isAccepted(_ bytes: [UInt8]) -> Bool {
        do throws(RecordError) {
            let record = try decode(bytes)
            try record.verify(network: .main, now: now)
            return true
        } catch {
            return false
        }
    }

    @Test("comes back from its bytes and holds")
    func roundTrip() throws {
        for record in [try Self.profile(), try Self.entry()] {
            let decoded = try Self.decode(record.encoded)
            #expect(decoded == record)
            #expect(decoded.location == record.location)
            #expect(decoded.body == record.body)
            #expect(decoded.signature == record.signature)
            try decoded.verify(network: .main, now: Self.now)
        }
    }

    @Test("is refused with any bit turned around")
    func bitFlips() throws {
        for record in [try Self.profile(), try Self.entry()] {
            #expect(Self.isAccepted(record.encoded))
            var accepted: [Int] = []
            for bit in 0..<record.encoded.count * 8 {
                var bytes = record.encoded
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                if Self.isAccepted(bytes) { accepted.append(bit) }
            }
            #expect(accepted.isEmpty)
        }
    }

    @Test("is refused with any byte missing at its end")
    func truncation() throws {
        let record = try Self.profile()
        for count in 0..<record.encoded.count {
            let bytes = Array(record.encoded.prefix(count))
            #expect(!Self.isAccepted(bytes))
        }
    }

    @Test("lives where the specification says")
    func locations() throws {
        // Computed with Python's hashlib: U is the bytes 0…31, day 20,734, shard 3.
        let author = Ed25519.PublicKey(try #require(Bytes32((0..<32).map { UInt8($0) })))
        #expect(
            Record.ownedLocation(.profile, author: author).bytes.hex
                == "4ba9af1dae411282b57a347d91121adb46f4c3d04c6f285678c8585bc30f96a1")
        let shared = Record.sharedLocation(.nameEntry, token: "marta", day: 20_734, shard: 3)
        #expect(
            shared.bytes.hex == "caa7d0849f73a0c6c8f1f5f66b716a1433156af09ce4b2011f3f3b14f2d5f456")
    }

    @Test("that is an entry holds only for its own token, day and author")
    func entriesStay() throws {
        let record = try Self.entry()
        #expect(try record.verifyEntry(token: "marta")?.digest == [1, 3])
        #expect(throws: RecordError.entryMoved) { try record.verifyEntry(token: "jonas") }
        // Signed by its author for today's location, but claiming another day of its life.
        let tomorrow = UnixTime(milliseconds: UInt64(Self.now.day + 1) * 86_400_000)
        let claiming = try Record.sign(
            kind: .nameEntry, author: Self.key(1), sequence: 1, created: Self.now,
            expires: tomorrow,
            location: Record.sharedLocation(.nameEntry, token: "marta", day: Self.now.day),
            body: IndexEntry(day: tomorrow.day, digest: []).encode(), network: .main)
        #expect(throws: RecordError.entryMoved) { try claiming.verifyEntry(token: "marta") }
        #expect(throws: RecordError.entryOutsideLife) {
            try Self.entry(claiming: Self.now.day + 9)
        }
        #expect(throws: RecordError.entryMoved) {
            try Self.profile().verifyEntry(token: "marta")
        }
    }

    @Test("of one author does not become that of another")
    func authorsStay() throws {
        let mine = try Self.entry()
        let other = Self.key(2).publicKey.bytes.bytes
        var bytes = mine.encoded
        bytes.replaceSubrange(6..<38, with: other)
        let stolen = try Self.decode(bytes)
        #expect(stolen.author.bytes.bytes == other)
        #expect(throws: RecordError.badSignature) {
            try stolen.verify(network: .main, now: Self.now)
        }
    }

    @Test("cannot be signed when nobody would take it")
    func refusalsToSign() throws {
        let body = try Profile(name: "Marta", activeHour: 1).encode()
        let home = Record.sharedLocation(.nameEntry, token: "marta", day: Self.now.day)
        func sign(
            _ kind: Record.Kind = .profile, expires: UnixTime = Self.later,
            location: Location? = nil, body: [UInt8]?
        ) throws -> Record {
            try Record.sign(
                kind: kind, author: Self.key(1), sequence: 1, created: Self.now,
                expires: expires, location: location, body: body, network: .main)
        }
        #expect(throws: RecordError.locationMissing) { try sign(.nameEntry, body: nil) }
        #expect(throws: RecordError.locationUnexpected) { try sign(location: home, body: body) }
        #expect(throws: RecordError.expiresBeforeCreated) {
            try sign(expires: Self.now - .milliseconds(1), body: body)
        }
        #expect(throws: RecordError.livesTooLong) {
            try sign(expires: Self.now + Record.lifeMax + .milliseconds(1), body: body)
        }
        #expect(throws: RecordError.badProfile(.malformed(.truncated))) { try sign(body: []) }
        #expect(throws: RecordError.badEntry(.truncated)) {
            try sign(.nameEntry, location: home, body: [])
        }
    }

    @Test("of the largest profile still fits")
    func largest() throws {
        let interests = (0..<10).map { String(repeating: "x", count: 31) + "\($0)" }
        let profile = try Profile(
            name: "Marta", interests: interests, bio: String(repeating: "a", count: 280),
            links: ["tel:" + String(repeating: "7", count: 108)], activeHour: 497_619)
        #expect(profile.encode().count == Profile.bytesMax)
        let record = try Record.sign(
            kind: .profile, author: Self.key(1), sequence: .max, created: Self.now,
            expires: Self.later, location: nil, body: profile.encode(), network: .main)
        #expect(record.encoded.count <= Record.bytesMax)
        #expect(record.encoded.count >= Record.bytesMax - 1)
    }

    @Test("says in a sentence what is wrong with it")
    func sentences() {
        let errors: [RecordError] = [
            .malformed(.truncated), .tooLarge, .locationMissing, .locationUnexpected,
            .expiresBeforeCreated, .livesTooLong, .createdInFuture, .sequenceInFuture, .expired,
            .badSignature, .badProfile(.regionHasDigit), .badEntry(.wrongLength),
            .entryOutsideLife, .entryMoved,
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        #expect(Set(errors.map(\.word)).count == errors.count)
        #expect(
            RecordError.badProfile(.regionHasDigit).description
                == "not a valid profile: the region has a digit; name a city or something larger")
    }
}

@Suite("The sequence clock")
struct SequenceClockTests {
    private static let now = UnixTime(milliseconds: 1_791_431_200_000)

    @Test("follows the wall clock, with room for 65,536 versions in a millisecond")
    func following() {
        var clock = SequenceClock()
        #expect(clock.next(after: 0, now: Self.now) == Self.now.milliseconds << 16)
        #expect(clock.next(after: 0, now: Self.now) == Self.now.milliseconds << 16 | 1)
        let next = Self.now + .milliseconds(1)
        #expect(clock.next(after: 0, now: next) == next.milliseconds << 16)
    }

    @Test("grows when the wall clock is set back and past what was stored")
    func growing() {
        var clock = SequenceClock(last: 9 << 16)
        #expect(clock.next(after: 0, now: .epoch) == 9 << 16 | 1)
        #expect(clock.next(after: 77 << 16, now: .epoch) == 77 << 16 | 1)
        #expect(clock.next(after: 0, now: .epoch) == 77 << 16 | 2)
    }

    @Test("strictly grows whatever happens")
    func law() {
        var dice = Entropy(seed: testSeed("SequenceClock", usual: 4))
        var clock = SequenceClock()
        var last: UInt64 = 0
        for _ in 0..<10_000 {
            let now = UnixTime(milliseconds: dice.below(1_000))
            let next = clock.next(after: dice.below(1_000 << 16), now: now)
            #expect(next > last)
            last = next
        }
    }
}
