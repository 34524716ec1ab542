import KithCrypto
import Testing

@testable import KithOverlay

@Suite("Deadlines")
struct DeadlinesTests {
    @Test("come out by instant, equal ones in the order they came")
    func stableOrder() {
        var deadlines = Deadlines<String>()
        deadlines.push("b", at: .start + .seconds(2))
        deadlines.push("a1", at: .start + .seconds(1))
        deadlines.push("a2", at: .start + .seconds(1))
        deadlines.push("a3", at: .start + .seconds(1))
        var order: [String] = []
        while let key = deadlines.popDue(at: .start + .seconds(2)) { order.append(key) }
        #expect(order == ["a1", "a2", "a3", "b"])
    }

    @Test("are not due a nanosecond early")
    func exactness() {
        var deadlines = Deadlines<Int>()
        #expect(deadlines.next == .never)
        deadlines.push(7, at: .start + .seconds(1))
        #expect(deadlines.next == .start + .seconds(1))
        #expect(deadlines.popDue(at: .start + .nanoseconds(999_999_999)) == nil)
        #expect(deadlines.peek?.key == 7)
        #expect(deadlines.popDue(at: .start + .seconds(1)) == 7)
        #expect(deadlines.popDue(at: .start + .seconds(1)) == nil)
        #expect(deadlines.isEmpty == true)
    }

    @Test("agree with a stable sort over random pushes and pops")
    func oracle() {
        var entropy = Entropy(seed: testSeed(default: 12))
        var deadlines = Deadlines<Int>()
        var expected: [(due: UInt64, key: Int)] = []
        var now: UInt64 = 0
        for key in 0..<20_000 {
            if entropy.below(2) == 0 {
                // Few distinct instants, so that ties are the rule.
                let due = now + entropy.below(8)
                deadlines.push(key, at: Instant(nanoseconds: due))
                let place = expected.firstIndex { $0.due > due } ?? expected.count
                expected.insert((due, key), at: place)
            } else {
                now += entropy.below(3)
                let first = expected.first.flatMap { $0.due <= now ? $0.key : nil }
                if first != nil { expected.removeFirst() }
                #expect(deadlines.popDue(at: Instant(nanoseconds: now)) == first)
            }
            #expect(deadlines.count == expected.count)
        }
    }
}
