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
        // At most e^60: a session of that many seconds outlives everything.
        return .seconds(scale.seconds * Exponential.natural(Logarithm.natural(hazard) / shape))
    }
}
