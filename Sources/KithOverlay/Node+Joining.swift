import KithCrypto
public import KithWire

// Joining, and staying: seeds, our own neighbourhood, liveness, refreshes.
extension Node {
    mutating func join(through seeds: [NodeRecord], at now: Moment, _ outbox: inout Outbox) {
        joining.seeds = seeds.filter { $0.id != record.id }
        joining.pause = settings.operations.joinPause
        tryJoin(at: now, &outbox)
    }

    /// Tries again while alone, and looks around again while there are few neighbours.
    mutating func joinAgain(at now: Moment, _ outbox: inout Outbox) {
        if joining.phase == .joined, neighbourCount < settings.lookup.width {
            lookUpOurselves(at: now, &outbox)
        }
        guard case .alone = joining.phase else { return }
        if neighbourCount > 0 {
            lookUpOurselves(at: now, &outbox)
        } else {
            tryJoin(at: now, &outbox)
        }
    }

    private mutating func tryJoin(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase != .leaving else { return }
        joining.open = 0
        joining.asked = 0
        joining.phase = .joining
        for seed in joining.seeds {
            guard let address = reachable(seed) else { continue }
            joining.asked += 1
            let handle = call(
                .findNode(record.id), of: seed, at: address, for: .seed, now: now, &outbox)
            if handle != nil { joining.open += 1 }
        }
        if joining.open == 0 { becomeAlone(at: now) }
    }

    /// A seed answered: it is a neighbour now, and what it knows is where to look further.
    mutating func seedAnswered(
        _ message: Message, in body: RawSpan, at now: Moment, _ outbox: inout Outbox
    ) {
        joining.open = max(0, joining.open - 1)
        guard joining.phase == .joining else { return }
        lookUpOurselves(at: now, &outbox)
    }

    mutating func seedFailed(at now: Moment, _ outbox: inout Outbox) {
        joining.open = max(0, joining.open - 1)
        if joining.open == 0, joining.phase == .joining, neighbourCount == 0 {
            becomeAlone(at: now)
        }
    }

    private mutating func lookUpOurselves(at now: Moment, _ outbox: inout Outbox) {
        guard !joining.isLookingUp else { return }
        let handle = startLookup(
            record.id, asking: .findNode(record.id), width: settings.lookup.width,
            for: .joining, at: now, &outbox)
        guard let handle else { return }
        joining.isLookingUp = true
        stepLookup(handle, at: now, &outbox)
    }

    /// Our neighbourhood is known; buckets further away are filled next.
    mutating func joinLookupEnded(at now: Moment, _ outbox: inout Outbox) {
        joining.isLookingUp = false
        guard joining.phase != .leaving else { return }
        guard neighbourCount > 0 else {
            becomeAlone(at: now)
            return
        }
        let wasJoined = joining.phase == .joined
        joining.phase = .joined
        joining.pause = settings.operations.joinPause
        if !wasJoined {
            tell(.joined(neighbours: neighbourCount))
            joining.nextReunion = now.instant + settings.operations.reunion
        }
        lookAroundLater(wasJoined: wasJoined, at: now)
        for family in [Address.Family.v4, .v6] {
            let targets = withTable(family) { table, entropy in
                table.refreshTargets(entropy: &entropy)
            }
            for target in targets { refresh(target, at: now, &outbox) }
        }
    }

    /// In a network that has just begun everyone joins while hardly anyone is known yet; without
    /// another look a node would know its seeds alone, and be lost when they go.
    private mutating func lookAroundLater(wasJoined: Bool, at now: Moment) {
        guard neighbourCount < settings.lookup.width else { return }
        let pause = wasJoined ? joining.sparsePause * 2 : settings.operations.sparsePause
        joining.sparsePause = min(pause, settings.operations.joinPauseMax)
        timers.push(.join, at: now.instant + joining.sparsePause)
    }

    /// Asks one of those we joined through who is no neighbour now.
    ///
    /// Two parts of a network that were cut apart for longer than neighbours are kept know
    /// nothing of each other any more; their seeds do.
    private mutating func seekReunion(at now: Moment, _ outbox: inout Outbox) {
        let pause = settings.operations.reunion
        joining.nextReunion = now.instant + pause.scaled(by: 0.75 + 0.5 * entropy.unit())
        let lost = joining.seeds.filter { !isNeighbour($0.id) }
        guard let seed = entropy.element(of: lost), let address = reachable(seed) else { return }
        call(.findNode(record.id), of: seed, at: address, for: .reunion, now: now, &outbox)
    }

    /// Looks for ourselves among the nodes that a seed knows near us, if there are new ones.
    mutating func reunite(
        by message: Message, in body: RawSpan, at now: Moment, _ outbox: inout Outbox
    ) {
        guard case .nodes(let items) = message.body else { return }
        let strangers = nodeRecords(items, in: body).filter { !isNeighbour($0.id) }
        guard !strangers.isEmpty else { return }
        let handle = startLookup(
            record.id, asking: .findNode(record.id), width: settings.lookup.width,
            for: .refresh, hints: strangers, at: now, &outbox)
        if let handle { stepLookup(handle, at: now, &outbox) }
    }

