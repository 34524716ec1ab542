import KithCrypto
import KithWire

/// Profiles: the body of a record alone.
///
/// `detail` is the field, or the word of the error inside of the error.
enum ProfileVectors {
    private static let hours = RecordVectors.now / 3_600_000

    static func all() -> [Vector] {
        accepted() + name() + interests() + regionAndBio() + links() + malformed()
    }

    private static func file(
        _ name: String, _ expect: String, _ comment: String, detail: String? = nil,
        _ content: [UInt8]
    ) -> Vector {
        Vector(
            area: "profile", name: name, expect: expect, comment: comment,
            headers: detail.map { [("detail", $0)] } ?? [], bytes: content, judge: judge)
    }

    private static func judge(_ bytes: [UInt8]) -> String {
        do throws(ProfileError) {
            _ = try Profile.decode(bytes.span.bytes)
            return "ok"
        } catch {
            return error.word
        }
    }

    /// A good profile with other fields put in.
    private static func profile(
        name: String = "Marta", interests: [String] = ["chess"], _ more: [(UInt64, Forged)] = []
    ) -> [UInt8] {
        Forged.map([(0, .text(name)), (1, .texts(interests))] + more + [(6, .uint(hours))])
    }

    private static func accepted() -> [Vector] {
        let avatar = [UInt8](repeating: 0xab, count: 32)
        return [
            file("least", "ok", "a name and nothing else", profile(interests: [])),
            file(
                "full", "ok", "every field",
                profile(
                    name: "Łukasz 東京 한국", interests: ["Schach", "Go 囲碁", "C++"],
                    [
                        (2, .text("三重県")), (3, .text("Plays 2 games a day.")),
                        (4, .texts(["https://example.org/~l", "xmpp:l@example.org"])),
                        (5, .bytes(avatar)),
                    ])),
            file(
                "name-longest", "ok", "a name of 64 bytes",
                profile(name: String(repeating: "é", count: 32))),
            file(
                "region-with-numeral", "ok", "a character that is a numeral but no digit",
                profile([(2, .text("三重"))])),
        ]
    }

    private static func name() -> [Vector] {
        func forbidden(_ file: String, _ scalar: Unicode.Scalar, _ what: String) -> Vector {
            Self.file(
                file, "forbidden", what, detail: "name",
                profile(name: "Ma" + String(Character(scalar)) + "rta"))
        }
        return [
            file("name-empty", "empty", "no character", detail: "name", profile(name: "")),
            file(
                "name-long", "tooLong", "65 bytes", detail: "name",
                profile(name: String(repeating: "é", count: 32) + "e")),
            file(
                "name-decomposed", "notComposed", "e and U+0301", detail: "name",
                profile(name: "Rene\u{301}e")),
            file(
                "name-excluded", "notComposed", "U+0958, which composition never makes",
                detail: "name", profile(name: "\u{958}")),
            file(
                "name-space-first", "padded", "a space in front", detail: "name",
                profile(name: " Marta")),
            file(
                "name-space-last", "padded", "U+3000 at the end", detail: "name",
                profile(name: "Marta\u{3000}")),
            forbidden("name-control", "\u{1b}", "escape"),
            forbidden("name-newline", "\n", "a newline"),
            forbidden("name-bidi", "\u{202e}", "U+202E turns the direction around"),
            forbidden("name-joiner", "\u{200d}", "U+200D is invisible"),
            forbidden("name-private", "\u{e000}", "U+E000 is for private use"),
            forbidden("name-unassigned", "\u{378}", "U+0378 is unassigned"),
            forbidden("name-separator", "\u{2028}", "U+2028 separates lines"),
        ]
    }

    private static func interests() -> [Vector] {
        [
            file(
                "interests-many", "tooMany", "17 interests", detail: "interest",
                profile(interests: (0..<17).map { "interest \($0)" })),
            file(
                "interest-empty", "empty", "an empty interest", detail: "interest",
                profile(interests: [""])),
            file(
                "interest-of-marks", "empty", "nothing is left of U+20DD after normalisation",
                detail: "interest", profile(interests: ["\u{20dd}"])),
            file(
                "interest-long", "tooLong", "33 bytes", detail: "interest",
                profile(interests: [String(repeating: "a", count: 33)])),
            file(
                "interest-padded", "padded", "a space at the end", detail: "interest",
                profile(interests: ["chess "])),
            file(
                "interest-decomposed", "notComposed", "e and U+0301", detail: "interest",
                profile(interests: ["cafe\u{301}"])),
            file(
                "interest-control", "forbidden", "a tab", detail: "interest",
                profile(interests: ["a\tb"])),
            file(
                "interest-repeated", "repeated", "equal after normalisation",
                detail: "interest", profile(interests: ["Café", "CAFE"])),
        ]
    }

