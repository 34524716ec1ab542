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
        guard joining.nextTry <= now.instant else { return }
        joining.nextTry = .never
        switch joining.phase {
        case .joined:
            if neighbourCount < settings.lookup.width { lookUpOurselves(at: now, &outbox) }
        case .joining:
            lookUpOurselves(at: now, &outbox)
        case .alone:
            if neighbourCount > 0 {
                lookUpOurselves(at: now, &outbox)
            } else {
                tryJoin(at: now, &outbox)
            }
        case .idle, .leaving:
            break
        }
    }

    /// Plans the next ``joinAgain(at:_:)``, unless one comes sooner.
    private mutating func tryAgain(after pause: Duration, at now: Moment) {
        let due = now.instant + pause
        guard due < joining.nextTry else { return }
        joining.nextTry = due
        timers.push(.join, at: due)
    }

    private mutating func tryJoin(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase != .leaving else { return }
        joining.open = 0
        joining.asked = 0
        // Who tries again while alone stays alone until somebody answers.
        if !isAlone { joining.phase = .joining }
        for seed in joining.seeds + vicinity.entries {
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
        guard joining.phase == .joining || isAlone else { return }
        lookUpOurselves(at: now, &outbox)
    }

    mutating func seedFailed(at now: Moment, _ outbox: inout Outbox) {
        joining.open = max(0, joining.open - 1)
        guard joining.open == 0, joining.phase == .joining || isAlone else { return }
        // All seeds are silent, but somebody may have come to us meanwhile.
        if neighbourCount > 0 {
            lookUpOurselves(at: now, &outbox)
        } else {
            becomeAlone(at: now)
        }
    }

    /// Looks for ourselves in each family, since each has a table of its own.
    private mutating func lookUpOurselves(at now: Moment, _ outbox: inout Outbox) {
        guard joining.lookups == 0 else { return }
        var handles: [UInt32] = []
        for family in families {
            let handle = startLookup(
                record.id, asking: .findNode(record.id), width: settings.lookup.width,
                for: .joining, over: Lookup.Families(family), at: now, &outbox)
            if let handle { handles.append(handle) }
        }
        joining.lookups = handles.count
        if handles.isEmpty { tryAgain(after: settings.operations.sparsePause, at: now) }
        for handle in handles { stepLookup(handle, at: now, &outbox) }
    }

    /// Our neighbourhood is known; buckets further away are filled next.
    mutating func joinLookupEnded(at now: Moment, _ outbox: inout Outbox) {
        joining.lookups -= 1
        guard joining.lookups == 0, joining.phase != .leaving else { return }
        guard neighbourCount > 0 else {
            becomeAlone(at: now)
            return
        }
        let wasJoined = joining.phase == .joined
        joining.phase = .joined
        joining.pause = settings.operations.joinPause
        if !wasJoined {
            tell(.joined(neighbours: neighbourCount))
            planCorrespondence(at: now)
            joining.nextReunion = now.instant + settings.operations.reunion
        }
        lookAroundLater(wasJoined: wasJoined, at: now)
        for family in families {
            let targets = withTable(family) { table, entropy in
                table.refreshTargets(entropy: &entropy)
            }
            for target in targets { refresh(target, over: family, at: now, &outbox) }
        }
    }

    /// In a network that has just begun everyone joins while hardly anyone is known yet; without
    /// another look a node would know its seeds alone, and be lost when they go.
    private mutating func lookAroundLater(wasJoined: Bool, at now: Moment) {
        guard neighbourCount < settings.lookup.width else { return }
        let pause = wasJoined ? joining.sparsePause * 2 : settings.operations.sparsePause
        joining.sparsePause = min(pause, settings.operations.joinPauseMax)
        tryAgain(after: joining.sparsePause, at: now)
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
        by message: Message, in body: RawSpan, from seed: Address, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard case .nodes(let items) = message.body else { return }
        let strangers = nodeRecords(items, in: body, from: seed).filter { !isNeighbour($0.id) }
        guard !strangers.isEmpty else { return }
        let handle = startLookup(
            record.id, asking: .findNode(record.id), width: settings.lookup.width,
            for: .refresh, hints: strangers, at: now, &outbox)
        if let handle { stepLookup(handle, at: now, &outbox) }
    }

    private func isNeighbour(_ id: NodeID) -> Bool {
        tableV4.neighbour(id) != nil || tableV6.neighbour(id) != nil
    }

    private mutating func refresh(
        _ target: Location, over family: Address.Family, at now: Moment, _ outbox: inout Outbox
    ) {
        let handle = startLookup(
            target, asking: .findNode(target), width: settings.operations.refreshWidth,
            for: .refresh, over: Lookup.Families(family), at: now, &outbox)
        if let handle { stepLookup(handle, at: now, &outbox) }
    }

    private var isAlone: Bool {
        if case .alone = joining.phase { true } else { false }
    }

    private mutating func becomeAlone(at now: Moment) {
        let reason: AloneReason =
            joining.asked == 0 ? .noSeeds : .seedsSilent(asked: joining.asked)
        if joining.phase != .alone(reason) { tell(.alone(reason)) }
        let wasAlone = isAlone
        joining.phase = .alone(reason)
        if !wasAlone { hurryBeacons(at: now) }
        giveUpWaiting()
        tryAgain(after: joining.pause, at: now)
        joining.pause = min(joining.pause * 2, settings.operations.joinPauseMax)
    }

    /// A node answered us: it may become a neighbour.
    ///
    /// Only the address that answered is kept: the other one of its record is hearsay, and we
    /// name to others what we have seen. A node that was alone no longer is.
    mutating func heard(
        _ node: NodeRecord, at address: Address, roundTrip: Duration?, load: UInt8?,
        _ now: Moment
    ) {
        lastHeard = now.instant
        guard mayBeNeighbour(at: address) else { return }
        if !network.isLocal { noteIsland(neighbourAt: address, at: now.instant) }
        let proved =
            address.family == .v4
            ? node.with(v4: address, v6: nil) : node.with(v4: nil, v6: address)
        withTable(address.family) { table, entropy in
            _ = table.heard(
                proved, at: address, roundTrip: roundTrip, load: load,
                isOnLink: address.isPrivate, now: now.instant, entropy: &entropy)
        }
        if isAlone { tryAgain(after: .zero, at: now) }
    }

    /// Checks one neighbour that was silent, refreshes one bucket that was not looked at.
    mutating func maintain(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase != .leaving else { return }
        tendSessions(at: now, &outbox)
        goOnPatrol(at: now, &outbox)
        tendReach(at: now, &outbox)
        tendMix(at: now, &outbox)
        tendVicinity(at: now, &outbox)
        for family in families {
            while let due = withTable(family, { table, _ in table.nextCheck(at: now.instant) }) {
                call(.ping, of: due.record, at: due.address, for: .liveness, now: now, &outbox)
            }
            let target = withTable(family) { table, entropy in
                table.refreshTarget(at: now.instant, entropy: &entropy)
            }
            if let target, joining.phase == .joined {
                refresh(target, over: family, at: now, &outbox)
            }
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

    /// Ends what runs and hands over what is kept; the shell gives it a few seconds.
    mutating func leave(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase != .leaving else { return }
        joining.phase = .leaving
        let running = operations.keys.sorted()
        for id in running { cancel(id, error: .cancelled) }
        handEverythingOver(at: now, &outbox)
    }

    /// Neighbours in both tables.
    public var neighbourCount: Int { tableV4.count + tableV6.count }

    /// The known nodes closest to `target`, to start a lookup from.
    mutating func neighbours(near target: Location, over families: Lookup.Families) -> [NodeRecord]
    {
        var near: [NodeRecord] = []
        let limit = settings.keeping.loadSteering
        if families.contains(.v4) { near += tableV4.closest(to: target, sparing: limit) }
        if families.contains(.v6) {
            for node in tableV6.closest(to: target, sparing: limit)
            where !near.contains(where: { $0.id == node.id }) {
                near.append(node)
            }
        }
        return near
    }

    mutating func neighbour(at address: Address) -> NodeRecord? {
        switch address.family {
        case .v4: tableV4.neighbours.first { $0.address == address }?.record
        case .v6: tableV6.neighbours.first { $0.address == address }?.record
        }
    }

    /// Estimated number of nodes in the network; never fewer than we know.
    ///
    /// What lookups elsewhere say, or our own neighbourhood while there were too few of them.
    func networkSize(at now: Instant) -> Int? {
        atLeastKnown(size.estimate(at: now) ?? sizeAround)
    }

    /// The smaller of what lookups elsewhere and our own neighbourhood say; never fewer than we
    /// know.
    ///
    /// Settlers make a network look large to who stands next to them by chance, and in a large one
    /// they look like chance. Too small an estimate widens lookups that did not need it.
    func cautiousNetworkSize(at now: Instant) -> Int? {
        atLeastKnown([size.estimate(at: now), sizeAround].compactMap { $0 }.min())
    }

    private var sizeAround: Int? { RoutingTable.larger(tableV4, tableV6).networkSize }

    private func atLeastKnown(_ size: Int?) -> Int? {
        size.map { max($0, tableV4.count + 1, tableV6.count + 1) }
    }

    /// The nodes worth keeping across a restart, the most reliable first.
    public func reliableNodes(limit: Int) -> [NodeRecord] {
        var nodes = tableV4.reliable(limit: limit)
        for node in tableV6.reliable(limit: limit)
        where nodes.count < limit && !nodes.contains(where: { $0.id == node.id }) {
            nodes.append(node)
        }
        // An address of a link may be somebody else's on another one.
        return network.isLocal
            ? nodes : nodes.filter { !$0.addresses.contains(where: \.isPrivate) }
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
