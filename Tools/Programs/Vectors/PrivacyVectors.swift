import KithCrypto
import KithWire

/// Sealed records: cards with the level secret that opens them, letters, requests.
enum PrivacyVectors {
    static func all() -> [Vector] { cards() + letters() + requests() + safetyNumbers() }

    private static let network = Network.local
    private static let now = UnixTime(milliseconds: RecordVectors.now)
    /// Ada owns the cards and writes the letters; Bob reads them.
    private static let (adaByte, bobByte): (UInt8, UInt8) = (1, 2)
    private static var ada: Ed25519.PublicKey { RecordVectors.key(adaByte).publicKey }
    private static var bob: Ed25519.PublicKey { RecordVectors.key(bobByte).publicKey }

    /// The secret that Bob was given: of the epoch before the one that `now` is in.
    private static func secret(version: UInt32 = 3) -> LevelSecret {
        let bytes = BLAKE2b.hash32([7])
        let secret = bytes.withBytes { Secret32(copying: $0.bytes) }
        let given = LevelSecret(version: version, offsetSeconds: 12_345, epoch: 0, secret: secret)
        return LevelSecret(
            version: version, offsetSeconds: 12_345, epoch: given.epoch(at: now) - 1,
            secret: secret)
    }

    private static var sequence: UInt64 { (now.milliseconds - 300_000) << 16 | 0x2a5c }

    private static func record(_ bytes: [UInt8]) -> Result<Record, RecordError> {
        Result { () throws(RecordError) in try Record.decode(bytes.span.bytes) }
    }

    /// `text` sealed and signed, or what takes its place.
    private static func sealed(
        _ text: [UInt8], key: borrowing XChaChaPoly.Key,
        by signer: borrowing some Ed25519.Signer & ~Copyable, network: Network = network
    ) -> [UInt8] {
        var dice = Entropy(seed: 42)
        let author = signer.publicKey
        do throws(SealedTextError) {
            let body = try SealedText.seal(
                text, to: Record.sealedBodyBytes(.sealed), key: key, header: author.bytes,
                entropy: &dice)
            return Record.seal(
                body, as: .sealed, author: signer, sequence: sequence, location: nil,
                network: network
            ).encoded
        } catch {
            preconditionFailure("a text of a vector does not fit")
        }
    }
}

/// Cards.
extension PrivacyVectors {
    private static func cardText(isPassable: Bool) -> [UInt8] {
        do throws(ProfileError) {
            let profile = try Profile(
                name: "Ada", interests: ["chess", "Быт"], region: "Ljubljana",
                activeHour: now.hour)
            guard isPassable else { return try Card(profile).encode() }
            return try Card.passable(
                profile, day: now.day, network: network, by: RecordVectors.key(adaByte)
            ).encode()
        } catch {
            preconditionFailure("a card of a vector is none: \(error)")
        }
    }

    /// The card of the epoch `steps` after the one that Bob's secret is of.
    private static func card(
        _ text: [UInt8], steps: UInt32 = 1, version: UInt32 = 3, of byte: UInt8 = adaByte,
        network: Network = network
    ) -> [UInt8] {
        let start = secret(version: version)
        let owner = RecordVectors.key(byte)
        guard let today = start.advanced(to: start.epoch + steps),
            let signer = try? owner.blinded(by: today.blinding(of: owner.publicKey))
        else { preconditionFailure("no way to that epoch") }
        let author = signer.publicKey
        return sealed(text, key: today.cardKey(of: author), by: signer, network: network)
    }

    /// Headers: what Bob has, and the epoch that he looks at.
    private static func file(
        _ name: String, _ expect: String, _ comment: String, steps: UInt32 = 1, _ bytes: [UInt8]
    ) -> Vector {
        let given = secret()
        let epoch = given.epoch + steps
        return Vector(
            area: "card", name: name, expect: expect, comment: comment,
            headers: [
                ("network", network.name), ("identity", ada.bytes.hex),
                ("version", "\(given.version)"), ("offset", "\(given.offsetSeconds)"),
                ("secret-epoch", "\(given.epoch)"),
                ("secret", given.secret.withBytes { Hex.encode($0) }), ("epoch", "\(epoch)"),
            ],
            bytes: bytes, judge: { judge($0, epoch: epoch) })
    }

