import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A token to store")
struct StoreTokensTests {
    let location = RecordMaker.location("jonas")
    let ada = Peer(
        key: X25519.PublicKey(Bytes32(bigEndianWords: (1, 2, 3, 4))),
        address: RecordMaker.address(1))

    @Test("is good for its peer and location only")
    func binding() {
        var entropy = Entropy(seed: 1)
        var tokens = StoreTokens(entropy: &entropy, at: .start)
        let token = tokens.issue(to: ada, for: location, at: .start, entropy: &entropy)
        let otherKey = Peer(key: X25519.PublicKey(Bytes32()), address: ada.address)
        let otherPort = Peer(key: ada.key, address: ada.address.with(port: 1))
        let otherHost = Peer(key: ada.key, address: RecordMaker.address(2))
        func accepted(_ peer: Peer, _ location: Location) -> Bool {
            tokens.accepts(token, from: peer, for: location, at: .start, entropy: &entropy)
        }
        #expect(accepted(ada, location))
        #expect(!accepted(otherKey, location))
        #expect(!accepted(otherPort, location))
        #expect(!accepted(otherHost, location))
        #expect(!accepted(ada, RecordMaker.location("weber")))
    }

    @Test(
        "lasts through one change of the secret, not through two",
        arguments: [
            (0, 299, true), (0, 300, true), (299, 599, true), (0, 599, true), (0, 600, false),
            (299, 600, false), (301, 899, true), (301, 900, false), (0, 100_000, false),
        ])
    func life(issued: Int, used: Int, isGood: Bool) {
        var entropy = Entropy(seed: 2)
        var tokens = StoreTokens(entropy: &entropy, at: .start)
        let token = tokens.issue(
            to: ada, for: location, at: .start + .seconds(issued), entropy: &entropy)
        let accepted = tokens.accepts(
            token, from: ada, for: location, at: .start + .seconds(used), entropy: &entropy)
        #expect(accepted == isGood)
    }

    @Test("of another node is refused")
    func stranger() {
        var entropy = Entropy(seed: 3)
        var ours = StoreTokens(entropy: &entropy, at: .start)
        var theirs = StoreTokens(entropy: &entropy, at: .start)
        let token = theirs.issue(to: ada, for: location, at: .start, entropy: &entropy)
        #expect(!ours.accepts(token, from: ada, for: location, at: .start, entropy: &entropy))
    }

    @Test("is the code that the specification writes down")
    func layout() {
        var entropy = Entropy(seed: 4)
        var tokens = StoreTokens(entropy: &entropy, at: .start)
        let token = tokens.issue(to: ada, for: location, at: .start, entropy: &entropy)
        var copy = Entropy(seed: 4)
        let secret = copy.bytes32()
        var input = Array("kith/token/v1\0".utf8)
        input += [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 5, 5, 1, 1]  // ::ffff:5.5.1.1
        input += [0x15, 0x6c]  // port 5484
        input += ada.key.bytes.bytes + location.bytes.bytes
        #expect(token == BLAKE2b.mac16(key: secret, over: input.span.bytes))
    }
}
