import KithCrypto
import KithWire

// Keeping what others were promised: handing over to whoever comes to stand among the closest,
// whether it came closer or took the place of one that died (DESIGN section 6).
extension Node {
    /// Copies that a record of this kind has when all is well.
    private mutating func copies(of kind: Record.Kind) -> Int {
        network.replication + settings.keeping.spares(of: kind)
    }

    /// The neighbours that are to keep a location besides ourselves, closest first: live ones, in
    /// different blocks of addresses, as many as its records have copies.
    mutating func guardians(of location: Location, keeping copies: Int) -> [Neighbour] {
        var nearest = tableV4.nearestNeighbours(to: location)
        let others = tableV6.nearestNeighbours(to: location)
        if !others.isEmpty {
            nearest += others.filter { other in !nearest.contains { $0.id == other.id } }
            nearest.sort { location.isCloser($0.id, than: $1.id) }
        }
        var found: [Neighbour] = []
        for neighbour in nearest where found.count < copies {
            let isCrowded = found.contains { $0.address.block == neighbour.address.block }
            if network.isLocal || !isCrowded { found.append(neighbour) }
        }
        return found
    }

    /// Copies of what starts in this slot; all records of one location are of one kind.
    private mutating func copiesKept(inSlot slot: Int) -> Int {
        copies(of: store.slots[slot]?.stored.record.kind ?? .profile)
    }

    /// Whether `peer` is one of the nodes that are to keep the entries of a shared location.
    mutating func isGuardian(_ peer: Peer, of location: Location) -> Bool {
        guardians(of: location, keeping: copies(of: .nameEntry)).contains {
            guard $0.record.key == peer.key else { return false }
            // A node of both families stands there once, with one of its addresses.
            return $0.address == peer.address || $0.record.v6 == peer.address
        }
    }

    /// Looks at some of what we keep, and runs errands.
    mutating func goOnPatrol(at now: Moment, _ outbox: inout Outbox) {
        if joining.phase == .joined {
            let slots = patrol.stride(
                over: store.slots.count, count: settings.keeping.patrolPerSecond,
                every: settings.keeping.patrolInterval, at: now.instant)
            for slot in slots {
                if let location = store.location(startingAt: slot) {
                    inspect(location, at: slot, copies: copiesKept(inSlot: slot))
                }
            }
        }
        runErrands(at: now, &outbox)
    }

    /// Plans errands to the nodes that are new among the closest of one location, if we are one
    /// of those who have to tell them.
    private mutating func inspect(_ location: Location, at slot: Int, copies: Int) {
        let known = store.slots[slot]?.guardians ?? Guardians()
        let current = guardians(of: location, keeping: copies)
        let closer = current.count { location.isCloser($0.id, than: record.id) }
        // One of the copies is ours, unless enough others are closer.
        let places = closer < copies ? copies - 1 : copies
        var next = Guardians(current.prefix(places).map(\.id))
        next.haveIt = known.haveIt && next == known
        if known.count > 0 {
            let told = current.filter { known.contains($0.id) }
            let before = told.count { location.isCloser($0.id, than: record.id) }
            if before < settings.keeping.handingOver {
                for neighbour in current.prefix(places) where !known.contains(neighbour.id) {
                    guard plan(location, for: neighbour, part: before) else { return }
                }
            }
        }
        store.setGuardians(next, at: slot)
        guard isOnUs(slot, isBeyond: closer >= copies), !next.haveIt else { return }
        for neighbour in current.prefix(settings.keeping.handingOver) {
            guard plan(location, for: neighbour) else { return }
        }
    }

    /// Whether we have to see to it that the closest have what starts in this slot.
    ///
    /// That is so for a profile that was written to us although enough others stand closer, perhaps
    /// while we were cut off from them: readers ask those. (A copy that a reader left is nobody's
    /// promise.) And for entries, too, when we are nearly full: what makes room next may be ours.
    private mutating func isOnUs(_ slot: Int, isBeyond: Bool) -> Bool {
        guard isBeyond, let kept = store.slots[slot] else { return false }
        if store.load > settings.keeping.loadRelief { return true }
        let record = kept.stored.record
        return !record.kind.isShared && kept.stored.until == record.expires
    }

