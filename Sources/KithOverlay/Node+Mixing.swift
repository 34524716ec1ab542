import KithCrypto
import KithWire

// Queries of our own that are mixed: relays are looked for, cells leave at their moments, answers
// come back. `Specs/Mixing.md`.
extension Node {
    /// Looks for relays and sends cover from now on.
    mutating func mixFromNowOn(isMetered: Bool, at now: Moment) {
        mix.isMetered = isMetered
        mix.wake(at: now.instant)
        ensureSlot(at: now.instant)
        if mix.nextPretence == .never { planPretence(at: now.instant) }
    }

    /// Begins to send more often though nobody searches.
    mutating func pretendActivity(at now: Moment) {
        var dice = entropy.fork()
        mix.becomeActive(at: now.instant, &dice)
        ensureSlot(at: now.instant)
        planPretence(at: now.instant)
    }

    private mutating func planPretence(at now: Instant) {
        var dice = entropy.fork()
        mix.planPretence(at: now, &dice)
        timers.push(.mixPretence, at: mix.nextPretence)
    }

    /// Whether a question that may travel either way is mixed.
    func mixes(_ via: Via, at now: Instant) -> Bool {
        switch via {
        case .mix: true
        case .direct: false
        case .auto: !network.isLocal && mix.isReady(at: now)
        }
    }

    /// What is mixed, at a glance.
    func mixStatus(at now: Instant) -> MixStatus {
        MixStatus(
            isAwake: mix.isAwake, relaysCells: relaysCells, relays: mix.directory.count,
            usable: mix.directory.usable(at: now),
            resting: mix.directory.relays.filter { $0.restsUntil > now }.map(\.node),
            guards: mix.guards, interval: mix.interval(at: now), isMetered: mix.isMetered,
            waiting: relay.value.queue.count, tags: relay.value.keys.tags)
    }

    /// Whether what may travel either way had better wait: relays are being looked for.
    ///
    /// After a start nobody waits for the profile to be published again, and written directly it
    /// would show where its person is.
    func waitsForRelays(_ via: Via, at now: Instant) -> Bool {
        via == .auto && !network.isLocal && mix.isLooking && !mix.isReady(at: now)
    }

    // MARK: Relays

    /// Looks for relays when it is time, and asks those for their key that need it.
    mutating func tendMix(at now: Moment, _ outbox: inout Outbox) {
        var dice = entropy.fork()
        relay.value.keys.advance(to: now.instant, &dice)
        if let guards = mix.takeGuards() { tell(.guardsChanged(guards)) }
        guard mix.isAwake, joining.phase == .joined else { return }
        if let source = mix.sample(at: now.instant) {
            let target = Location(entropy.bytes32())
            let lookup = startLookup(
                target, asking: .findNode(target), width: settings.lookup.width,
                for: .sampling(source), at: now, &outbox)
            if let lookup { stepLookup(lookup, at: now, &outbox) }
        }
        askRelays(at: now, &outbox)
    }

    /// Takes whom a lookup for relays found.
    mutating func relaysSampled(
        _ run: LookupRun, by source: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        var found: [(node: NodeRecord, address: Address)] = []
        for node in run.lookup.closest(run.lookup.width) where node.id != record.id {
            if let address = reachable(node), address.isUsable(in: network) {
                found.append((node, address))
            }
        }
        mix.sampled(found, by: source, at: now.instant)
        askRelays(at: now, &outbox)
    }

    private mutating func askRelays(at now: Moment, _ outbox: inout Outbox) {
        while let relay = mix.directory.nextToAsk(at: now.instant) {
            let sent = call(
                .relay, of: relay.node, at: relay.address, for: .relayKey, now: now, &outbox)
            if sent == nil {
                mix.directory.rest(relay.node.key, at: now.instant)
                return
            }
        }
    }

    /// Takes a relay's key.
    mutating func relayAnswered(
        _ call: Call, _ message: Message, at now: Moment, _ outbox: inout Outbox
    ) {
        if case .relaying(let key, let seconds) = message.body {
            mix.directory.learnKey(
                key, for: seconds, of: call.node.key, seen: message.seen, at: now.instant)
        } else {
            mix.directory.rest(call.node.key, at: now.instant)
        }
        askRelays(at: now, &outbox)
    }

    // MARK: Queries

