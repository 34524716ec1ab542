import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Errands")
struct PatrolTests {
    private func errand(part: Int = 0) -> Errand {
        let address = Address(v4: 0x0808_0808, port: 5_484)
        let node = NodeRecord(
            key: X25519.PublicKey(Bytes32()), nonce: 0, id: Point(), v4: address)
        return Errand(location: Point(), target: node, address: address, part: part)
    }

    private func people(_ count: Int) -> [Ed25519.PublicKey] {
        var entropy = Entropy(seed: UInt64(count))
        return (0..<count).map { _ in Ed25519.PublicKey(entropy.bytes32()) }
    }

    @Test("of two nodes bring different parts of a location that one cannot bring whole")
    func parts() {
        let lacking = people(150)
        var (first, second) = (errand(part: 0), errand(part: 1))
        first.choose(among: lacking, limit: 64)
        second.choose(among: lacking.reversed(), limit: 64)
        #expect(first.authors.count == 64 && second.authors.count == 64)
        #expect(Set(first.authors).isDisjoint(with: second.authors))
        #expect(!first.isWhole && !second.isWhole)
        var third = errand(part: 2)
        third.choose(among: lacking, limit: 64)
        #expect(Set(first.authors + second.authors + third.authors) == Set(lacking))
    }

    @Test("bring everything that fits, whoever brings it")
    func whole() {
        let lacking = people(64)
        var one = errand(part: 5)
        one.choose(among: lacking, limit: 64)
        #expect(one.isWhole && Set(one.authors) == Set(lacking))
    }

    @Test("that are done take up no more room than those that wait")
    func room() {
        var patrol = Patrol()
        for _ in 0..<10_000 {
            #expect(patrol.add(errand(), limit: 8) == (patrol.waiting <= 8))
            if patrol.waiting == 8 { _ = patrol.take() }
            #expect(patrol.waiting <= 8 && patrol.remembered <= 16)
        }
        while patrol.take() != nil {}
        #expect(patrol.remembered == 0)
    }
}
