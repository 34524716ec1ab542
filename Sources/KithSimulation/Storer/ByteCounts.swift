/// How often each byte, or half of a byte, occurred: whether bytes look drawn, and alike.
public struct ByteCounts: Sendable {
    /// What is counted.
    public enum Unit: Sendable {
        /// Whole bytes.
        case bytes
        /// Both halves of each byte, where there are few.
        case halves
    }

    private let unit: Unit
    private var counts: [Int]
    private var total = 0

    /// Nothing was counted yet.
    public init(_ unit: Unit = .bytes) {
        self.unit = unit
        counts = [Int](repeating: 0, count: unit == .bytes ? 256 : 16)
    }

    /// Counts these bytes.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            switch unit {
            case .bytes: count(Int(byte))
            case .halves:
                count(Int(byte >> 4))
                count(Int(byte & 0xF))
            }
        }
    }

    private mutating func count(_ value: Int) {
        counts[value] += 1
        total += 1
    }

    /// Counts what another has counted.
    mutating func add(_ other: ByteCounts) {
        for byte in counts.indices { counts[byte] += other.counts[byte] }
        total += other.total
    }

    /// How far the counts are from those of bytes of which each is as likely as any other, in
    /// standard deviations; nil where there are too few to tell.
    public var excess: Double? {
        let expected = Double(total) / Double(counts.count)
        guard expected >= Self.leastExpected else { return nil }
        let square = counts.reduce(0.0) { sum, count in
            let off = Double(count) - expected
            return sum + off * off / expected
        }
        return Self.deviations(ofChiSquare: square, freedom: counts.count - 1)
    }

    /// How far the counts are from being of the same source as `other`, in standard deviations;
    /// nil where there are too few to tell.
    public func excess(over other: ByteCounts) -> Double? {
        let all = Double(total + other.total)
        var square = 0.0
        var used = 0
        for (mine, theirs) in zip(counts, other.counts) where mine + theirs > 0 {
            used += 1
            let share = Double(mine + theirs) / all
            for (count, sum) in [(mine, total), (theirs, other.total)] {
                let expected = share * Double(sum)
                guard expected >= Self.leastExpected else { return nil }
                let off = Double(count) - expected
                square += off * off / expected
            }
        }
        guard used > 1 else { return nil }
        return Self.deviations(ofChiSquare: square, freedom: used - 1)
    }

    /// Fewer expected in a place make chi-square a poor measure (Cochran 1954).
    private static let leastExpected = 5.0

    /// By how many standard deviations of a normal distribution a chi-square is too large.
    ///
    /// Its cube root is nearly normal (Wilson and Hilferty 1931): well below a
    /// tenth of a deviation off from 15 degrees of freedom on.
    static func deviations(ofChiSquare square: Double, freedom: Int) -> Double {
        let spread = 2 / (9 * Double(freedom))
        return (cubeRoot(square / Double(freedom)) - 1 + spread) / spread.squareRoot()
    }

    /// The cube root of a number from 0 on, by Newton's method.
    private static func cubeRoot(_ number: Double) -> Double {
        guard number > 0 else { return 0 }
        var root = max(number, 1)
        for _ in 0..<200 {
            let next = (2 * root + number / (root * root)) / 3
            if next >= root { return root }
            root = next
        }
        return root
    }
}
