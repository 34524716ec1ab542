import KithCrypto

@testable import KithWire

/// Decoders of what is sealed: only who has a key can write it, and contacts may be anybody.
let privacyTargets = [
    Target(
        name: "privacy", summary: "cards, letters and requests, encoded again",
        areas: ["profile", "fuzz"], bytesMax: 512, run: runPrivacy)
]

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
