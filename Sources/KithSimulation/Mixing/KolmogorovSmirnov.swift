import KithOverlay

/// The test of Kolmogorov and Smirnov: whether lengths come from one distribution.
public enum KolmogorovSmirnov {
    /// The largest distance between the distribution of these lengths and the exponential one of
    /// mean 1.
    public static func distanceToExponential(_ lengths: [Double]) -> Double {
        let count = Double(lengths.count)
        var most = 0.0
        for (index, length) in lengths.sorted().enumerated() {
            let share = 1 - Exponential.natural(-length)
            most = max(most, share - Double(index) / count, Double(index + 1) / count - share)
        }
        return most
    }

    /// The largest distance between the distributions of two samples.
    public static func distance(_ left: [Double], _ right: [Double]) -> Double {
        let (left, right) = (left.sorted(), right.sorted())
        var (i, j, most) = (0, 0, 0.0)
        while i < left.count, j < right.count {
            let value = min(left[i], right[j])
            while i < left.count, left[i] <= value { i += 1 }
            while j < right.count, right[j] <= value { j += 1 }
            let difference = Double(i) / Double(left.count) - Double(j) / Double(right.count)
            most = max(most, difference.magnitude)
        }
        return most
    }

    /// The probability of such a distance or a larger one by chance alone.
    ///
    /// After Stephens, Journal of the Royal Statistical Society B 32, 1970.
    ///
    /// - Parameter count: the size of the sample; of two samples with n and m values n m / (n + m).
    public static func probability(of distance: Double, count: Double) -> Double {
        let root = count.squareRoot()
        let scaled = (root + 0.12 + 0.11 / root) * distance
        // The series does not converge near 0, where the probability is 1 to ten digits.
        guard scaled > 0.2 else { return 1 }
        var (sum, sign) = (0.0, 2.0)
        for term in 1...100 {
            sum += sign * Exponential.natural(-2 * Double(term * term) * scaled * scaled)
            sign = -sign
        }
        return min(max(sum, 0), 1)
    }
}
