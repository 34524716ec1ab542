import KithCrypto
import KithWire
import Testing

@Suite("A level secret")
struct LevelSecretTests {
    private let noon = UnixTime(milliseconds: 1_795_262_400_000)

    private func secret(_ seed: UInt64) -> LevelSecret {
        var entropy = Entropy(seed: seed)
        return LevelSecret.generate(version: 1, at: noon, from: &entropy)
    }

    private func person(_ seed: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (seed, 0, 0, 7)))
    }

    @Test("leads owner and reader to the same place, another one each day")
    func places() throws {
        let owner = person(1)
        let known = owner.publicKey
        var places = Set<Ed25519.PublicKey>()
        for day in 0..<30 as Range<UInt32> {
            let start = secret(1)
            let today = try #require(start.advanced(to: start.epoch + day))
            let reader = try today.author(of: known)
            let signer = try owner.blinded(by: today.blinding(of: known)).publicKey
            #expect(reader == signer)
            places.insert(reader)
        }
        places.insert(known)
        #expect(places.count == 31)
    }

    @Test("goes forward in any steps, never back, and not without end")
    func ratchet() throws {
        let start = secret(2)
        let once = try #require(start.advanced(to: start.epoch + 10))
        var slowly = start
        for _ in 0..<10 { slowly = try #require(slowly.advanced(to: slowly.epoch + 1)) }
        #expect(once == slowly)
        #expect(once.advanced(to: start.epoch) == nil)
        #expect(start.advanced(to: start.epoch) == start)
        #expect(start.advanced(to: start.epoch + LevelSecret.advanceMax) != nil)
        #expect(start.advanced(to: start.epoch + LevelSecret.advanceMax + 1) == nil)
    }

    @Test("begins its days at a moment of its own", arguments: [0, 1, 43_200, 86_399] as [UInt32])
    func edges(offset: UInt32) {
        var entropy = Entropy(seed: 3)
        let one = LevelSecret(
            version: 1, offsetSeconds: offset, epoch: 20_000, secret: .generate(from: &entropy))
        let start = one.start(of: 20_000)
        #expect(one.epoch(at: start) == 20_000)
        #expect(one.epoch(at: start - .milliseconds(1)) == 19_999)
        #expect(one.epoch(at: start + .seconds(86_399)) == 20_000)
        #expect(one.epoch(at: start + .seconds(86_400)) == 20_001)
        #expect(one.epoch(at: .epoch) == 0)
    }

    @Test("of another version, person or secret leads elsewhere")
    func others() throws {
        let one = secret(4)
        let newer = LevelSecret(
            version: 2, offsetSeconds: one.offsetSeconds, epoch: one.epoch, secret: one.secret)
        let ada = person(1).publicKey
        let bob = person(2).publicKey
        let places = [
            try one.author(of: ada), try newer.author(of: ada), try one.author(of: bob),
            try secret(5).author(of: ada),
        ]
        #expect(Set(places).count == 4)
    }

    @Test("draws offsets all over the day")
    func offsets() {
        var entropy = Entropy(seed: 6)
        var hours = Set<UInt32>()
        for _ in 0..<1_000 {
            let one = LevelSecret.generate(version: 1, at: noon, from: &entropy)
            #expect(one.epoch == one.epoch(at: noon))
            hours.insert(one.offsetSeconds / 3_600)
        }
        #expect(hours.count == 24)
    }
}
