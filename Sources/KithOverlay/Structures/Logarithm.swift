/// The natural logarithm, our own: the core imports no mathematics library, and the C library's may
/// differ in its last bit from one version to the next, and with it every trace.
package enum Logarithm {
    /// The natural logarithm of a positive number: of its power of two, and by the series of
    /// atanh of what is left, which lies within 1 and 2.
    package static func natural(_ x: Double) -> Double {
        precondition(x > 0 && x.isFinite, "the logarithm of \(x)")
        let ratio = (x.significand - 1) / (x.significand + 1)
        let square = ratio * ratio
        var power = ratio
        var sum = 0.0
        // The ratio is below 1/3: 20 terms are more than a Double can hold.
        for term in 0..<20 {
            sum += power / Double(2 * term + 1)
            power *= square
        }
        return Double(x.exponent) * 0.693_147_180_559_945_3 + 2 * sum
    }
}
