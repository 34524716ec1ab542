import KithCrypto
import KithWire

// Lookups: the value decides, this file sends.
extension Node {
    /// Starts a lookup; nil when too many run.
    mutating func startLookup(
        _ target: Location, asking request: Request, width: Int, for owner: LookupRun.Owner,
        hints: [NodeRecord] = [], over wanted: Lookup.Families = .both, at now: Moment,
        _ outbox: inout Outbox
    ) -> UInt32? {
        var reach = Lookup.Families()
        for family in families { reach.formUnion(Lookup.Families(family)) }
        reach.formIntersection(wanted)
        var known = neighbours(near: target, over: reach) + hints
        if known.isEmpty { known = joining.seeds + vicinity.entries }
        let lookup = Lookup(
            target: target, own: record.id, width: width, paths: owner.paths(settings.lookup),
            seeds: known,
            network: network, links: vicinity.links, families: reach, settings: settings.lookup)
        let run = LookupRun(
            lookup: lookup, owner: owner, target: target, request: request, started: now.instant)
        for family in families where reach.contains(Lookup.Families(family)) {
            withTable(family) { table, _ in table.looked(for: target, at: now.instant) }
        }
        guard let handle = lookups.insert(run) else { return nil }
        return handle
    }

    /// Asks whom the lookup wants asked; ends it when it is done.
    mutating func stepLookup(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        while lookups.contains(handle) {
            if agrees(handle, at: now.unix) {
                // Nobody else is asked, but whoever was may still know a newer version.
                if lookups[handle].lookup.isInFlight { return }
                finishLookup(handle, isWhole: false, at: now, &outbox)
                return
            }
            switch lookups[handle].lookup.next(at: now.instant) {
            case .ask(let node):
                guard let address = reachable(node, over: lookups[handle].lookup.families) else {
                    lookups[handle].lookup.failed(node.id)
                    continue
                }
                if passesOver(node, at: address, in: handle, now.instant) {
                    lookups[handle].lookup.failed(node.id)
                    continue
                }
                lookups[handle].requests += 1
                let request = lookups[handle].request
                let sent = call(
                    request, of: node, at: address, for: .lookup(handle), now: now, &outbox)
                if sent == nil { lookups[handle].lookup.failed(node.id) }
            case .wait:
                return
            case .finished where isWorthWaiting(handle):
                return
            case .finished:
                finishLookup(handle, at: now, &outbox)
            }
        }
    }

    /// Whether a read knows enough: the replica set has answered and enough nodes agree on the
    /// newest version, which is valid.
    ///
    /// An acknowledged version is on a majority, so it is among what they said; whoever holds a
    /// newer one makes the read go on.
    private mutating func agrees(_ handle: UInt32, at now: UnixTime) -> Bool {
        switch lookups[handle].owner {
        case .get, .profile: break
        case .joining, .refresh, .lookup, .placing, .term, .region, .contacts, .sampling, .exit:
            return false
        }
        // Where somebody seems to have settled, his majority proves nothing.
        guard !lookups[handle].isWidened else { return false }
        let run = lookups[handle]
        let enough = settings.operations.holdersEnough
        guard run.answers.count >= enough, let newest = run.newest,
            run.holders(of: newest) >= enough,
            lookups[handle].lookup.isSettled(network.replication)
        else { return false }
        do {
            try newest.verify(network: network, now: now)
            return true
        } catch {
            return false
        }
    }

    /// Whether what a lookup is for may depend on a node that is slow.
    ///
    /// Who asks for the closest wants to hear of all of them, and a read that no majority agrees
    /// on may have missed the only ones who know. An entry is on two replicas of three, so one
    /// of them may be left out.
    private mutating func isWorthWaiting(_ handle: UInt32) -> Bool {
        switch lookups[handle].owner {
        case .lookup, .get, .profile, .contacts:
            lookups[handle].lookup.slowNodes(among: network.replication) > 0
        case .term, .exit:
            lookups[handle].lookup.slowNodes(among: network.replication) > 1
        case .joining, .refresh, .placing, .region, .sampling:
            false
        }
    }

