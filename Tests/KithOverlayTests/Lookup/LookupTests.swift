import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A lookup")
struct LookupTests {
    let own = Self.node(200).id
    let now = Instant.start + .seconds(1)

    /// The node at distance `rank` from the target zero: a larger rank is farther.
    static func node(
        _ rank: UInt64, block: UInt32? = nil, v6: Address? = nil
    ) -> NodeRecord {
        NodeRecord(
            key: X25519.PublicKey(Bytes32(bigEndianWords: (0, 0, 0, rank))), nonce: 0,
            id: Point(Bytes32(bigEndianWords: (rank, 0, 0, 0))),
            v4: Address(v4: 0x0100_0001 + (block ?? UInt32(rank)) << 8, port: 5_484), v6: v6)
    }

    func lookup(
        seeds: [NodeRecord], width: Int = 16, paths: Int = 1,
        network: Network = LookupWorld.network, families: Lookup.Families = .both,
        settings: Settings.Lookups = .init()
    ) -> Lookup {
        Lookup(
            target: Point(), own: own, width: width, paths: paths, seeds: seeds,
            network: network, families: families, settings: settings)
    }

    /// Everyone that may be asked now, in order.
    func asked(_ lookup: inout Lookup) -> [NodeRecord] {
        var nodes: [NodeRecord] = []
        while case .ask(let node) = lookup.next(at: now) { nodes.append(node) }
        return nodes
    }

    @Test("is finished at once without seeds")
    func noSeeds() {
        var lookup = lookup(seeds: [])
        #expect(lookup.next(at: now) == .finished)
        #expect(lookup.closest(16).isEmpty)
        #expect(lookup.hops == 0)
    }

    @Test("asks the three closest first and waits")
    func parallelism() {
        var lookup = lookup(seeds: (20..<30).reversed().map { Self.node($0) })
        #expect(asked(&lookup) == [20, 21, 22].map { Self.node($0) })
        #expect(lookup.next(at: now) == .wait)
        lookup.failed(Self.node(21).id)
        #expect(asked(&lookup) == [Self.node(23)])
    }

    @Test("asks up to eight at once when the closest known has answered")
    func ring() {
        var lookup = lookup(seeds: (20..<40).map { Self.node($0) })
        _ = asked(&lookup)
        lookup.answered(Self.node(20).id, records: [], at: now)
        #expect(asked(&lookup).count == 6)
        #expect(lookup.next(at: now) == .wait)
    }

    @Test("goes on without a slow node, and takes its late answer")
    func slowness() {
        var lookup = lookup(seeds: [20, 21, 22, 23].map { Self.node($0) }, width: 3)
        _ = asked(&lookup)
        lookup.slow(Self.node(20).id)
        #expect(asked(&lookup) == [Self.node(23)])
        for rank: UInt64 in [21, 22, 23] {
            lookup.answered(Self.node(rank).id, records: [], at: now)
        }
        #expect(lookup.next(at: now) == .finished)
        #expect(lookup.closest(3) == [21, 22, 23].map { Self.node($0) })
        lookup.answered(Self.node(20).id, records: [], at: now)
        #expect(lookup.closest(3) == [20, 21, 22].map { Self.node($0) })
    }

    @Test("waits for a slow node when nobody else is left")
    func onlySlow() {
        var lookup = lookup(seeds: [20, 21].map { Self.node($0) }, width: 2)
        _ = asked(&lookup)
        lookup.answered(Self.node(21).id, records: [], at: now)
        lookup.slow(Self.node(20).id)
        #expect(lookup.next(at: now) == .wait)
        lookup.failed(Self.node(20).id)
        #expect(lookup.next(at: now) == .finished)
    }

    @Test("takes an answer that comes after the failure was reported")
    func lateAnswer() {
        var lookup = lookup(seeds: [Self.node(20)])
        _ = asked(&lookup)
        lookup.failed(Self.node(20).id)
        #expect(lookup.failures == 1)
        lookup.answered(Self.node(20).id, records: [Self.node(5)], at: now)
        #expect(lookup.failures == 0)
        #expect(asked(&lookup) == [Self.node(5)])
    }

