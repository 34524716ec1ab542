/// Why bytes are not the JSON that is accepted here.
public enum JSONError: Error, Sendable, Equatable {
    /// The bytes are not UTF-8.
    case notUTF8
    /// The value ends early.
    case truncated
    /// Something else was expected at this byte.
    case unexpected(offset: Int)
    /// More bytes follow the value.
    case trailing(offset: Int)
    /// Arrays and objects are nested deeper than ``JSON/depthMax``.
    case tooDeep
    /// A number too large for a double, at this byte.
    case outOfRange(offset: Int)
    /// A name occurs twice in one object.
    case duplicateName(String)
    /// A `\u` escape is half of a surrogate pair, at this byte.
    case loneSurrogate(offset: Int)
}

extension JSON {
    /// Nesting that is read; a control request needs 4, and each level costs stack.
    public static let depthMax = 32

    /// Reads exactly one value, strictly by RFC 8259; white space may surround it.
    ///
    /// Refused besides broken syntax: names that occur twice, lone surrogates, numbers that no
    /// double can hold, and nesting beyond ``depthMax``.
    public init(decoding bytes: [UInt8]) throws(JSONError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = JSONReader(bytes: bytes)
        reader.skipSpace()
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw .trailing(offset: reader.offset) }
        self = value
    }

    /// Reads exactly one value from text.
    public init(decoding text: String) throws(JSONError) {
        try self.init(decoding: Array(text.utf8))
    }
}

/// A position in the bytes of one JSON text that is known to be UTF-8.
private struct JSONReader {
    let bytes: [UInt8]
    private(set) var offset = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) {
            offset += 1
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.depthMax else { throw .tooDeep }
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.count else { throw .truncated }
        return bytes[offset]
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard try peek() == UInt8(ascii: character) else { throw .unexpected(offset: offset) }
        offset += 1
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for byte in expected {
            guard try peek() == byte else { throw .unexpected(offset: offset) }
            offset += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        var names: Set<String> = []
        try expect("{")
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return members
        }
        while true {
            let name = try text()
            guard names.insert(name).inserted else { throw .duplicateName(name) }
            skipSpace()
            try expect(":")
            skipSpace()
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if try peek() == UInt8(ascii: "}") {
                offset += 1
                return members
            }
            try expect(",")
            skipSpace()
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSON] {
        var values: [JSON] = []
        try expect("[")
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return values
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if try peek() == UInt8(ascii: "]") {
                offset += 1
                return values
            }
            try expect(",")
            skipSpace()
        }
    }

    private mutating func text() throws(JSONError) -> String {
        try expect("\"")
        var content: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                content.append(contentsOf: try escape().utf8)
            case 0..<0x20:
                throw .unexpected(offset: offset)
            default:
                content.append(byte)
                offset += 1
            }
        }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        offset += 1
        let kind = try peek()
        offset += 1
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(start: start)
        default: throw .unexpected(offset: offset - 1)
        }
    }

    private mutating func unicodeEscape(start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // RFC 8259 section 7: above the first plane a pair of escapes, high half first.
        guard (0xD800..<0xDC00).contains(first), offset + 1 < bytes.count,
            bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate(offset: start) }
        offset += 2
        let second = try fourDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .loneSurrogate(offset: start) }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit = try peek()
            guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else {
                throw .unexpected(offset: offset)
            }
            value = value << 4 | UInt32(nibble)
            offset += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = offset
        if try peek() == UInt8(ascii: "-") { offset += 1 }
        // No leading zeros: 0 stands alone.
        if try peek() == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        var isWhole = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            isWhole = false
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            offset += 1
            let sign = try peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isWhole, text != "-0" {
            if let value = Int64(text) { return .integer(value) }
            if let value = UInt64(text) { return .unsigned(value) }
        }
        guard let value = Double(text), value.isFinite else { throw .outOfRange(offset: start) }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset])
        {
            offset += 1
        }
        guard offset > start else {
            if offset >= bytes.count { throw .truncated }
            throw .unexpected(offset: offset)
        }
    }
}
