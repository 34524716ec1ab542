import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Paths")
struct PathTests {
    typealias Make = RecordMaker
    private static let home = Address(v4: 0x0909_0909, port: 5_484)

    private func node(_ number: Int) -> (NodeRecord, Address) {
        let address = Address(v4: UInt32(number + 1) << 16 | 0x0100_0001, port: 5_484)
        let bytes = [UInt8](repeating: UInt8(number + 1), count: 32)
        let key = X25519.PublicKey(Bytes32(bytes) ?? Bytes32())
        return (NodeRecord(key: key, nonce: 0, id: NodeID(key.bytes), v4: address), address)
    }

    /// Lets a mix know twenty relays that stand apart, with keys that are good from now on.
    private func introduce(_ mix: inout Mix, at now: Instant) {
        for number in 0..<20 {
            let (node, address) = node(number)
            _ = mix.directory.learn(
                node, at: address, source: UInt32(number), now: now, keeping: [])
            mix.directory.learnKey(
                X25519.PublicKey(node.key.bytes), for: 4_200, of: node.key, seen: Self.home,
                at: now)
        }
    }

    private func mix(guards: [Guard] = []) -> Mix {
        Mix(settings: Settings.Mixing(), network: Make.network, guards: guards)
    }

    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            instant: .start + .seconds(seconds), unix: Make.noon.unix + .seconds(seconds))
    }

    @Test("of searches live for 20 minutes, those of writes are others, and cover has its own")
    func lives() throws {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_131))
        introduce(&mix, at: moment(1).instant)
        func path(_ purpose: MixPath.Purpose, _ seconds: Int64) throws -> [X25519.PublicKey] {
            let path = mix.path(
                for: purpose, besides: [], exits: [], at: moment(seconds), &entropy)
            return try #require(path).relays
        }
        let search = try path(.searching, 1)
        #expect(try path(.searching, 1_200) == search)
        let write = try path(.publishing, 2)
        #expect(write != search)
        #expect(try path(.publishing, 3) == write)
        var cover: Set<[X25519.PublicKey]> = []
        for _ in 0..<20 { cover.insert(try path(.cover, 4)) }
        // Twenty of 5,814: two that are equal come once in thirty.
        #expect(cover.count >= 17)
        #expect(!cover.contains(search) && !cover.contains(write))
        #expect(try path(.searching, 1_202) != search)
        // A query that another exit is asked for goes by a path of its own.
        let again = try path(.searching, 1_203)
        let other = mix.path(
            for: .searching, besides: [], exits: [again[2]], at: moment(1_203), &entropy)
        #expect(try #require(other).relays[2] != again[2])
    }

    @Test("begin at one guard for 30 days, across restarts, and at another only when it rests")
    func guards() throws {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_132))
        func entry(_ mix: inout Mix, _ seconds: Int64) throws -> X25519.PublicKey {
            introduce(&mix, at: moment(seconds).instant)
            let path = mix.path(
                for: .cover, besides: [], exits: [], at: moment(seconds), &entropy)
            return try #require(path).entry.node.key
        }
        let first = try entry(&mix, 1)
        let changed = mix.takeGuards()
        let kept = try #require(changed)
        #expect(kept.map(\.node.key) == [first])
        let unchanged = mix.takeGuards()
        #expect(unchanged == nil)
        for hour in 1...20 as ClosedRange<Int64> {
            #expect(try entry(&mix, hour * 4_000) == first)
        }
        // The same after a restart, though others are known, too.
        var restarted = self.mix(guards: kept)
        #expect(try entry(&restarted, 90_000) == first)
        // Another while it rests, at most three; then the first again.
        mix.directory.rest(first, at: moment(100_000).instant)
        let second = try entry(&mix, 100_001)
        #expect(second != first)
        #expect(mix.guards.map(\.node.key) == [first, second])
        #expect(try entry(&mix, 104_000) == first)
        // After 30 days it is let go.
        #expect(try entry(&mix, 30 * 86_400 + 2) == second)
        #expect(mix.guards.map(\.node.key) == [second])
    }

    @Test("are none where fewer than four relays can be used")
    func tooFew() {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_133))
        introduce(&mix, at: moment(1).instant)
        for number in 0..<17 { mix.directory.rest(node(number).0.key, at: moment(1).instant) }
        let path = mix.path(for: .searching, besides: [], exits: [], at: moment(2), &entropy)
        #expect(path?.relays == nil)
    }
}
