import KithCrypto
import KithWire
import Testing

@Suite("A sealed record")
struct SealedRecordTests {
    private let noon = UnixTime(milliseconds: 1_795_262_400_000)

    /// A card of one person, as published at `now`.
    private func card(
        _ secret: LevelSecret, of person: borrowing Ed25519.SecretKey, at now: UnixTime,
        text: [UInt8] = Array("a card".utf8), _ entropy: inout Entropy
    ) throws -> Record {
        let today = try #require(secret.advanced(to: secret.epoch(at: now)))
        let signer = try person.blinded(by: today.blinding(of: person.publicKey))
        let author = signer.publicKey
        let body = try SealedText.seal(
            text, to: Record.sealedBodyBytes(.sealed), key: today.cardKey(of: author),
            header: author.bytes, entropy: &entropy)
        return Record.seal(
            body, as: .sealed, author: signer,
            sequence: now.milliseconds << 16 | entropy.below(65_536), location: nil,
            network: .main)
    }

    @Test("has 640 bytes whatever it says, and verifies like any other")
    func size() throws {
        var entropy = Entropy(seed: 1)
        let ada = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (1, 2, 3, 4)))
        let secret = LevelSecret.generate(version: 1, at: noon, from: &entropy)
        let room = SealedText.textBytesMax(in: Record.sealedBodyBytes(.sealed))
        #expect(room == 480)
        for count in [0, 1, 200, room] {
            let text = entropy.bytes(count)
            let record = try card(secret, of: ada, at: noon, text: text, &entropy)
            #expect(record.encoded.count == 640)
            let read = try Record.decode(record.encoded.span.bytes)
            #expect(read == record && read.location == record.location)
            try read.verify(network: .main, now: noon)
            #expect(read.expires == noon + Record.lifeMax)
            #expect(throws: RecordError.badSignature) {
                try read.verify(network: .local, now: noon)
            }
            #expect(throws: RecordError.expired) {
                try read.verify(network: .main, now: noon + Record.lifeMax)
            }
            #expect(read.isSigned(in: .main))
            let body = try #require(read.body)
            let opened = try SealedText.open(
                body, key: secret.cardKey(of: read.author), header: read.author.bytes)
            #expect(opened == text)
        }
        #expect(throws: SealedTextError.tooLong(bytes: room + 1)) {
            _ = try card(
                secret, of: ada, at: noon, text: [UInt8](repeating: 1, count: room + 1), &entropy)
        }
    }

    @Test("is refused with any byte changed or missing, or one more")
    func damage() throws {
        var entropy = Entropy(seed: 2)
        let ada = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (1, 2, 3, 4)))
        let secret = LevelSecret.generate(version: 1, at: noon, from: &entropy)
        let good = try card(secret, of: ada, at: noon, &entropy).encoded
        for index in good.indices {
            var bad = good
            bad[index] ^= 1 << UInt8(entropy.below(8))
            #expect(throws: RecordError.self) {
                try Record.decode(bad.span.bytes).verify(network: .main, now: noon)
            }
        }
        #expect(throws: RecordError.self) {
            _ = try Record.decode(Array(good.dropLast()).span.bytes)
        }
        #expect(throws: RecordError.self) { _ = try Record.decode((good + [0]).span.bytes) }
    }

    @Test("opens with the secret of its level, person and day alone")
    func secrecy() throws {
        var entropy = Entropy(seed: 3)
        let ada = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (1, 2, 3, 4)))
        let secret = LevelSecret.generate(version: 1, at: noon, from: &entropy)
        let other = LevelSecret.generate(version: 1, at: noon, from: &entropy)
        let record = try card(secret, of: ada, at: noon, &entropy)
        let body = try #require(record.body)
        let tomorrow = try #require(secret.advanced(to: secret.epoch + 1))
        for wrong in [other, tomorrow] {
            #expect(throws: SealedTextError.unreadable) {
                _ = try SealedText.open(
                    body, key: wrong.cardKey(of: record.author), header: record.author.bytes)
            }
        }
        #expect(throws: SealedTextError.unreadable) {
            _ = try SealedText.open(
                body, key: secret.cardKey(of: record.author), header: Bytes32())
        }
    }

    @Test("shares no more than eight bytes in a row with another of the same person")
    func unlinkable() throws {
        let seed = testSeed("unlinkable", usual: 4)
        var entropy = Entropy(seed: seed)
        var common = 0
        for person in 0..<100 as Range<UInt64> {
            let key = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (person, 9, 9, 9)))
            let contacts = LevelSecret.generate(version: 1, at: noon, from: &entropy)
            let friends = LevelSecret.generate(version: 1, at: noon, from: &entropy)
            // Both levels on two days: four places.
            var seen: [Window: Int] = [:]
            for place in 0..<4 {
                let time = place / 2 * 86_400_000 + Int(entropy.below(600_000))
                let level = place % 2 == 0 ? contacts : friends
                let record = try card(level, of: key, at: noon + .milliseconds(time), &entropy)
                for window in windows(of: record.encoded) {
                    if let other = seen.updateValue(place, forKey: window), other != place {
                        common += 1
                    }
                }
            }
        }
        #expect(common == 0, "\(common) runs of nine bytes are in two records, seed \(seed)")
    }

    /// Nine bytes in a row.
    private struct Window: Hashable {
        var first: UInt64 = 0
        var last: UInt8 = 0
    }

    /// All runs of nine bytes.
    private func windows(of bytes: [UInt8]) -> [Window] {
        var window = Window()
        var found: [Window] = []
        for (index, byte) in bytes.enumerated() {
            window.first = window.first << 8 | UInt64(window.last)
            window.last = byte
            if index >= 8 { found.append(window) }
        }
        return found
    }
}
