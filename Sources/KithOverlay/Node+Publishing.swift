import KithCrypto
import KithWire

// Publishing: the person's profile and the index entries that lead to it.
extension Node {
    mutating func publish(
        _ profile: Profile, via: Via = .direct, as id: OperationID, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard identity != nil else {
            tell(.finished(id, .failure(.noIdentity)))
            return
        }
        let before = standing
        standing = Standing(
            profile: profile, via: via, sequence: before?.sequence ?? 0, replicas: 0,
            next: .never)
        let targets = IndexPlan(profile).targets
        standing?.stale =
            before.map { before in
                (before.stale + IndexPlan(before.profile).targets)
                    .filter { !targets.contains($0) }.suffix(settings.operations.staleMax)
            } ?? []
        standing?.places = before?.places ?? []
        standing?.unsureUntil = before?.unsureUntil ?? 0
        if !startPublication(for: id, withdrawing: false, at: now, &outbox) {
            standing = before
        }
    }

    mutating func unpublish(as id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        guard let standing, !standing.isWithdrawn || !standing.isConfirmed else {
            tell(.finished(id, .failure(.nothingPublished)))
            return
        }
        let before = standing.aim
        self.standing?.isConfirmed = false
        self.standing?.aim = .withdrawn(until: now.unix + settings.operations.recordLife)
        if !startPublication(for: id, withdrawing: true, at: now, &outbox) {
            self.standing?.aim = before
        }
    }

    /// After a restart: go on with what was published or withdrawn before.
    mutating func keep(
        _ profile: Profile, lastSequence: UInt64, withdrawnUntil: UnixTime?, at now: Moment
    ) {
        guard identity != nil else { return }
        clock = SequenceClock(last: lastSequence)
        standing = Standing(
            profile: profile, via: .auto,
            aim: withdrawnUntil.map { .withdrawn(until: $0) } ?? .published,
            sequence: lastSequence, replicas: 0, next: now.instant)
        standing?.unsureUntil = now.unix.day + 1
        schedulePublish(after: settings.operations.republishAfterStart, at: now)
    }

    /// Publishes again when it is time and there is someone to publish to.
    mutating func republish(at now: Moment, _ outbox: inout Outbox) {
        guard let standing, standing.next <= now.instant else { return }
        if case .withdrawn(let until) = standing.aim, until <= now.unix {
            self.standing = nil
            return
        }
        guard joining.phase == .joined, !waitsForRelays(standing.via, at: now.instant) else {
            schedulePublish(after: settings.operations.republishRetry, at: now)
            return
        }
        startPublication(for: nil, withdrawing: standing.isWithdrawn, at: now, &outbox)
    }

    /// Signs the records and starts storing them.
    @discardableResult
    private mutating func startPublication(
        for id: OperationID?, withdrawing: Bool, isSecond: Bool = false, at now: Moment,
        _ outbox: inout Outbox
    ) -> Bool {
        standing?.forgetPlaces(before: now.unix.day)
        guard let standing else { return false }
        guard let signed = signedRecords(standing, withdrawing: withdrawing, at: now.unix)
        else {
            refusePublication(of: id, .tooLarge)
            return false
        }
        var isMixed = mixes(standing.via, at: now.instant)
        if isMixed, signed.records[0].encoded.count > MixedQuery.recordBytesMax {
            guard standing.via == .auto else {
                refusePublication(of: id, .mix(.tooLarge))
                return false
            }
            isMixed = false
        }
        let run = PublicationRun(
            publication: Publication(
                records: signed.records, walks: signed.walks, started: now.instant),
            operation: id, withdrawing: withdrawing, isSecond: isSecond,
            digest: InterestSet.encode(digest: InterestSet(standing.profile.interests).digest),
            isMixed: isMixed)
        guard let handle = publications.insert(run) else {
            refusePublication(of: id, .busy)
            return false
        }
        if let id, !presents(id, with: handle) { operations[id] = .publication(handle) }
        self.standing?.sequence = signed.records[0].sequence
        tell(.published(sequence: signed.records[0].sequence))
        stepPublication(handle, at: now, &outbox)
        return true
    }