    /// Whether a node that was silent a moment ago is not worth waiting for.
    ///
    /// Others go on naming a dead node until they notice themselves, so that without this every
    /// lookup waits for it again. Only once somebody has answered this lookup: before that the
    /// silence may be our own.
    private mutating func passesOver(
        _ node: NodeRecord, at address: Address, in handle: UInt32, _ now: Instant
    ) -> Bool {
        guard let since = silent.peek(Peer(key: node.key, address: address), at: now) else {
            return false
        }
        // When nobody at all was heard since, the fault may have been ours.
        return lastHeard > since && !lookups[handle].lookup.closest(1).isEmpty
    }

    /// Records one node of the way, for `trace`.
    mutating func noteStep(of handle: UInt32, _ call: Call, roundTrip: Duration?) {
        guard case .lookup = lookups[handle].owner else { return }
        let depth = lookups[handle].lookup.depth(of: call.node.id) ?? 0
        lookups[handle].steps.append(
            LookupReport.Step(node: call.node, depth: depth, roundTrip: roundTrip))
    }

    /// Takes what one node answered to a lookup.
    mutating func lookupAnswered(
        _ handle: UInt32, by call: Call, _ message: Message, in body: RawSpan, at now: Moment
    ) {
        switch message.body {
        case .nodes(let items):
            let hints = nodeRecords(items, in: body, from: call.address)
            lookups[handle].lookup.answered(call.node.id, records: hints, at: now.instant)
        case .records(let items, let stored, let token, let total, let full):
            let hints = nodeRecords(items, in: body, from: call.address)
            lookups[handle].lookup.answered(call.node.id, records: hints, at: now.instant)
            let records = storedRecords(stored, in: body)
            lookups[handle].answers.append(
                LookupRun.Answer(
                    node: call.node, address: call.address, token: token, records: records,
                    total: Int(total), load: message.load ?? 0, full: full))
        case .refused, .pong, .stored, .probing, .ping, .findNode, .findRecord, .store, .probe,
            .probeOther, .ask, .shown, .relay, .relaying, .taken:
            lookups[handle].lookup.failed(call.node.id)
        }
    }

    /// The node records of an answer, without those that whoever is at `informant` cannot know.
    func nodeRecords(
        _ items: Items, in body: RawSpan, from informant: Address
    ) -> [NodeRecord] {
        var found: [NodeRecord] = []
        var cursor = items.nodes(in: body)
        while let node = cursor.next() {
            if mayBeNamed(node, to: informant) { found.append(node) }
        }
        return found
    }

    mutating func storedRecords(_ items: Items, in body: RawSpan) -> [Record] {
        var found: [Record] = []
        var cursor = items.strings(in: body)
        while let field = cursor.next() {
            do {
                found.append(try Record.decode(field.bytes(in: body)))
            } catch {
                counters.invalidRecords += 1
            }
        }
        return found
    }

    /// - Parameter isWhole: whether it went on until the closest had all answered.
    private mutating func finishLookup(
        _ handle: UInt32, isWhole: Bool = true, at now: Moment, _ outbox: inout Outbox
    ) {
        let run = lookups.remove(handle)
        if isWhole { learnSize(from: run, at: now.instant) }
        if widens(run, at: now, &outbox) { return }
        switch run.owner {
        case .region(let widening):
            regionFound(run, for: widening, at: now, &outbox)
        case .joining:
            joinLookupEnded(at: now, &outbox)
        case .refresh:
            break
        case .lookup(let id):
            finish(id, lookupOutcome(run, at: now))
        case .get(let id):
            let outcome = getOutcome(run, at: now, &outbox)
            if !publishedSeen(outcome, by: id) { finish(id, outcome) }
        case .placing(let publication, let index):
            storersFound(for: index, of: publication, by: run, at: now, &outbox)
        case .term(let search, let index):
            termRead(index, of: search, by: run, at: now, &outbox)
        case .profile(let search, let author):
            profileFetched(author, for: search, by: run, at: now, &outbox)
        case .contacts(let matter):
            matterRead(matter, by: run, at: now, &outbox)
        case .sampling(let source):
            relaysSampled(run, by: source, at: now, &outbox)
        case .exit(let errand):
            found(run, for: errand, at: now, &outbox)
        }
    }

