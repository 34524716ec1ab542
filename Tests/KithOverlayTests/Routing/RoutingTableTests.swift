import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A routing table")
struct RoutingTableTests {
    static let own = Point()
    let start = Instant.start + .seconds(10)

    /// The `number`-th node of a bucket of the table around zero, in its own /24 unless told.
    static func node(_ bucket: Int, _ number: UInt64, block: UInt32? = nil) -> NodeRecord {
        let id = own.flippingBit(at: bucket).replacingSuffix(
            after: bucket + 1, with: Point(Bytes32(bigEndianWords: (0, 0, 0, number))))
        let host = 0x0100_0001 + (block ?? UInt32(bucket) << 12 | UInt32(number)) << 8
        return NodeRecord(
            key: X25519.PublicKey(id.bytes), nonce: 0, id: id,
            v4: Address(v4: host + UInt32(number % 200), port: 5_484))
    }

    static func table(local: Bool = false) -> RoutingTable {
        RoutingTable(own: own, network: local ? .local : LookupWorld.network)
    }

    @discardableResult
    func hear(
        _ record: NodeRecord, _ table: inout RoutingTable, _ entropy: inout Entropy,
        at now: Instant
    ) -> RoutingTable.Admission {
        table.heard(
            record, at: record.v4 ?? Address(v4: 0, port: 0), now: now, entropy: &entropy)
    }

