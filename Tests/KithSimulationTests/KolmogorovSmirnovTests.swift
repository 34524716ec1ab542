import KithSimulation
import Testing

@Suite("The test of Kolmogorov and Smirnov")
struct KolmogorovSmirnovTests {
    @Test("distances and probabilities are those of published tables")
    func kolmogorovSmirnov() {
        // 1.628 / (\u{221A}n + 0.12 + 0.11 / \u{221A}n) has a probability of 1 %, 1.358 one of 5 %.
        for (scaled, share) in [(1.628, 0.01), (1.358, 0.05), (1.224, 0.1)] {
            for count in [20.0, 50, 2_000] {
                let root = count.squareRoot()
                let distance = scaled / (root + 0.12 + 0.11 / root)
                let found = KolmogorovSmirnov.probability(of: distance, count: count)
                #expect(abs(found - share) < 0.001, "\(found)")
            }
        }
        #expect(KolmogorovSmirnov.distance([1, 2, 3, 4], [1, 2, 3, 4]) == 0)
        #expect(KolmogorovSmirnov.distance([1, 2], [3, 4]) == 1)
        #expect(KolmogorovSmirnov.distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5)
        let beats = (0..<400).map { 1 + 0.1 * Double($0 % 3) }
        #expect(KolmogorovSmirnov.distanceToExponential(beats) > 0.5)
    }
}