    private func isNeighbour(_ id: NodeID) -> Bool {
        tableV4.neighbour(id) != nil || tableV6.neighbour(id) != nil
    }

    private mutating func refresh(_ target: Location, at now: Moment, _ outbox: inout Outbox) {
        let handle = startLookup(
            target, asking: .findNode(target), width: settings.operations.refreshWidth,
            for: .refresh, at: now, &outbox)
        if let handle { stepLookup(handle, at: now, &outbox) }
    }

    private mutating func becomeAlone(at now: Moment) {
        let reason: AloneReason =
            joining.asked == 0 ? .noSeeds : .seedsSilent(asked: joining.asked)
        if joining.phase != .alone(reason) { tell(.alone(reason)) }
        joining.phase = .alone(reason)
        timers.push(.join, at: now.instant + joining.pause)
        joining.pause = min(joining.pause * 2, settings.operations.joinPauseMax)
    }

    /// A node answered us: it may become a neighbour.
    ///
    /// A node that was alone no longer is.
    mutating func heard(
        _ node: NodeRecord, at address: Address, roundTrip: Duration?, load: UInt8?,
        _ now: Moment
    ) {
        withTable(address.family) { table, entropy in
            _ = table.heard(
                node, at: address, roundTrip: roundTrip, load: load, now: now.instant,
                entropy: &entropy)
        }
        if case .alone = joining.phase { timers.push(.join, at: now.instant) }
    }

    /// Checks one neighbour that was silent, refreshes one bucket that was not looked at.
    mutating func maintain(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase != .leaving else { return }
        for family in [Address.Family.v4, .v6] {
            while let due = withTable(family, { table, _ in table.nextCheck(at: now.instant) }) {
                call(.ping, of: due.record, at: due.address, for: .liveness, now: now, &outbox)
            }
            let target = withTable(family) { table, entropy in
                table.refreshTarget(at: now.instant, entropy: &entropy)
            }
            if let target, joining.phase == .joined { refresh(target, at: now, &outbox) }
        }
        if joining.phase == .joined, joining.nextReunion <= now.instant {
            seekReunion(at: now, &outbox)
        }
        if neighbourCount == 0, joining.phase == .joined {
            joining.asked = 0
            tryJoin(at: now, &outbox)
        }
        timers.push(.maintenance, at: now.instant + settings.operations.maintenance)
    }

    mutating func leave(at now: Moment) {
        joining.phase = .leaving
        let running = operations.keys.sorted()
        for id in running { cancel(id, error: .cancelled) }
    }

    /// Neighbours in both tables.
    public var neighbourCount: Int { tableV4.count + tableV6.count }

    /// The known nodes closest to `target`, to start a lookup from.
    func neighbours(near target: Location) -> [NodeRecord] {
        var near: [NodeRecord] = []
        if usesV4 { near += tableV4.closest(to: target) }
        if usesV6 {
            for node in tableV6.closest(to: target)
            where !near.contains(where: { $0.id == node.id }) {
                near.append(node)
            }
        }
        return near
    }

    func neighbour(at address: Address) -> NodeRecord? {
        switch address.family {
        case .v4: tableV4.neighbours.first { $0.address == address }?.record
        case .v6: tableV6.neighbours.first { $0.address == address }?.record
        }
    }

    /// Estimated number of nodes in the network.
    var networkSize: Int? {
        size.estimate
    }

    /// The nodes worth keeping across a restart, the most reliable first.
    public func reliableNodes(limit: Int) -> [NodeRecord] {
        var nodes = tableV4.reliable(limit: limit)
        for node in tableV6.reliable(limit: limit)
        where nodes.count < limit && !nodes.contains(where: { $0.id == node.id }) {
            nodes.append(node)
        }
        return nodes
    }

    /// All neighbours, for `kith peers`.
    public func neighbourStatuses(at now: Instant) -> [NeighbourStatus] {
        (tableV4.neighbours + tableV6.neighbours).map { neighbour in
            NeighbourStatus(
                record: neighbour.record, address: neighbour.address,
                roundTrip: neighbour.roundTrip, silence: now - neighbour.lastHeard,
                failures: Int(neighbour.failures), load: neighbour.load)
        }
    }

    /// Lends the table of a family together with the dice.
    @discardableResult
    mutating func withTable<R>(
        _ family: Address.Family, _ body: (inout RoutingTable, inout Entropy) -> R
    ) -> R {
        switch family {
        case .v4: body(&tableV4, &entropy)
        case .v6: body(&tableV6, &entropy)
        }
    }
}
