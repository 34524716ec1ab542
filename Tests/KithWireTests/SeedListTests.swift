import KithCrypto
import KithWire
import Testing

@Suite("A seed list")
struct SeedListTests {
    private static let name = "seeds.kith.example"
    private static let now = UnixTime(milliseconds: 1_791_431_200_000)

    private static func key(_ number: UInt64) -> Ed25519.SecretKey {
        var dice = Entropy(seed: number)
        return Ed25519.SecretKey.generate(from: &dice)
    }

    private static func trusted(_ number: UInt64) throws -> SeedListKey {
        try #require(SeedListKey(name: name, publicKey: key(number).publicKey))
    }

    private static func node(_ number: UInt16) -> NodeRecord {
        NodeRecord(
            key: X25519.PublicKey(BLAKE2b.hash32([0, UInt8(number)])), nonce: 1,
            id: Point(BLAKE2b.hash32([1, UInt8(number)])),
            v4: Address(v4: 0xCB00_7101, port: 5_484 + number), v6: nil)
    }

    private static func list(seeds: Int = 2, sequence: UInt64 = 7) throws -> SeedList {
        try SeedList(
            network: .main, sequence: sequence, expires: SeedListDate(day: now.day + 30),
            seeds: (0..<seeds).map { node(UInt16($0)) })
    }

    @Test("comes back from its text and holds until the day it expires")
    func roundTrip() throws {
        var list = try Self.list(seeds: 64)
        try list.sign(as: Self.name, with: Self.key(1))
        let read = try SeedList.parse(Array(list.text.utf8))
        #expect(read == list)
        #expect(list.text.utf8.count < SeedList.bytesMax)
        let last = list.expires.start - .milliseconds(1)
        try read.verify(keys: [Self.trusted(1)], network: .main, now: last, newest: 7)
        #expect(throws: SeedListError.expired) {
            try read.verify(keys: [Self.trusted(1)], network: .main, now: list.expires.start)
        }
    }

    @Test("holds with one of several keys while they are rotated")
    func rotation() throws {
        var list = try Self.list()
        try list.sign(as: Self.name, with: Self.key(1))
        try list.sign(as: Self.name, with: Self.key(2))
        for number in [1, 2] as [UInt64] {
            try list.verify(keys: [Self.trusted(number)], network: .main, now: Self.now)
        }
        #expect(throws: SeedListError.unknownSigner) {
            try list.verify(keys: [Self.trusted(3)], network: .main, now: Self.now)
        }
        #expect(throws: SeedListError.unknownSigner) {
            try list.verify(keys: [], network: .main, now: Self.now)
        }
    }

    @Test("is refused with any bit turned around")
    func bitFlips() throws {
        var list = try Self.list()
        try list.sign(as: Self.name, with: Self.key(1))
        let original = Array(list.text.utf8)
        let keys = [try Self.trusted(1)]
        #expect(Self.isAccepted(original, keys: keys))
        var accepted: [Int] = []
        for bit in 0..<original.count * 8 {
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            if Self.isAccepted(bytes, keys: keys) { accepted.append(bit) }
        }
        #expect(accepted.isEmpty)
    }

    @Test("cannot be made without nodes, with too many, or with one twice")
    func making() {
        #expect(throws: SeedListError.noSeeds) { try Self.list(seeds: 0) }
        #expect(throws: SeedListError.tooManySeeds) { try Self.list(seeds: 65) }
        #expect(throws: SeedListError.repeatedSeed(line: 5)) {
            try SeedList(
                network: .main, sequence: 1, expires: SeedListDate(day: 1),
                seeds: [Self.node(1), Self.node(1)])
        }
    }

    @Test("is signed at most eight times, once by each key, under a plain name")
    func signing() throws {
        var list = try Self.list()
        for number in 1...8 as ClosedRange<UInt64> {
            try list.sign(as: Self.name, with: Self.key(number))
        }
        #expect(throws: SeedListError.tooManySignatures) {
            try list.sign(as: Self.name, with: Self.key(9))
        }
        var twice = try Self.list()
        try twice.sign(as: Self.name, with: Self.key(1))
        #expect(throws: SeedListError.tooManySignatures) {
            try twice.sign(as: Self.name, with: Self.key(1))
        }
        #expect(throws: SeedListError.badSignatureLine(line: 8)) {
            try twice.sign(as: "two words", with: Self.key(2))
        }
    }

    @Test("of more than 64 KiB is not even read")
    func tooLarge() {
        let bytes = [UInt8](repeating: 0x20, count: SeedList.bytesMax + 1)
        #expect(throws: SeedListError.tooLarge) { try SeedList.parse(bytes) }
        #expect(throws: SeedListError.badHeader) { try SeedList.parse(Array(bytes.dropLast())) }
    }

    @Test("is checked with a key that is written like that of a signed note")
    func keys() throws {
        // Computed with Python's hashlib: the key is the bytes 0…31.
        let raw = Ed25519.PublicKey(try #require(Bytes32((0..<32).map { UInt8($0) })))
        let key = try #require(SeedListKey(name: Self.name, publicKey: raw))
        let text = "seeds.kith.example+d440a347+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
        #expect(key.text == text)
        #expect(SeedListKey(text: text) == key)
        #expect(SeedListKey(text: text.replacing("d440", with: "d441")) == nil)
        #expect(SeedListKey(text: text.replacing("AQAB", with: "AgAB")) == nil)
        #expect(SeedListKey(text: text + "=") == nil)
        #expect(SeedListKey(name: "a+b", publicKey: raw) == nil)
    }

    @Test(
        "expires on a day of the calendar",
        arguments: [
            ("1970-01-01", 0), ("1999-12-31", 10_956), ("2000-02-29", 11_016),
            ("2000-03-01", 11_017), ("2026-10-08", 20_734), ("2027-02-01", 20_850),
            ("2100-02-28", 47_540), ("2100-03-01", 47_541), ("2400-02-29", 157_113),
            ("9999-12-31", 2_932_896),
        ] as [(String, UInt32)])
    func days(text: String, day: UInt32) {
        #expect(SeedListDate(Substring(text))?.day == day)
        #expect(SeedListDate(day: day).description == text)
    }

    @Test(
        "expires on no day that does not exist",
        arguments: [
            "2027-02-29", "2100-02-29", "2027-04-31", "2027-00-01", "2027-13-01", "2027-01-00",
            "1969-12-31", "2027-1-01", "2027/01/01", "+027-01-01", "2027-01-011", "",
        ])
    func noDays(text: String) {
        #expect(SeedListDate(Substring(text)) == nil)
    }

    @Test("has a text for every day that comes back as the same day")
    func allDays() {
        for day in stride(from: UInt32(0), through: SeedListDate.last.day, by: 37) {
            #expect(SeedListDate(Substring(SeedListDate(day: day).description))?.day == day)
        }
    }

    private static func isAccepted(_ bytes: [UInt8], keys: [SeedListKey]) -> Bool {
        do throws(SeedListError) {
            try SeedList.parse(bytes).verify(keys: keys, network: .main, now: now)
            return true
        } catch {
            return false
        }
    }
}
