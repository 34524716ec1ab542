import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("The eclipse meter")
struct EclipseMeterTests {
    let meter = EclipseMeter(settings: Settings.Eclipse(), network: .main)

    func node(_ id: Point, _ entropy: inout Entropy) -> NodeRecord {
        NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: 0, id: id,
            v4: Address(v4: entropy.next32(), port: 5_484))
    }

    /// The closest 16 of `ids` to `target`, with addresses all over.
    func closest(_ ids: [Point], to target: Point, _ entropy: inout Entropy) -> [NodeRecord] {
        ids.sorted { target.isCloser($0, than: $1) }.prefix(16).map { node($0, &entropy) }
    }

    @Test("finds nothing in 2,000 neighbourhoods that grew by chance, at half the true size too")
    func chance() {
        var entropy = Entropy(seed: testSeed(default: 71))
        let ids = (0..<1_000).map { _ in Point(entropy.bytes32()) }
        for _ in 0..<2_000 {
            let target = Point(entropy.bytes32())
            let near = closest(ids, to: target, &entropy)
            for size in [1_000, 500] {
                #expect(meter.judge(near, around: target, size: size) == .normal)
            }
        }
    }

    @Test("sees ids ground next to a location", arguments: [(3, 20), (4, 16), (8, 12), (16, 11)])
    func ground(count: Int, bits: Int) {
        var entropy = Entropy(seed: testSeed(default: 72))
        let ids = (0..<1_000).map { _ in Point(entropy.bytes32()) }
        for _ in 0..<50 {
            let target = Point(entropy.bytes32())
            let chosen = (0..<count).map { _ in
                target.replacingSuffix(after: bits, with: Point(entropy.bytes32()))
            }
            let near = closest(ids + chosen, to: target, &entropy)
            #expect(meter.judge(near, around: target, size: 1_000).isSuspicious)
        }
    }

    @Test(
        "knows how rarely so many stand where fewer are expected",
        arguments: [
            // Tails of the Poisson distribution, by Python's decimal with 50 digits.
            (1, 0.5, 0.393_469_340_287_366_6), (16, 5.0, 6.900_824_185_567_84e-5),
            (16, 8.0, 0.008_231_010_986_844_898), (3, 0.5, 0.014_387_677_966_970_687),
            (3, 0.0, 0.0), (2, 2.0, 1.0),
        ])
    func poisson(count: Int, mean: Double, chance: Double) {
        let found = EclipseMeter.chance(of: count, expecting: mean)
        // Exact below the mean only: from there on nothing is odd.
        let right = mean < Double(count) ? chance : 1
        #expect(abs(found - right) <= 1e-12 * max(right, 1e-3))
    }

    func isOdd(_ near: [NodeRecord], _ target: Point, size: Int) -> Bool {
        meter.isOdd(near, around: target, size: size, chance: Settings.Eclipse().oddChance)
    }

    @Test("widens few lookups by chance and misses hardly a siege")
    func odd() {
        var entropy = Entropy(seed: testSeed(default: 75))
        let ids = (0..<1_000).map { _ in Point(entropy.bytes32()) }
        var alarms = 0
        var missed = 0
        for _ in 0..<1_000 {
            let target = Point(entropy.bytes32())
            let near = closest(ids, to: target, &entropy)
            if isOdd(near, target, size: 1_000) { alarms += 1 }
            // 16 ids closer than the closest: uniform in a ball of the distance of that one.
            let bits = target.commonPrefix(with: near[0].id) + 1
            let ground = (0..<16).map { _ in
                target.replacingSuffix(after: bits, with: Point(entropy.bytes32()))
            }
            let besieged = closest(near.map(\.id) + ground, to: target, &entropy)
            if !isOdd(besieged, target, size: 1_250) { missed += 1 }
        }
        #expect(alarms < 50)
        #expect(missed < 5)
    }

    @Test("sees answers that come out of one subnet, except on local networks")
    func subnet() {
        var entropy = Entropy(seed: testSeed(default: 73))
        let target = Point(entropy.bytes32())
        let near = closest((0..<64).map { _ in Point(entropy.bytes32()) }, to: target, &entropy)
        let moved = near.enumerated().map { index, node in
            let host = UInt32(index) << 8 | 1
            return index < 9
                ? node.with(v4: Address(v4: 0x0505_0000 | host, port: 1), v6: nil) : node
        }
        #expect(meter.judge(moved, around: target, size: 64) == .oneSubnet(percent: 56))
        let local = EclipseMeter(settings: Settings.Eclipse(), network: .local)
        #expect(local.judge(moved, around: target, size: 64) == .normal)
    }

    @Test("names points in and around the region of the target")
    func regionPoints() {
        var entropy = Entropy(seed: testSeed(default: 74))
        let target = Point(entropy.bytes32())
        let shared = meter.regionPoints(of: target, size: 1_000).map {
            target.commonPrefix(with: $0)
        }
        // 1,000 nodes: 2^6 regions of some 16, of which at least 8 are expected in each.
        #expect(shared == [4, 5, 6, 7, 8])
        let small = meter.regionPoints(of: target, size: 5)
        #expect(small.map { target.commonPrefix(with: $0) } == [0, 1, 2, 3, 4])
    }
}
