import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A placement")
struct PlacementTests {
    let record: Record
    /// Counts candidates, so that each has an id and a block of its own.
    var made: UInt32 = 0

    init() throws {
        var entropy = Entropy(seed: testSeed(default: 81))
        record = try Record.sign(
            kind: .profile, author: Ed25519.SecretKey(seed: entropy.bytes32()), sequence: 1,
            created: UnixTime(milliseconds: 1_000), expires: UnixTime(milliseconds: 2_000),
            location: nil, body: nil, network: .main)
    }

    /// A candidate in a block of its own, or in `block`.
    mutating func candidate(
        block: UInt32? = nil, isLastResort: Bool = false
    ) -> Placement.Candidate {
        made += 1
        var entropy = Entropy(seed: UInt64(made))
        let address = Address(v4: (block ?? 0x0a00_0000 + made << 8) | 1, port: 5_484)
        let node = NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: 0, id: Point(entropy.bytes32()),
            v4: address)
        return Placement.Candidate(
            node: node, address: address, token: Bytes16(), isLastResort: isLastResort)
    }

    mutating func placement(_ candidates: [Placement.Candidate]) -> Placement {
        Placement(record: record, candidates: candidates, wanted: 3, spares: 3, network: .main)
    }

    func receipt() throws -> Receipt {
        try Receipt(
            location: record.location, author: record.author, sequence: 1,
            expires: record.expires, signer: record.author,
            signature: #require(Ed25519.Signature([UInt8](repeating: 0, count: 64))))
    }

    /// Lets every node that is asked acknowledge until `count` did; who was asked, in order.
    func acknowledge(_ placement: inout Placement, upTo count: Int) throws -> [NodeID] {
        var asked: [NodeID] = []
        while case .store(let candidate) = placement.next() { asked.append(candidate.node.id) }
        var open = asked
        while placement.receipts.count < count, !open.isEmpty {
            placement.acknowledged(by: open.removeFirst(), receipt: try receipt())
            while case .store(let next) = placement.next() {
                asked.append(next.node.id)
                open.append(next.node.id)
            }
        }
        return asked
    }

    @Test("is astray when a node closer than a replica did not take the record")
    mutating func astray() throws {
        for failing in [nil, 0, 2, 5] {
            var placement = placement((0..<6).map { _ in candidate() })
            var asked = 0
            while case .store(let candidate) = placement.next() {
                if asked == failing {
                    placement.failed(candidate.node.id)
                } else {
                    placement.acknowledged(by: candidate.node.id, receipt: try receipt())
                }
                asked += 1
            }
            // Nobody stands beyond the last one.
            #expect(placement.isAstray == (failing == 0 || failing == 2))
        }
        // A widened write asks a region, and there some always refuse.
        var widened = Placement(
            record: record, candidates: (0..<6).map { _ in candidate() }, wanted: 6, network: .main)
        var isFirst = true
        while case .store(let candidate) = widened.next() {
            if isFirst {
                widened.failed(candidate.node.id)
            } else {
                widened.acknowledged(by: candidate.node.id, receipt: try receipt())
            }
            isFirst = false
        }
        #expect(widened.succeeded && !widened.isAstray)
    }

    @Test("is decided by three acknowledgements and goes on to six copies")
    mutating func spares() throws {
        let candidates = (0..<10).map { _ in candidate() }
        var placement = placement(candidates)
        #expect(!placement.isPlaced)
        _ = try acknowledge(&placement, upTo: 3)
        #expect(placement.isPlaced && placement.succeeded)
        #expect(placement.holders.map(\.node.id) == candidates.prefix(3).map(\.node.id))
        for spare in candidates[3...5] {
            placement.acknowledged(by: spare.node.id, receipt: try receipt())
        }
        guard case .finished = placement.next() else {
            Issue.record("a seventh copy")
            return
        }
        #expect(Set(placement.holders.map(\.node.id)) == Set(candidates.prefix(6).map(\.node.id)))
    }

    @Test("asks busy nodes and those that broke a promise last")
    mutating func lastResort() throws {
        let busy = (0..<2).map { _ in candidate(isLastResort: true) }
        let idle = (0..<6).map { _ in candidate() }
        var placement = placement(busy + idle)
        #expect(try acknowledge(&placement, upTo: 6) == idle.map(\.node.id))

        var few = self.placement(busy + idle.prefix(1))
        _ = try acknowledge(&few, upTo: 3)
        #expect(few.succeeded, "they are better than nobody")
    }

    @Test("never counts two replicas of one /24")
    mutating func blocks() throws {
        let crowd = (0..<5).map { _ in candidate(block: 0x0102_0300) }
        var placement = placement(crowd + [candidate()])
        _ = try acknowledge(&placement, upTo: 6)
        #expect(placement.receipts.count == 2)
        #expect(placement.isPlaced && placement.succeeded)
    }

    @Test("is decided when nobody is left to ask, too few being a failure")
    mutating func tooFew() throws {
        var placement = placement([candidate(), candidate()])
        guard case .store(let first) = placement.next(), case .store(let second) = placement.next()
        else {
            Issue.record("nobody is asked")
            return
        }
        placement.acknowledged(by: first.node.id, receipt: try receipt())
        #expect(!placement.isPlaced)
        placement.failed(second.node.id, newer: 7)
        #expect(placement.isPlaced && !placement.succeeded && placement.newer == 7)
    }
}
