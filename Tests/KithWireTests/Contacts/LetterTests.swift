import KithCrypto
import KithWire
import Testing

@Suite("What two people share")
struct PairSecretTests {
    private func person(_ seed: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (seed, 1, 1, 1)))
    }

    @Test("is the same for both, and nobody else's")
    func agreement() throws {
        let (ada, bob, eve) = (person(1).publicKey, person(2).publicKey, person(3).publicKey)
        let one = try PairSecret(own: person(1), other: bob, network: .main)
        let other = try PairSecret(own: person(2), other: ada, network: .main)
        #expect(one == other && one.offsetSeconds == other.offsetSeconds)
        for stranger in [
            try PairSecret(own: person(3), other: ada, network: .main),
            try PairSecret(own: person(1), other: eve, network: .main),
            try PairSecret(own: person(1), other: bob, network: .local),
        ] {
            #expect(one != stranger)
        }
        #expect(throws: CryptoError.weakKey) {
            _ = try PairSecret(own: person(1), other: ada, network: .main)
        }
    }

    @Test("names a mailbox for each direction and day")
    func mailboxes() throws {
        let (ada, bob) = (person(1).publicKey, person(2).publicKey)
        let pair = try PairSecret(own: person(1), other: bob, network: .main)
        var keys = Set<Ed25519.PublicKey>()
        for epoch in 100..<110 as Range<UInt32> {
            for sender in [ada, bob] {
                let key = pair.mailbox(from: sender, epoch: epoch)
                keys.insert(key.publicKey)
            }
        }
        #expect(keys.count == 20)
    }

    @Test("lets a contact show that it is one, to one node and from one node")
    func passes() throws {
        let (ada, bob) = (person(1).publicKey, person(2).publicKey)
        let pair = try PairSecret(own: person(1), other: bob, network: .main)
        let nodes = (4...6).map { X25519.PublicKey(Bytes32(bigEndianWords: ($0, 0, 0, 0))) }
        let passes = [
            pair.pass(of: ada, from: nodes[0], to: nodes[1]),
            pair.pass(of: bob, from: nodes[0], to: nodes[1]),
            pair.pass(of: ada, from: nodes[1], to: nodes[0]),
            pair.pass(of: ada, from: nodes[0], to: nodes[2]),
        ]
        #expect(Set(passes).count == 4)
    }

    @Test("is shown in sixty digits that are the same for both")
    func safetyNumber() {
        let (ada, bob, eve) = (person(1).publicKey, person(2).publicKey, person(3).publicKey)
        let number = SafetyNumber.text(of: ada, and: bob)
        #expect(number == SafetyNumber.text(of: bob, and: ada))
        #expect(number != SafetyNumber.text(of: ada, and: eve))
        let groups = number.split(separator: " ")
        #expect(groups.count == 12 && groups.allSatisfy { $0.utf8.count == 5 })
        #expect(groups.joined().utf8.allSatisfy { (0x30...0x39).contains($0) })
    }
}

@Suite("A letter, a card and a request")
struct LetterTests {
    private let noon = UnixTime(milliseconds: 1_795_262_400_000)

    private func person(_ seed: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (seed, 1, 1, 1)))
    }

    @Test("are read as they were written, in one encoding")
    func roundTrip() throws {
        var entropy = Entropy(seed: 5)
        let secret = LevelSecret.generate(version: 3, at: noon, from: &entropy)
        let node = NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: 7, id: Point(entropy.bytes32()),
            v4: Address(v4: 0x0808_0808, port: 5_484))
        for letter in [
            Letter(number: 1, read: 0, grant: nil, node: nil),
            Letter(
                number: .max, read: 9, grant: .init(level: .friends, secret: secret), node: node),
        ] {
            let bytes = letter.encode()
            #expect(try Letter.decode(bytes.span.bytes) == letter)
            #expect(throws: DecodeError.self) { _ = try Letter.decode((bytes + [0]).span.bytes) }
        }
        let profile = try Profile(
            name: "Ada", interests: ["chess"], region: "Ljubljana", activeHour: noon.hour)
        let plain = try Card(profile)
        #expect(try Card.decode(plain.encode().span.bytes) == plain)
        #expect(!plain.isPassable(from: person(1).publicKey, network: .main, today: noon.day))
    }

    @Test("may be shown on for a week, when the person allowed it")
    func passable() throws {
        let profile = try Profile(name: "Ada", activeHour: noon.hour)
        let card = try Card.passable(profile, day: noon.day, network: .main, by: person(1))
        let read = try Card.decode(card.encode().span.bytes)
        #expect(read == card)
        let ada = person(1).publicKey
        #expect(read.isPassable(from: ada, network: .main, today: noon.day))
        #expect(read.isPassable(from: ada, network: .main, today: noon.day + 7))
        #expect(!read.isPassable(from: ada, network: .main, today: noon.day + 8))
        #expect(read.isPassable(from: ada, network: .main, today: noon.day - 1))
        #expect(!read.isPassable(from: ada, network: .main, today: noon.day - 2))
        #expect(!read.isPassable(from: person(2).publicKey, network: .main, today: noon.day))
        #expect(!read.isPassable(from: ada, network: .local, today: noon.day))
    }

    @Test("of a card that does not fit are refused with their size")
    func tooLarge() throws {
        let profile = try Profile(
            name: "Ada", bio: String(repeating: "a", count: 280),
            links: ["https://example.org/" + String(repeating: "a", count: 100)],
            activeHour: noon.hour)
        let bytes = profile.encode().count
        #expect(throws: ProfileError.tooLarge(bytes: bytes)) { _ = try Card(profile) }
    }

    @Test("to a stranger can be read by that person alone, who is sure of the sender")
    func request() throws {
        var entropy = Entropy(seed: 6)
        let (ada, bob) = (person(1).publicKey, person(2).publicKey)
        let request = try ContactRequest(
            sender: ada, name: "Ada", message: "We met at the chess club")
        var draft = try RequestDraft(
            request, for: bob, by: person(1), day: noon.day, sequence: noon.milliseconds << 16,
            network: .local, entropy: &entropy)
        var made: Record?
        var slices = 0
        while made == nil {
            made = draft.finish(tries: 16)
            slices += 1
        }
        let record = try #require(made)
        #expect(slices > 1)
        #expect(record.encoded.count == 640)
        #expect(record.location == ContactRequest.mailbox(of: bob, day: noon.day))
        #expect(record.author != ada)
        let read = try Record.decode(record.encoded.span.bytes)
        try read.verify(network: .local, now: noon)
        let sealed = Array(try #require(read.body).dropFirst(8))
        #expect(try ContactRequest.open(sealed, by: person(2), network: .local) == request)
        #expect(throws: ContactRequestError.unreadable) {
            _ = try ContactRequest.open(sealed, by: person(3), network: .local)
        }
        #expect(throws: ContactRequestError.unreadable) {
            _ = try ContactRequest.open(sealed, by: person(2), network: .main)
        }
        // The public network wants a thousand times the work.
        #expect(throws: RecordError.badStamp) { try read.verify(network: .main, now: noon) }
    }
}
