import KithWire
import Testing

/// RFC 8949 appendix A, "Examples of Encoded CBOR Data Items", all of them.
@Suite("The examples of RFC 8949, appendix A")
struct CBORAppendixATests {
    static let accepted = [
        "00", "01", "0a", "17", "1818", "1819", "1864", "1903e8", "1a000f4240",
        "1b000000e8d4a51000", "1bffffffffffffffff", "3bffffffffffffffff", "20", "29", "3863",
        "3903e7", "f4", "f5", "40", "4401020304", "60", "6161", "6449455446", "62225c",
        "62c3bc", "63e6b0b4", "64f0908591", "80", "83010203", "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a0", "a201020304",
    ]

    /// Bignums, floats, null, undefined, simple values and tags.
    static let unsupported = [
        "c249010000000000000000", "c349010000000000000000", "f90000", "f98000", "f93c00",
        "fb3ff199999999999a", "f93e00", "f97bff", "fa47c35000", "fa7f7fffff",
        "fb7e37e43c8800759c", "f90001", "f90400", "f9c400", "fbc010666666666666", "f97c00",
        "f97e00", "f9fc00", "fa7f800000", "fa7fc00000", "faff800000", "fb7ff0000000000000",
        "fb7ff8000000000000", "fbfff0000000000000", "f6", "f7", "f0", "f8ff",
        "c074323031332d30332d32315432303a30343a30305a", "c11a514b67b0",
        "c1fb41d452d9ec200000", "d74401020304", "d818456449455446",
        "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    ]

    /// Maps with text keys.
    static let wrongType = [
        "a26161016162820203", "826161a161626163", "a56161614161626142616361436164614461656145",
    ]

    /// Indefinite lengths.
    static let notCanonical = [
        "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "9f018202039f0405ffff",
        "9f01820203820405ff", "83018202039f0405ff", "83019f0203ff820405",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "bf61610161629f0203ffff", "826161bf61626163ff", "bf6346756ef563416d7421ff",
    ]

    @Test("are accepted and encode again to themselves", arguments: accepted)
    func good(example: String) throws {
        let bytes = hex(example)
        let again = try recodeItem(bytes)
        #expect(again == bytes)
    }

    @Test("are refused as unsupported", arguments: unsupported)
    func foreign(example: String) {
        #expect(outcome(hex(example), recodeItem) == "unsupported")
    }

    @Test("are refused for keys that are no integers", arguments: wrongType)
    func textKeys(example: String) {
        #expect(outcome(hex(example), recodeItem) == "wrongType")
    }

    @Test("are refused for their indefinite length", arguments: notCanonical)
    func indefinite(example: String) {
        #expect(outcome(hex(example), recodeItem) == "notCanonical")
    }

    @Test("are all here: 81, each once")
    func count() {
        let all = Self.accepted + Self.unsupported + Self.wrongType + Self.notCanonical
        #expect(all.count == 81)
        #expect(Set(all).count == all.count)
    }
}

/// RFC 8949 appendix F, "Well-Formedness Errors and Examples", where they are one item.
@Suite("The examples of RFC 8949, appendix F")
struct CBORAppendixFTests {
    /// End of input in a head, in a string, or in an array or map.
    static let truncated = [
        "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98",
        "9a01ff00", "b8", "41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00",
        "7b7fffffffffffffff010203", "81", "818181818181818181", "8200", "a1", "a20102", "a100",
    ]

    /// Reserved heads and breaks.
    static let malformed = [
        "1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e", "9c", "9d", "9e",
        "bc", "bd", "be", "dc", "dd", "de", "fc", "fd", "fe", "ff", "81ff", "8200ff", "a1ff",
        "a1ff00", "a100ff", "a20000ff", "1f", "3f", "df",
    ]

    @Test("that end early are refused as truncated", arguments: truncated)
    func early(example: String) {
        #expect(outcome(hex(example), recodeItem) == "truncated")
    }

    @Test("that are no heads are refused as malformed", arguments: malformed)
    func heads(example: String) {
        // Where a map has fewer bytes than its count needs, that is noticed first.
        let found = outcome(hex(example), recodeItem)
        let isShortMap = ["a1ff", "a20000ff"].contains(example)
        #expect(found == (isShortMap ? "truncated" : "malformed"))
    }

    @Test(
        "with a simple value in two bytes are refused before it is looked at",
        arguments: ["f800", "f801", "f818", "f81f"])
    func simple(example: String) {
        #expect(outcome(hex(example), recodeItem) == "unsupported")
    }
}
