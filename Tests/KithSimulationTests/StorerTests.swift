import KithSimulation
import Testing

@Suite("A storer that keeps everything")
struct StorerTests {
    @Test("finds the longest string that two texts have in common, and not one within a text")
    func common() throws {
        let texts: [[UInt8]] = [
            [1, 2, 3, 4, 1, 2, 3, 4], [9, 2, 3, 4, 9], [7, 7, 7, 7, 7, 7],
        ]
        let common = try #require(CommonString.longest(in: texts))
        #expect(common.bytes == [2, 3, 4])
        #expect(Set([common.first.text, common.second.text]) == [0, 1])
        #expect(CommonString.longest(in: [[1, 1], [2, 2]]) == nil)
        #expect(CommonString.longest(in: [[0, 0, 0]]) == nil)
        // Where one text ends within what another has.
        let zeros: [[UInt8]] = [[5, 0, 0], [5, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
        #expect(CommonString.longest(in: zeros)?.bytes == [5, 0, 0])
        // Not within a group.
        let grouped = CommonString.longest(in: texts + [[1, 2, 3, 4, 9]], groups: [0, 0, 1, 2])
        #expect(grouped?.bytes == [1, 2, 3, 4])
        #expect(CommonString.longest(in: texts, groups: [0, 0, 1]) == nil)
    }

    @Test("compares like a comparison of every place with every other", arguments: 0..<8)
    func reference(round: Int) {
        let seed = testSeed(default: 994)
        var dice = SeededDice(state: seed &+ UInt64(round))
        let texts = (0..<4).map { _ in
            (0..<40).map { _ in UInt8.random(in: 0...2, using: &dice) }
        }
        var longest = 0
        for (number, one) in texts.enumerated() {
            for other in texts[(number + 1)...] {
                for from in one.indices {
                    for to in other.indices {
                        longest = max(
                            longest, zip(one[from...], other[to...]).prefix { $0 == $1 }.count)
                    }
                }
            }
        }
        #expect(CommonString.longest(in: texts)?.bytes.count == longest)
    }

    @Test("tells bytes that were not drawn from drawn ones, and two kinds apart")
    func counts() throws {
        var dice = SeededDice(state: testSeed(default: 995))
        var (drawn, again, text) = (ByteCounts(), ByteCounts(), ByteCounts())
        drawn.add((0..<50_000).map { _ in UInt8.random(in: 0...255, using: &dice) })
        again.add((0..<5_000).map { _ in UInt8.random(in: 0...255, using: &dice) })
        text.add((0..<5_000).map { _ in UInt8.random(in: 0...240, using: &dice) })
        #expect(try abs(#require(drawn.excess)) < 4.75)
        #expect(try abs(#require(again.excess(over: drawn))) < 4.75)
        #expect(try #require(text.excess) > 4.75)
        #expect(try #require(text.excess(over: drawn)) > 4.75)
        // Too few to tell.
        var few = ByteCounts()
        few.add(0..<255)
        #expect(few.excess == nil)
        #expect(few.excess(over: drawn) == nil)
    }
}

/// Dice for the tests of what has none (SplitMix64).
private struct SeededDice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
