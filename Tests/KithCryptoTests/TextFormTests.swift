import KithCrypto
import Testing

@Suite("Hexadecimal text")
struct HexTests {
    @Test("is written in lower case and read in either")
    func cases() {
        #expect(Hex.encode([0x00, 0x9f, 0xab, 0xff]) == "009fabff")
        #expect(Hex.decode("009FABff") == [0x00, 0x9f, 0xab, 0xff])
        #expect(Hex.decode("") == [])
    }

    @Test(
        "is refused with an odd digit or a foreign one", arguments: ["0", "0g", "0x00", "00 ", "é"])
    func strictness(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}

@Suite("Base32 and base64url")
struct RadixTextTests {
    /// RFC 4648 section 10, in lower case and without padding.
    @Test(
        "agree with RFC 4648",
        arguments: [
            ("", "", ""), ("f", "my", "Zg"), ("fo", "mzxq", "Zm8"), ("foo", "mzxw6", "Zm9v"),
            ("foob", "mzxw6yq", "Zm9vYg"), ("fooba", "mzxw6ytb", "Zm9vYmE"),
            ("foobar", "mzxw6ytboi", "Zm9vYmFy"),
        ])
    func known(text: String, base32: String, base64: String) {
        let bytes = Array(text.utf8)
        #expect(Base32.encode(bytes) == base32)
        #expect(Base32.decode(base32) == bytes)
        #expect(Base64URL.encode(bytes) == base64)
        #expect(Base64URL.decode(base64) == bytes)
    }

    @Test("use the alphabet that is safe in addresses")
    func alphabet() {
        #expect(Base64URL.encode([0xfb, 0xff, 0xbf]) == "-_-_")
        #expect(Base64URL.decode("+/+/") == nil)
    }

    @Test(
        "refuse base32 that nobody writes",
        arguments: [
            "m", "mzx", "mzxw6y", "mz", "mzxr", "MY", "my======", "m y", "m1", "m8", "my\n", "mÿ",
        ])
    func strictBase32(text: String) {
        #expect(Base32.decode(text) == nil)
    }

    @Test(
        "refuse base64url that nobody writes",
        arguments: [
            "Z", "Zh", "Zm9", "Zm9vZ", "Zg==", "Zm9v\n", "Z g", "Zm+v", "Zmé",
        ])
    func strictBase64(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test("come back as they went in, and have one spelling per value")
    func roundTrip() {
        var entropy = Entropy(seed: seed(2))
        for count in 0..<200 {
            let bytes = entropy.bytes(count)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test("read nothing that they would write differently")
    func canonical() {
        var entropy = Entropy(seed: seed(3))
        var read = 0
        for _ in 0..<4_000 {
            let alphabet = Array("abyz27AZaz09-_")
            let text = String(
                (0..<entropy.below(9)).map { _ in alphabet[Int(entropy.below(14))] })
            if let bytes = Base32.decode(text) {
                read += 1
                #expect(Base32.encode(bytes) == text)
            }
            if let bytes = Base64URL.decode(text) {
                read += 1
                #expect(Base64URL.encode(bytes) == text)
            }
        }
        #expect(read > 500)
    }
}
