import KithCrypto
import KithWire

@testable import KithOverlay

/// Nodes with perfect Kademlia tables, answering lookups at once or after a virtual delay.
///
/// No sockets, no sessions: a pure function from (node, target) to the nodes it names.
struct LookupWorld {
    /// How a node behaves.
    enum Behaviour {
        case honest
        /// Never answers.
        case dead
        /// Answers, and names 16 invented nodes closer to the target than anybody.
        case inventing
        /// Answers, and names the true nodes with addresses at which nobody is.
        case misdirecting
    }

    /// What one lookup did.
    struct Run {
        var found: [NodeID] = []
        var requests = 0
        var failures = 0
        var hops = 0
        /// The most requests that waited for an answer and were not slow.
        var inFlightMax = 0
        var asked: [NodeID] = []
        var duration = Duration.zero
    }

    let records: [NodeRecord]
    /// Per node, indices of those in its table.
    let tables: [[Int]]
    var behaviours: [Behaviour]
    private let indices: [NodeID: Int]
    private let firstWords: [UInt64]

    /// A thousand nodes, made once for all tests.
    static let thousand: LookupWorld = {
        var entropy = Entropy(seed: testSeed(default: 20, "LookupWorld"))
        return LookupWorld(count: 1_000, entropy: &entropy)
    }()

    /// `count` nodes with random ids, each in its own /24, with full buckets of `k`.
    init(count: Int, k: Int = 16, entropy: inout Entropy) {
        var records: [NodeRecord] = []
        for index in 0..<count {
            records.append(
                Self.record(
                    id: Point(entropy.bytes32()), block: UInt32(index), &entropy))
        }
        self.records = records
        let words = records.map { Self.firstWord($0.id) }
        firstWords = words
        behaviours = Array(repeating: .honest, count: count)
        indices = Dictionary(
            uniqueKeysWithValues: records.enumerated().map { ($0.element.id, $0.offset) })
        tables = (0..<count).map { node in
            var sizes = Array(repeating: 0, count: Point.bitCount)
            var table: [Int] = []
            let start = Int(entropy.below(UInt64(count)))
            for step in 0..<count {
                let other = (start + step) % count
                guard other != node else { continue }
                let bucket = (words[node] ^ words[other]).leadingZeroBitCount
                guard sizes[bucket] < k else { continue }
                sizes[bucket] += 1
                table.append(other)
            }
            return table
        }
    }

    /// A record with this id at the first host of the `block`-th /24 from 1.0.0.0.
    static func record(id: NodeID, block: UInt32, _ entropy: inout Entropy) -> NodeRecord {
        NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: 0, id: id,
            v4: Address(v4: 0x0100_0001 + block << 8, port: 5_484))
    }

    /// The closest of all other nodes that answer, as an oracle knows them.
    func truth(_ target: Point, except own: Int, _ count: Int = 16) -> [NodeID] {
        let live = records.indices.filter { $0 != own && behaviours[$0] != .dead }
        let sorted = live.map { records[$0].id }.sorted { target.isCloser($0, than: $1) }
        return Array(sorted.prefix(count))
    }

    /// The closest nodes in the table of `node`.
    func known(to node: Int, near target: Point, _ count: Int = 16) -> [NodeRecord] {
        // Random ids differ in their first words, and comparing those is much faster.
        let first = Self.firstWord(target)
        let sorted = tables[node].map { (firstWords[$0] ^ first, $0) }.sorted { $0.0 < $1.0 }
        return sorted.prefix(count).map { records[$0.1] }
    }

    private static func firstWord(_ point: Point) -> UInt64 {
        point.bytes.bigEndianWords.0
    }

    /// What `node` names when asked, nil when it stays silent.
    func answer(of record: NodeRecord, to target: Point, _ entropy: inout Entropy)
        -> [NodeRecord]?
    {
        guard let node = indices[record.id], records[node].v4 == record.v4 else { return nil }
        switch behaviours[node] {
        case .dead: return nil
        case .honest: return known(to: node, near: target)
        case .inventing:
            return (0..<16).map { _ in
                let id = target.replacingSuffix(after: 40, with: Point(entropy.bytes32()))
                return Self.record(id: id, block: 0x8000 + entropy.next32() % 0x4000, &entropy)
            }
        case .misdirecting:
            return known(to: node, near: target).map { record in
                let false4 = Address(v4: 0x5000_0000 | entropy.next32() >> 8, port: 5_484)
                return record.with(v4: false4, v6: nil)
            }
        }
    }

    /// The network of the tests: diversity limits on, proofs cheap.
    static let network = Network(
        name: "test", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: false)

    /// Runs a lookup from `start` under virtual time.
    ///
    /// One way takes 50 ± 30 ms; an unanswered request is slow after 300 ms and failed after
    /// 1 s; `loss` of the requests get no answer.
    func run(
        target: Point, from start: Int, paths: Int = 1, width: Int? = nil, loss: Double = 0,
        settings: Settings.Lookups = .init(), entropy: inout Entropy
    ) -> Run {
        enum Due { case answer([NodeRecord]), slow, failure }
        var lookup = Lookup(
            target: target, own: records[start].id, width: width, paths: paths,
            seeds: known(to: start, near: target), network: Self.network, settings: settings)
        var run = Run()
        var due = Deadlines<(NodeID, Due)>()
        var waiting: Set<NodeID> = []
        var now = Instant.start
        while true {
            step: while true {
                switch lookup.next(at: now) {
                case .ask(let node):
                    run.asked.append(node.id)
                    waiting.insert(node.id)
                    run.inFlightMax = max(run.inFlightMax, waiting.count)
                    let lost = entropy.unit() < loss
                    let reply = answer(of: node, to: target, &entropy)
                    if let reply, !lost {
                        let trip = 40 + entropy.below(121)
                        due.push((node.id, .answer(reply)), at: now + .milliseconds(trip))
                    } else {
                        due.push((node.id, .slow), at: now + .milliseconds(300))
                        due.push((node.id, .failure), at: now + .seconds(1))
                    }
                case .wait: break step
                case .finished:
                    run.found = lookup.closest(lookup.width).map(\.id)
                    run.requests = lookup.requests
                    run.failures = lookup.failures
                    run.hops = lookup.hops
                    run.duration = now - .start
                    return run
                }
            }
            now = due.next
            guard let (id, outcome) = due.popDue(at: now) else {
                preconditionFailure("a lookup waits for nothing")
            }
            waiting.remove(id)
            switch outcome {
            case .answer(let hints): lookup.answered(id, records: hints, at: now)
            case .slow: lookup.slow(id)
            case .failure: lookup.failed(id)
            }
        }
    }
}

extension Array where Element: Comparable {
    /// The middle element; the upper one of two.
    var median: Element {
        sorted()[count / 2]
    }
}
