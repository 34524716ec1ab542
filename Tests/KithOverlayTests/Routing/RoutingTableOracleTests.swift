import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A routing table under random use")
struct RoutingTableOracleTests {
    /// Nodes that come and go: crowded blocks, so that every limit is met.
    static func population(_ count: Int, own: Point, _ entropy: inout Entropy) -> [NodeRecord] {
        (0..<count).map { _ in
            // Half of them near us, so that deep buckets fill too.
            let shared = Int(entropy.below(12))
            let id = own.replacingSuffix(after: shared, with: Point(entropy.bytes32()))
            return NodeRecord(
                key: X25519.PublicKey(entropy.bytes32()), nonce: 0, id: id,
                v4: address(&entropy))
        }
    }

    static func address(_ entropy: inout Entropy) -> Address {
        let block = entropy.below(3) == 0 ? entropy.below(6) : entropy.below(400)
        return Address(
            v4: 0x0100_0000 + UInt32(block) << 8 + UInt32(entropy.below(255)), port: 5_484)
    }

    /// The limits, counted from scratch.
    func check(_ table: RoutingTable, local: Bool) {
        var sizes: [Int: Int] = [:]
        var inBucket: [Int: [Address.Block: Int]] = [:]
        var inTable: [Address.Block: Int] = [:]
        var seen: Set<NodeID> = []
        for neighbour in table.neighbours {
            let bucket = table.own.commonPrefix(with: neighbour.id)
            sizes[bucket, default: 0] += 1
            inBucket[bucket, default: [:]][neighbour.address.block, default: 0] += 1
            inTable[neighbour.address.block, default: 0] += 1
            #expect(seen.insert(neighbour.id).inserted == true)
            #expect(neighbour.id != table.own)
            #expect(neighbour.nextCheck >= table.nextDeadline)
        }
        #expect(sizes.values.allSatisfy { $0 <= 16 })
        for bucket in 0..<14 {
            let waiting = table.replacements(in: bucket)
            #expect(waiting.count <= 10)
            var blocks: [Address.Block: Int] = [:]
            for candidate in waiting {
                #expect(table.own.commonPrefix(with: candidate.id) == bucket)
                #expect(seen.insert(candidate.id).inserted == true)
                blocks[candidate.address.block, default: 0] += 1
            }
            if !local { #expect(blocks.values.allSatisfy { $0 <= 2 }) }
        }
        guard !local else { return }
        #expect(inBucket.values.allSatisfy { $0.values.allSatisfy { $0 <= 2 } })
        #expect(inTable.values.allSatisfy { $0 <= 10 })
    }

    /// The closest, found by sorting all.
    func closest(_ table: RoutingTable, to target: Point, limit: Int) -> [NodeID] {
        let live = table.neighbours.filter { $0.failures == 0 }.map(\.id)
        return Array(live.sorted { target.isCloser($0, than: $1) }.prefix(limit))
    }

    @Test("keeps every limit and finds the closest", arguments: [false, true])
    func limits(local: Bool) {
        var entropy = Entropy(seed: testSeed(default: 33))
        let own = Point(entropy.bytes32())
        let network = local ? Network.local : LookupWorld.network
        var table = RoutingTable(own: own, network: network)
        var population = Self.population(600, own: own, &entropy)
        var now = Instant.start + .seconds(1)
        var outcomes: [String: Int] = [:]
        for round in 0..<6_000 {
            now = now + .milliseconds(Int64(entropy.below(2_000)))
            let index = Int(entropy.below(UInt64(population.count)))
            switch entropy.below(100) {
            case 0..<70:
                let node = population[index]
                let admission = table.heard(
                    node, at: node.v4 ?? Self.address(&entropy), now: now, entropy: &entropy)
                outcomes["\(admission)", default: 0] += 1
            case 70..<76:
                let dropped = table.failed(population[index].id, at: now)
                outcomes["dropped \(dropped)", default: 0] += 1
            case 76..<88:
                guard let neighbour = entropy.element(of: table.neighbours) else { continue }
                table.failed(neighbour.id, at: now)
            case 88..<90:
                table.remove(population[index].id, at: now)
            case 90..<94:
                let moved = Self.address(&entropy)
                population[index] = population[index].with(v4: moved, v6: nil)
            case 94..<97:
                while let due = table.nextCheck(at: now) {
                    if entropy.below(4) == 0 { table.failed(due.id, at: now) }
                }
            default:
                _ = table.refreshTarget(at: now, entropy: &entropy)
            }
            if round % 7 == 0 { check(table, local: local) }
            let target =
                entropy.below(2) == 0
                ? Point(entropy.bytes32())
                : own.replacingSuffix(after: 8, with: Point(entropy.bytes32()))
            let limit = 1 + Int(entropy.below(16))
            let nearest = table.nearest(to: target, limit: limit)
            let found = (0..<nearest.count).map { table.neighbours[nearest[$0]].id }
            #expect(found == closest(table, to: target, limit: limit))
        }
        // Every way in and out was taken.
        print("local \(local):", outcomes.sorted { $0.key < $1.key })
        for kind in ["added", "updated", "replacement", "dropped true"] {
            #expect(outcomes[kind, default: 0] > 10, "\(kind)")
        }
        if !local {
            #expect(outcomes.keys.contains { $0.contains("blockInTable") })
            #expect(outcomes.keys.contains { $0.contains("blockInBucket") })
        }
    }

    @Test("gives the same table twice from the same seed")
    func determinism() {
        #expect(trace(seed: 34) == trace(seed: 34))
        #expect(trace(seed: 34) != trace(seed: 35))
    }

    private func trace(seed: UInt64) -> [String] {
        var entropy = Entropy(seed: seed)
        let own = Point(entropy.bytes32())
        var table = RoutingTable(own: own, network: LookupWorld.network)
        let population = Self.population(200, own: own, &entropy)
        var now = Instant.start
        for _ in 0..<1_000 {
            now = now + .seconds(Int64(entropy.below(20)))
            guard let node = entropy.element(of: population), let address = node.v4 else {
                continue
            }
            if entropy.below(4) == 0 {
                table.failed(node.id, at: now)
            } else {
                table.heard(node, at: address, now: now, entropy: &entropy)
            }
        }
        return table.neighbours.map { "\($0.id) \($0.nextCheck.nanoseconds)" }
    }
}
