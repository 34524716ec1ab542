import KithCrypto
import KithOverlay

/// Lengths of sessions that are mostly short and sometimes very long.
///
/// `P(length > t) = exp(-(t / scale)^shape)`; a shape of 1 is the exponential distribution.
struct Weibull {
    /// Below 1, who has been up for long will be up for longer.
    let shape: Double
    /// The length that 1/e of all sessions exceed.
    let scale: Duration

    /// Draws one length.
    func draw(_ entropy: inout Entropy) -> Duration {
        let hazard = -Logarithm.natural(1 - entropy.unit())
        guard hazard > 0 else { return .zero }
        return .seconds(scale.seconds * Weibull.exp(Logarithm.natural(hazard) / shape))
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