    private static func regionAndBio() -> [Vector] {
        [
            file(
                "region-empty", "empty", "a region without a character", detail: "region",
                profile([(2, .text(""))])),
            file(
                "region-long", "tooLong", "65 bytes", detail: "region",
                profile([(2, .text(String(repeating: "a", count: 65)))])),
            file(
                "region-digit", "regionHasDigit", "a postcode", profile([(2, .text("8010 Graz"))])
            ),
            file(
                "region-digit-arabic", "regionHasDigit", "U+0663, three",
                profile([(2, .text("Graz \u{663}"))])),
            file(
                "region-digit-circled", "regionHasDigit", "U+2460, one in a circle",
                profile([(2, .text("Graz \u{2460}"))])),
            file(
                "bio-empty", "empty", "a bio without a character", detail: "bio",
                profile([(3, .text(""))])),
            file(
                "bio-long", "tooLong", "281 bytes", detail: "bio",
                profile([(3, .text(String(repeating: "a", count: 281)))])),
            file(
                "bio-newline", "forbidden", "a newline", detail: "bio",
                profile([(3, .text("a\nb"))])),
        ]
    }

    private static func links() -> [Vector] {
        func link(_ file: String, _ expect: String, _ comment: String, _ links: [String])
            -> Vector
        {
            Self.file(
                file, expect, comment, detail: expect == "linkWithoutScheme" ? nil : "link",
                profile([(4, .texts(links))]))
        }
        return [
            link("links-many", "tooMany", "5 links", (0..<5).map { "tel:\($0)" }),
            link("link-empty", "empty", "an empty link", [""]),
            link(
                "link-long", "tooLong", "129 bytes", ["tel:" + String(repeating: "1", count: 125)]
            ),
            link("link-space", "forbidden", "a space", ["https://example.org/a b"]),
            link("link-not-ascii", "forbidden", "an o with an umlaut", ["https://ö.example/"]),
            link("link-repeated", "repeated", "the same link twice", ["tel:1", "tel:1"]),
            link("link-scheme-missing", "linkWithoutScheme", "no scheme", ["example.org"]),
            link("link-scheme-only", "linkWithoutScheme", "nothing but a scheme", ["https:"]),
            link("link-scheme-digit", "linkWithoutScheme", "a scheme with a digit first", ["1a:b"]),
        ]
    }

    private static func malformed() -> [Vector] {
        func refused(_ name: String, _ detail: String, _ comment: String, _ content: [UInt8])
            -> Vector
        {
            file(name, "malformed", comment, detail: detail, content)
        }
        let name: (UInt64, Forged) = (0, .text("Marta"))
        let noInterests: (UInt64, Forged) = (1, .texts([]))
        let active: (UInt64, Forged) = (6, .uint(hours))
        return [
            file(
                "too-large", "tooLarge", "every field within its bounds, 757 bytes in all",
                tooLarge()),
            refused("truncated", "truncated", "the last byte is missing", profile().dropLast()),
            refused("trailing-byte", "trailingBytes", "a zero byte follows", profile() + [0]),
            refused("name-missing", "missingKey", "no key 0", Forged.map([noInterests, active])),
            refused("active-missing", "missingKey", "no key 6", Forged.map([name, noInterests])),
            refused(
                "unknown-key", "unknownKey", "a key 7",
                Forged.map([name, noInterests, active, (7, .uint(0))])),
            refused("links-none", "outOfRange", "a list of no links", profile([(4, .texts([]))])),
            refused(
                "avatar-short", "wrongLength", "an avatar of 31 bytes",
                profile([(5, .bytes([UInt8](repeating: 1, count: 31)))])),
            refused(
                "active-large", "outOfRange", "an hour of 33 bits",
                Forged.map([name, noInterests, (6, .uint(1 << 32))])),
            refused(
                "name-bytes", "wrongType", "the name as a byte string",
                Forged.map([(0, .bytes(Array("Marta".utf8))), noInterests, active])),
            refused(
                "name-not-utf8", "invalidText", "the name as one byte ff",
                Forged.map([(0, .encoded([0x61, 0xff])), noInterests, active])),
        ]
    }

    private static func tooLarge() -> [UInt8] {
        let interests = (0..<10).map { String(repeating: "x", count: 31) + "\($0)" }
        let bio = String(repeating: "a", count: 280)
        let link = "tel:" + String(repeating: "7", count: 109)
        let body = profile(interests: interests, [(3, .text(bio)), (4, .texts([link]))])
        precondition(body.count == Profile.bytesMax + 1, "\(body.count) bytes")
        return body
    }
}