    private mutating func refusePublication(of id: OperationID?, _ error: OperationError) {
        guard let id, !profileRefused(id, error) else { return }
        tell(.finished(id, .failure(error)))
    }

    /// The profile record and its entries, all under one sequence.
    ///
    /// Entries of an earlier profile that this one no longer has become tombstones.
    private mutating func signedRecords(
        _ standing: Standing, withdrawing: Bool, at now: UnixTime
    ) -> (records: [Record], walks: [EntryWalk])? {
        guard identity != nil else { return nil }
        let profile = standing.profile
        let sequence = clock.next(after: standing.sequence, now: now)
        let life = now + settings.operations.recordLife
        let body = withdrawing ? nil : profile.encode()
        guard
            let first = sign(
                .profile, location: nil, body: body, sequence: sequence, now: now, expires: life)
        else { return nil }
        var records = [first]
        var walks: [EntryWalk] = []
        let targets = IndexPlan(profile).targets
        let gone = standing.stale
        let days = Publication.days(
            at: now, lead: settings.operations.nextDayLead,
            grace: settings.operations.previousDayGrace, withdrawing: withdrawing)
        for day in days {
            let end = UnixTime(milliseconds: (UInt64(day) + 1) * 86_400_000)
            let expires = min(life, end + settings.operations.previousDayGrace)
            guard expires > now else { continue }
            for target in targets + gone {
                let isGone = withdrawing || gone.contains(target)
                let walk = EntryWalk(
                    target: target, day: day, expires: expires,
                    aim: isGone ? .gone(isSure: day > standing.unsureUntil) : .standing,
                    known: standing.depths(of: target, on: day))
                if let record = sign(walk, of: profile, sequence: sequence, now: now) {
                    records.append(record)
                    walks.append(walk)
                }
            }
        }
        return (records, walks)
    }

    /// The entry of a walk, or its tombstone, for the depth that the walk has reached.
    private mutating func sign(
        _ walk: EntryWalk, of profile: Profile, sequence: UInt64, now: UnixTime
    ) -> Record? {
        guard let author else { return nil }
        let token = walk.target.string
        let shard = Shard.number(at: walk.depth, author: author, token: token, day: walk.day)
        let location = Record.sharedLocation(
            walk.target.kind, token: token, day: walk.day, shard: shard)
        let digest = InterestSet(profile.interests).digest
        let entry = IndexEntry(day: walk.day, shard: shard, digest: digest)
        return sign(
            walk.target.kind, location: location,
            body: walk.aim == .standing ? entry.encode() : nil,
            sequence: sequence, now: now, expires: walk.expires)
    }

    /// Mutating, although it changes nothing: the compiler takes minutes to check a borrow of one
    /// key out of a whole node that is lent as a value.
    private mutating func sign(
        _ kind: Record.Kind, location: Location?, body: [UInt8]?, sequence: UInt64,
        now: UnixTime, expires: UnixTime
    ) -> Record? {
        switch identity {
        case .some(let key):
            do {
                return try Record.sign(
                    kind: kind, author: key, sequence: sequence, created: now, expires: expires,
                    location: location, body: body, network: network)
            } catch {
                return nil
            }
        case .none:
            return nil
        }
    }

    /// Starts what the publication wants placed; ends it when all is placed.
    mutating func stepPublication(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        while publications.contains(handle) {
            let concurrency = settings.operations.placementsPerPublication
            switch publications[handle].publication.next(concurrency: concurrency) {
            case .place(let index):
                findStorers(for: index, of: handle, at: now, &outbox)
            case .wait:
                return
            case .finished:
                finishPublication(publications.remove(handle), at: now, &outbox)
            }
        }
    }

