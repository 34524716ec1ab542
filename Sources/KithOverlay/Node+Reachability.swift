import KithCrypto
import KithWire

// Our own address, whether strangers reach us at it, and probes for others; `Specs/Routing.md`,
// "Roles" and "One's own address".
extension Node {
    /// Whether others may route and store through us, as we tell whoever is at `address`.
    func role(towards address: Address) -> HandshakePayload.Role {
        let reach = reach[address.family]
        if case .told(let role) = reach.state { return role }
        return isBeside(address) && isIsland ? .full : reach.role
    }

    /// Whether others may route and store through us over any family.
    public var serves: Bool {
        families.contains { reach[$0].role == .full }
    }

    private func isFixed(_ family: Address.Family) -> Bool {
        family == .v4 ? fixedV4 : fixedV6
    }

    // MARK: What is noted

    /// Takes note of what the input at hand wants sent: the datagrams from `first` on.
    mutating func noteSent(_ outbox: borrowing Outbox, from first: Int, at now: Moment) {
        guard reach.isWatching, first < outbox.count else { return }
        for index in first..<outbox.count {
            let address = outbox.destination(index)
            // Who is on our own link is no stranger, and says nothing about a NAT.
            if address.scope == .multicast || isBeside(address) { continue }
            switch address.family {
            case .v4: reach.lastSent.v4 = now.instant
            case .v6: reach.lastSent.v6 = now.instant
            }
            guard reach[address.family].isOpen else { continue }
            reach.contacted.insert(
                now.instant, for: address.block,
                expires: now.instant + settings.reachability.contactMemory)
        }
    }

    /// Takes note of an authenticated handshake that came to us.
    mutating func noteInitiation(from sender: Address, at now: Moment) {
        guard reach[sender.family].isOpen, !isBeside(sender) else { return }
        let block = sender.block
        let isStranger = reach.contacted.peek(block, at: now.instant) == nil
        reach[sender.family].heard(from: block, isStranger: isStranger, at: now.instant)
    }

    /// Takes note of the address that a node at `voter` sees us at.
    mutating func noteSeen(
        _ seen: Address, from voter: Address, at now: Moment, _ outbox: inout Outbox
    ) {
        // On our own link everybody sees us as we are there.
        guard network.isLocal || !isBeside(voter) else { return }
        votes.add(seen, from: voter, at: now.instant)
        let family = voter.family
        guard seen.family == family, !isFixed(family) else { return }
        let own = record.address(family)
        let winner = votes.winner(family, at: now.instant)
        if let winner, winner != own, winner.isUsable(in: network) {
            moved(to: winner, at: now, &outbox)
        } else if let own, seen != own {
            doubtAddress(family, at: now, &outbox)
        }
    }

    /// Others see us elsewhere than before: our record follows, and so must their tables.
    private mutating func moved(to address: Address, at now: Moment, _ outbox: inout Outbox) {
        let family = address.family
        let before = record.address(family)
        record =
            family == .v4
            ? record.with(v4: address, v6: record.v6) : record.with(v4: record.v4, v6: address)
        let isElsewhere = before?.with(port: 0) != address.with(port: 0)
        let servesNoMore = reach[family].addressChanged(
            isElsewhere: isElsewhere, at: now.instant)
        tell(.addressChanged(from: before, to: address))
        if servesNoMore { tell(.roleChanged(.client, family)) }
        guard before != nil else { return }
        announce(over: family, at: now, &outbox)
        guard standing != nil else { return }
        schedulePublish(after: settings.operations.republishAfterStart, at: now)
    }

    /// Somebody sees us elsewhere: ask the neighbourhood, with fresh handshakes, since sessions
    /// belong to the old address.
    private mutating func doubtAddress(
        _ family: Address.Family, at now: Moment, _ outbox: inout Outbox
    ) {
        if let last = reach.lastDoubt,
            now.instant - last < settings.reachability.doubtInterval
        {
            return
        }
        reach.lastDoubt = now.instant
        announce(over: family, at: now, &outbox)
    }

    // MARK: What is done by the clock

