import KithCrypto
import Testing

@testable import KithOverlay

@Suite("A replay window")
struct ReplayWindowTests {
    /// The same rules with a set and the highest counter.
    struct Oracle {
        var seen: Set<UInt64> = []
        var highest: UInt64?

        mutating func accept(_ counter: UInt64) -> Bool {
            if let highest, counter <= highest, highest - counter >= 2_048 { return false }
            guard counter != .max, seen.insert(counter).inserted else { return false }
            highest = max(highest ?? 0, counter)
            return true
        }
    }

    @Test("accepts each counter once, in any order")
    func once() {
        var window = ReplayWindow()
        for counter: UInt64 in [0, 5, 3, 4, 1, 2] { #expect(window.accept(counter) == true) }
        for counter: UInt64 in 0...5 { #expect(window.accept(counter) == false) }
    }

    @Test("keeps exactly 2,048 counters", arguments: [2_048, 4_095, 4_096, 70_000] as [UInt64])
    func width(highest: UInt64) {
        var window = ReplayWindow()
        #expect(window.accept(highest) == true)
        #expect(window.accept(highest - 2_047) == true)
        #expect(window.wouldAccept(highest - 2_048) == false)
        #expect(window.accept(highest - 2_048) == false)
    }

    @Test("asking does not change it")
    func asking() {
        var window = ReplayWindow()
        #expect(window.wouldAccept(9) == true)
        #expect(window.wouldAccept(9) == true)
        #expect(window.accept(9) == true)
        #expect(window.wouldAccept(9) == false)
    }

    @Test("survives the largest jump and refuses the counter that Noise reserves")
    func extremes() {
        var window = ReplayWindow()
        #expect(window.accept(0) == true)
        #expect(window.accept(.max) == false)
        #expect(window.accept(.max - 1) == true)
        #expect(window.accept(.max - 1) == false)
        #expect(window.accept(.max - 2_048) == true)
        #expect(window.accept(.max - 2_049) == false)
        #expect(window.accept(.max) == false)
    }

    @Test("agrees with a set over random counters", arguments: [3, 60, 700, 5_000] as [UInt64])
    func oracle(spread: UInt64) {
        var entropy = Entropy(seed: testSeed(default: 13))
        var window = ReplayWindow()
        var oracle = Oracle()
        var position: UInt64 = entropy.below(10_000)
        var accepted = 0
        for _ in 0..<30_000 {
            let roll = entropy.below(1_000)
            position += roll < 5 ? entropy.below(3_000) : entropy.below(spread)
            let back = roll < 900 ? entropy.below(spread * 2) : entropy.below(2_500)
            let counter = position > back ? position - back : 0
            #expect(window.wouldAccept(counter) == oracleWouldAccept(oracle, counter))
            let verdict = window.accept(counter)
            #expect(verdict == oracle.accept(counter))
            accepted += verdict ? 1 : 0
        }
        #expect(accepted > 1_000 && accepted < 30_000)
    }

    private func oracleWouldAccept(_ oracle: Oracle, _ counter: UInt64) -> Bool {
        var copy = oracle
        copy.seen = oracle.seen.contains(counter) ? [counter] : []
        return copy.accept(counter)
    }
}
