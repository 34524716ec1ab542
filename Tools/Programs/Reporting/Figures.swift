extension Double {
    /// This number with `digits` digits after the point.
    package func rounded(to digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((magnitude * scale).rounded())
        let sign = self < 0 && scaled > 0 ? "-" : ""
        let whole = "\(sign)\(scaled / Int64(scale))"
        guard digits > 0 else { return whole }
        return whole + "." + "\(scaled % Int64(scale))".aligned(to: digits, with: "0")
    }
}

extension String {
    /// This text with spaces after it up to `width` characters.
    package func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// This text with `filler` before it up to `width` characters.
    package func aligned(to width: Int, with filler: String = " ") -> String {
        String(repeating: filler, count: max(0, width - count)) + self
    }
}

/// Figures for programs.
package enum JSON {
    /// An object; the values are JSON already.
    package static func object(_ fields: [(name: String, value: String)]) -> String {
        "{" + fields.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// A number with so many digits; null when nothing was measured.
    package static func number(_ value: Double?, _ digits: Int) -> String {
        value.map { $0.rounded(to: digits) } ?? "null"
    }
}
