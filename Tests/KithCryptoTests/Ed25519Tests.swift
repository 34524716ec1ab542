import Testing

@testable import KithCrypto

@Suite("Ed25519")
struct Ed25519Tests {
    struct Known: Sendable {
        let seed, key, message, signature: String
    }

    /// RFC 8032 section 7.1, tests 1 to 3.
    static let known = [
        Known(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Known(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Known(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]

    @Test("agrees with RFC 8032", arguments: known)
    func rfc(known: Known) throws {
        let message = try bytes(known.message)
        let key = Ed25519.SecretKey(seed: try bytes32(known.seed))
        let publicKey = key.publicKey
        let signature = key.sign(message)
        #expect(publicKey.bytes.hex == known.key)
        #expect(Hex.encode(signature.bytes) == known.signature)
        #expect(publicKey.verify(signature, over: message))
        #expect(!publicKey.verify(signature, over: message + [0]))
    }

    @Test("refuses a signature with any bit changed", arguments: 0..<64)
    func tampering(byte: Int) throws {
        let key = Ed25519.SecretKey(seed: Bytes32())
        let publicKey = key.publicKey
        let good = key.sign([1, 2, 3]).bytes
        for bit in 0..<8 {
            var bad = good
            bad[byte] ^= 1 << UInt8(bit)
            let signature = try #require(Ed25519.Signature(bad))
            #expect(!publicKey.verify(signature, over: [1, 2, 3]))
        }
    }

    /// S and S plus the group order verify alike in the equation; only the smaller is allowed.
    @Test("refuses a signature whose S is written with the group order added")
    func malleability() throws {
        let key = Ed25519.SecretKey(seed: Bytes32())
        let publicKey = key.publicKey
        let order = try bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var array = key.sign([7]).bytes
        var carry = 0
        for index in 0..<32 {
            carry += Int(array[32 + index]) + Int(order[index])
            array[32 + index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        let signature = try #require(Ed25519.Signature(array))
        #expect(carry == 0)
        #expect(!publicKey.verify(signature, over: [7]))
    }

    @Test("takes 64 bytes for a signature and nothing else", arguments: [0, 63, 65])
    func length(count: Int) {
        #expect(Ed25519.Signature([UInt8](repeating: 0, count: count)) == nil)
    }

    @Test("grows the same key from the same entropy, and gives the seed back")
    func generating() {
        var entropy = Entropy(seed: 21)
        let key = Ed25519.SecretKey.generate(from: &entropy)
        let again = Ed25519.SecretKey(seed: grownFrom(key))
        let both = [key.publicKey, again.publicKey]
        #expect(both[0] == both[1])
        let other = Ed25519.SecretKey.generate(from: &entropy).publicKey
        #expect(both[0] != other)
    }

    @Test("converts both halves to the same agreement key")
    func agreement() throws {
        var entropy = Entropy(seed: seed(22))
        for _ in 0..<20 {
            let key = Ed25519.SecretKey.generate(from: &entropy)
            let fromSecret = key.agreementKey().publicKey
            let fromPublic = try key.publicKey.agreementKey()
            #expect(fromSecret == fromPublic)
        }
    }

    private func grownFrom(_ key: borrowing Ed25519.SecretKey) -> Bytes32 {
        key.withSeed { Bytes32(copying: $0) }
    }
}

@Suite("A dangerous Ed25519 key")
struct DangerousKeyTests {
    @Test("is refused by the installed library, as the start-up test finds")
    func selfTest() throws {
        try Ed25519.selfTest()
    }

    @Test(
        "of low or mixed order has no agreement key",
        arguments: Ed25519.lowOrderPoints + Ed25519.mixedOrderPoints)
    func agreement(point: String) throws {
        let key = Ed25519.PublicKey(try bytes32(point))
        #expect(throws: CryptoError.weakKey) { try key.agreementKey() }
    }

    @Test("of low order verifies nothing", arguments: Ed25519.lowOrderPoints)
    func verification(point: String) throws {
        let key = Ed25519.PublicKey(try bytes32(point))
        for encoded in Ed25519.lowOrderPoints + [Ed25519.basePoint] {
            let array = try bytes(encoded) + [UInt8](repeating: 0, count: 32)
            let signature = try #require(Ed25519.Signature(array))
            for message in 0..<16 as Range<UInt8> {
                #expect(!key.verify(signature, over: [message]))
            }
        }
    }

    /// y = p + 1 is another spelling of y = 1, p of 0; and the sign bit of x = 0 is one more.
    @Test(
        "in a second spelling is refused",
        arguments: [
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ])
    func canonical(point: String) throws {
        let key = Ed25519.PublicKey(try bytes32(point))
        let array = [1] + [UInt8](repeating: 0, count: 63)
        let signature = try #require(Ed25519.Signature(array))
        #expect(!key.verify(signature, over: []))
        #expect(throws: CryptoError.weakKey) { try key.agreementKey() }
    }
}

@Suite("Ed25519 vectors of Wycheproof")
struct Ed25519VectorTests {
    struct Group: Decodable {
        struct Key: Decodable {
            let pk: String
        }
        struct Case: Decodable {
            let tcId: Int
            let msg: String
            let sig: String
            let result: Verdict
        }
        let publicKey: Key
        let tests: [Case]
    }

    @Test("all 151 pass; none needs an exception")
    func all() throws {
        let file: Wycheproof<Group> = try VectorFile.load("wycheproof/ed25519_test.json")
        var checked = 0
        for group in file.testGroups {
            let key = Ed25519.PublicKey(try bytes32(group.publicKey.pk))
            for test in group.tests {
                let message = try bytes(test.msg)
                // Signatures of another length cannot even be expressed.
                let signature = Ed25519.Signature(try bytes(test.sig))
                let verified = signature.map { key.verify($0, over: message) } ?? false
                #expect(verified == (test.result == .valid), "case \(test.tcId)")
                checked += 1
            }
        }
        #expect(checked == 151)
        #expect(checked == file.numberOfTests)
    }
}