    /// Looks for the storers of record `index`, below locations that are known to be full.
    private mutating func findStorers(
        for index: Int, of handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        if publications[handle].isMixed {
            let record = publications[handle].publication.records[index].encoded
            startMix(
                .store(record), for: .placing(publication: handle, index: index), at: now,
                &outbox)
            return
        }
        while index > 0, publications[handle].publication.walks[index - 1].passesFull,
            isKnownFull(publications[handle].publication.records[index].location, at: now.instant)
        {
            guard deepen(index, of: handle, at: now.unix) else { return }
        }
        let location = publications[handle].publication.records[index].location
        // An entry of ours ranks among the first with our own digest.
        let digest = index == 0 ? [] : publications[handle].digest
        let lookup = startLookup(
            location, asking: .findRecord(location, digest: digest, skip: 0),
            width: settings.operations.recordWidth,
            for: .placing(publication: handle, index: index), at: now, &outbox)
        if let lookup {
            stepLookup(lookup, at: now, &outbox)
        } else {
            placed(index, of: handle, by: nil, at: now, &outbox)
        }
    }

    /// Signs entry `index` for the next depth.
    ///
    /// - Returns: false when that is not possible, or something newer was published or withdrawn
    ///   meanwhile, whose walk did not come by here; the entry is given up then.
    private mutating func deepen(_ index: Int, of handle: UInt32, at now: UnixTime) -> Bool {
        let walk = publications[handle].publication.deepen(index)
        let sequence = publications[handle].publication.records[0].sequence
        guard let standing, standing.sequence == sequence,
            let record = sign(walk, of: standing.profile, sequence: sequence, now: now)
        else {
            publications[handle].publication.abandon(index)
            return false
        }
        publications[handle].publication.sign(index, again: record)
        return true
    }

    /// Stores record `index` on the nodes that a lookup found, or looks deeper where they are
    /// full.
    mutating func storersFound(
        for index: Int, of handle: UInt32, by run: LookupRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard publications.contains(handle) else { return }
        let author = publications[handle].publication.records[0].author
        let showsOurs = run.answers.contains { answer in
            answer.records.contains { $0.author == author && $0.location == run.target }
        }
        let isFull = index > 0 && isFull(run, at: now)
        let step = publications[handle].publication.found(
            index, isFull: isFull, showsOurs: showsOurs)
        if step == .deeper {
            goDeeper(with: index, of: handle, at: now, &outbox)
        } else {
            startPlacement(of: index, in: handle, after: run, at: now, &outbox)
        }
    }

    private mutating func goDeeper(
        with index: Int, of handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        if deepen(index, of: handle, at: now.unix) {
            findStorers(for: index, of: handle, at: now, &outbox)
        }
        stepPublication(handle, at: now, &outbox)
    }

    /// Records how the placement of a record through the mix ended, and goes on.
    mutating func placed(
        _ index: Int, of handle: UInt32, through run: MixRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard publications.contains(handle) else { return }
        if index == 0 {
            for answer in run.answers {
                guard case .kept(_, .some(let newer)) = answer else { continue }
                publications[handle].newer = max(publications[handle].newer ?? 0, newer)
            }
        }
        let step = publications[handle].publication.placed(
            index, by: run.receipts(network: network), quorum: network.replication / 2 + 1)
        went(step, with: index, of: handle, at: now, &outbox)
    }

    /// Records how one placement ended and goes on.
    mutating func placed(
        _ index: Int, of handle: UInt32, by placement: Placement?, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard publications.contains(handle) else { return }
        if let newer = placement?.newer, index == 0 { publications[handle].newer = newer }
        if index > 0, placement?.receipts.isEmpty == false {
            standing?.note(publications[handle].publication.walks[index - 1])
        }
        let step = publications[handle].publication.placed(index, by: placement)
        went(step, with: index, of: handle, at: now, &outbox)
    }