    @Test("ignores answers of nodes that were never asked, and second answers")
    func unsolicited() {
        var lookup = lookup(seeds: [20, 21, 22, 23].map { Self.node($0) })
        _ = asked(&lookup)
        lookup.answered(Self.node(23).id, records: [Self.node(1)], at: now)
        lookup.answered(Self.node(99).id, records: [Self.node(2)], at: now)
        lookup.answered(Self.node(20).id, records: [Self.node(3)], at: now)
        lookup.answered(Self.node(20).id, records: [Self.node(4)], at: now)
        #expect(lookup.closest(16) == [Self.node(20)])
        for rank: UInt64 in [1, 2, 4] { #expect(lookup.state(of: Self.node(rank).id) == nil) }
        #expect(lookup.state(of: Self.node(3).id) == .heard)
    }

    @Test("never asks the node itself, nor at an address the network does not allow")
    func unusable() {
        let v4 = Address(v4: 0x0A00_0001, port: 5_484)
        let hint = Self.node(1).with(v4: v4, v6: nil)
        var lookup = lookup(seeds: [Self.node(200), hint, Self.node(20)])
        #expect(asked(&lookup) == [Self.node(20)])
        lookup.answered(Self.node(20).id, records: [Self.node(200), hint], at: now)
        #expect(lookup.next(at: now) == .finished)
    }

    @Test("leaves out nodes of a family that is not reachable")
    func families() {
        let v6 = Address(v6: 0x2600_0000_0000_0000, low: 1, port: 5_484)
        let only6 = Self.node(3).with(v4: nil, v6: v6)
        var v4Lookup = lookup(seeds: [only6, Self.node(20)], families: .v4)
        #expect(asked(&v4Lookup) == [Self.node(20)])
        var v6Lookup = lookup(seeds: [only6, Self.node(20)], families: .v6)
        #expect(asked(&v6Lookup) == [only6])
    }

    @Test("counts at most two of one block among the closest, on public networks only")
    func diversity() {
        let crowd = (1..<6).map { Self.node($0, block: 7) }
        let others = (20..<24).map { Self.node($0) }
        var narrow = lookup(seeds: crowd + others, width: 4)
        while case .ask(let node) = narrow.next(at: now) {
            narrow.answered(node.id, records: [], at: now)
        }
        #expect(narrow.closest(4) == [crowd[0], crowd[1], others[0], others[1]])
        #expect(narrow.requests == 4)

        var local = lookup(seeds: crowd + others, width: 4, network: .local)
        while case .ask(let node) = local.next(at: now) {
            local.answered(node.id, records: [], at: now)
        }
        #expect(local.closest(4) == Array(crowd.prefix(4)))
    }

    @Test("looks at sixteen records per answer and remembers at most 128 candidates")
    func bounds() {
        var lookup = lookup(seeds: [Self.node(1_000)])
        _ = asked(&lookup)
        lookup.answered(
            Self.node(1_000).id, records: (300..<340).map { Self.node($0) }, at: now)
        #expect(lookup.candidates.count == 17)
        var rank: UInt64 = 10_000
        while lookup.requests < 40, case .ask(let node) = lookup.next(at: now) {
            rank -= 16
            let hints = (rank..<rank + 16).map { Self.node($0) }
            lookup.answered(node.id, records: hints, at: now)
            #expect(lookup.candidates.count <= 128)
            #expect(lookup.candidates.map(\.distance) == lookup.candidates.map(\.distance).sorted())
        }
        #expect(lookup.candidates.count == 128)
    }

    @Test("asks at most 64 nodes, even when each names closer ones")
    func endless() {
        var lookup = lookup(seeds: [Self.node(100_000)])
        var rank: UInt64 = 90_000
        while case .ask(let node) = lookup.next(at: now) {
            rank -= 16
            lookup.answered(node.id, records: (rank..<rank + 16).map { Self.node($0) }, at: now)
        }
        #expect(lookup.next(at: now) == .finished)
        #expect(lookup.requests == 64)
    }

    @Test("tries a node at the address a second informant gives when the first fails")
    func secondAddress() {
        let real = Self.node(1)
        let wrong = real.with(v4: Address(v4: 0x0909_0901, port: 9), v6: nil)
        var lookup = lookup(seeds: [20, 21].map { Self.node($0) })
        _ = asked(&lookup)
        lookup.answered(Self.node(20).id, records: [wrong], at: now)
        #expect(asked(&lookup) == [wrong])
        lookup.answered(Self.node(21).id, records: [real], at: now)
        lookup.failed(real.id)
        #expect(asked(&lookup) == [real])
        lookup.answered(real.id, records: [], at: now)
        #expect(lookup.closest(1) == [real])
    }

    @Test("no longer believes who named three nodes that all failed")
    func disbelief() {
        var lookup = lookup(seeds: [20, 21].map { Self.node($0) })
        _ = asked(&lookup)
        lookup.answered(Self.node(20).id, records: (1..<10).map { Self.node($0) }, at: now)
        let tried = asked(&lookup)
        #expect(tried.map(\.id) == [1, 2].map { Self.node($0).id })
        lookup.failed(Self.node(1).id)
        #expect(asked(&lookup).map(\.id) == [Self.node(3).id])
        lookup.failed(Self.node(2).id)
        #expect(asked(&lookup).isEmpty, "three of this informant's hints are open or failed")
        // Somebody else also knows 9: it is asked on that one's word.
        lookup.answered(Self.node(21).id, records: [Self.node(9)], at: now)
        lookup.failed(Self.node(3).id)
        #expect(asked(&lookup).map(\.id) == [Self.node(9).id])
        lookup.answered(Self.node(9).id, records: [], at: now)
        #expect(lookup.next(at: now) == .finished)
    }

    @Test("says when the closest few have answered, before the end")
    func settled() {
        var lookup = lookup(seeds: (20..<36).map { Self.node($0) })
        _ = asked(&lookup)
        #expect(lookup.isSettled(3) == false)
        for rank: UInt64 in 20..<23 {
            lookup.answered(Self.node(rank).id, records: [], at: now)
        }
        #expect(lookup.isSettled(3) == true)
        #expect(lookup.next(at: now) != .finished)
    }

    @Test("counts the nodes asked one after the other as hops")
    func hops() {
        var lookup = lookup(seeds: [Self.node(90)])
        for (rank, hint) in [(90, 50), (50, 10), (10, 50)] as [(UInt64, UInt64)] {
            #expect(asked(&lookup) == [Self.node(rank)])
            lookup.answered(Self.node(rank).id, records: [Self.node(hint)], at: now)
        }
        #expect(lookup.depth(of: Self.node(10).id) == 3)
        #expect(lookup.hops == 3)
    }

    @Test("deals seeds to the paths, and each path asks one at a time")
    func paths() {
        var lookup = lookup(seeds: (20..<36).map { Self.node($0) }, paths: 4)
        let first = asked(&lookup)
        #expect(first == (20..<24).map { Self.node($0) })
        lookup.failed(Self.node(22).id)
        // The seed dealt to the same path comes next.
        #expect(asked(&lookup) == [Self.node(26)])
    }
}
