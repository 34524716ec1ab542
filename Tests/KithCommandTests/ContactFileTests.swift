import KithCrypto
import KithHost
import KithWire
import Testing

@testable import KithCommand

@Suite("A file of contacts")
struct ContactFileTests {
    private static func key(_ number: UInt64) -> Ed25519.PublicKey {
        Ed25519.PublicKey(Bytes32(bigEndianWords: (number, 0, 0, 9)))
    }

    private static func member(_ number: UInt64, _ rest: [JSON.Member]) -> JSON {
        .object(BookAnswer.person(key(number)) + rest)
    }

    private func read(_ text: String) throws(Failure) -> [ContactFile.Line] {
        try ContactFile.read(Array(text.utf8), "friends.jsonl")
    }

    private func reason(_ text: String) -> String? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error.code == "invalid-contact-file" && error.exit == .invalidData
                ? error.message : nil
        }
    }

    @Test("comes back as it was written")
    func roundTrip() throws {
        let list = try ContactList([
            "contacts": [
                Self.member(
                    1,
                    [
                        .init("name", "Marta \"M\" Kovač"), .init("level", "friends"),
                        .init("favourite", true),
                    ]),
                Self.member(
                    2,
                    [
                        .init("name", "Jonas"), .init("level", "contacts"),
                        .init("favourite", false),
                    ]),
            ],
            "blocked": [Self.member(3, [])], "requests": [Self.member(4, [])], "sharing": true,
        ])
        let text = ContactFile.lines(of: list).joined(separator: "\n")
        #expect(
            try read(text) == [
                ContactFile.Line(
                    identity: Self.key(1),
                    standing: .contact(
                        name: "Marta \"M\" Kovač", level: .friends, isFavourite: true)),
                ContactFile.Line(
                    identity: Self.key(2),
                    standing: .contact(name: "Jonas", level: .contacts, isFavourite: false)),
                ContactFile.Line(identity: Self.key(3), standing: .blocked),
            ])
    }

    @Test("passes over empty lines and what later versions say")
    func later() throws {
        let uri = ContactURI(Self.key(1)).text
        let text = """

            {"note":7,"uri":"\(uri)?name=Ada","name":"A","level":"contacts","since":"x"}
              \t

            """
        #expect(
            try read(text) == [
                ContactFile.Line(
                    identity: Self.key(1),
                    standing: .contact(name: "A", level: .contacts, isFavourite: false))
            ])
        #expect(try read("").isEmpty)
    }

    @Test("is refused with the number of the line")
    func refusals() {
        let uri = ContactURI(Self.key(1)).text
        let good = "{\"uri\":\"\(uri)\",\"name\":\"A\",\"level\":\"contacts\"}\n"
        let cases = [
            "x", "[]", "{}", "{\"uri\":\"\(uri)\"}", good.replacing("contacts", with: "public"),
            good.replacing("\"A\"", with: "\"\""), good.replacing("\"A\"", with: "\"a\\u0007\""),
            good.replacing("kith:", with: ""), good.replacing("\(uri)", with: "\(uri)a"),
        ]
        for text in cases {
            let expected = "friends.jsonl: line 2 makes no sense"
            #expect(reason("\n" + text) == expected, "\(text)")
        }
        #expect(
            reason(good + good) == "friends.jsonl: line 2 names somebody for the second time")
        do throws(Failure) {
            _ = try ContactFile.read([0xFF, 0x0A], "-")
            Issue.record("read what is no text")
        } catch {
            #expect(error.message == "-: it is no text")
        }
    }
}