    /// Starts a mixed query; its owner is told in any case.
    mutating func startMix(
        _ wanted: MixedQuery.Wanted, for owner: MixRun.Owner, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let run = MixRun(wanted: wanted, owner: owner, started: now.instant)
        if case .store(let record) = wanted, record.count > MixedQuery.recordBytesMax {
            fail(run, .tooLarge, at: now, &outbox)
            return
        }
        guard mixRuns.count < settings.mixing.queriesMax else {
            fail(run, .exitsRefused, at: now, &outbox)
            return
        }
        mix.wake(at: now.instant)
        if !run.isPatient {
            var dice = entropy.fork()
            mix.becomeActive(at: now.instant, &dice)
        }
        ensureSlot(at: now.instant)
        let deadline = deadline(of: run)
        guard let handle = mixRuns.insert(run) else { return }
        timers.push(.mixRun(handle), at: now.instant + deadline)
        tendMix(at: now, &outbox)
        goOn(with: handle, at: now, &outbox)
    }

    /// Sends what the query still needs; ends it when nothing more can come.
    private mutating func goOn(
        with handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard mixRuns.contains(handle) else { return }
        let settings = settings.mixing
        while mixRuns[handle].open + mixRuns[handle].answers.count < settings.exits,
            mixRuns[handle].tries < settings.exits + settings.retries
        {
            guard launch(handle, at: now) else { break }
        }
        let run = mixRuns[handle]
        guard run.open == 0 else { return }
        if !run.answers.isEmpty {
            finish(mixRuns.remove(handle), at: now, &outbox)
        } else if run.tries > 0 {
            let error = run.error
            fail(mixRuns.remove(handle), error, at: now, &outbox)
        } else if now.instant - run.started >= settings.readyWithin {
            let error = MixError.fewRelays(known: mix.directory.usable(at: now.instant))
            fail(mixRuns.remove(handle), error, at: now, &outbox)
        } else {
            // Relays are being looked for.
            timers.push(.mixRun(handle), at: now.instant + settings.activeInterval)
        }
    }

    /// Puts one more cell of a query in line; false when there is no path for it.
    private mutating func launch(_ handle: UInt32, at now: Moment) -> Bool {
        let run = mixRuns[handle]
        var avoided: [X25519.PublicKey] = []
        for step in run.steps {
            switch step.end {
            case .lost(let suspect): avoided.append(step.hops[suspect].key)
            case .guardSilent: avoided.append(step.hops[0].key)
            case .answered, .refused, .unheard, .unsent: break
            }
        }
        var dice = entropy.fork()
        let purpose: MixPath.Purpose = run.isWrite ? .publishing : .searching
        guard
            let path = mix.path(
                for: purpose, besides: avoided, exits: run.exitsAsked, at: now, &dice),
            let cell = mix.cell(
                for: run.wanted, kind: .query(handle), by: path, own: record.key,
                ownOnionKey: relay.value.keys.publicKey, &dice),
            let attempt = mixAttempts.insert(cell.attempt)
        else { return false }
        guard mix.enqueue(cell.packet, attempt: attempt, tag: cell.attempt.tag) else {
            _ = mixAttempts.remove(attempt)
            return false
        }
        mixRuns[handle].tries += 1
        mixRuns[handle].open += 1
        mixRuns[handle].attempts.append(attempt)
        mixRuns[handle].exitsAsked.append(path.exit.node.key)
        return true
    }

    /// A mixed query's time may be over, or relays may have been found for it.
    mutating func mixRunDue(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard mixRuns.contains(handle) else { return }
        let run = mixRuns[handle]
        let settings = settings.mixing
        let isLate = now.instant >= run.started + deadline(of: run)
        let isAnswered = run.answeredAt.map { now.instant >= $0 + settings.grace } ?? false
        guard isLate || isAnswered else {
            goOn(with: handle, at: now, &outbox)
            return
        }
        if run.answers.isEmpty {
            let error = run.error
            fail(mixRuns.remove(handle), error, at: now, &outbox)
        } else {
            finish(mixRuns.remove(handle), at: now, &outbox)
        }
    }

    private func deadline(of run: MixRun) -> Duration {
        run.isWrite || run.isPatient
            ? settings.mixing.deadlineOfWrites : settings.mixing.deadline
    }

    // MARK: Cells

    private mutating func ensureSlot(at now: Instant) {
        var dice = entropy.fork()
        if mix.nextSlot == .never { mix.planSlot(at: now, &dice) }
        timers.push(.mixSlot(mix.nextSlot), at: mix.nextSlot)
    }

