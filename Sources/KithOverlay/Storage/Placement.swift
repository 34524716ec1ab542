import KithCrypto
import KithWire

/// Places one record on its replicas: walks outward from the location until enough acknowledged.
///
/// A value that decides and never sends. Replicas stand in different address blocks (/24 or /48)
/// unless the network is local. `wanted` acknowledgements place the record; ``quorum`` of them are
/// a success (majority, DESIGN section 6). Then the walk goes on to `copies` in all: spares, which
/// nobody is promised and nobody waits for, so that a record outlives the loss of all its
/// replicas at once.
///
/// Nodes that say they are busy, or broke a promise to us, come last.
struct Placement {
    /// A node that gave a token for the record's location.
    struct Candidate {
        let node: NodeRecord
        let address: Address
        let token: Bytes16
        /// Whether others are to be asked before it.
        var isLastResort = false
    }

    /// What the caller must do now.
    enum Step {
        case store(Candidate)
        case wait
        case finished
    }

    private enum State {
        case fresh
        case asked
        case acknowledged
        case failed
    }

    let record: Record
    /// Acknowledgements that place the record.
    let wanted: Int
    /// Acknowledgements after which the walk ends.
    let copies: Int
    /// Valid acknowledgements, in the order they came.
    private(set) var receipts: [Receipt] = []
    /// Who gave them, in the same order.
    private(set) var holders: [Candidate] = []
    /// A newer sequence that a replica holds for the same author, if one said so.
    private(set) var newer: UInt64?
    /// STORE requests sent.
    private(set) var requests = 0

    private let candidates: [Candidate]
    private let diverse: Bool
    private var states: [State]

    /// A placement over `candidates`, closest to the location first.
    init(
        record: Record, candidates: [Candidate], wanted: Int, spares: Int = 0, network: Network
    ) {
        self.record = record
        self.candidates =
            candidates.filter { !$0.isLastResort } + candidates.filter(\.isLastResort)
        self.wanted = wanted
        self.copies = wanted + spares
        self.diverse = !network.isLocal
        self.states = Array(repeating: .fresh, count: candidates.count)
    }

    /// Acknowledgements that make a majority of `wanted`.
    var quorum: Int { wanted / 2 + 1 }

    /// Whether a majority acknowledged.
    var succeeded: Bool { receipts.count >= quorum }

    /// Whether what is promised to the writer is decided: all `wanted` have acknowledged, or
    /// nobody is left to ask.
    var isPlaced: Bool {
        receipts.count >= wanted || (nextFresh() == nil && !states.contains(.asked))
    }

    /// Whether a node that was asked before one of those that acknowledged did not take the record.
    ///
    /// Readers ask that one first, and may be content with an older version that it and others
    /// like it have. Says nothing of a write without spares, which goes to a whole region: among so
    /// many some always refuse, settlers as a habit.
    var isAstray: Bool {
        guard copies > wanted else { return false }
        let last = states.lastIndex { $0 == .acknowledged } ?? states.startIndex
        return states[..<last].contains { $0 == .failed }
    }

    /// Whom to store on next.
    mutating func next() -> Step {
        var open = 0
        for state in states where state == .asked { open += 1 }
        // Spares wait until it is known who the replicas are.
        let target = receipts.count < wanted ? wanted : copies
        if receipts.count + open < target, let index = nextFresh() {
            states[index] = .asked
            requests += 1
            return .store(candidates[index])
        }
        return open > 0 ? .wait : .finished
    }

    /// Records a checked receipt of `node`.
    mutating func acknowledged(by node: NodeID, receipt: Receipt) {
        guard let index = asked(node) else { return }
        states[index] = .acknowledged
        receipts.append(receipt)
        holders.append(candidates[index])
    }

    /// Records that `node` did not answer or refused; `newer` is the sequence it holds instead.
    mutating func failed(_ node: NodeID, newer: UInt64? = nil) {
        if let newer { self.newer = max(self.newer ?? 0, newer) }
        guard let index = asked(node) else { return }
        states[index] = .failed
    }

    private func asked(_ node: NodeID) -> Int? {
        candidates.indices.first { states[$0] == .asked && candidates[$0].node.id == node }
    }

    private func nextFresh() -> Int? {
        candidates.indices.first { index in
            states[index] == .fresh && (!diverse || !blockIsTaken(candidates[index].address.block))
        }
    }

    private func blockIsTaken(_ block: Address.Block) -> Bool {
        candidates.indices.contains { index in
            (states[index] == .asked || states[index] == .acknowledged)
                && candidates[index].address.block == block
        }
    }
}
