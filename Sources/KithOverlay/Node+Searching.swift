import KithCrypto
import KithWire

// Searching: the value decides what to read and fetch, this file does it.
extension Node {
    /// Searches layer by layer: the contact book answers at once, then the nodes of contacts who
    /// share and the network are asked at the same time.
    mutating func startSearch(
        _ query: Search.Query, limit: Int, in layers: Set<Hit.Source>, via: Via,
        as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        let key = QueryCache.Key(query, limit: limit)
        let remembered =
            layers.contains(.network) ? queries.hits(for: key, checking: profiles, at: now) : nil
        let isMixed = mixes(via, at: now.instant)
        var search = Search(
            query: query, limit: limit, at: now, settings: settings.operations,
            patience: isMixed
                ? settings.operations.mixedSearchPatience : settings.operations.searchPatience,
            salt: entropy.next(), hidden: Set(correspondence?.book.blocked ?? []),
            readsNetwork: layers.contains(.network) && remembered == nil)
        let known = layers.contains(.contacts) ? contactsFitting(query, at: now.unix) : []
        for hit in known + (remembered ?? []) {
            if let hit = search.found(hit) { tell(.hit(id, hit)) }
        }
        let isAlone = joining.phase != .joined && neighbourCount == 0 && store.count == 0
        if isAlone, layers != [.contacts], search.hits.isEmpty {
            tell(.finished(id, .failure(.noPeers)))
            return
        }
        guard
            let handle = searches.insert(
                SearchRun(search: search, operation: id, key: key, isMixed: isMixed))
        else {
            tell(.finished(id, .failure(.busy)))
            return
        }
        operations[id] = .search(handle)
        timers.push(.search(handle), at: search.deadline)
        if layers.contains(.sharing) { askContacts(for: handle, at: now, &outbox) }
        stepSearch(handle, at: now, &outbox)
    }

    private func contactsFitting(_ query: Search.Query, at now: UnixTime) -> [Hit] {
        let contacts = correspondence?.book.contacts ?? []
        return contacts.compactMap { contact in
            contact.hit(for: query, at: now, life: settings.contacts.cardLife)
        }
    }

    /// Does what the search wants done; ends it when it is done.
    mutating func stepSearch(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        while searches.contains(handle) {
            switch searches[handle].search.next() {
            case .read(let index):
                let term = searches[handle].search.terms[index]
                let digest = InterestSet.encode(digest: searches[handle].search.digest)
                let request = Request.findRecord(
                    term.location, digest: digest, skip: UInt8(clamping: term.read))
                begin(
                    request, at: term.location, owner: .term(search: handle, index: index),
                    now, &outbox)
            case .fetch(let author):
                if let record = profiles.fresh(author, at: now) {
                    profileFetched(author, record, for: handle, at: now)
                    continue
                }
                let location = Record.ownedLocation(.profile, author: author)
                begin(
                    .findRecord(location, digest: [], skip: 0), at: location,
                    owner: .profile(search: handle, author: author), now, &outbox)
            case .wait:
                return
            case .finished:
                guard searches[handle].asks == 0 else { return }
                finishSearch(handle, at: now)
            }
        }
    }

    private mutating func begin(
        _ request: Request, at location: Location, owner: LookupRun.Owner, _ now: Moment,
        _ outbox: inout Outbox
    ) {
        if case .findRecord(_, let digest, let skip) = request,
            let mixed = mixOwner(owner)
        {
            let wanted = MixedQuery.Wanted.find(location, digest: digest, skip: skip)
            startMix(wanted, for: mixed, at: now, &outbox)
            return
        }
        let lookup = startLookup(
            location, asking: request, width: settings.operations.recordWidth, for: owner,
            at: now, &outbox)
        if let lookup {
            stepLookup(lookup, at: now, &outbox)
            return
        }
        switch owner {
        case .term(let search, let index):
            searches[search].search.read(
                term: index, pages: [], network: network, at: now.unix)
        case .profile(let search, let author):
            profileFetched(author, nil, for: search, at: now)
        case .joining, .refresh, .lookup, .get, .placing, .region, .contacts, .sampling,
            .exit:
            break
        }
    }

    /// Who waits for a read of a search that is mixed; nil when it is not.
    private func mixOwner(_ owner: LookupRun.Owner) -> MixRun.Owner? {
        switch owner {
        case .term(let search, let index):
            searches[search].isMixed ? .term(search: search, index: index) : nil
        case .profile(let search, let author):
            searches[search].isMixed ? .profile(search: search, author: author) : nil
        case .joining, .refresh, .lookup, .get, .placing, .region, .contacts, .sampling, .exit: nil
        }
    }

    /// Takes what the replicas of an index location answered.
    mutating func termRead(
        _ index: Int, of handle: UInt32, by run: LookupRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard searches.contains(handle) else { return }
        searches[handle].search.requests += run.requests
        var pages = run.answers.map { Search.Page(entries: $0.records, total: $0.total) }
        if searches[handle].search.terms[index].pages == 0 {
            let own = store.entries(at: run.target)
            pages.append(Search.Page(entries: own, total: own.count))
        }
        let isFirst = searches[handle].search.terms[index].pages == 0
        let isFull = isFirst && isFull(run, at: now)
        searches[handle].search.read(
            term: index, pages: pages, isFull: isFull, network: network, at: now.unix)
        stepSearch(handle, at: now, &outbox)
    }

    /// Takes what the replicas of a candidate's profile answered.
    mutating func profileFetched(
        _ author: Ed25519.PublicKey, for handle: UInt32, by run: LookupRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let record = newestRecord(of: run, at: now, &outbox)
        guard searches.contains(handle) else { return }
        searches[handle].search.requests += run.requests
        profileFetched(author, record, for: handle, at: now)
        stepSearch(handle, at: now, &outbox)
    }

    mutating func profileFetched(
        _ author: Ed25519.PublicKey, _ record: Record?, for handle: UInt32, at now: Moment
    ) {
        let hit = searches[handle].search.fetched(author, record: record, source: .network)
        if let hit { tell(.hit(searches[handle].operation, hit)) }
    }

    /// Answers with what there is when time ran out.
    mutating func searchRanOut(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard searches.contains(handle) else { return }
        searches[handle].search.runOut()
        finishSearch(handle, at: now)
    }

    private mutating func finishSearch(_ handle: UInt32, at now: Moment) {
        let run = searches.remove(handle)
        let hits = run.search.hits.ranked
        var report = run.search.report(at: now.instant)
        report.via = run.isMixed ? .mix : .direct
        if run.mixFailures > 0 { report.partial = true }
        // What contacts show changes with them; it is never older than it must be.
        // Nor is what the network said of somebody whom they know.
        if !report.partial, run.search.readsNetwork, !hits.isEmpty,
            hits.allSatisfy({ $0.source == .network })
        {
            queries.keep(hits, for: run.key, at: now)
        }
        if let error = run.mixError, hits.isEmpty, run.mixFailures >= run.search.lookups {
            finish(run.operation, .failure(.mix(error)))
            return
        }
        finish(run.operation, .success(.found(hits, report)))
    }
}
