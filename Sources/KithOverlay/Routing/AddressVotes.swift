import KithWire

/// What others say our address is, each family on its own.
///
/// One vote per address block of the voter, so that one host cannot outvote others (discv5
/// keeps one pool for both families and loses IPv6 by it; `Specs/Rationale.md`).
struct AddressVotes {
    /// Votes kept per family.
    private let kept: Int
    /// Equal votes that decide; one on a local network, where everyone may be in one block.
    let quorum: Int

    private struct Vote {
        let block: Address.Block
        let seen: Address
    }

    private var v4: [Vote] = []
    private var v6: [Vote] = []

    /// How many votes are kept for the family that has more.
    var count: Int { max(v4.count, v6.count) }

    init(network: Network, settings: Settings.Routing = .init()) {
        kept = settings.votesMax
        quorum = network.isLocal ? 1 : 3
    }

    /// Records that a node at `voter` sees us at `seen`.
    mutating func add(_ seen: Address, from voter: Address) {
        guard seen.family == voter.family else { return }
        let vote = Vote(block: voter.block, seen: seen)
        switch seen.family {
        case .v4: Self.add(vote, to: &v4, keeping: kept)
        case .v6: Self.add(vote, to: &v6, keeping: kept)
        }
    }

    /// The address that most voters of `family` see, once ``quorum`` agree.
    func winner(_ family: Address.Family) -> Address? {
        let votes = family == .v4 ? v4 : v6
        var best: (address: Address, count: Int)?
        for vote in votes {
            let count = votes.reduce(0) { $0 + ($1.seen == vote.seen ? 1 : 0) }
            if count > best?.count ?? 0 { best = (vote.seen, count) }
        }
        guard let best, best.count >= quorum else { return nil }
        return best.address
    }

    private static func add(_ vote: Vote, to votes: inout [Vote], keeping kept: Int) {
        votes.removeAll { $0.block == vote.block }
        votes.append(vote)
        if votes.count > kept { votes.removeFirst() }
    }
}
