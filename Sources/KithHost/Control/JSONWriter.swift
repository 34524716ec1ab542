extension JSON {
    /// The value on one line, without spaces and without a line feed.
    ///
    /// Control characters are escaped (C1 ones and DEL too), so that a hostile name cannot drive
    /// the terminal that shows this. Numbers that JSON cannot say (infinities) become `null`.
    public var encoded: String {
        String(decoding: encodedBytes, as: UTF8.self)
    }

    /// The UTF-8 bytes of ``encoded``.
    public var encodedBytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    /// The value with one member or element per line and two spaces of indentation, for people.
    public var pretty: String {
        var bytes: [UInt8] = []
        writePretty(into: &bytes, depth: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the bytes of ``encoded``.
    func write(into bytes: inout [UInt8]) {
        switch self {
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSON.write(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        default:
            writeScalar(into: &bytes)
        }
    }

    private func writeScalar(into bytes: inout [UInt8]) {
        switch self {
        case .null, .array, .object: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .unsigned(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value):
            bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .text(let text): JSON.write(text, into: &bytes)
        }
    }

    private func writePretty(into bytes: inout [UInt8], depth: Int) {
        switch self {
        case .array(let values) where !values.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                JSON.newLine(into: &bytes, depth: depth + 1, comma: index > 0)
                value.writePretty(into: &bytes, depth: depth + 1)
            }
            JSON.newLine(into: &bytes, depth: depth, comma: false)
            bytes.append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                JSON.newLine(into: &bytes, depth: depth + 1, comma: index > 0)
                JSON.write(member.name, into: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                member.value.writePretty(into: &bytes, depth: depth + 1)
            }
            JSON.newLine(into: &bytes, depth: depth, comma: false)
            bytes.append(UInt8(ascii: "}"))
        default:
            write(into: &bytes)
        }
    }

    private static func newLine(into bytes: inout [UInt8], depth: Int, comma: Bool) {
        if comma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<(2 * depth) { bytes.append(UInt8(ascii: " ")) }
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        bytes.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes.append(contentsOf: "\\\"".utf8)
            case "\\": bytes.append(contentsOf: "\\\\".utf8)
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                let digits = Array("0123456789abcdef".utf8)
                let value = Int(scalar.value)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[value >> 4])
                bytes.append(digits[value & 15])
            default:
                bytes.append(contentsOf: scalar.utf8)
            }
        }
        bytes.append(quote)
    }
}
