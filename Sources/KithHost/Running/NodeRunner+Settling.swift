import KithOverlay
import KithWire

// After each input: drain events, commit, send.
extension NodeRunner {
    /// Makes durable what the node asked for, then sends what it wants sent.
    func settle(at now: Moment) {
        drainEvents(at: now)
        keepBook(at: now.instant)
        let durable = commit(at: now)
        tellEndings(durable: durable)
        if outbox.count > 0, sockets.assign(outbox) { lastInitiative = now.instant }
        counters.withheld += sockets.send(&outbox, durable: durable)
    }

    private func drainEvents(at now: Moment) {
        while let event = node.nextEvent() {
            switch event {
            case .persist(let record):
                changes.append(.putRecord(record, received: now.unix))
                persisted.append(record.key)
            case .forget(let key):
                changes.append(.forgetRecord(key))
            case .published(let sequence):
                changes.append(publishing.signed(sequence, at: now.unix))
            case .joined(let neighbours):
                notice(.joined(neighbours: neighbours))
            case .alone(let reason):
                notice(.alone(reason))
                joinThroughOthers(at: now)
            case .addressChanged(let before, let address):
                notice(.addressChanged(from: before, to: address))
            case .roleChanged(let role, let family):
                notice(.roleChanged(role, family))
            case .guardsChanged(let guards):
                changes.append(.guards(guards))
            case .bookChanged:
                bookDue = min(bookDue, now.instant + NodeRunner.bookPause)
            case .contactRequest(let request):
                notice(.contactRequest(request))
            case .progress(let id, let progress):
                sinks[id]?(.progress(progress))
            case .hit(let id, let hit):
                sinks[id]?(.hit(hit))
            case .finished(let id, let result):
                publishing.ended(id)
                if result.changesBook { bookDue = min(bookDue, now.instant) }
                endings.append((id, result))
            }
        }
    }

    /// Has the contact book written when it is time.
    private func keepBook(at now: Instant) {
        guard bookDue <= now, let book = node.contactBook, let seed else { return }
        bookDue = .never
        changes.append(store.keeping(book, sealedWith: seed))
    }

    /// Tells who waited how it ended, now that it is on disk or is not.
    private func tellEndings(durable: Bool) {
        guard !endings.isEmpty else { return }
        let ended = endings
        endings.removeAll(keepingCapacity: true)
        for (id, result) in ended {
            let known = durable || !result.changesBook ? result : .failure(.notKept)
            sinks.removeValue(forKey: id)?(.finished(known))
        }
    }

    /// - Returns: whether everything that was asked to be kept is on disk.
    private func commit(at now: Moment) -> Bool {
        guard !changes.isEmpty else { return true }
        defer {
            changes.removeAll(keepingCapacity: true)
            persisted.removeAll(keepingCapacity: true)
        }
        do {
            try store.apply(changes)
            counters.transactions += 1
            return true
        } catch {
            // The book is as it was on disk, so it is written with the next ones.
            if node.contactBook != nil {
                bookDue = min(bookDue, now.instant + NodeRunner.bookPause)
            }
            let promises = outbox.promises
            node.perform(.storageFailed(persisted), at: now, into: &outbox)
            counters.withheld += UInt64(promises - outbox.promises)
            transactionFailed(error, at: now)
            return false
        }
    }

    /// Says so; a node that can keep nothing any more leaves, saying so once.
    private func transactionFailed(_ error: StoreError, at now: Moment) {
        counters.failedTransactions += 1
        guard case .lost = error else { return notice(.storageFailed(error)) }
        guard case .running = phase else { return }
        notice(.storageFailed(error))
        stop(at: now)
    }

    // MARK: Publishing

    /// Goes on with a profile that was published before the restart.
    func keepPublished(at now: Moment) {
        do throws(StoreError) {
            guard let state = try store.publication(), let body = state.body,
                let profile = Profile(stored: body)
            else { return }
            publishing.kept(body)
            let command: Command
            switch state.phase {
            case .published:
                command = .keepPublished(profile, lastSequence: state.sequence)
            case .withdrawn:
                command = .keepWithdrawn(
                    profile, lastSequence: state.sequence,
                    until: state.changed + options.settings.operations.recordLife)
            }
            node.perform(command, at: now, into: &outbox)
        } catch {
            notice(.storageFailed(error))
        }
    }

    // MARK: Acquaintances

    /// Everyone asked is silent: tries the next ones known from earlier runs.
    private func joinThroughOthers(at now: Moment) {
        guard case .running = phase, let next = acquaintances.nextAfterSilence() else { return }
        node.perform(.join(next), at: now, into: &outbox)
    }

    /// Saves the neighbours that were reliable.
    func saveAcquaintances(at now: Moment) {
        let reliable = node.reliableNodes(limit: Store.knownNodesMax)
        let neighbours = node.neighbourStatuses(at: now.instant)
        acquaintances.meet(reliable, among: neighbours, at: now.unix)
        do throws(StoreError) {
            try store.apply([.knownNodes(acquaintances.known, at: now.unix)])
            counters.transactions += 1
        } catch {
            transactionFailed(error, at: now)
        }
    }
}

extension Result<Outcome, OperationError> {
    /// Whether somebody changed the contact book, and waits to hear that it is kept.
    fileprivate var changesBook: Bool {
        switch self {
        case .success(.contactsChanged), .success(.presented): true
        case .success, .failure: false
        }
    }
}
