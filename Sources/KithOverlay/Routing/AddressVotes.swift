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
    /// How long a vote counts.
    let life: Duration

    private struct Vote {
        let block: Address.Block
        let seen: Address
        let at: Instant
    }

    private var v4: [Vote] = []
    private var v6: [Vote] = []

    /// How many votes are kept for the family that has more.
    var count: Int { max(v4.count, v6.count) }

    init(
        network: Network, settings: Settings.Routing = .init(),
        life: Duration = Settings.Reachability().voteLife
    ) {
        kept = settings.votesMax
        quorum = network.isLocal ? 1 : settings.votesNeeded
        self.life = life
    }

    /// Records that a node at `voter` sees us at `seen`.
    mutating func add(_ seen: Address, from voter: Address, at now: Instant) {
        guard seen.family == voter.family else { return }
        let vote = Vote(block: voter.block, seen: seen, at: now)
        switch seen.family {
        case .v4: Self.add(vote, to: &v4, keeping: kept)
        case .v6: Self.add(vote, to: &v6, keeping: kept)
        }
    }

    /// The address that most voters of `family` see, once ``quorum`` agree.
    func winner(_ family: Address.Family, at now: Instant) -> Address? {
        guard let best = most(of: family, at: now, { $0 }), best.count >= quorum else {
            return nil
        }
        return best.address
    }

    /// Whether voters agree on the host and not on the port: a NAT gives us another one for
    /// everybody we write to, so that an address that one learned is of no use to another.
    func changesPorts(_ family: Address.Family, at now: Instant) -> Bool {
        guard winner(family, at: now) == nil,
            let best = most(of: family, at: now, { $0.with(port: 0) })
        else { return false }
        return best.count > quorum
    }

    /// What most votes that still count are for, seen through `view`.
    private func most(
        of family: Address.Family, at now: Instant, _ view: (Address) -> Address
    ) -> (address: Address, count: Int)? {
        let votes = (family == .v4 ? v4 : v6).filter { now - $0.at < life }
        var best: (address: Address, count: Int)?
        for vote in votes {
            let seen = view(vote.seen)
            let count = votes.count { view($0.seen) == seen }
            if count > best?.count ?? 0 { best = (seen, count) }
        }
        return best
    }

    private static func add(_ vote: Vote, to votes: inout [Vote], keeping kept: Int) {
        votes.removeAll { $0.block == vote.block }
        votes.append(vote)
        if votes.count > kept { votes.removeFirst() }
    }
}
