// A secret as hexadecimal digits, which are a secret too: no String ever holds them.
extension SecretBytes {
    /// The bytes that the hexadecimal digits in `digits` write, or nil for none, an odd count or
    /// anything that is no digit.
    public init?(hexDigits digits: RawSpan) {
        guard digits.byteCount > 0, digits.byteCount.isMultiple(of: 2) else { return nil }
        let bytes = SecretBytes(count: digits.byteCount / 2)
        for offset in 0..<bytes.count {
            let high = digits.unsafeLoad(fromByteOffset: offset * 2, as: UInt8.self)
            let low = digits.unsafeLoad(fromByteOffset: offset * 2 + 1, as: UInt8.self)
            guard let high = Hex.value(of: high), let low = Hex.value(of: low) else { return nil }
            bytes.base.storeBytes(of: high << 4 | low, toByteOffset: offset, as: UInt8.self)
        }
        self = bytes
    }

    /// Two lowercase hexadecimal digits per byte, in ASCII.
    public func hexDigits() -> SecretBytes {
        let digits = SecretBytes(count: count * 2)
        for offset in 0..<count {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            let (high, low) = (Hex.digit(byte >> 4), Hex.digit(byte & 15))
            digits.base.storeBytes(of: high, toByteOffset: offset * 2, as: UInt8.self)
            digits.base.storeBytes(of: low, toByteOffset: offset * 2 + 1, as: UInt8.self)
        }
        return digits
    }
}