    /// Asks for probes, becomes full or client, keeps the mapping of a NAT open.
    mutating func tendReach(at now: Moment, _ outbox: inout Outbox) {
        for family in families {
            switch reach[family].step(at: now.instant) {
            case .wait: break
            case .ask: askForProbe(over: family, at: now, &outbox)
            case .promoted: changeRole(to: .full, over: family, at: now, &outbox)
            case .demoted: changeRole(to: .client, over: family, at: now, &outbox)
            }
            keepMapping(over: family, at: now, &outbox)
        }
    }

    private mutating func changeRole(
        to role: HandshakePayload.Role, over family: Address.Family, at now: Moment,
        _ outbox: inout Outbox
    ) {
        tell(.roleChanged(role, family))
        announce(over: family, at: now, &outbox)
    }

    /// Makes fresh handshakes with our closest neighbours, so that they hear our role and see our
    /// address.
    private mutating func announce(
        over family: Address.Family, at now: Moment, _ outbox: inout Outbox
    ) {
        for neighbour in nearest(settings.reachability.announced, family) {
            call(
                .ping, of: neighbour.record, at: neighbour.address, for: .announcement, now: now,
                &outbox)
        }
    }

    private mutating func nearest(_ limit: Int, _ family: Address.Family) -> [Neighbour] {
        withTable(family) { table, _ in
            let nearest = table.nearest(to: table.own, limit: limit)
            return (0..<nearest.count).map { table.neighbours[nearest[$0]] }
        }
    }

    private mutating func askForProbe(
        over family: Address.Family, at now: Moment, _ outbox: inout Outbox
    ) {
        let chosen = withTable(family) { table, entropy in
            entropy.element(of: table.neighbours.filter(\.isLive))
        }
        guard let chosen else { return }
        call(
            .probe, of: chosen.record, at: chosen.address, for: .ownProbe, now: now, &outbox)
    }

    /// Pings the nearest neighbour when nothing left for so long that a NAT may forget us.
    ///
    /// A node with an address of its own needs none of this, and neither does a client that
    /// nobody is to reach: a radio that wakes every 25 s empties a battery.
    private mutating func keepMapping(
        over family: Address.Family, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let pause = settings.reachability.keepAlive, !network.isLocal, !isFixed(family),
            reach[family].needsMapping, record.address(family) != nil
        else { return }
        let last = family == .v4 ? reach.lastSent.v4 : reach.lastSent.v6
        guard now.instant - last >= pause, let neighbour = nearest(1, family).first else { return }
        call(
            .ping, of: neighbour.record, at: neighbour.address, for: .liveness, now: now, &outbox)
    }

    // MARK: Probes for others

    /// Answers a PROBE; what it asks for is done once the answer has left.
    ///
    /// The handshake goes to an address that proved nothing to us, so it is never longer than the
    /// request, and both ends of the favour count against its block of addresses.
    mutating func answerProbe(
        _ message: Message, in body: RawSpan, from peer: Peer, at now: Moment,
        into writer: inout CBORWriter
    ) {
        guard let favour = favour(of: message, in: body, from: peer, at: now) else {
            MessageWriter.refused(
                call: message.call, load: load, seen: peer.address, reason: .rate, into: &writer)
            return
        }
        counters.answeredProbe += 1
        reach.favour = favour
        MessageWriter.probing(
            call: message.call, load: load, seen: peer.address, into: &writer)
    }

    private mutating func favour(
        of message: Message, in body: RawSpan, from peer: Peer, at now: Moment
    ) -> Reach.Favour? {
        guard case .probeOther(let items, _) = message.body else {
            guard reach.admitsProbe(of: peer.address.block, at: now.instant),
                let asker = proved(peer, at: now.instant),
                let prober = prober(of: asker, at: now.instant)
            else { return nil }
            return .passOn(asker, to: prober)
        }
        var cursor = items.nodes(in: body)
        guard let target = cursor.next(), let address = reachable(target),
            address.isUsable(in: network), target.key != record.key, target.key != peer.key,
            body.byteCount + Envelope.Data.overhead >= settings.reachability.probeBytes,
            reach.admitsProbe(of: address.block, at: now.instant)
        else { return nil }
        return .probe(target)
    }