    /// A cell leaves: the next of ours, or cover.
    ///
    /// Then the next moment is drawn.
    mutating func sendCell(of slot: Instant, at now: Moment, _ outbox: inout Outbox) {
        // A moment that was drawn before the rate changed is no moment any more.
        guard slot == mix.nextSlot else { return }
        var dice = entropy.fork()
        mix.planSlot(at: now.instant, &dice)
        timers.push(.mixSlot(mix.nextSlot), at: mix.nextSlot)
        if let cell = mix.takeOutgoing() {
            // Also when whoever asked has what they wanted by now: cells that leave only after short
            // pauses would be known by them.
            counters.cellsOfQueries += 1
            send(cell.packet, of: cell.attempt, at: now, &outbox)
        } else {
            sendCover(at: now, &outbox)
        }
        mix.slotPassed()
    }

    /// Sends a cell that means nothing: a query that looks like one of somebody's, or an echo.
    ///
    /// Both are answered, so that as much comes back as would to a query.
    private mutating func sendCover(at now: Moment, _ outbox: inout Outbox) {
        guard joining.phase == .joined, settings.mixing.sendsCover else { return }
        var dice = entropy.fork()
        let (wanted, asked) = mix.nextCover(from: store, at: now.unix, &dice)
        let isLoop = wanted == .echo
        guard
            let path = mix.path(
                for: .cover, besides: [], exits: asked.map { [$0] } ?? [], at: now, &dice),
            let cell = mix.cell(
                for: wanted, kind: isLoop ? .loop : .noise, by: path, own: record.key,
                ownOnionKey: relay.value.keys.publicKey, &dice),
            let attempt = mixAttempts.insert(cell.attempt)
        else { return }
        if !isLoop, asked == nil { mix.coverLeft(wanted, to: path.exit.node.key) }
        mix.remember(cell.attempt.tag, attempt: attempt)
        send(cell.packet, of: attempt, at: now, &outbox)
        if isLoop { counters.cellsOfLoops += 1 } else { counters.cellsOfNoise += 1 }
    }

    private mutating func send(
        _ packet: [UInt8], of attempt: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        let run = mixAttempts[attempt]
        guard
            let cell = relay.value.queue.insert(
                packet.span.bytes, to: run.path.entry.point, attempt: attempt)
        else {
            attemptLost(attempt, end: .unsent, at: now, &outbox)
            return
        }
        mixAttempts[attempt].sent = now.instant
        let patience = run.isWrite ? settings.mixing.patienceOfWrites : settings.mixing.patience
        timers.push(.mixAttempt(attempt), at: now.instant + patience)
        passOn(cell, at: now, &outbox)
    }

    /// A cell of ours did not come back in time.
    mutating func attemptTimedOut(_ attempt: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard mixAttempts.contains(attempt) else { return }
        let suspect = mix.directory.suspect(of: mixAttempts[attempt].path.relays)
        attemptLost(attempt, end: .lost(suspect: suspect), at: now, &outbox)
    }

    /// A cell of ours is lost; a query goes on by another path.
    mutating func attemptLost(
        _ attempt: UInt32, end: MixReport.End, at now: Moment, _ outbox: inout Outbox
    ) {
        let lost = mixAttempts.remove(attempt)
        mix.forget(lost.tag)
        counters.cellsMissed += 1
        switch end {
        case .unsent, .answered, .refused, .unheard: break
        case .guardSilent: mix.directory.lost([lost.path.entry.node.key], at: now.instant)
        case .lost: mix.directory.lost(lost.path.relays, at: now.instant)
        }
        ended(lost, end, at: now, &outbox)
    }

    /// The answer to a cell of ours came; it is the one that the relay opened last.
    mutating func answerCame(
        to attempt: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard mixAttempts.contains(attempt) else { return }
        let held = mixAttempts[attempt]
        let body = relay.value.body
        guard
            let text = try? Sphinx.openReply(body.span.bytes, roots: held.roots, key: held.key),
            let answer = try? MixedAnswer.decode(text.span.bytes)
        else {
            attemptTimedOut(attempt, at: now, &outbox)
            return
        }
        _ = mixAttempts.remove(attempt)
        counters.cellsReturned += 1
        mix.directory.returned(held.path.relays)
        guard case .query(let handle) = held.kind, mixRuns.contains(handle) else { return }
        if case .failed = answer {
            ended(held, .refused, at: now, &outbox)
            return
        }
        mixRuns[handle].answers.append(answer)
        if mixRuns[handle].answeredAt == nil, answer.tells(quorum: network.replication / 2 + 1) {
            mixRuns[handle].answeredAt = now.instant
            timers.push(.mixRun(handle), at: now.instant + settings.mixing.grace)
        }
        ended(held, .answered, at: now, &outbox)
    }

