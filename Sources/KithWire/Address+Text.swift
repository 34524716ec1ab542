/// The text form: `192.0.2.7:5484` and `[2001:db8::7]:5484` (RFC 5952).
extension Address: LosslessStringConvertible {
    /// Reads `a.b.c.d:port` or `[v6]:port`; nil for anything else.
    ///
    /// Numbers have no leading zeros where these could mean octal. A zone such as `%eth0` is
    /// not accepted: it means nothing to another machine.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let port = Address.decimal(bytes[(colon + 1)...], upTo: UInt32(UInt16.max))
        else { return nil }
        let host = bytes[..<colon]
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 2 {
            guard let (high, low) = Address.v6(host.dropFirst().dropLast()) else { return nil }
            self.init(v6: high, low: low, port: UInt16(port))
        } else {
            guard let v4 = Address.v4(host) else { return nil }
            self.init(v4: v4, port: UInt16(port))
        }
    }

    /// The address as text, in the one form that RFC 5952 recommends; a zone is its number
    /// (RFC 4007 section 11).
    public var description: String {
        family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)"
    }

    /// The address without its port, as text.
    public var host: String {
        guard let v4 else { return v6Text }
        return "\(v4 >> 24).\(v4 >> 16 & 0xff).\(v4 >> 8 & 0xff).\(v4 & 0xff)"
    }

    /// Eight groups of sixteen bits, most significant first.
    private var groups: [UInt16] {
        (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - index % 4 * 16))
        }
    }

    private var v6Text: String {
        guard zone == 0 else { return "\(withoutZone.v6Text)%\(zone)" }
        let groups = self.groups
        let hole = Address.longestZeros(groups)
        guard hole.count > 1 else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let left = groups[..<hole.lowerBound].map { String($0, radix: 16) }
        let right = groups[hole.upperBound...].map { String($0, radix: 16) }
        return left.joined(separator: ":") + "::" + right.joined(separator: ":")
    }

    /// The longest run of zero groups, the first one of equally long ones.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            guard group == 0 else {
                start = index + 1
                continue
            }
            if index + 1 - start > longest.count { longest = start..<index + 1 }
        }
        return longest
    }

    /// A decimal number of at most `bound`, without sign or leading zeros.
    private static func decimal(_ digits: ArraySlice<UInt8>, upTo bound: UInt32) -> UInt32? {
        guard (1...5).contains(digits.count) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
        }
        return value <= bound ? value : nil
    }

    /// Four decimal numbers with dots between them.
    private static func v4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(
            separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = decimal(part, upTo: 255) else { return nil }
            value = value << 8 | byte
        }
        return value
    }

    /// The halves of an IPv6 address (RFC 4291 section 2.2).
    private static func v6(_ text: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
        var left: [UInt16] = []
        var right: [UInt16]?
        var rest = text
        let colon = UInt8(ascii: ":")
        if rest.starts(with: [colon, colon]) {
            right = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: colon) ?? rest.endIndex
            guard let groups = v6Part(rest[rest.startIndex..<end], isLast: end == rest.endIndex)
            else { return nil }
            if right == nil { left += groups } else { right? += groups }
            guard end < rest.endIndex else { break }
            rest = rest[(end + 1)...]
            guard let next = rest.first else { return nil }
            if next == colon {
                guard right == nil else { return nil }
                right = []
                rest = rest.dropFirst()
            }
        }
        return v6Halves(left, right)
    }

    /// One group of up to four hexadecimal digits, or IPv4 at the end, which is two groups.
    private static func v6Part(_ part: ArraySlice<UInt8>, isLast: Bool) -> [UInt16]? {
        if isLast, part.contains(UInt8(ascii: ".")) {
            guard let v4 = v4(part) else { return nil }
            return [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
        }
        guard (1...4).contains(part.count) else { return nil }
        var value: UInt16 = 0
        for digit in part {
            guard let nibble = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt16(nibble)
        }
        return [value]
    }

    /// The groups before and after `::`; without it there must be eight, with it fewer.
    private static func v6Halves(
        _ left: [UInt16], _ right: [UInt16]?
    ) -> (high: UInt64, low: UInt64)? {
        let given = left.count + (right?.count ?? 0)
        guard right == nil ? given == 8 : given < 8 else { return nil }
        let groups = left + [UInt16](repeating: 0, count: 8 - given) + (right ?? [])
        func half(_ groups: ArraySlice<UInt16>) -> UInt64 {
            groups.reduce(0) { $0 << 16 | UInt64($1) }
        }
        return (half(groups[..<4]), half(groups[4...]))
    }
}
