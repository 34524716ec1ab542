import KithCrypto
import KithWire

// What a person starts, and how it ends.
extension Node {
    mutating func start(
        _ operation: Operation, as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        guard operations[id] == nil, operations.count < settings.operations.capacity,
            joining.phase != .leaving
        else {
            tell(.finished(id, .failure(joining.phase == .leaving ? .cancelled : .busy)))
            return
        }
        switch operation {
        case .ping(let node):
            ping(node, as: id, at: now, &outbox)
        case .pingAddress(let address):
            guard let node = neighbour(at: address) else {
                tell(.finished(id, .failure(.unknownAddress)))
                return
            }
            ping(node, as: id, at: now, &outbox)
        case .lookup(let target):
            startLookup(
                target, as: id, asking: .findNode(target), width: settings.lookup.width,
                owner: .lookup(id), at: now, &outbox)
        case .get(let target, let via) where mixes(via, at: now.instant):
            operations[id] = .mixing
            startMix(.find(target, digest: [], skip: 0), for: .get(id), at: now, &outbox)
        case .get(let target, _):
            startLookup(
                target, as: id, asking: .findRecord(target, digest: [], skip: 0),
                width: settings.operations.recordWidth, owner: .get(id), at: now, &outbox)
        case .publish(let profile, let via):
            publish(profile, via: via, as: id, at: now, &outbox)
        case .unpublish:
            unpublish(as: id, at: now, &outbox)
        case .contacts where correspondence == nil, .present where correspondence == nil,
            .hide where correspondence == nil, .readCard where correspondence == nil,
            .look where correspondence == nil:
            tell(.finished(id, .failure(.noIdentity)))
        case .contacts(let change):
            changeContacts(change, as: id, at: now, &outbox)
        case .present(let presentation, let via):
            present(presentation, via: via, as: id, at: now, &outbox)
        case .hide:
            hide(as: id, at: now, &outbox)
        case .readCard(let identity):
            glance(.card(of: identity), as: id, at: now, &outbox)
        case .look(.contact(let identity)):
            glance(.own(seenBy: identity), as: id, at: now, &outbox)
        case .look(.stranger):
            glances[id] = Glance(aim: .own(seenBy: nil))
            lookForPublished(by: id, at: now, &outbox)
        case .scan(let scan):
            self.scan(scan, as: id, at: now, &outbox)
        case .findName(let text, let limit, let layers, let via):
            let query = NameQuery(text)
            guard !query.exact.isEmpty else {
                tell(.finished(id, .failure(.emptyQuery)))
                return
            }
            startSearch(
                .name(query), limit: limit, in: layers, via: via, as: id, at: now, &outbox)
        case .findInterests(let interests, let minScore, let limit, let layers, let via):
            let set = InterestSet(interests)
            guard !set.interests.isEmpty else {
                tell(.finished(id, .failure(.emptyQuery)))
                return
            }
            startSearch(
                .interests(set, minScore: minScore), limit: limit, in: layers, via: via, as: id,
                at: now, &outbox)
        }
    }

    /// Ends an operation, if it still runs.
    mutating func finish(_ id: OperationID, _ result: Result<Outcome, OperationError>) {
        guard operations.removeValue(forKey: id) != nil else { return }
        glances[id] = nil
        tell(.finished(id, result))
    }

    /// Stops an operation; what it sent may still be answered and is then ignored.
    mutating func cancel(_ id: OperationID, error: OperationError) {
        guard let running = operations[id] else { return }
        switch running {
        case .ping(let handle):
            if calls.contains(handle) { _ = calls.remove(handle) }
        case .lookup(let handle):
            if lookups.contains(handle) { _ = lookups.remove(handle) }
        case .publication(let handle):
            // A publication goes on, since half of a profile helps nobody, but tells nobody: the
            // id is free again.
            forgetOperation(of: handle)
        case .search(let handle):
            if searches.contains(handle) { _ = searches.remove(handle) }
        case .reading:
            correspondence?.stopReading(id)
        case .scanning:
            scans[id] = nil
        case .mixing:
            break
        case .presenting:
            for run in presentRuns where run.operation == id {
                if let handle = run.publication { forgetOperation(of: handle) }
            }
            presentRuns.removeAll { $0.operation == id }
        }
        finish(id, .failure(error))
    }

    private mutating func forgetOperation(of publication: UInt32) {
        if publications.contains(publication) { publications[publication].operation = nil }
    }

    private mutating func ping(
        _ node: NodeRecord, as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let address = reachable(node) else {
            tell(.finished(id, .failure(.noAnswer)))
            return
        }
        guard let handle = call(.ping, of: node, at: address, for: .ping(id), now: now, &outbox)
        else {
            tell(.finished(id, .failure(.busy)))
            return
        }
        operations[id] = .ping(call: handle)
    }

    mutating func startLookup(
        _ target: Location, as id: OperationID, asking request: Request, width: Int,
        owner: LookupRun.Owner, at now: Moment, _ outbox: inout Outbox
    ) {
        guard
            let handle = startLookup(
                target, asking: request, width: width, for: owner, at: now, &outbox)
        else {
            operations[id] = nil
            glances[id] = nil
            tell(.finished(id, .failure(.busy)))
            return
        }
        operations[id] = .lookup(handle)
        stepLookup(handle, at: now, &outbox)
    }

    /// The node at a glance.
    public func status(at now: Instant) -> Status {
        var budgets = budgets
        budgets.advance(to: now)
        return Status(
            phase: joining.phase, node: record, neighboursV4: tableV4.count,
            neighboursV6: tableV6.count, sessions: sessions.count, records: store.count,
            recordBytes: store.bytes, load: max(store.load, budgets.load),
            networkSize: networkSize(at: now), neighbourhood: ownNeighbourhood(at: now),
            suspicion: recentSuspicion(at: now),
            role: serves ? .full : .client, isIsland: isIsland, reachV4: reachStatus(.v4, at: now),
            reachV6: reachStatus(.v6, at: now),
            seenV4: votes.winner(.v4, at: now), seenV6: votes.winner(.v6, at: now),
            publishedSequence: standing?.isWithdrawn == false ? standing?.sequence : nil,
            publishedReplicas: standing?.isWithdrawn == false ? standing?.replicas ?? 0 : 0,
            nextPublish: standing?.isWithdrawn == false ? standing?.next : nil,
            mix: mixStatus(at: now))
    }
}
