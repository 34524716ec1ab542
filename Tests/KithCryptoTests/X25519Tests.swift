import KithCrypto
import Testing

@Suite("X25519")
struct X25519Tests {
    @Test("agrees with RFC 7748 section 6.1")
    func rfc() throws {
        let alice = secretKey(
            try bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        let bob = secretKey(
            try bytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        let keys = (alice.publicKey, bob.publicKey)
        #expect(
            keys.0.bytes.hex == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        #expect(
            keys.1.bytes.hex == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        let shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        let byAlice = try agree(alice, keys.1)
        let byBob = try agree(bob, keys.0)
        #expect(Hex.encode(byAlice) == shared)
        #expect(Hex.encode(byBob) == shared)
    }

    @Test(
        "agrees with RFC 7748 section 5.2 after many turns",
        arguments: [
            (1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"),
            (1_000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
        ])
    func iterated(turns: Int, result: String) throws {
        var scalar: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
        var point = scalar
        for _ in 0..<turns {
            let shared = try agree(scalar, point)
            point = scalar
            scalar = shared
        }
        #expect(Hex.encode(scalar) == result)
    }

    @Test("makes the same secret on both sides and another one with anybody else")
    func agreement() throws {
        var entropy = Entropy(seed: seed(31))
        let ada = X25519.SecretKey.generate(from: &entropy)
        let bob = X25519.SecretKey.generate(from: &entropy)
        let eve = X25519.SecretKey.generate(from: &entropy)
        let (byAda, byBob) = (try agree(ada, bob.publicKey), try agree(bob, ada.publicKey))
        let byEve = try agree(eve, bob.publicKey)
        #expect(byAda == byBob)
        #expect(byAda != byEve)
    }

    struct Group: Decodable {
        struct Case: Decodable {
            let tcId: Int
            let `public`: String
            let `private`: String
            let shared: String
            let result: Verdict
            let flags: [String]
        }
        let tests: [Case]
    }

    /// Our policy is stricter than the vectors in one point: they allow ("acceptable") a shared
    /// secret of zero, which low-order keys give; we refuse it, as RFC 7748 section 6.1 says.
    ///
    /// The other "acceptable" ones, twists and non-canonical keys, give what the vectors say.
    @Test("passes all 518 vectors of Wycheproof, and refuses the 31 that share nothing")
    func wycheproof() throws {
        let file: Wycheproof<Group> = try VectorFile.load("wycheproof/x25519_test.json")
        var checked = 0
        var refused = 0
        for test in file.testGroups.flatMap(\.tests) {
            let (scalar, point) = (try bytes(test.private), try bytes(test.public))
            let shared = try bytes(test.shared)
            if test.flags.contains("ZeroSharedSecret") {
                #expect(test.result == .acceptable && shared.allSatisfy { $0 == 0 })
                #expect(throws: CryptoError.weakKey, "case \(test.tcId)") {
                    try agree(scalar, point)
                }
                refused += 1
            } else {
                #expect(try agree(scalar, point) == shared, "case \(test.tcId)")
            }
            checked += 1
        }
        #expect(checked == 518)
        #expect(refused == 31)
    }

    private func secretKey(_ scalar: [UInt8]) -> X25519.SecretKey {
        X25519.SecretKey(copying: scalar.span.bytes)
    }

    private func agree(_ scalar: [UInt8], _ point: [UInt8]) throws(CryptoError) -> [UInt8] {
        try agree(secretKey(scalar), X25519.PublicKey(Bytes32(copying: point.span.bytes)))
    }

    private func agree(
        _ key: borrowing X25519.SecretKey, _ other: X25519.PublicKey
    ) throws(CryptoError) -> [UInt8] {
        let shared = try key.agree(with: other)
        return shared.bytes.withUnsafeBytes { [UInt8]($0) }
    }
}
