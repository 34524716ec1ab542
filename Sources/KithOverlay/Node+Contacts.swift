import KithCrypto
import KithWire

// The person's contacts: what their correspondence wants read and written.
extension Node {
    /// The person's contact book as it is now; nil without a person.
    public var contactBook: ContactBook? { correspondence?.book }

    /// Goes on with a book; without one nothing is exchanged.
    mutating func open(_ book: ContactBook?, at now: Moment) {
        guard let book else { return }
        correspondence = begin(book, at: now)
        planCorrespondence(at: now)
    }

    private mutating func begin(_ book: ContactBook, at now: Moment) -> Correspondence? {
        var dice = entropy.fork()
        switch identity {
        case .some(let key):
            return Correspondence(
                book: book, by: key, network: network, settings: settings.contacts, at: now,
                &dice)
        case .none:
            return nil
        }
    }

    /// Does what is due.
    mutating func correspond(at now: Moment, _ outbox: inout Outbox) {
        guard correspondenceDue <= now.instant else { return }
        correspondenceDue = .never
        if joining.phase == .joined {
            var dice = entropy.fork()
            let shown = serves && record.isReachable ? record : nil
            correspondence?.share(shown, at: now, &dice)
            correspondence?.plan(at: now, &dice)
        }
        settleCorrespondence(at: now, &outbox)
    }

    /// Starts what the correspondence wants, and tells what came of it.
    mutating func settleCorrespondence(at now: Moment, _ outbox: inout Outbox) {
        while joining.phase == .joined, let step = correspondence?.next() {
            switch step {
            case .read(let location, let skip, let matter):
                read(location, skip: skip, for: matter, at: now, &outbox)
            case .write(let record, let matter):
                write(record, for: matter, at: now, &outbox)
            }
        }
        if correspondence?.takeChange() == true { tell(.bookChanged) }
        for request in correspondence?.takeRequests() ?? [] { tell(.contactRequest(request)) }
        for (id, report) in correspondence?.takeReports() ?? [] {
            cardSeen(report, by: id, at: now, &outbox)
        }
        planCorrespondence(at: now)
    }

    /// Sees to it that the correspondence is looked at when something is due.
    mutating func planCorrespondence(at now: Moment) {
        guard let due = correspondence?.due else { return }
        // While nobody is there nothing is done, and nothing is asked for every moment.
        let earliest =
            joining.phase == .joined
            ? now.instant : now.instant + settings.contacts.afterStart
        let wake = max(due, earliest)
        guard wake < correspondenceDue else { return }
        correspondenceDue = wake
        timers.push(.correspondence, at: wake)
    }

    private mutating func read(
        _ location: Location, skip: UInt8, for matter: Correspondence.Matter, at now: Moment,
        _ outbox: inout Outbox
    ) {
        if mixes(settings.mixing.contacts, at: now.instant) {
            startMix(
                .find(location, digest: [], skip: skip), for: .reading(matter), at: now, &outbox)
            return
        }
        let lookup = startLookup(
            location, asking: .findRecord(location, digest: [], skip: skip),
            width: settings.operations.recordWidth, for: .contacts(matter), at: now, &outbox)
        if let lookup {
            stepLookup(lookup, at: now, &outbox)
        } else {
            matterNotRead(matter, at: now, &outbox)
        }
    }

    private mutating func write(
        _ record: Record, for matter: Correspondence.Matter, at now: Moment,
        _ outbox: inout Outbox
    ) {
        if mixes(settings.mixing.contacts, at: now.instant) {
            startMix(.store(record.encoded), for: .writing(matter), at: now, &outbox)
            return
        }
        let run = PublicationRun(
            publication: Publication(records: [record], walks: [], started: now.instant),
            operation: nil, withdrawing: false, isSecond: false, digest: [], matter: matter)
        if let handle = publications.insert(run) {
            stepPublication(handle, at: now, &outbox)
        } else {
            matterWritten(matter, nil, at: now, &outbox)
        }
    }

    /// Takes what stands at a location.
    mutating func matterRead(
        _ matter: Correspondence.Matter, by run: LookupRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        var records = store.entries(at: run.target)
        var total = 0
        for answer in run.answers {
            total = max(total, answer.total)
            records += answer.records.filter { $0.location == run.target }
        }
        takeRead(matter, records, total: total, at: now, &outbox)
    }

    /// A location could not be read.
    mutating func matterNotRead(
        _ matter: Correspondence.Matter, at now: Moment, _ outbox: inout Outbox
    ) {
        takeRead(matter, [], total: 0, at: now, &outbox)
    }

    mutating func takeRead(
        _ matter: Correspondence.Matter, _ records: [Record], total: Int, at now: Moment,
        _ outbox: inout Outbox
    ) {
        correspondence?.read(matter, records, total: total, at: now)
        settleCorrespondence(at: now, &outbox)
    }

    /// Takes how the writing of a record ended; nil when it could not begin.
    mutating func matterWritten(
        _ matter: Correspondence.Matter, _ report: PublishReport?, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let isStored = report.map { $0.stored >= $0.quorum } ?? false
        correspondence?.written(
            matter, sequence: report?.sequence ?? 0, isStored: isStored, at: now)
        if case .card(let level, _, _, let presentation) = matter {
            cardPlaced(level, of: presentation, report, at: now.instant)
        }
        settleCorrespondence(at: now, &outbox)
    }

    mutating func changeContacts(
        _ change: ContactChange, as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        var dice = entropy.fork()
        do throws(ContactError) {
            try correspondence?.change(change, at: now, &dice)
            contactsChanged(at: now)
            tell(.finished(id, .success(.contactsChanged)))
        } catch {
            tell(.finished(id, .failure(.contacts(error))))
        }
        settleCorrespondence(at: now, &outbox)
    }

    /// Nobody is there any more: whoever waits for a card, or for theirs to be stored, is told so.
    mutating func giveUpWaiting() {
        for id in operations.keys.sorted() {
            switch operations[id] {
            case .reading:
                correspondence?.stopReading(id)
                finish(id, .failure(.noPeers))
            case .presenting:
                failPresenting(id, .noPeers)
            case .ping, .lookup, .publication, .search, .mixing, .scanning, .none: break
            }
        }
    }
}