    private mutating func went(
        _ step: EntryWalk.Step, with index: Int, of handle: UInt32, at now: Moment,
        _ outbox: inout Outbox
    ) {
        switch step {
        case .deeper:
            goDeeper(with: index, of: handle, at: now, &outbox)
            return
        case .again:
            findStorers(for: index, of: handle, at: now, &outbox)
            stepPublication(handle, at: now, &outbox)
            return
        case .place, .done:
            break
        }
        if let id = publications[handle].operation {
            tell(.progress(id, publications[handle].publication.progress))
        }
        stepPublication(handle, at: now, &outbox)
    }

    /// Publishes once more, after a sequence that replicas hold and we did not know: another
    /// device of the person, or a backup that was restored, signed it.
    ///
    /// Only once, and only after a time that is not in the future: a replica may lie.
    private mutating func startAfterNewer(
        _ run: PublicationRun, at now: Moment, _ outbox: inout Outbox
    ) -> Bool {
        guard let newer = run.newer, !run.isSecond,
            standing?.sequence == run.publication.records[0].sequence,
            UnixTime(milliseconds: newer >> 16) <= now.unix + Record.clockSkewMax
        else { return false }
        standing?.sequence = newer
        return startPublication(
            for: run.operation, withdrawing: run.withdrawing, isSecond: true, at: now, &outbox)
    }

    private mutating func finishPublication(
        _ run: PublicationRun, at now: Moment, _ outbox: inout Outbox
    ) {
        let report = run.publication.report(network: network, at: now.instant)
        let succeeded = report.stored >= report.quorum
        if let matter = run.matter {
            matterWritten(matter, report, at: now, &outbox)
            return
        }
        if let errand = run.errand {
            stored(report, newer: run.newer, for: errand, at: now, &outbox)
            return
        }
        if !succeeded, startAfterNewer(run, at: now, &outbox) { return }
        // When something newer was published or withdrawn meanwhile, that decides what follows.
        if standing?.sequence == report.sequence {
            if !run.withdrawing { standing?.replicas = report.stored }
            if run.withdrawing, succeeded { standing?.isConfirmed = true }
            if succeeded, report.entries == report.entriesWanted { standing?.stale = [] }
            if !run.withdrawing { planAudit(of: run.publication.holdings, at: now) }
            schedulePublish(after: pause(after: run.publication, succeeded: succeeded), at: now)
        }
        guard let id = run.operation else { return }
        let result: Result<PublishReport, OperationError> =
            succeeded ? .success(report) : .failure(missed(report))
        if profilePlaced(result, withdrawing: run.withdrawing, by: id, at: now.instant) { return }
        finish(id, result.map { run.withdrawing ? .unpublished($0) : .published($0) })
    }

    /// What it means that a record is on too few nodes.
    func missed(_ report: PublishReport) -> OperationError {
        neighbourCount == 0
            ? .noPeers
            : .quorumMissed(stored: report.stored, wanted: report.wanted, quorum: report.quorum)
    }

    private mutating func pause(after publication: Publication, succeeded: Bool) -> Duration {
        guard succeeded else { return settings.operations.republishRetry }
        let usual = republishPause()
        guard publication.isAstray else {
            standing?.timesAstray = 0
            return usual
        }
        // Somebody who gives tokens and stores nothing must not have us write all the time.
        let times = standing?.timesAstray ?? 0
        standing?.timesAstray = times + 1
        return min(usual, settings.operations.republishAstray * (1 << min(times, 8)))
    }

    private mutating func republishPause() -> Duration {
        let spread = settings.operations.republishSpread
        return settings.operations.republish.scaled(by: 1 - spread + 2 * spread * entropy.unit())
    }

    /// Plans the next ``republish(at:_:)``.
    mutating func schedulePublish(after pause: Duration, at now: Moment) {
        standing?.next = now.instant + pause
        timers.push(.republish, at: now.instant + pause)
    }
}
