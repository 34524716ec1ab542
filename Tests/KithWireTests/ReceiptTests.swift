import KithCrypto
import KithWire
import Testing

@Suite("A receipt")
struct ReceiptTests {
    private static let expires = UnixTime(milliseconds: 1_791_431_200_000)
    private static let location = Record.sharedLocation(.nameEntry, token: "marta", day: 1)

    private static func key(_ number: UInt64) -> Ed25519.SecretKey {
        var dice = Entropy(seed: number)
        return Ed25519.SecretKey.generate(from: &dice)
    }

    private static func receipt() -> Receipt {
        Receipt.sign(
            location: location, author: key(1).publicKey, sequence: 7, until: expires,
            network: .main, with: key(2))
    }

    @Test("convinces whoever knows the key of the node")
    func honest() throws {
        let node = Self.key(2).agreementKey().publicKey
        try Self.receipt().verify(network: .main, node: node)
    }

    @Test("proves nothing with any part changed")
    func changed() {
        let node = Self.key(2).agreementKey().publicKey
        let good = Self.receipt()
        func altered(
            location: Location? = nil, author: Ed25519.PublicKey? = nil, sequence: UInt64 = 7,
            expires: UnixTime = Self.expires
        ) -> Receipt {
            Receipt(
                location: location ?? good.location, author: author ?? good.author,
                sequence: sequence, expires: expires, signer: good.signer,
                signature: good.signature)
        }
        let forgeries = [
            altered(location: good.location.flippingBit(at: 255)),
            altered(author: Self.key(3).publicKey), altered(sequence: 8),
            altered(expires: Self.expires + .milliseconds(1)),
        ]
        for forgery in forgeries {
            #expect(throws: ReceiptError.badSignature) {
                try forgery.verify(network: .main, node: node)
            }
        }
        #expect(throws: ReceiptError.badSignature) {
            try good.verify(network: .local, node: node)
        }
    }

    @Test("of one node is none of another")
    func foreign() {
        let other = Self.key(3).agreementKey().publicKey
        #expect(throws: ReceiptError.foreignSigner) {
            try Self.receipt().verify(network: .main, node: other)
        }
    }

    @Test("signed by a key of low order is refused before anything else")
    func weak() throws {
        let neutral = Ed25519.PublicKey(
            try #require(Bytes32([1] + [UInt8](repeating: 0, count: 31))))
        let good = Self.receipt()
        let weak = Receipt(
            location: good.location, author: good.author, sequence: good.sequence,
            expires: good.expires, signer: neutral, signature: good.signature)
        #expect(throws: ReceiptError.weakSigner) {
            try weak.verify(network: .main, node: X25519.PublicKey(Bytes32()))
        }
    }
}

@Suite("An identity as text")
struct IdentityTextTests {
    /// The bytes 0…31; the texts below were computed with Python's hashlib and base64.
    private static func identity() throws -> Ed25519.PublicKey {
        Ed25519.PublicKey(try #require(Bytes32((0..<32).map { UInt8($0) })))
    }
    private static let text = "kith1aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypri6fbd4"

    @Test("is written and read as the specification says")
    func published() throws {
        #expect(IdentityText.encode(try Self.identity()) == Self.text)
        #expect(try IdentityText.parse(Self.text) == Self.identity())
        #expect(IdentityText.fingerprint(of: try Self.identity()) == "c6ba-492a-4abb-a573")
    }

    @Test("is refused with any character mistyped")
    func mistyped() {
        let letters = Array(Self.text)
        for index in letters.indices {
            var typed = letters
            typed[index] = typed[index] == "b" ? "c" : "b"
            #expect(throws: IdentityText.Fault.self) { try IdentityText.parse(String(typed)) }
        }
    }

    @Test("is refused with a word that says why")
    func faults() {
        #expect(throws: IdentityText.Fault.missingPrefix) { try IdentityText.parse("kith2aa") }
        #expect(throws: IdentityText.Fault.wrongLength) {
            try IdentityText.parse(String(Self.text.dropLast()))
        }
        #expect(throws: IdentityText.Fault.foreignCharacter) {
            try IdentityText.parse("kith1" + Self.text.dropFirst(5).uppercased())
        }
        #expect(throws: IdentityText.Fault.wrongChecksum) {
            try IdentityText.parse("kith1b" + Self.text.dropFirst(6))
        }
    }
}