    /// The record of a peer as we see it, when its proof of work holds or can be checked now.
    private mutating func proved(_ peer: Peer, at now: Instant) -> NodeRecord? {
        guard let session = sessions.usable(with: peer, at: now),
            case .holds(let id) = proof(
                of: peer, nonce: sessions[session].proofNonce, at: now)
        else { return nil }
        return NodeRecord(
            key: peer.key, nonce: sessions[session].proofNonce, id: id, at: peer.address)
    }

    /// Does what a PROBE asked for, now that its answer is on the way.
    mutating func doFavour(at now: Moment, _ outbox: inout Outbox) {
        guard let favour = reach.favour else { return }
        reach.favour = nil
        switch favour {
        case .probe(let target):
            guard let address = reachable(target) else { return }
            counters.probesMade += 1
            call(.ping, of: target, at: address, for: .probe, now: now, &outbox)
        case .passOn(let asker, to: let prober):
            guard let address = reachable(prober) else { return }
            call(.probeOther(asker), of: prober, at: address, for: .passedOn, now: now, &outbox)
        }
    }

    /// Somebody to probe `asker`: of those that were heard a moment ago a client, since others do
    /// not know it and so cannot have written to it, as often as a full node; else a neighbour.
    private mutating func prober(of asker: NodeRecord, at now: Instant) -> NodeRecord? {
        guard let target = reachable(asker) else { return nil }
        var client: Peer?
        var full: Peer?
        for index in sessions.some(settings.reachability.proberDraws, &entropy) {
            let peer = sessions[index].peer
            guard sessions[index].isEstablished, sessions[index].isConfirmed,
                now - sessions[index].lastUsed <= settings.reachability.proberFreshness,
                mayProbe(target, from: peer.address)
            else { continue }
            switch sessions[index].role {
            case .client: client = client ?? peer
            case .full: full = full ?? peer
            }
        }
        let isClientFirst = entropy.below(2) == 0
        for peer in isClientFirst ? [client, full] : [full, client] {
            if let peer, let node = proved(peer, at: now) { return node }
        }
        let others = withTable(target.family) { table, _ in
            table.neighbours.filter(\.isLive)
        }.filter { mayProbe(target, from: $0.address) }
        return entropy.element(of: others)?.record
    }

    /// Whether a handshake from `prober` could show something to a node at `target`.
    private func mayProbe(_ target: Address, from prober: Address) -> Bool {
        guard prober.family == target.family, prober != target,
            prober.isUsable(in: network), target.isUsable(in: network)
        else { return false }
        if network.isLocal { return true }
        return prober.block != target.block
            && prober.block != record.address(target.family)?.block
    }

    // MARK: What others told us

    /// A peer that says client is no neighbour any more, if it was one at that address.
    ///
    /// Only once it proved that the handshake was no replay.
    mutating func dropClient(_ peer: Peer, at now: Instant) {
        withTable(peer.address.family) { table, _ in
            let held = table.neighbours.first {
                $0.record.key == peer.key && $0.address == peer.address
            }
            if let held { table.remove(held.id, at: now) }
        }
    }

    /// What there is to say about our reachability over `family`.
    func reachStatus(_ family: Address.Family, at now: Instant) -> Status.Reach {
        guard families.contains(family) else { return .unused }
        let isLearned = !isFixed(family)
        switch reach[family].state {
        case .told(let role): return .told(role)
        case .reached: return .reached
        case .seeking, .resting:
            guard let since = reach[family].addressSince else {
                return isLearned && votes.changesPorts(family, at: now)
                    ? .changingPorts : .noAddress
            }
            if case .resting = reach[family].state { return .unreached }
            if isLearned, votes.changesPorts(family, at: now) { return .changingPorts }
            let steady = since + settings.reachability.promotionAfter
            return now < steady ? .settling(until: steady) : .unreached
        }
    }
}
