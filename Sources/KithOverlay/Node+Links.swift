import KithWire

// Hosts on our own links, on the public network: where they may be asked, and when they are neighbours.
//
// A node that has neighbours beyond its links lets those on them go: what they keep, nobody else
// can reach. A node that has none lives on an island, and there the hosts of the link are the network.
extension Node {
    /// Whether we send to `address`, and take from it: the network allows it, or it is on a link of
    /// ours.
    func isUsable(_ address: Address) -> Bool {
        address.isUsable(in: network) || (address.port != 0 && vicinity.links.contains(address))
    }

    /// Whether nobody beyond our own links is a neighbour.
    var isIsland: Bool {
        guard !network.isLocal else { return false }
        return !tableV4.neighbours.contains { !$0.address.isPrivate }
            && !tableV6.neighbours.contains { !$0.address.isPrivate }
    }

    /// Whether a node at `address` that answered may be a neighbour.
    func mayBeNeighbour(at address: Address) -> Bool {
        // Nobody else could be told where that is.
        if address.scope == .linkLocal { return false }
        if network.isLocal || !address.isPrivate { return true }
        return vicinity.links.contains(address) && isIsland
    }

    /// Takes note of where a neighbour is: with the first one beyond our own links those on them go.
    mutating func noteIsland(neighbourAt address: Address, at now: Instant) {
        guard !address.isPrivate else {
            vicinity.hasNeighbours = true
            return
        }
        guard vicinity.hasNeighbours else { return }
        vicinity.hasNeighbours = false
        for family in families {
            withTable(family) { table, _ in
                for neighbour in table.neighbours where neighbour.address.isPrivate {
                    table.remove(neighbour.id, at: now)
                }
            }
        }
    }

    /// Whether `record` may be named to whoever is at `asker`, and believed when they name it: an
    /// address on a link is for those on it.
    func mayBeNamed(_ record: NodeRecord, to asker: Address) -> Bool {
        if network.isLocal || asker.isPrivate { return true }
        return record.v4?.isPrivate != true && record.v6?.isPrivate != true
    }

    /// Joins through a node on the link that greeted, while there is nobody else.
    mutating func joinThrough(
        _ node: NodeRecord, at address: Address, _ now: Moment, _ outbox: inout Outbox
    ) {
        guard address.scope != .linkLocal else { return }
        switch joining.phase {
        case .alone, .joining: break
        case .idle, .joined, .leaving: return
        }
        let handle = call(
            .findNode(record.id), of: node, at: address, for: .seed, now: now, &outbox)
        if handle != nil { joining.open += 1 }
    }
}
