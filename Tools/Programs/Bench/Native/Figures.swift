extension [Double] {
    /// The middle one, of an even number the mean of both; there must be one.
    var median: Double {
        precondition(!isEmpty, "a median of nothing")
        let ordered = sorted()
        let middle = count / 2
        return count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}

extension Double {
    /// This number with so many digits behind the point.
    func rounded(to digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((magnitude * scale).rounded())
        let sign = self < 0 && scaled > 0 ? "-" : ""
        let whole = "\(sign)\(scaled / Int64(scale))"
        guard digits > 0 else { return whole }
        return whole + "." + "\(scaled % Int64(scale))".padded(before: digits, with: "0")
    }
}

/// Figures for programs.
enum JSON {
    /// An object; the values are JSON already.
    static func object(_ fields: [(name: String, value: String)]) -> String {
        "{" + fields.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }
}

extension String {
    /// This text with spaces after it up to `width` characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// This text with `filler` before it up to `width` characters.
    func padded(before width: Int, with filler: String = " ") -> String {
        String(repeating: filler, count: Swift.max(0, width - count)) + self
    }
}
