/// Powers of e, our own for the reason that `Logarithm` has.
enum Exponential {
    /// e to the power `x`, of which what is beyond ±60 is cut off.
    static func natural(_ x: Double) -> Double {
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