    /// Estimates the size of the network from whom a lookup found.
    ///
    /// Fewer than were wanted are the whole network, unless some did not answer: then our own link
    /// may have been down. The neighbourhood of our own id says what it says all the time; see
    /// ``networkSize(at:)``.
    private mutating func learnSize(from run: borrowing LookupRun, at now: Instant) {
        guard run.target != record.id, !run.lookup.hasGivenUp else { return }
        let width = run.lookup.width
        let closest = run.lookup.closest(width).map(\.id)
        let isDisturbed = run.lookup.failures + run.lookup.slowNodes(among: width) > 0
        if closest.count < width, isDisturbed { return }
        size.learn(closest: closest, to: run.target, wanted: width, at: now)
    }

    private func lookupOutcome(
        _ run: borrowing LookupRun, at now: Moment
    ) -> Result<Outcome, OperationError> {
        let report = report(of: run, at: now.instant)
        return report.closest.isEmpty ? .failure(.noPeers) : .success(.lookup(report))
    }

    private mutating func getOutcome(
        _ run: LookupRun, at now: Moment, _ outbox: inout Outbox
    ) -> Result<Outcome, OperationError> {
        let report = report(of: run, at: now.instant)
        let newest = newestRecord(of: run, at: now, &outbox)
        if report.closest.isEmpty, newest == nil { return .failure(.noPeers) }
        return .success(.record(newest, report))
    }

    private func report(of run: LookupRun, at now: Instant) -> LookupReport {
        LookupReport(
            target: run.target, closest: run.lookup.closest(settings.lookup.width),
            hops: run.lookup.hops, requests: run.requests, failures: run.failures,
            duration: now - run.started, steps: run.steps)
    }

    /// The newest valid record that the replicas of an owned location gave, ourselves included;
    /// replicas that were behind are brought up to date (read repair).
    mutating func newestRecord(
        of run: LookupRun, at now: Moment, _ outbox: inout Outbox
    ) -> Record? {
        guard let newest = newest(of: run.answers.flatMap(\.records), at: run.target, now)
        else { return nil }
        repair(newest, after: run, at: now, &outbox)
        return newest
    }

    /// The newest valid one of what others gave of an owned location and what we keep of it.
    mutating func newest(of records: [Record], at location: Location, _ now: Moment) -> Record? {
        var newest = store.owned(at: location)
        if let held = newest, held.expires <= now.unix { newest = nil }
        for record in records where record.location == location {
            if let held = newest, record.sequence <= held.sequence { continue }
            do {
                try record.verify(network: network, now: now.unix)
                newest = record
            } catch {
                counters.invalidRecords += 1
            }
        }
        if let newest, newest.kind == .profile, !profiles.keep(newest, at: now) { return nil }
        return newest
    }

    private mutating func repair(
        _ newest: Record, after run: LookupRun, at now: Moment, _ outbox: inout Outbox
    ) {
        let replicas = run.lookup.closest(network.replication)
        for answer in run.answers {
            guard let token = answer.token, replicas.contains(where: { $0.id == answer.node.id }),
                !answer.records.contains(where: { $0.sequence >= newest.sequence })
            else { continue }
            call(
                .store(record: newest.encoded, token: token), of: answer.node,
                at: answer.address, for: .repair, now: now, &outbox)
        }
        cache(newest, after: run, besides: replicas, at: now, &outbox)
    }

    /// Leaves a copy at the closest node that has none and is no replica (Kademlia section 2.3).
    ///
    /// Whoever asks next, from wherever, is likely to pass there. It lives shorter.
    private mutating func cache(
        _ newest: Record, after run: LookupRun, besides replicas: [NodeRecord], at now: Moment,
        _ outbox: inout Outbox
    ) {
        for node in run.lookup.closest(settings.lookup.width) {
            guard !replicas.contains(where: { $0.id == node.id }),
                let answer = run.answers.first(where: { $0.node.id == node.id }),
                !answer.records.contains(where: { $0.author == newest.author })
            else { continue }
            guard let token = answer.token else { return }
            let life = UInt32(settings.keeping.cacheLife.seconds)
            call(
                .store(record: newest.encoded, token: token, keepSeconds: life), of: answer.node,
                at: answer.address, for: .cache, now: now, &outbox)
            return
        }
    }
}
