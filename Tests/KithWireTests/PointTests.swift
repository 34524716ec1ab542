import KithCrypto
import KithWire
import Testing

@Suite("Points of the id space")
struct PointTests {
    /// Points of which many share a long prefix, so that every word decides now and then.
    private func points(_ count: Int, _ entropy: inout Entropy) -> [Point] {
        let centre = Point(entropy.bytes32())
        return (0..<count).map { _ in
            centre.replacingSuffix(
                after: Int(entropy.below(257)), with: Point(entropy.bytes32()))
        }
    }

    /// The number that the bytes are, one decimal digit per bit: slow and obvious.
    private func bits(_ point: Point) -> [Int] {
        point.bytes.bytes.flatMap { byte in (0..<8).map { Int(byte >> UInt8(7 - $0) & 1) } }
    }

    @Test("identical ones have distance zero, and only those")
    func identity() {
        var entropy = Entropy(seed: testSeed("identical points", usual: 1))
        for point in points(200, &entropy) {
            #expect(point.distance(to: point) == Point())
            let other = point.flippingBit(at: Int(entropy.below(256)))
            #expect(point.distance(to: other) != Point())
        }
    }

    @Test("the distance is the same both ways")
    func symmetry() {
        var entropy = Entropy(seed: testSeed("distance both ways", usual: 2))
        let all = points(200, &entropy)
        for (a, b) in zip(all, all.reversed()) {
            #expect(a.distance(to: b) == b.distance(to: a))
            #expect(a.commonPrefix(with: b) == b.commonPrefix(with: a))
        }
    }

    @Test("the distance over a third point combines exactly and is never shorter")
    func triangle() {
        var entropy = Entropy(seed: testSeed("triangles", usual: 3))
        let all = points(300, &entropy)
        for index in stride(from: 0, to: 300, by: 3) {
            let (a, b, c) = (all[index], all[index + 1], all[index + 2])
            #expect(a.distance(to: b).distance(to: b.distance(to: c)) == a.distance(to: c))
            // XOR never exceeds the sum; half of each, so that the sum cannot overflow.
            let half = { (point: Point) in point.bytes.bigEndianWords.0 >> 1 }
            let sum = half(a.distance(to: b)) + half(b.distance(to: c)) + 1
            #expect(half(a.distance(to: c)) <= sum)
        }
    }

    @Test("the closer one is the one with the smaller distance")
    func closeness() {
        var entropy = Entropy(seed: testSeed("closer points", usual: 4))
        let all = points(600, &entropy)
        for index in stride(from: 0, to: 600, by: 3) {
            let (here, a, b) = (all[index], all[index + 1], all[index + 2])
            let isCloser = here.distance(to: a) < here.distance(to: b)
            #expect(here.isCloser(a, than: b) == isCloser)
            #expect(!here.isCloser(a, than: a))
        }
    }

    @Test("order, prefix and bits agree with the digits")
    func digits() {
        var entropy = Entropy(seed: testSeed("digits of points", usual: 5))
        let all = points(300, &entropy)
        for (a, b) in zip(all, all.reversed()) {
            let (left, right) = (bits(a), bits(b))
            #expect((a < b) == left.lexicographicallyPrecedes(right))
            let prefix = zip(left, right).prefix { $0 == $1 }.count
            #expect(a.commonPrefix(with: b) == prefix)
            #expect((0..<256).map { a.bit(at: $0) ? 1 : 0 } == left)
        }
    }

    @Test(
        "a flipped bit ends the common prefix right there",
        arguments: [0, 1, 63, 64, 127, 128, 191, 192, 255])
    func flipping(bit: Int) {
        var entropy = Entropy(seed: testSeed("flipped bits", usual: 6))
        let point = Point(entropy.bytes32())
        let other = point.flippingBit(at: bit)
        #expect(point.commonPrefix(with: other) == bit)
        #expect(point.bit(at: bit) != other.bit(at: bit))
        #expect(other.flippingBit(at: bit) == point)
        #expect(point.commonPrefix(with: point) == 256)
    }

    @Test("a replaced suffix keeps the prefix and takes the rest")
    func suffix() {
        var entropy = Entropy(seed: testSeed("suffixes", usual: 8))
        for kept in 0...256 {
            let (a, b) = (Point(entropy.bytes32()), Point(entropy.bytes32()))
            let mixed = bits(a.replacingSuffix(after: kept, with: b))
            #expect(mixed == Array(bits(a)[..<kept] + bits(b)[kept...]))
        }
    }
}

@Suite("Times and networks")
struct TimeAndNetworkTests {
    @Test("days and hours begin at midnight and on the hour")
    func days() {
        #expect(UnixTime(milliseconds: 86_399_999).day == 0)
        #expect(UnixTime(milliseconds: 86_400_000).day == 1)
        #expect(UnixTime(milliseconds: 3_599_999).hour == 0)
        #expect(UnixTime(milliseconds: 3_600_000).hour == 1)
        // 2026-06-01T00:00:00Z by `date -d`.
        #expect(UnixTime(milliseconds: 1_780_272_000_000).day == 20_605)
    }

    @Test("sums stay between 1970 and the largest time")
    func sums() {
        let time = UnixTime(milliseconds: 5_000)
        #expect((time + .seconds(2)).milliseconds == 7_000)
        #expect((time - .seconds(2)).milliseconds == 3_000)
        #expect((time - .seconds(6)) == .epoch)
        #expect((time + .microseconds(1_999)).milliseconds == 5_001)
        #expect(UnixTime(milliseconds: .max) + .seconds(1) == UnixTime(milliseconds: .max))
        #expect(time - UnixTime(milliseconds: 7_000) == .seconds(-2))
        #expect(UnixTime(milliseconds: 7_000) - time == .seconds(2))
    }

    @Test("names of networks are short and plain")
    func names() {
        for name in ["kith", "local", "a", "test-7", String(repeating: "x", count: 32)] {
            #expect(Network.isName(name))
        }
        for name in ["", "Kith", "a b", "ä", "a_b", String(repeating: "x", count: 33)] {
            #expect(!Network.isName(name))
        }
    }

    @Test("the prologue names the protocol and the network")
    func prologue() {
        #expect(Network.main.prologue == Array("kith/1\0kith".utf8))
        #expect(Network.local.prologue == Array("kith/1\0local".utf8))
    }
}
