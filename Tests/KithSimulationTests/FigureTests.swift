import Foundation
import KithCrypto
import KithOverlay
import Testing

@testable import KithSimulation

@Suite("What figures are made of")
struct FigureTests {
    @Test("a quantile is a value that was measured (nearest rank)")
    func quantiles() {
        var samples = Samples()
        #expect(samples.median == nil)
        for value in [5.0, 1, 4, 2, 3] { samples.add(value) }
        #expect(samples.median == 3)
        #expect(samples.quantile(0) == 1)
        #expect(samples.quantile(0.8) == 4)
        #expect(samples.quantile(0.81) == 5)
        #expect(samples.mean == 3)
    }

    @Test("our logarithm and exponential agree with the C library's to 13 digits")
    func logarithm() {
        var value = 1e-12
        while value < 1e12 {
            #expect(abs(Logarithm.natural(value) - log(value)) <= 1e-13 * max(1, abs(log(value))))
            value *= 1.37
        }
        for power in stride(from: -40.0, through: 40, by: 0.37) {
            #expect(abs(Exponential.natural(power) / exp(power) - 1) < 1e-13)
        }
    }

    @Test("IPFS-like sessions: half of those who come are gone within 2 h, 80 % within 8 h")
    func sessions() {
        var entropy = Entropy(seed: testSeed(default: 71))
        let habit = Weibull(shape: Churn.ipfs.shape, scale: Churn.ipfs.scale)
        var short = 0
        var medium = 0
        for _ in 0..<10_000 {
            let length = habit.draw(&entropy)
            if length <= .seconds(2 * 3_600) { short += 1 }
            if length <= .seconds(8 * 3_600) { medium += 1 }
        }
        #expect((4_700...5_300).contains(short))
        #expect((7_700...8_300).contains(medium))
    }

    @Test("a cut separates its sides, and one way only if told so")
    func cuts() {
        let cut = Cut(side: [1, 2])
        #expect(cut.separates(1, 3) && cut.separates(3, 1))
        #expect(!cut.separates(1, 2) && !cut.separates(3, 4))
        let oneWay = Cut(side: [1, 2], isOneWay: true)
        #expect(oneWay.separates(1, 3) && !oneWay.separates(3, 1))
    }
}
