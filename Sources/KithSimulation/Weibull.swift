import KithCrypto
import KithOverlay

/// Lengths of sessions that are mostly short and sometimes very long.
///
/// `P(length > t) = exp(-(t / scale)^shape)`; a shape of 1 is the exponential distribution.
/// The logarithm is our own: the C library's may differ in its last bit from one version to the
/// next, and with it every trace.
struct Weibull {
    /// Below 1, who has been up for long will be up for longer.
    let shape: Double
    /// The length that 1/e of all sessions exceed.
    let scale: Duration

    /// Draws one length.
    func draw(_ entropy: inout Entropy) -> Duration {
        let hazard = -Weibull.log(1 - entropy.unit())
        guard hazard > 0 else { return .zero }
        return .seconds(scale.seconds * Weibull.exp(Weibull.log(hazard) / shape))
    }

    /// The natural logarithm of a positive number: of its power of two, and by the series of
    /// atanh of what is left, which lies within 1 and 2.
    static func log(_ x: Double) -> Double {
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

    /// e to the power `x`, at most e^60: a session of that many seconds outlives everything.
    static func exp(_ x: Double) -> Double {
        var small = min(max(x, -60), 60)
        var halvings = 0
        while small.magnitude > 0.5 {
            small /= 2
            halvings += 1
        }
        var term = 1.0
        var sum = 1.0
        for step in 1...20 {
            term *= small / Double(step)
            sum += term
        }
        for _ in 0..<halvings { sum *= sum }
        return sum
    }
}
