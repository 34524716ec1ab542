import KithWire

// Hosts on our own links, on the public network: where they may be asked, and when they are neighbours.
//
// A node that has neighbours beyond its links lets those at private addresses go: what they keep,
// nobody else can reach. A node that has none lives on an island, and there the hosts of the link are the
// network.
extension Node {
    /// Whether we send to `address`, and take from it: the network allows it, or it is on a link of
    /// ours.
    func isUsable(_ address: Address) -> Bool {
        vicinity.links.allow(address, in: network)
    }

    /// Whether whoever is at `address` is no stranger: on a link of ours, or of some site at all.
    func isBeside(_ address: Address) -> Bool {
        address.isPrivate || vicinity.links.contains(address)
    }

    /// Whether nobody beyond our own links is a neighbour who has answered lately.
    var isIsland: Bool {
        guard !network.isLocal else { return false }
        return !hasNeighbour { !isBeside($0.address) }
    }

    /// Whether there is a neighbour like this who has not failed several times in a row: who has
    /// stays in the table when the line is down, since it may come back.
    func hasNeighbour(_ isMeant: (Neighbour) -> Bool) -> Bool {
        let failuresMax = settings.routing.failuresMax
        for neighbour in tableV4.neighbours
        where Int(neighbour.failures) < failuresMax && isMeant(neighbour) {
            return true
        }
        return tableV6.neighbours.contains {
            Int($0.failures) < failuresMax && isMeant($0)
        }
    }

    /// Whether a node at `address` that answered may be a neighbour.
    func mayBeNeighbour(at address: Address) -> Bool {
        // Others could not be told where a link-local IPv6 address is.
        if address.zone != 0 { return false }
        if network.isLocal || !address.isPrivate { return true }
        return vicinity.links.contains(address) && isIsland
    }

    /// Takes note of where a neighbour is: with the first one beyond our own links those at private
    /// addresses go.
    mutating func noteIsland(neighbourAt address: Address, at now: Instant) {
        guard !address.isPrivate else {
            vicinity.hasPrivateNeighbours = true
            return
        }
        guard vicinity.hasPrivateNeighbours, !vicinity.links.contains(address) else { return }
        vicinity.hasPrivateNeighbours = false
        removeNeighbours(at: now) { $0.isPrivate }
    }

    /// Lets neighbours at private addresses go that are on no link of ours any more.
    mutating func leaveLinks(at now: Instant) {
        guard !network.isLocal, vicinity.hasPrivateNeighbours else { return }
        let links = vicinity.links
        removeNeighbours(at: now) { $0.isPrivate && !links.contains($0) }
    }

    private mutating func removeNeighbours(at now: Instant, _ isMeant: (Address) -> Bool) {
        for family in families {
            withTable(family) { table, _ in table.removeAll(at: now, where: isMeant) }
        }
    }

    /// Whether `record` may be named to whoever is at `asker`, and believed when they name it: a
    /// private address is for those on its very link.
    func mayBeNamed(_ record: NodeRecord, to asker: Address) -> Bool {
        if network.isLocal { return true }
        let links = vicinity.links.all
        return [record.v4, record.v6].allSatisfy { address in
            guard let address, address.isPrivate else { return true }
            return links.contains { $0.contains(address) && $0.contains(asker) }
        }
    }

    /// Whether there is nobody to ask, so that a node on the link is welcome as a first one.
    var isStranded: Bool {
        switch joining.phase {
        case .alone: true
        case .joined: !hasNeighbour { _ in true }
        case .idle, .joining, .leaving: false
        }
    }

    /// Joins through nodes that were met on the link or named there, while there is nobody else.
    mutating func joinThrough(
        _ nodes: [NodeRecord], at now: Moment, _ outbox: inout Outbox
    ) {
        guard isStranded else { return }
        for node in nodes where joining.open < settings.nearby.addressesMax {
            guard let address = reachable(node), address.zone == 0 else { continue }
            let handle = call(
                .findNode(record.id), of: node, at: address, for: .seed, now: now, &outbox)
            if handle != nil { joining.open += 1 }
        }
    }
}
