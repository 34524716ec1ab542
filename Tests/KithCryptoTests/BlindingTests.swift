import Testing

@testable import KithCrypto

@Suite("A blinded key")
struct BlindingTests {
    private func factor(_ number: UInt64) -> Ed25519.BlindingFactor {
        let uniform = SHA512.hash([UInt8](copying: number))
        return Ed25519.BlindingFactor(reducing: uniform.span.bytes)
    }

    private func key(_ number: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (number, 2, 3, 4)))
    }

    @Test(
        "is the same whether its owner or a reader makes it",
        arguments: 1...32 as ClosedRange<UInt64>)
    func bothSides(number: UInt64) throws {
        let owner = key(number)
        let secret = try owner.blinded(by: factor(number))
        let (mine, theirs) = (secret.publicKey, try owner.publicKey.blinded(by: factor(number)))
        #expect(mine == theirs)
        let plain = owner.publicKey
        #expect(mine != plain)
    }

    @Test("signs what anybody can check who knows it, and nobody else's signature passes")
    func signing() throws {
        let secret = try key(1).blinded(by: factor(1))
        let publicKey = secret.publicKey
        let signature = secret.sign([1, 2, 3])
        #expect(publicKey.verify(signature, over: [1, 2, 3]))
        #expect(!publicKey.verify(signature, over: [1, 2, 4]))
        #expect(!key(1).publicKey.verify(signature, over: [1, 2, 3]))
        #expect(!publicKey.verify(key(1).sign([1, 2, 3]), over: [1, 2, 3]))
        let again = secret.sign([1, 2, 3])
        #expect(again == signature)
        let empty = secret.sign([])
        #expect(publicKey.verify(empty, over: []))
    }

    /// Two signatures with one nonce give the secret away.
    @Test("never shares a nonce with another factor or message")
    func nonces() throws {
        var points = Set<[UInt8]>()
        for number in 1...8 as ClosedRange<UInt64> {
            let secret = try key(1).blinded(by: factor(number))
            for message in 0..<8 as Range<UInt8> {
                points.insert(Array(secret.sign([message]).bytes.prefix(32)))
            }
        }
        points.insert(Array(key(1).sign([0]).bytes.prefix(32)))
        #expect(points.count == 65)
    }

    /// The library is asked here what the standard says, by another way: a factor of one changes
    /// nothing but the nonce, and factors multiply.
    @Test("is the key times the factor")
    func arithmetic() throws {
        var one = [UInt8](repeating: 0, count: 64)
        one[0] = 1
        let same = try key(7).blinded(by: Ed25519.BlindingFactor(reducing: one.span.bytes))
        let (blinded, plain) = (same.publicKey, key(7).publicKey)
        #expect(blinded == plain)
        let signature = same.sign([5])
        #expect(plain.verify(signature, over: [5]))

        let once = try plain.blinded(by: factor(1)).blinded(by: factor(2))
        let other = try plain.blinded(by: factor(2)).blinded(by: factor(1))
        #expect(once == other)
    }

    @Test("is refused where the factor is zero, or the key outside the main group")
    func refusals() throws {
        let zero = [UInt8](repeating: 0, count: 64)
        #expect(throws: CryptoError.weakKey) {
            _ = try key(1).blinded(by: Ed25519.BlindingFactor(reducing: zero.span.bytes))
        }
        #expect(throws: CryptoError.weakKey) {
            _ = try key(1).publicKey.blinded(
                by: Ed25519.BlindingFactor(reducing: zero.span.bytes))
        }
        for text in Ed25519.lowOrderPoints + Ed25519.mixedOrderPoints {
            let point = Ed25519.PublicKey(try #require(Bytes32(hex: text)))
            #expect(throws: CryptoError.weakKey) { _ = try point.blinded(by: factor(1)) }
        }
    }
}

extension [UInt8] {
    fileprivate init(copying number: UInt64) {
        self = Swift.withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }
}
