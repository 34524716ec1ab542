import KithCrypto
import KithWire

// Searching: the value decides what to read and fetch, this file does it.
extension Node {
    mutating func startSearch(
        _ query: Search.Query, limit: Int, as id: OperationID, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let key = QueryCache.Key(query, limit: limit)
        if let hits = queries.hits(for: key, checking: profiles, at: now) {
            operations[id] = .search(0)
            let report = SearchReport(
                requests: 0, lookups: 0, dropped: 0, partial: false, duration: .zero)
            for hit in hits { tell(.hit(id, hit)) }
            finish(id, .success(.found(hits, report)))
            return
        }
        guard joining.phase == .joined || neighbourCount > 0 || store.count > 0 else {
            tell(.finished(id, .failure(.noPeers)))
            return
        }
        let search = Search(
            query: query, limit: limit, at: now, settings: settings.operations,
            salt: entropy.next())
        guard
            let handle = searches.insert(SearchRun(search: search, operation: id, key: key))
        else {
            tell(.finished(id, .failure(.busy)))
            return
        }
        operations[id] = .search(handle)
        timers.push(.search(handle), at: search.deadline)
        stepSearch(handle, at: now, &outbox)
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
                finishSearch(handle, at: now)
            }
        }
    }

    private mutating func begin(
        _ request: Request, at location: Location, owner: LookupRun.Owner, _ now: Moment,
        _ outbox: inout Outbox
    ) {
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
        case .joining, .refresh, .lookup, .get, .placing, .region, .contacts:
            break
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
        let report = run.search.report(at: now.instant)
        if !report.partial, !hits.isEmpty { queries.keep(hits, for: run.key, at: now) }
        finish(run.operation, .success(.found(hits, report)))
    }
}