    private static func judge(_ bytes: [UInt8], epoch: UInt32) -> String {
        let record: Record
        switch self.record(bytes) {
        case .success(let read): record = read
        case .failure(let fault): return fault.word
        }
        guard record.isSigned(in: network) else { return "badSignature" }
        guard let today = secret().advanced(to: epoch), let body = record.body,
            let author = try? today.author(of: ada), author == record.author
        else { return "wrongPlace" }
        guard
            let text = try? SealedText.open(
                body, key: today.cardKey(of: author), header: author.bytes)
        else { return "unreadable" }
        guard let card = try? Card.decode(text.span.bytes) else { return "badCard" }
        let isShown = card.isPassable(from: ada, network: network, today: now.day)
        return card.passable == nil || isShown ? "ok" : "notPassable"
    }

    private static func cards() -> [Vector] {
        let plain = cardText(isPassable: false)
        let good = card(plain)
        var forged = cardText(isPassable: true)
        forged[forged.count - 1] ^= 1
        return [
            file("today", "ok", "one epoch after the one that the secret is of", good),
            file("same-epoch", "ok", "the epoch of the secret", steps: 0, card(plain, steps: 0)),
            file(
                "ten-days", "ok", "a reader who was away carries the secret forward", steps: 10,
                card(plain, steps: 10)),
            file(
                "passable", "ok", "contacts may show it to theirs",
                card(cardText(isPassable: true))),
            file("blank", "badCard", "the empty text", card([])),
            file(
                "passable-forged", "notPassable", "the person did not sign that it may be shown",
                card(forged)),
            file("trailing", "badCard", "a byte behind the card", card(plain + [0])),
            file("other-epoch", "wrongPlace", "the card of the day after", card(plain, steps: 2)),
            file(
                "other-version", "wrongPlace", "after the secret was replaced",
                card(plain, version: 4)),
            file(
                "other-person", "wrongPlace", "the same secret, somebody else",
                card(plain, of: bobByte)),
            file(
                "other-network", "badSignature", "signed for the public network",
                card(plain, network: .main)),
            file(
                "altered", "badSignature", "a bit of the sealed text",
                good.replacing(at: 300, with: good[300] ^ 1)),
            file("short", "malformed", "the last byte is missing", Array(good.dropLast())),
        ]
    }
}

/// Letters.
extension PrivacyVectors {
    private static func pair(network: Network = network) -> PairSecret {
        do throws(CryptoError) {
            return try PairSecret(own: RecordVectors.key(adaByte), other: bob, network: network)
        } catch {
            preconditionFailure("no pair")
        }
    }

    private static func letterText() -> [UInt8] {
        let node = NodeRecord(
            key: RecordVectors.key(9).agreementKey().publicKey, nonce: 5, id: Point(), v4: Cast.v4)
        return Letter(
            number: 4, read: 2, grant: Letter.Grant(level: .friends, secret: secret()), node: node
        ).encode()
    }

    private static func letter(
        _ text: [UInt8], from sender: Ed25519.PublicKey, epoch: UInt32
    ) -> [UInt8] {
        let pair = pair()
        return sealed(
            text, key: pair.letterKey(from: sender, epoch: epoch),
            by: pair.mailbox(from: sender, epoch: epoch))
    }

    /// Headers: Bob's seed, whose letters he looks for, and the epoch.
    private static func file(
        _ name: String, _ expect: String, _ comment: String, letter bytes: [UInt8]
    ) -> Vector {
        let epoch = pair().epoch(at: now)
        return Vector(
            area: "letter", name: name, expect: expect, comment: comment,
            headers: [
                ("network", network.name), ("reader-seed", BLAKE2b.hash32([bobByte]).hex),
                ("sender", ada.bytes.hex), ("now", "\(now.milliseconds)"), ("epoch", "\(epoch)"),
            ],
            bytes: bytes, judge: { judge($0, letterOf: epoch) })
    }

    private static func judge(_ bytes: [UInt8], letterOf epoch: UInt32) -> String {
        guard case .success(let record) = record(bytes), let body = record.body,
            let pair = try? PairSecret(
                own: RecordVectors.key(bobByte), other: ada, network: network)
        else { return "malformed" }
        guard record.isSigned(in: network) else { return "badSignature" }
        guard pair.epoch(at: now) == epoch,
            record.author == pair.mailbox(from: ada, epoch: epoch).publicKey
        else { return "wrongPlace" }
        guard
            let text = try? SealedText.open(
                body, key: pair.letterKey(from: ada, epoch: epoch), header: record.author.bytes)
        else { return "unreadable" }
        return (try? Letter.decode(text.span.bytes)) == nil ? "badLetter" : "ok"
    }

