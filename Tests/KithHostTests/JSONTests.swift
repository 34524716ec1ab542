import KithHost
import Testing

@Suite("JSON")
struct JSONTests {
    static let good: [(String, JSON)] = [
        ("null", nil), ("true", true), (" false\n", false), ("0", 0), ("-1", -1),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .unsigned(1 << 63)), ("18446744073709551615", .unsigned(.max)),
        ("18446744073709551616", .number(18446744073709551616)), ("1.5", 1.5), ("1e2", 100.0),
        ("-0", .number(-0.0)), ("2.5E-3", 0.0025), ("\"\"", ""), ("\"a\\n\\u0041\\/\"", "a\nA/"),
        ("\"\\ud83d\\ude00\"", "😀"), ("\"é\"", "é"), ("[]", []), ("[1, [2],\t3]", [1, [2], 3]),
        ("{}", [:]), ("{\"b\":1,\"a\":{\"c\":null}}", ["b": 1, "a": ["c": nil]]),
    ]

    @Test("reads what RFC 8259 allows", arguments: good)
    func reading(_ text: String, _ value: JSON) throws {
        #expect(try JSON(decoding: text) == value)
    }

    static let bad: [(String, JSONError)] = [
        ("", .truncated), (" ", .truncated), ("nul", .truncated), ("nulL", .unexpected(offset: 3)),
        ("[1,]", .unexpected(offset: 3)), ("[1", .truncated),
        ("{\"a\":1,}", .unexpected(offset: 7)),
        ("{\"a\" 1}", .unexpected(offset: 5)), ("{a:1}", .unexpected(offset: 1)),
        ("{\"a\":1,\"a\":2}", .duplicateName("a")), ("01", .trailing(offset: 1)),
        ("+1", .unexpected(offset: 0)), ("1.", .truncated), (".5", .unexpected(offset: 0)),
        ("1e", .truncated), ("-", .truncated), ("1 2", .trailing(offset: 2)),
        ("1e999", .outOfRange(offset: 0)), ("NaN", .unexpected(offset: 0)),
        ("\"\u{1}\"", .unexpected(offset: 1)), ("\"a\nb\"", .unexpected(offset: 2)),
        ("\"\\x\"", .unexpected(offset: 2)), ("\"\\ud800\"", .loneSurrogate(offset: 1)),
        ("\"\\udc00\"", .loneSurrogate(offset: 1)),
        ("\"\\ud800\\u0041\"", .loneSurrogate(offset: 1)), ("\"\\u12g4\"", .unexpected(offset: 5)),
        ("\"a", .truncated), ("'a'", .unexpected(offset: 0)), ("/**/1", .unexpected(offset: 0)),
        ("\u{FEFF}1", .unexpected(offset: 0)),
    ]

    @Test("refuses everything else and says where", arguments: bad)
    func refusing(_ text: String, _ error: JSONError) {
        #expect(throws: error) { try JSON(decoding: text) }
    }

    @Test("refuses bytes that are not UTF-8")
    func notUTF8() {
        #expect(throws: JSONError.notUTF8) { try JSON(decoding: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.notUTF8) { try JSON(decoding: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test("nests 32 levels deep and no deeper")
    func depth() throws {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON(decoding: nested(JSON.depthMax + 1))
        #expect(throws: JSONError.tooDeep) { try JSON(decoding: nested(JSON.depthMax + 2)) }
        #expect(throws: JSONError.tooDeep) { try JSON(decoding: nested(30_000)) }
    }

    @Test("writes in order, on one line, with nothing a terminal would obey")
    func writing() {
        let value: JSON = [
            "z": 1, "a": [true, nil, 1.5, 3.0], "t": "a\"\\\n\u{1B}[2J\u{9B}\u{7F}é",
            "n": .number(.infinity), "u": .unsigned(.max),
        ]
        let expected =
            #"{"z":1,"a":[true,null,1.5,3.0],"t":"a\"\\\n\u001b[2J\u009b\u007fé","n":null,"#
            + #""u":18446744073709551615}"#
        #expect(value.encoded == expected)
    }

    @Test("reads back what it wrote, also the pretty form", arguments: good)
    func roundTrip(_ text: String, _ value: JSON) throws {
        #expect(try JSON(decoding: value.encoded) == value)
        #expect(try JSON(decoding: value.pretty) == value)
    }

    @Test("has one form for each whole number")
    func canonicalNumbers() {
        #expect(JSON(UInt64(5)) == .integer(5))
        #expect(JSON(UInt64.max) == .unsigned(.max))
        #expect(JSON(-3) == -3)
        #expect(JSON(UInt64.max).uint64 == .max)
        #expect(JSON(7).double == 7)
    }
}
