import KithCrypto
import KithWire
import Testing

@testable import KithCommand

@Suite("A word for a person")
struct WhomTests {
    private static func person(_ number: UInt64, _ name: String) -> Whom.Candidate {
        Whom.Candidate(
            identity: Ed25519.PublicKey(Bytes32(bigEndianWords: (number, 0, 0, 7))), name: name)
    }

    private let marta = person(1, "Marta Kovač")
    private let jonas = person(2, "Jonas")
    private let twin = person(3, "JONÁS")

    private func found(
        _ word: String, among people: [Whom.Candidate]
    ) throws(Failure) -> Whom.Candidate {
        try Whom(word).found(
            among: people, "your contacts", orFail: "unknown-contact", "look at the list")
    }

    private func refusal(_ word: String, among people: [Whom.Candidate]) -> Failure? {
        do {
            _ = try found(word, among: people)
            return nil
        } catch {
            return error
        }
    }

    @Test("is a whole name, whatever its letter case and marks")
    func names() throws {
        for word in ["Marta Kovač", "marta kovac", "MARTA KOVAC\u{30C}", " Marta Kovač "] {
            #expect(try found(word, among: [jonas, marta]) == marta, "\(word)")
        }
        #expect(refusal("Marta", among: [jonas, marta])?.code == "unknown-contact")
    }

    @Test("is a fingerprint, an identity or a kith: line")
    func keys() throws {
        let identity = IdentityText.encode(jonas.identity)
        for word in [
            IdentityText.fingerprint(of: jonas.identity),
            IdentityText.fingerprint(of: jonas.identity).uppercased(), identity,
            "kith:" + identity, "kith:" + identity + "?name=Marta%20Kova%C4%8D",
        ] {
            #expect(try found(word, among: [marta, jonas, twin]) == jonas, "\(word)")
        }
        let stranger = refusal(identity, among: [marta])
        #expect(stranger?.code == "unknown-contact")
        #expect(
            stranger?.message
                == "\(IdentityText.fingerprint(of: jonas.identity)) is not among your contacts")
    }

    @Test("that fits several is refused, with the fingerprints of all")
    func ambiguity() throws {
        let failure = try #require(refusal("jonas", among: [marta, jonas, twin]))
        #expect(failure.code == "ambiguous-contact")
        #expect(failure.exit == .usage)
        for person in [jonas, twin] {
            #expect(failure.message.contains(IdentityText.fingerprint(of: person.identity)))
            #expect(failure.message.contains(person.name))
        }
        // Somebody who calls themselves like the fingerprint of another is not that other.
        let liar = Self.person(4, IdentityText.fingerprint(of: marta.identity))
        #expect(refusal(liar.name, among: [marta, liar])?.code == "ambiguous-contact")
        let crowd = (10..<30).map { Self.person($0, "Ann") }
        #expect(self.refusal("ann", among: crowd)?.message.hasSuffix(" or 15 more") == true)
    }

    @Test("that is nearly a name says which")
    func suggestion() {
        #expect(
            refusal("Marta Kovc", among: [jonas, marta])?.hint == "did you mean 'Marta Kovač'?")
        #expect(refusal("Zebedee", among: [jonas, marta])?.hint == "look at the list")
        #expect(refusal("", among: [jonas, marta])?.code == "unknown-contact")
    }

    @Test("that begins like a key has to be one, so that no name can pass for one")
    func damaged() {
        let identity = IdentityText.encode(jonas.identity)
        let people = [Self.person(5, String(identity.dropLast())), Self.person(6, "kith:me")]
        for word in people.map(\.name) + ["kith1", "kith:" + identity + "?name=%"] {
            #expect(refusal(word, among: people)?.code == "bad-identity", "\(word)")
        }
    }
}
