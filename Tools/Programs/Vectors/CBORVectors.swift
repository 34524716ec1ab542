import KithWire

/// Encodings as such: one item that every decoder must take or refuse before it looks at keys.
func cborVectors() -> [Vector] {
    func vector(_ name: String, _ expect: String, _ comment: String, _ bytes: String) -> Vector {
        Vector(
            area: "cbor", name: name, expect: expect, comment: comment, headers: [],
            bytes: hex(bytes), judge: judgeItem)
    }
    return [
        vector("uint-0", "ok", "the least unsigned integer", "00"),
        vector("uint-23", "ok", "the largest integer of one byte", "17"),
        vector("uint-24", "ok", "the least integer of two bytes", "18 18"),
        vector("uint-max", "ok", "2^64 - 1", "1b ffffffffffffffff"),
        vector("negative-1", "ok", "the largest negative integer", "20"),
        vector("negative-min", "ok", "-2^64", "3b ffffffffffffffff"),
        vector("bytes-empty", "ok", "a byte string without bytes", "40"),
        vector("text", "ok", "text of two bytes, one character", "62 c3bc"),
        vector("array-nested", "ok", "[1, [2, 3], [4, 5]]", "83 01 82 0203 82 0405"),
        vector("map-ascending", "ok", "{1: 2, 3: 4}", "a2 0102 0304"),
        vector("true", "ok", "true", "f5"),
        vector("uint-one-byte-too-long", "notCanonical", "23 in two bytes", "18 17"),
        vector("uint-two-bytes-too-long", "notCanonical", "255 in three bytes", "19 00ff"),
        vector("uint-four-bytes-too-long", "notCanonical", "65535 in five", "1a 0000ffff"),
        vector(
            "uint-eight-bytes-too-long", "notCanonical", "2^32 - 1 in nine",
            "1b 00000000ffffffff"),
        vector("length-too-long", "notCanonical", "a length of 1 in two bytes", "58 01 00"),
        vector("count-too-long", "notCanonical", "a count of 1 in two bytes", "98 01 00"),
        vector("bytes-indefinite", "notCanonical", "a string in parts", "5f 41 00 ff"),
        vector("array-indefinite", "notCanonical", "an array with a break", "9f 01 ff"),
        vector("map-indefinite", "notCanonical", "a map with a break", "bf 01 02 ff"),
        vector("map-descending", "notCanonical", "{3: 4, 1: 2}", "a2 0304 0102"),
        vector("map-duplicate", "notCanonical", "{1: 2, 1: 2}", "a2 0102 0102"),
        vector("empty", "truncated", "nothing at all", ""),
        vector("head-cut", "truncated", "a head that lacks its last byte", "19 01"),
        vector("bytes-cut", "truncated", "a string that lacks its last byte", "43 0102"),
        vector("array-cut", "truncated", "an array that lacks its last item", "83 0102"),
        vector(
            "count-of-billions", "truncated", "an array that claims 2^32 - 1 items",
            "9a ffffffff 00"),
        vector(
            "length-of-2-64", "truncated", "a string that claims 2^64 - 1 bytes",
            "5b ffffffffffffffff 00"),
        vector("trailing-byte", "trailingBytes", "0, and one byte more", "00 00"),
        vector("reserved-head", "malformed", "additional information 28", "1c"),
        vector("break-alone", "malformed", "a break that ends nothing", "ff"),
        vector("uint-indefinite", "malformed", "an integer of indefinite length", "1f"),
        vector("float-half", "unsupported", "1.0", "f9 3c00"),
        vector("float-double", "unsupported", "1.1", "fb 3ff199999999999a"),
        vector("null", "unsupported", "null", "f6"),
        vector("undefined", "unsupported", "undefined", "f7"),
        vector("simple", "unsupported", "simple(16)", "f0"),
        vector("tag", "unsupported", "a date as text", "c0 61 61"),
        vector("bignum", "unsupported", "2^64 as a tagged string", "c2 49 010000000000000000"),
        vector("text-key", "wrongType", "{\"a\": 1}: keys are unsigned", "a1 61 61 01"),
        vector("text-not-utf8", "invalidText", "a continuation byte alone", "61 80"),
        vector("text-surrogate", "invalidText", "U+D800 in UTF-8", "63 eda080"),
        vector("text-overlong", "invalidText", "a slash in two bytes", "62 c0af"),
        vector(
            "nested-17", "outOfRange", "arrays 17 deep: generic decoders stop at 16",
            String(repeating: "81", count: 17) + "00"),
    ]
}

/// What our decoder says about one item of any type.
func judgeItem(_ bytes: [UInt8]) -> String {
    outcome { () throws(DecodeError) in _ = try recoded(bytes) }
}

/// One item of any type, decoded and encoded again.
func recoded(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    var writer = CBORWriter(capacity: bytes.count)
    var reader = CBORReader(bytes.span.bytes)
    try writer.copyItem(from: &reader)
    try reader.finish()
    precondition(writer.bytes == bytes, "accepted, but encodes differently")
    return writer.bytes
}