    /// Plans an errand; false when too many wait.
    ///
    /// - Parameter part: which of those who give we are; where the target lacks more than one errand
    ///   brings, each gives others.
    private mutating func plan(
        _ location: Location, for neighbour: Neighbour, part: Int = 0
    ) -> Bool {
        // Who is full itself is no help.
        if neighbour.load ?? 0 > settings.keeping.loadRelief { return true }
        return patrol.add(
            Errand(
                location: location, target: neighbour.record, address: neighbour.address,
                part: part),
            limit: settings.keeping.errandsMax)
    }

    /// We go: whoever takes our place among the closest of each location gets what is there.
    mutating func handEverythingOver(at now: Moment, _ outbox: inout Outbox) {
        for slot in store.slots.indices {
            guard let location = store.location(startingAt: slot) else { continue }
            let known = store.slots[slot]?.guardians ?? Guardians()
            let copies = copiesKept(inSlot: slot)
            let current = guardians(of: location, keeping: copies)
            let closer = current.count { location.isCloser($0.id, than: record.id) }
            guard closer < copies else { continue }
            for (rank, neighbour) in current.enumerated()
            where rank == copies - 1 || !known.contains(neighbour.id) {
                guard plan(location, for: neighbour, part: closer) else { break }
            }
        }
        runErrands(at: now, &outbox)
    }

    /// Whether a node that leaves still gives others what it keeps.
    public var isHandingOver: Bool { errands.count > 0 || patrol.waiting > 0 }

    private mutating func runErrands(at now: Moment, _ outbox: inout Outbox) {
        let limit =
            joining.phase == .leaving
            ? settings.keeping.errandsAtOnceLeaving : settings.keeping.errandsAtOnce
        while errands.count < limit, let errand = patrol.take() {
            guard store.entries(at: errand.location).count > 0,
                let handle = errands.insert(errand)
            else { continue }
            let sent = call(
                .findRecord(errand.location, digest: [], skip: 0), of: errand.target,
                at: errand.address, for: .offer(handle), now: now, &outbox)
            if sent == nil { _ = errands.remove(handle) }
        }
    }

    /// The node said what it has; it gets what it lacks, and we take what is newer than ours.
    mutating func offerAnswered(
        _ handle: UInt32, _ message: Message, in body: RawSpan, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard errands.contains(handle) else { return }
        guard case .records(_, let items, let token, _, _) = message.body else {
            endErrand(handle, at: now, &outbox)
            return
        }
        let shown = storedRecords(items, in: body)
        let location = errands[handle].location
        for record in shown where record.location == location {
            learn(record, from: errands[handle].address, at: now)
        }
        errands[handle].token = token
        let lacking = store.entries(at: location).filter { held in
            held.expires > now.unix
                && !shown.contains { $0.author == held.author && $0.sequence >= held.sequence }
        }
        errands[handle].choose(
            among: lacking.map(\.author), limit: settings.keeping.recordsPerErrand)
        giveNext(handle, at: now, &outbox)
    }

    /// Keeps a version that is newer than the one we hold of the same author.
    private mutating func learn(_ record: Record, from address: Address, at now: Moment) {
        guard let held = store.record(at: record.location, author: record.author),
            record.sequence > held.sequence
        else { return }
        do {
            try record.verify(network: network, now: now.unix)
        } catch {
            counters.invalidRecords += 1
            return
        }
        let put = store.put(record, from: address, by: .replica, at: now)
        persist(record, from: address, after: put)
    }

    /// Gives the next record of an errand, or ends it.
    private mutating func giveNext(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        if errands[handle].authors.isEmpty, errands[handle].isWhole {
            store.noteHeld(errands[handle].location)
        }
        while let token = errands[handle].token, let author = errands[handle].authors.popLast() {
            let location = errands[handle].location
            guard let record = store.record(at: location, author: author) else { continue }
            let sent = call(
                .store(record: record.encoded, token: token), of: errands[handle].target,
                at: errands[handle].address, for: .handOver(handle), now: now, &outbox)
            if sent != nil { return }
            break
        }
        endErrand(handle, at: now, &outbox)
    }

    mutating func handOverAnswered(
        _ handle: UInt32, _ message: Message, at now: Moment, _ outbox: inout Outbox
    ) {
        guard errands.contains(handle) else { return }
        switch message.body {
        case .stored:
            counters.handedOver += 1
            giveNext(handle, at: now, &outbox)
        case .refused(.older, _):
            giveNext(handle, at: now, &outbox)
        default:
            endErrand(handle, at: now, &outbox)
        }
    }

    /// An errand is done, or its target does not answer.
    mutating func endErrand(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        if errands.contains(handle) { _ = errands.remove(handle) }
        runErrands(at: now, &outbox)
    }
}