    @Test("takes up to 16 per bucket, then ten replacements, the newest of which is promoted")
    func fullBucket() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 0..<16 {
            #expect(hear(Self.node(3, number), &table, &entropy, at: start) == .added)
        }
        for number: UInt64 in 16..<30 {
            #expect(hear(Self.node(3, number), &table, &entropy, at: start) == .replacement)
        }
        #expect(hear(Self.node(4, 0), &table, &entropy, at: start) == .added)
        #expect(table.replacements(in: 3).map(\.id) == (20..<30).map { Self.node(3, $0).id })
        // Hearing a candidate again makes it the most recent one.
        #expect(hear(Self.node(3, 25), &table, &entropy, at: start) == .replacement)
        table.remove(Self.node(3, 2).id, at: start)
        #expect(table.neighbour(Self.node(3, 2).id) == nil)
        #expect(table.neighbour(Self.node(3, 25).id)?.isLive == true)
        #expect(table.replacements(in: 3).count == 9)
        #expect(table.count == 17)
    }

    @Test("gives the place of a failing neighbour to a newcomer at once")
    func failingPlace() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 0..<16 { hear(Self.node(3, number), &table, &entropy, at: start) }
        #expect(table.failed(Self.node(3, 5).id, at: start) == false)
        #expect(hear(Self.node(3, 77), &table, &entropy, at: start) == .added)
        #expect(table.neighbour(Self.node(3, 5).id) == nil)
        #expect(table.count == 16)
    }

    @Test("drops a neighbour after two failures in a row, but not after one and an answer")
    func twoFailures() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        let (a, b) = (Self.node(0, 1), Self.node(1, 2))
        for node in [a, b] { hear(node, &table, &entropy, at: start) }
        #expect(table.failed(a.id, at: start + .seconds(1)) == false)
        hear(a, &table, &entropy, at: start + .seconds(2))
        #expect(table.failed(a.id, at: start + .seconds(3)) == false)
        hear(b, &table, &entropy, at: start + .seconds(4))
        #expect(table.failed(a.id, at: start + .seconds(13)) == true)
        #expect(table.count == 1)
        #expect(table.failed(a.id, at: start + .seconds(14)) == false)
    }

    @Test("suspects its own link: nobody is dropped while nobody at all is heard")
    func ownLinkDown() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        let nodes = (0..<20).map { Self.node($0 % 4, UInt64($0)) }
        for node in nodes { hear(node, &table, &entropy, at: start) }
        for round in 1...5 {
            for node in nodes {
                #expect(table.failed(node.id, at: start + .seconds(10 * round)) == false)
            }
        }
        #expect(table.count == 20)
        #expect(table.nearest(to: Self.own).count == 0)
        #expect(table.closest(to: Self.own).count == 16, "they are all we can ask")
        // The link is back: who answers stays, who still does not is dropped.
        hear(nodes[0], &table, &entropy, at: start + .seconds(100))
        #expect(table.closest(to: Self.own) == [nodes[0]])
        #expect(table.failed(nodes[1].id, at: start + .seconds(101)) == true)
    }

    @Test("names only live neighbours, never the asker, closest first")
    func nearest() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 1...8 { hear(Self.node(2, number), &table, &entropy, at: start) }
        table.failed(Self.node(2, 3).id, at: start)
        let nearest = table.nearest(
            to: Self.node(2, 0).id, limit: 4, excluding: Self.node(2, 1).id)
        let ids = (0..<nearest.count).map { table.neighbours[nearest[$0]].id }
        #expect(ids == [2, 4, 5, 6].map { Self.node(2, $0).id })
    }

    @Test("refuses itself, unusable addresses, and a third of one block in a bucket")
    func refusals() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        let itself = NodeRecord(
            key: X25519.PublicKey(Bytes32()), nonce: 0, id: Self.own,
            v4: Address(v4: 0x0101_0101, port: 1))
        #expect(hear(itself, &table, &entropy, at: start) == .refused(.ownID))
        let home = Self.node(1, 1).with(v4: Address(v4: 0xC0A8_0001, port: 5_484), v6: nil)
        #expect(hear(home, &table, &entropy, at: start) == .refused(.unusableAddress))
        for number: UInt64 in 1...2 {
            #expect(hear(Self.node(1, number, block: 9), &table, &entropy, at: start) == .added)
        }
        #expect(
            hear(Self.node(1, 3, block: 9), &table, &entropy, at: start)
                == .refused(.blockInBucket))
        for bucket in 2...5 {
            for number: UInt64 in 1...2 {
                let node = Self.node(bucket, number, block: 9)
                #expect(hear(node, &table, &entropy, at: start) == .added)
            }
        }
        #expect(
            hear(Self.node(6, 1, block: 9), &table, &entropy, at: start)
                == .refused(.blockInTable))
        var local = Self.table(local: true)
        for number: UInt64 in 1...16 {
            #expect(hear(Self.node(1, number, block: 9), &local, &entropy, at: start) == .added)
        }
    }

    @Test("lets a neighbour move to another address, unless there are too many there")
    func moving() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 1...2 {
            hear(Self.node(1, number, block: 9), &table, &entropy, at: start)
        }
        hear(Self.node(1, 3, block: 10), &table, &entropy, at: start)
        #expect(hear(Self.node(1, 3, block: 11), &table, &entropy, at: start) == .updated)
        #expect(table.neighbour(Self.node(1, 3).id)?.address == Self.node(1, 3, block: 11).v4)
        #expect(
            hear(Self.node(1, 3, block: 9), &table, &entropy, at: start)
                == .refused(.blockInBucket))
        #expect(table.neighbour(Self.node(1, 3).id) == nil)
        // Within its own block it may always move.
        let moved = Self.node(1, 1).with(
            v4: Self.node(1, 1, block: 9).v4?.with(port: 9_999), v6: nil)
        #expect(hear(moved, &table, &entropy, at: start) == .updated)
    }

    @Test("a node that restarted with a new id takes the place of its failing old one")
    func restartedNode() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 1...2 {
            hear(Self.node(1, number, block: 9), &table, &entropy, at: start)
        }
        table.failed(Self.node(1, 2).id, at: start)
        #expect(hear(Self.node(1, 3, block: 9), &table, &entropy, at: start) == .added)
        #expect(table.neighbour(Self.node(1, 2).id) == nil)
        #expect(table.count == 2)
    }

    @Test("a replacement not heard for long is no live neighbour until it answers")
    func stalePromotion() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        for number: UInt64 in 0..<17 { hear(Self.node(3, number), &table, &entropy, at: start) }
        let later = start + .seconds(301)
        table.remove(Self.node(3, 0).id, at: later)
        #expect(table.neighbour(Self.node(3, 16).id)?.isLive == false)
        #expect(table.nextDeadline <= later)
        hear(Self.node(3, 16), &table, &entropy, at: later)
        #expect(table.neighbour(Self.node(3, 16).id)?.isLive == true)
    }

    @Test("keeps the reliable first: by success rate, then by recency")
    func reliable() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        let (flaky, old, fresh) = (Self.node(0, 1), Self.node(1, 1), Self.node(2, 1))
        for step in 0..<10 {
            for node in [flaky, old] {
                hear(node, &table, &entropy, at: start + .seconds(step))
            }
            table.failed(flaky.id, at: start + .seconds(step))
        }
        for step in 0..<10 {
            hear(fresh, &table, &entropy, at: start + .seconds(4 * 3_600 + step))
        }
        #expect(table.reliable() == [fresh, old, flaky])
        #expect(table.reliable(limit: 1) == [fresh])
    }

    @Test("estimates a network it knows completely by counting")
    func smallNetwork() {
        var entropy = Entropy(seed: 1)
        var table = Self.table()
        #expect(table.networkSize == nil)
        for number: UInt64 in 1...5 { hear(Self.node(2, number), &table, &entropy, at: start) }
        #expect(table.networkSize == 6)
    }
}