    private static func letters() -> [Vector] {
        let epoch = pair().epoch(at: now)
        let text = letterText()
        let empty = Letter(number: 1, read: 0, grant: nil, node: nil).encode()
        return [
            file(
                "today", "ok", "a grant and where a node is",
                letter: letter(text, from: ada, epoch: epoch)),
            file(
                "nothing-granted", "ok", "says only that it was read",
                letter: letter(empty, from: ada, epoch: epoch)),
            file(
                "own", "wrongPlace", "in the other direction",
                letter: letter(text, from: bob, epoch: epoch)),
            file(
                "yesterday", "wrongPlace", "of the epoch before",
                letter: letter(text, from: ada, epoch: epoch - 1)),
            file(
                "trailing", "badLetter", "a byte behind the letter",
                letter: letter(text + [0], from: ada, epoch: epoch)),
        ]
    }
}

/// Requests.
extension PrivacyVectors {
    private static func request(
        message: String?, stampOff: Bool = false, naming sender: UInt8 = adaByte,
        for person: Ed25519.PublicKey? = nil
    ) -> [UInt8] {
        var dice = Entropy(seed: 43)
        do {
            let request = try ContactRequest(
                sender: RecordVectors.key(sender).publicKey, name: "Ada", message: message)
            var draft = try RequestDraft(
                request, for: person ?? bob, by: RecordVectors.key(sender), day: now.day,
                sequence: now.milliseconds << 16, network: network, entropy: &dice)
            while true {
                guard let record = draft.finish(tries: 64) else { continue }
                return record.encoded
            }
        } catch {
            preconditionFailure("a request of a vector: \(error)")
        }
    }

    /// Headers: the seed of who reads it.
    private static func file(
        _ name: String, _ expect: String, _ comment: String, request bytes: [UInt8]
    ) -> Vector {
        Vector(
            area: "request", name: name, expect: expect, comment: comment,
            headers: [
                ("network", network.name), ("reader-seed", BLAKE2b.hash32([bobByte]).hex),
                ("now", "\(now.milliseconds)"),
            ],
            bytes: bytes, judge: judgeRequest)
    }

    private static func judgeRequest(_ bytes: [UInt8]) -> String {
        let record: Record
        switch self.record(bytes) {
        case .success(let read): record = read
        case .failure(let fault): return fault.word
        }
        do throws(RecordError) {
            try record.verify(network: network, now: now)
        } catch {
            return error.word
        }
        guard record.location == ContactRequest.mailbox(of: bob, day: now.day) else {
            return "wrongPlace"
        }
        let sealed = Array((record.body ?? []).dropFirst(8))
        do throws(ContactRequestError) {
            let read = try ContactRequest.open(
                sealed, by: RecordVectors.key(bobByte), network: network)
            return read.sender == ada ? "ok" : "otherSender"
        } catch {
            return error == .unreadable ? "unreadable" : "badRequest"
        }
    }

    private static func requests() -> [Vector] {
        let good = request(message: "We met at the chess club")
        let bodyStart = 640 - 67 - 486
        return [
            file("right", "ok", "with a name and a message", request: good),
            file("wordless", "ok", "with a name alone", request: request(message: nil)),
            file(
                "stamp-missing", "badStamp", "the stamp is another number",
                request: good.replacing(at: bodyStart, with: good[bodyStart] ^ 0x80)),
            file(
                "for-another", "wrongPlace", "left at somebody else's",
                request: request(message: nil, for: ada)),
        ]
    }
}

/// Safety numbers.
extension PrivacyVectors {
    private static func safetyNumbers() -> [Vector] {
        let text = SafetyNumber.text(of: ada, and: bob)
        return [
            Vector(
                area: "safety", name: "two-people", expect: "ok", comment: "sixty digits, as ASCII",
                headers: [("one", ada.bytes.hex), ("other", bob.bytes.hex)],
                bytes: Array(text.utf8),
                judge: { bytes in
                    bytes == Array(SafetyNumber.text(of: bob, and: ada).utf8) ? "ok" : "otherNumber"
                })
        ]
    }
}
