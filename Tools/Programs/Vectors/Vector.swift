import KithCrypto
import KithWire

/// One test vector: bytes, and what a decoder must say about them.
struct Vector {
    /// The folder: what kind of thing the bytes are.
    let area: String
    /// The file, named after the one fault that it has.
    let name: String
    /// `ok`, or the name of the case of ``DecodeError``.
    let expect: String
    /// What the vector is about, in one line.
    let comment: String
    /// Further header lines, such as keys; readers ignore what they do not know.
    let headers: [(String, String)]
    /// The bytes in question.
    let bytes: [UInt8]
    /// What our own decoder says about bytes of this area: `ok` or the name of an error.
    let judge: ([UInt8]) -> String

    /// The file: header lines, an empty line, and hexadecimal digits, 32 bytes to a line.
    var text: String {
        var lines = ["expect: \(expect)", "comment: \(comment)"]
        lines += headers.map { "\($0.0): \($0.1)" }
        lines.append("")
        for start in stride(from: 0, to: bytes.count, by: 32) {
            lines.append(Hex.encode([UInt8](bytes[start..<min(start + 32, bytes.count)])))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The word of a decoding: `ok`, or the name of the error's case.
func outcome(of decode: () throws(DecodeError) -> Void) -> String {
    do {
        try decode()
        return "ok"
    } catch {
        return error.rawValue
    }
}

/// The bytes of a CBOR encoding that is written piece by piece.
func cbor(_ write: (inout CBORWriter) -> Void) -> [UInt8] {
    var writer = CBORWriter(capacity: 4_096)
    write(&writer)
    precondition(!writer.overflowed, "a vector of more than 4,096 bytes")
    return writer.bytes
}

/// The bytes of hexadecimal digits that stand in the source; blanks are for the reader.
func hex(_ text: String) -> [UInt8] {
    guard let bytes = Hex.decode(String(text.filter { $0 != " " })) else {
        preconditionFailure("no hexadecimal digits: \(text)")
    }
    return bytes
}

extension [UInt8] {
    /// The same bytes with one replaced.
    func replacing(at index: Int, with byte: UInt8) -> [UInt8] {
        var bytes = self
        bytes[index] = byte
        return bytes
    }
}