    /// Notes how a cell of a query ended, and goes on with the query.
    private mutating func ended(
        _ attempt: MixAttempt, _ end: MixReport.End, at now: Moment, _ outbox: inout Outbox
    ) {
        guard case .query(let handle) = attempt.kind, mixRuns.contains(handle) else { return }
        mixRuns[handle].open -= 1
        mixRuns[handle].steps.append(attempt.step(end, at: now.instant))
        goOn(with: handle, at: now, &outbox)
    }

    // MARK: Ends

    /// Gives what the exits said to whoever waits.
    private mutating func finish(_ run: MixRun, at now: Moment, _ outbox: inout Outbox) {
        switch run.owner {
        case .get(let id):
            var report = run.report
            for attempt in run.attempts where mixAttempts.contains(attempt) {
                guard mixAttempts[attempt].sent != nil else { continue }
                report.steps.append(mixAttempts[attempt].step(.unheard, at: now.instant))
            }
            finish(id, .success(.mixedRecord(newest(of: run, at: now), report)))
        case .term(let search, let index):
            guard searches.contains(search) else { return }
            let pages = run.pages.map { Search.Page(entries: records($0.records), total: $0.total) }
            let isFull = !run.pages.isEmpty && run.pages.allSatisfy(\.isFull)
            searches[search].search.requests += run.tries
            searches[search].search.read(
                term: index, pages: pages, isFull: isFull, network: network, at: now.unix)
            stepSearch(search, at: now, &outbox)
        case .profile(let search, let author):
            let record = newest(of: run, at: now)
            guard searches.contains(search) else { return }
            searches[search].search.requests += run.tries
            profileFetched(author, record, for: search, at: now)
            stepSearch(search, at: now, &outbox)
        case .reading(let matter):
            var found: [Record] = []
            var total = 0
            for page in run.pages {
                found += records(page.records)
                total = max(total, page.total)
            }
            takeRead(matter, found, total: total, at: now, &outbox)
        case .writing(let matter):
            let report = run.writeReport(network: network, at: now.instant)
            if report == nil { counters.invalidReceipts += 1 }
            matterWritten(matter, report, at: now, &outbox)
        case .placing(let publication, let index):
            placed(index, of: publication, through: run, at: now, &outbox)
        }
    }

    /// Tells whoever waits that the mix brought nothing.
    private mutating func fail(
        _ run: MixRun, _ error: MixError, at now: Moment, _ outbox: inout Outbox
    ) {
        switch run.owner {
        case .get(let id):
            finish(id, .failure(.mix(error)))
        case .term(let search, let index):
            guard searches.contains(search) else { return }
            searches[search].mixFailures += 1
            searches[search].mixError = error
            searches[search].search.read(
                term: index, pages: [], network: network, at: now.unix)
            stepSearch(search, at: now, &outbox)
        case .profile(let search, let author):
            guard searches.contains(search) else { return }
            searches[search].mixFailures += 1
            searches[search].mixError = error
            profileFetched(author, nil, for: search, at: now)
            stepSearch(search, at: now, &outbox)
        case .reading(let matter): matterNotRead(matter, at: now, &outbox)
        case .writing(let matter): matterWritten(matter, nil, at: now, &outbox)
        case .placing(let publication, let index):
            placed(index, of: publication, by: nil, at: now, &outbox)
        }
    }

    private mutating func records(_ encoded: [[UInt8]]) -> [Record] {
        encoded.compactMap { bytes in
            do {
                return try Record.decode(bytes.span.bytes)
            } catch {
                counters.invalidRecords += 1
                return nil
            }
        }
    }

    /// The newest valid record that an exit gave of an owned location, or that we keep.
    private mutating func newest(of run: MixRun, at now: Moment) -> Record? {
        guard case .find(let location, _, _) = run.wanted else { return nil }
        return newest(of: run.pages.flatMap { records($0.records) }, at: location, now)
    }
}
