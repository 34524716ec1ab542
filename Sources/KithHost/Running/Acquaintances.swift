import KithOverlay
import KithWire

/// Nodes to join through: the seeds that were named, and those met in earlier runs.
struct Acquaintances {
    /// Known nodes asked at once: enough that some answer, few enough that a start stays quiet.
    static let askedAtOnce = 20

    private let seeds: [NodeRecord]
    /// Known nodes, the most reliable first.
    private(set) var known: [KnownNode]
    private var asked = 0

    /// The seeds, and the known nodes with the most reliable first.
    init(seeds: [NodeRecord], known: [KnownNode]) {
        self.seeds = seeds
        self.known = known
    }

    /// Whom to ask first: all seeds and the best of the known.
    mutating func next() -> [NodeRecord] {
        let group = known.dropFirst(asked).prefix(Acquaintances.askedAtOnce)
        asked += group.count
        let named = Set(seeds.map(\.id))
        return seeds + group.map(\.record).filter { !named.contains($0.id) }
    }

    /// Whom to ask when everyone before was silent; nil when all were asked, and the node's own
    /// patience with the last ones decides.
    mutating func nextAfterSilence() -> [NodeRecord]? {
        asked < known.count ? next() : nil
    }

    /// Notes who is reliable now, and who of the known is not there.
    mutating func meet(
        _ reliable: [NodeRecord], among neighbours: [NeighbourStatus], at now: UnixTime
    ) {
        var places: [NodeID: Int] = [:]
        for (index, node) in known.enumerated() { places[node.record.id] = index }
        var present: Set<NodeID> = []
        let good = Set(reliable.map(\.id))
        for neighbour in neighbours where good.contains(neighbour.record.id) {
            guard neighbour.record.isReachable, present.insert(neighbour.record.id).inserted
            else { continue }
            let heard = now - neighbour.silence
            if let place = places[neighbour.record.id] {
                known[place].record = neighbour.record
                known[place].address = neighbour.address
                known[place].seen += 1
                known[place].lastHeard = max(known[place].lastHeard, heard)
            } else {
                known.append(
                    KnownNode(
                        record: neighbour.record, address: neighbour.address, seen: 1,
                        missed: 0, lastHeard: heard))
            }
        }
        for index in known.indices where !present.contains(known[index].record.id) {
            known[index].missed += 1
        }
        known = KnownNode.mostReliable(known, at: now)
        asked = min(asked, known.count)
    }
}
