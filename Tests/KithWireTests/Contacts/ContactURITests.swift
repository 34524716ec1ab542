import KithCrypto
import KithWire
import Testing

@Suite("The line of a person")
struct ContactURITests {
    /// The key of the seed 1, 2, …, 32.
    private static let key = Ed25519.PublicKey(
        Bytes32(
            bigEndianWords: (
                0x79b5_562e_8fe6_54f9, 0x4078_b112_e8a9_8ba7, 0x901f_853a_e695_bed7,
                0xe0e3_910b_ad04_9664
            )))

    private func error(_ text: String) -> ContactURIError? {
        do {
            _ = try ContactURI(text: text)
            return nil
        } catch {
            return error
        }
    }

    @Test("reads so, with and without a name (the vectors of Specs/Identifiers.md)")
    func vectors() throws {
        let line = "kith:kith1pg2vmlup4zkpsqdywejorkmlu6ib7bj242k35v7a4oiqxlieszsb4wg7yu"
        #expect(ContactURI(Self.key).text == line)
        let named = try ContactURI(Self.key, name: "Marta Kovač")
        #expect(named.text == line + "?name=Marta%20Kova%C4%8D")
        #expect(try ContactURI(text: line) == ContactURI(Self.key))
        #expect(try ContactURI(text: named.text) == named)
    }

    @Test("comes back with every name that a profile may have")
    func roundTrip() throws {
        for name in [
            "a", "~-._", "%41", "a+b&c=d?e#f", "日本語", "🚀", String(repeating: "é", count: 32),
        ] {
            let line = try ContactURI(Self.key, name: name)
            #expect(try ContactURI(text: line.text) == line)
            #expect(line.text.utf8.count <= 266)
            #expect(line.text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        }
    }

    @Test("passes over what later versions say")
    func later() throws {
        let line = ContactURI(Self.key).text
        for query in ["v=2", "x=%zz+;/?:@", "a=&name=Ada&b=c=d", "Name=Eve&name=Ada"] {
            let read = try ContactURI(text: line + "?" + query)
            #expect(read.identity == Self.key)
            #expect(read.name == (query.contains("&name=Ada") ? "Ada" : nil))
        }
    }

    @Test("takes digits of either case and characters that need not be escaped")
    func otherWriters() throws {
        let line = ContactURI(Self.key).text
        #expect(try ContactURI(text: line + "?name=%41d%61%c4%8D").name == "Adač")
    }

    @Test("is refused with the reason")
    func refusals() {
        let line = ContactURI(Self.key).text
        #expect(error("") == .notAContactURI)
        #expect(error("KITH:" + line.dropFirst(5)) == .notAContactURI)
        #expect(error(" " + line) == .notAContactURI)
        #expect(error(String(line.dropFirst(5))) == .notAContactURI)
        #expect(error(String(line.dropLast())) == .badIdentity(.wrongLength))
        #expect(error(line + " ") == .badIdentity(.wrongLength))
        #expect(error("kith://" + line.dropFirst(5)) == .badIdentity(.missingPrefix))
        let damaged = line.dropLast(2) + "ba"
        #expect(error(String(damaged)) == .badIdentity(.wrongChecksum))
        for query in ["?", "?name", "?=Ada", "?name=Ada&", "?name=Ada&name=Ada", "?name=Ada#x"] {
            #expect(error(line + query) == .badQuery, "\(query)")
        }
        for name in ["a+b", "%", "%4", "%zz", "%FF", "a;b"] {
            #expect(error(line + "?name=" + name) == .badQuery, "\(name)")
        }
        #expect(error(line + "?name=") == .badName(.empty(.name)))
        #expect(error(line + "?name=%20Ada") == .badName(.padded(.name)))
        #expect(error(line + "?name=e%CC%81") == .badName(.notComposed(.name)))
        #expect(error(line + "?name=a%0Ab") == .badName(.forbidden(.name, "\n")))
        let long = String(repeating: "x", count: 65)
        #expect(
            error(line + "?name=" + long) == .badName(.tooLong(.name, bytes: 65, bytesMax: 64)))
        let longest = line + "?x=" + String(repeating: "x", count: 512 - line.utf8.count - 3)
        #expect(error(longest) == nil)
        #expect(error(longest + "x") == .tooLong(bytes: 513))
    }
}
