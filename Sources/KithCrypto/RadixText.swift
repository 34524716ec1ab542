/// Text in which every character carries the same number of bits, most significant bit first
/// (RFC 4648 without padding).
///
/// Reading is strict, so that equal bytes have exactly one spelling: no padding, no white
/// space, no other case, no surplus character, and the bits after the last byte are zero.
struct RadixText {
    /// The digits in the order of their values, in ASCII; a power of two of them.
    let alphabet: StaticString
    /// Bits per character: 5 or 6.
    let digitBits: Int

    /// The shortest text that holds all bits of `span`.
    func encode(_ span: RawSpan) -> String {
        let digitCount = (span.byteCount * 8 + digitBits - 1) / digitBits
        let digits = alphabet.utf8Start
        return String(unsafeUninitializedCapacity: digitCount) { text in
            var pending = 0
            var pendingBits = 0
            var written = 0
            for offset in 0..<span.byteCount {
                let byte = span.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                pending = pending << 8 | Int(byte)
                pendingBits += 8
                while pendingBits >= digitBits {
                    pendingBits -= digitBits
                    text[written] = digits[pending >> pendingBits]
                    pending &= 1 << pendingBits - 1
                    written += 1
                }
            }
            if pendingBits > 0 {
                text[written] = digits[pending << (digitBits - pendingBits)]
                written += 1
            }
            return written
        }
    }

    /// The bytes that `text` spells, or nil when it is not what ``encode(_:)`` writes.
    func decode(_ text: String) -> [UInt8]? {
        let digitCount = text.utf8.count
        let surplusBits = digitCount * digitBits % 8
        // A whole character of surplus would be a second, longer spelling.
        guard surplusBits < digitBits else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digitCount * digitBits / 8)
        var pending = 0
        var pendingBits = 0
        for digit in text.utf8 {
            guard let value = value(of: digit) else { return nil }
            pending = pending << digitBits | value
            pendingBits += digitBits
            if pendingBits >= 8 {
                pendingBits -= 8
                bytes.append(UInt8(pending >> pendingBits))
                pending &= 1 << pendingBits - 1
            }
        }
        return pending == 0 ? bytes : nil
    }

    private func value(of digit: UInt8) -> Int? {
        let digits = UnsafeBufferPointer(
            start: alphabet.utf8Start, count: alphabet.utf8CodeUnitCount)
        return digits.firstIndex(of: digit)
    }
}
