/// Hexadecimal digits: written lowercase, read in either case.
public enum Hex {
    /// Two lowercase digits per byte.
    public static func encode(_ span: RawSpan) -> String {
        String(unsafeUninitializedCapacity: span.byteCount * 2) { digits in
            for offset in 0..<span.byteCount {
                let byte = span.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                digits[offset * 2] = digit(byte >> 4)
                digits[offset * 2 + 1] = digit(byte & 15)
            }
            return span.byteCount * 2
        }
    }

    /// Two lowercase digits per byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        encode(bytes.span.bytes)
    }

    /// The bytes that `text` writes, or nil for an odd count or anything that is no digit.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
