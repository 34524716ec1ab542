import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("The estimate of the network's size")
struct NetworkSizeTests {
    let now = Instant(nanoseconds: 1)

    /// The ids closest to `target` of `count` random ones.
    func closest(_ ids: [Point], to target: Point) -> [Point] {
        Array(ids.sorted { target.isCloser($0, than: $1) }.prefix(16))
    }

    @Test("is within a third after 32 samples", arguments: [50, 300, 1_000])
    func accuracy(size: Int) {
        var entropy = Entropy(seed: testSeed(default: 41))
        let ids = (0..<size).map { _ in Point(entropy.bytes32()) }
        var estimate = NetworkSize()
        for _ in 0..<32 {
            let target = Point(entropy.bytes32())
            estimate.learn(
                closest: closest(ids, to: target), to: target, wanted: 16, at: now)
        }
        let found = estimate.estimate(at: now) ?? 0
        print("size \(size): estimated \(found)")
        #expect(found * 3 > size * 2 && found * 3 < size * 4)
    }

    @Test("is not moved far by seven ids ground next to each of a few locations")
    func groundIDs() {
        var entropy = Entropy(seed: testSeed(default: 42))
        let ids = (0..<1_000).map { _ in Point(entropy.bytes32()) }
        var estimate = NetworkSize()
        for sample in 0..<32 {
            let target = Point(entropy.bytes32())
            var near = closest(ids, to: target)
            if sample % 3 == 0 {
                let ground = (0..<7).map { _ in
                    target.replacingSuffix(after: 60, with: Point(entropy.bytes32()))
                }
                near = closest(near + ground, to: target)
            }
            estimate.learn(closest: near, to: target, wanted: 16, at: now)
        }
        // Without the medians these samples alone would say 2^60.
        #expect((600...2_000).contains(estimate.estimate(at: now) ?? 0))
    }

    @Test("is a count when fewer nodes exist than were wanted, of three fresh samples at least")
    func small() {
        var estimate = NetworkSize()
        estimate.learn(closest: [], to: Point(), wanted: 8, at: now)
        for _ in 0..<3 {
            #expect(estimate.estimate(at: now) == nil)
            estimate.learn(
                closest: [Point().flippingBit(at: 3)], to: Point(), wanted: 8, at: now)
        }
        #expect(estimate.estimate(at: now) == 2)
        #expect(estimate.estimate(at: now + Settings.Routing().sizeSampleLife) == nil)
    }
}
