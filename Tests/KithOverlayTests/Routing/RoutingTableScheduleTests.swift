import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("What a routing table wants done")
struct RoutingTableScheduleTests {
    let start = Instant.start + .seconds(10)

    func node(_ bucket: Int, _ number: UInt64) -> NodeRecord {
        RoutingTableTests.node(bucket, number)
    }

    func table(
        of nodes: [NodeRecord], _ entropy: inout Entropy
    ) -> RoutingTable {
        var table = RoutingTableTests.table()
        for node in nodes {
            table.heard(
                node, at: node.v4 ?? Address(v4: 0, port: 0), now: start, entropy: &entropy)
        }
        return table
    }

    @Test("each neighbour is checked 225 to 375 s after it was last heard, and once")
    func checks() {
        var entropy = Entropy(seed: testSeed(default: 31))
        let nodes = (0..<60).map { node($0 % 5, UInt64($0)) }
        var table = table(of: nodes, &entropy)
        var now = start
        var checked: [NodeID] = []
        var moments: Set<Instant> = []
        while checked.count < nodes.count {
            now = table.nextDeadline
            guard let due = table.nextCheck(at: now) else { continue }
            checked.append(due.id)
            moments.insert(now)
            #expect(now - start >= .seconds(225) && now - start <= .seconds(375))
            table.heard(due.record, at: due.address, now: now, entropy: &entropy)
        }
        #expect(Set(checked) == Set(nodes.map(\.id)))
        #expect(moments.count > 55, "not in one beat")
    }

    @Test("nothing is due early, and asking again changes nothing")
    func notEarly() {
        var entropy = Entropy(seed: 1)
        var table = table(of: [node(1, 1)], &entropy)
        #expect(table.nextCheck(at: start + .seconds(224)) == nil)
        let due = table.nextDeadline
        #expect(table.nextCheck(at: due - .nanoseconds(1)) == nil)
        #expect(table.nextCheck(at: due)?.id == node(1, 1).id)
        #expect(table.nextCheck(at: due) == nil)
        #expect(table.nextCheck(at: due + .seconds(14)) == nil)
        #expect(table.nextCheck(at: due + .seconds(15))?.id == node(1, 1).id, "nobody reported")
    }

    @Test("a failed check is repeated after 10 s, then 20, 40, up to 300")
    func backoff() {
        var entropy = Entropy(seed: 1)
        var table = table(of: [node(1, 1)], &entropy)
        var now = start + .seconds(400)
        #expect(table.nextCheck(at: now) != nil)
        for pause in [10, 20, 40, 80, 160, 300, 300] {
            #expect(table.failed(node(1, 1).id, at: now) == false)
            #expect(table.nextCheck(at: now + .seconds(pause) - .nanoseconds(1)) == nil)
            now = now + .seconds(pause)
            #expect(table.nextCheck(at: now) != nil)
        }
    }

    @Test("a bucket not looked at for an hour is refreshed inside its range, none deeper")
    func refreshes() {
        var entropy = Entropy(seed: testSeed(default: 32))
        var table = table(of: [node(0, 1), node(6, 1)], &entropy)
        let target = RoutingTableTests.own.flippingBit(at: 2)
        #expect(table.refreshTarget(at: start + .seconds(2_699), entropy: &entropy) == nil)
        table.looked(for: target, at: start + .seconds(2_699))
        var refreshed: [Int] = []
        let now = start + .seconds(4_501)
        while let location = table.refreshTarget(at: now, entropy: &entropy) {
            refreshed.append(RoutingTableTests.own.commonPrefix(with: location))
        }
        #expect(refreshed.sorted() == [0, 1, 3, 4, 5, 6])
        #expect(table.refreshTarget(at: now, entropy: &entropy) == nil)
        let again = table.refreshTarget(at: start + .seconds(2_699 + 3_600), entropy: &entropy)
        #expect(again.map { RoutingTableTests.own.commonPrefix(with: $0) } == 2)
    }

    @Test("on joining every bucket with room gets a location")
    func fillTargets() {
        var entropy = Entropy(seed: 1)
        let full = (0..<16).map { node(1, UInt64($0)) }
        let table = table(of: full + [node(3, 1)], &entropy)
        let buckets = table.refreshTargets(entropy: &entropy).map {
            RoutingTableTests.own.commonPrefix(with: $0)
        }
        #expect(buckets == [0, 2, 3])
    }
}
