import KithCrypto

@testable import KithHost
@testable import KithOverlay
@testable import KithWire

/// Decoders of what is sealed: only who has a key can write it, and contacts may be anybody.
let privacyTargets = [
    Target(
        name: "privacy", summary: "cards, letters and requests, encoded again",
        areas: ["profile", "fuzz"], bytesMax: 512, run: runPrivacy),
    Target(
        name: "contact-book", summary: "a contact book, encoded again",
        areas: ["fuzz"], bytesMax: 2_048, run: runContactBook),
    Target(
        name: "identity-file", summary: "an identity file, encoded again",
        areas: ["fuzz"], bytesMax: 256, run: runIdentityFile),
]

private func runContactBook(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    if let book = accepted({ () throws(ContactBookError) in try ContactBook.decode(span) }) {
        expectSame(book.encode(), bytes, "a contact book")
    }
}

private func runIdentityFile(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    if let file = accepted({ () throws(IdentityError) in try IdentityFile(decoding: span) }) {
        let again = file.encoded()
        expectSame([UInt8](copying: again.bytes), bytes, "an identity file")
    }
}

private func runPrivacy(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    if let card = accepted({ () throws(CardError) in try Card.decode(span) }) {
        expectSame(card.encode(), bytes, "a card")
        let stranger = Ed25519.PublicKey(Bytes32())
        expect(
            !card.isPassable(from: stranger, network: .main, today: 20_000),
            "a card that nobody signed may be shown")
    }
    if let letter = accepted({ () throws(DecodeError) in try Letter.decode(span) }) {
        expectSame(letter.encode(), bytes, "a letter")
        if let grant = letter.grant {
            let next = grant.secret.epoch.addingReportingOverflow(1)
            expect(
                next.overflow || grant.secret.advanced(to: next.partialValue) != nil,
                "a secret that leads nowhere")
        }
    }
    if let request = accepted({ () throws(ContactRequestError) in
        try ContactRequest.decode(span)
    }) {
        expectSame(request.encode(), bytes, "a request")
    }
}

/// An empty book, and one with everything that a book may have.
func contactBooks() -> [[UInt8]] {
    var entropy = Entropy(seed: 7)
    let now = UnixTime(milliseconds: 1_795_262_400_000)
    var book = ContactBook(at: now, entropy: &entropy)
    let empty = book.encode()
    let key = Ed25519.SecretKey(seed: Bytes32()).publicKey
    var contact = Contact(identity: key, name: "Ada", level: .friends)
    contact.invitation = Contact.Invitation(name: "Ben", message: "hello", day: 20_000, times: 1)
    contact.grant = book.grant(of: .contacts)
    book.contacts = [contact]
    book.blocked = [key]
    book.refused = [ContactBook.Refusal(identity: key, day: 20_000)]
    book.revoked = [
        RevokedLevel(
            level: .friends, secret: book.levels[1].secret, lastSequence: 1, at: now)
    ]
    if let request = try? ContactRequest(sender: key, name: "Eve", message: nil) {
        book.requests = [ContactBook.ReceivedRequest(request: request, received: now)]
    }
    if let profile = try? Profile(name: "Ben", bio: "words", activeHour: 500_000) {
        book.presentation = try? Presentation(
            profile, level: .contacts, fields: [.bio: .friends, .region: .nobody])
    }
    return [empty, book.encode()]
}

/// One without a passphrase.
func identityFiles() -> [[UInt8]] {
    let seed = Bytes32().withBytes { Secret32(copying: $0.bytes) }
    return [[UInt8](copying: IdentityFile.plain(seed).encoded().bytes)]
}
