import KithCrypto
import KithWire

/// Finds people: reads index locations, fetches the profiles their entries point to, ranks them.
///
/// A value that decides and never sends. Nothing an index says is believed: an entry only names
/// a candidate, and a hit is computed from the candidate's own verified profile.
struct Search {
    /// What is looked for.
    enum Query {
        case name(NameQuery)
        case interests(InterestSet, minScore: Double)
    }

    /// What the caller must do now.
    enum Step {
        /// Read the index location of term `term`.
        case read(term: Int)
        /// Fetch the profile of this person.
        case fetch(Ed25519.PublicKey)
        case wait
        case finished
    }

    /// What one replica showed of an index location.
    struct Page {
        let entries: [Record]
        /// How many entries it says it has.
        let total: Int
    }

    private struct Candidate {
        let author: Ed25519.PublicKey
        /// How good the index makes it look; only for the order of fetching.
        var promise: Double
        var state = State.fresh

        enum State: Equatable {
            case fresh
            case fetching
            case done
        }
    }

    let query: Query
    /// Looked up, never iterated.
    private let hidden: Set<Ed25519.PublicKey>
    let readsNetwork: Bool
    let started: Instant
    private let patience: Duration
    let day: UInt32
    let settings: Settings.Operations
    private let days: [UInt32]
    /// Profiles fetched at the most: more than are shown, since some will not match.
    private let profilesMax: Int
    /// Whom of the shards to read first, drawn anew for each search so that nobody is always
    /// first.
    let salt: UInt64
    var terms: [Term] = []
    private(set) var hits: RankedHits
    /// Requests sent by this search's lookups.
    var requests = 0
    /// Lookups run.
    private(set) var lookups = 0
    /// Entries that led to nobody.
    private(set) var dropped = 0
    /// Whether time ran out.
    private var ranOut = false
    /// Whether pages, entries or profiles were left out.
    private var leftOut = false
    /// Candidates that are worth fetching so far.
    private(set) var promising = 0
    /// Locations read below full ones.
    var shardsRead = 0
    private var candidates: [Candidate] = []
    /// Where a person is in ``candidates``; looked up, never iterated.
    private var place: [Ed25519.PublicKey: Int] = [:]
    private var entriesChecked = 0
    private var fetched = 0
    private var widened = false

    /// A search that starts at `now` and answers with at most `limit` hits.
    ///
    /// - Parameters:
    ///   - hidden: people who are shown nowhere.
    ///   - readsNetwork: whether anything is looked for in the network.
    init(
        query: Query, limit: Int, at now: Moment, settings: Settings.Operations,
        patience: Duration? = nil, salt: UInt64 = 0, hidden: Set<Ed25519.PublicKey> = [],
        readsNetwork: Bool = true
    ) {
        self.query = query
        self.hidden = hidden
        self.readsNetwork = readsNetwork
        self.salt = salt
        self.started = now.instant
        self.patience = patience ?? settings.searchPatience
        self.settings = settings
        self.day = now.unix.day
        let before = now.unix - settings.previousDayGrace
        self.days = before.day == now.unix.day ? [now.unix.day] : [now.unix.day, before.day]
        self.hits = RankedHits(limit: limit)
        self.profilesMax = max(
            settings.profilesPerSearch, min(2 * limit, settings.profilesPerSearchMax))
        guard readsNetwork else { return }
        switch query {
        case .name(let name):
            add(name.exact, kind: .nameEntry)
        case .interests(let interests, _):
            add(interests.interests, kind: .interestEntry)
        }
    }

    /// Whether there may be more than was found: time ran out, or fewer than wanted were found and
    /// something was left unread.
    var partial: Bool { ranOut || !hits.isFull && (leftOut || hasUnreadShards) }

    /// When the search answers with what it has.
    var deadline: Instant { started + patience }

    /// The asker's interest digest, for storers to rank by.
    var digest: [UInt16] {
        if case .interests(let interests, _) = query { return interests.digest }
        return []
    }

    /// What to do next.
    mutating func next() -> Step {
        var running = 0
        for term in terms where term.state == .reading { running += 1 }
        for candidate in candidates where candidate.state == .fetching { running += 1 }
        guard running < settings.lookupsPerSearch else { return .wait }
        if let index = nextTerm() {
            terms[index].state = .reading
            lookups += 1
            return .read(term: index)
        }
        // The rarest string is the most telling: nobody is fetched before each was heard.
        if terms.contains(where: { $0.state == .reading && $0.pages == 0 && $0.shard == 0 }) {
            return .wait
        }
        if fetched < profilesMax, let index = bestCandidate() {
            candidates[index].state = .fetching
            fetched += 1
            lookups += 1
            return .fetch(candidates[index].author)
        }
        if running > 0 { return .wait }
        if bestCandidate() != nil { leftOut = true }
        guard descend() || widen() else { return .finished }
        return next()
    }

    /// Takes what one page of a term's location holds, as each replica told it.
    ///
    /// Entries come the most like the asker first, so after a page without anybody worth fetching
    /// the next one is not read.
    ///
    /// Nothing is merged before it is verified: a forged entry with a high sequence must not
    /// hide an honest one. A replica keeps only what it verified, so one that shows two
    /// invalid entries lies, and the rest of what it says is not looked at.
    ///
    /// - Parameter isFull: whether its storers say that the location is full.
    mutating func read(
        term index: Int, pages: [Page], isFull: Bool = false, network: Network, at now: UnixTime
    ) {
        if isFull, terms[index].pages == 0 { terms[index].hold(children: salt) }
        var valid: [Ed25519.PublicKey: Record] = [:]
        var authors: [Ed25519.PublicKey] = []
        var honest: [Page] = []
        for page in pages {
            var faults = 0
            defer { if faults == 0 { honest.append(page) } }
            for entry in page.entries where faults < settings.faultsPerReplica {
                if let held = valid[entry.author], held.sequence >= entry.sequence { continue }
                guard entriesChecked < settings.entriesPerSearch else {
                    leftOut = true
                    break
                }
                entriesChecked += 1
                guard isEntry(entry, of: terms[index], network: network, at: now) else {
                    faults += 1
                    dropped += 1
                    continue
                }
                if valid.updateValue(entry, forKey: entry.author) == nil {
                    authors.append(entry.author)
                }
            }
        }
        var isWorthTurning = true
        if case .interests = query { isWorthTurning = authors.isEmpty }
        for author in authors {
            guard let body = valid[author]?.body,
                let pointer = try? IndexEntry.decode(body.span.bytes)
            else { continue }
            let replicas = pages.count { page in page.entries.contains { $0.author == author } }
            let promise = promise(of: pointer, replicas: replicas, in: terms[index])
            consider(author, promise: promise)
            if case .interests(_, let minScore) = query, promise > minScore {
                isWorthTurning = true
            }
        }
        turn(term: index, after: isWorthTurning ? honest : [])
    }

    private func isEntry(
        _ entry: Record, of term: Term, network: Network, at now: UnixTime
    ) -> Bool {
        guard entry.kind == term.kind, entry.location == term.location else { return false }
        do {
            _ = try entry.verifyEntry(token: term.token)
            try entry.verify(network: network, now: now)
            return true
        } catch {
            return false
        }
    }

    /// Goes to the term's next page, when a replica has more than it showed.
    ///
    /// Each replica lists in an order of its own, so the next page starts where the one that
    /// showed least stopped: then nobody is passed over. Of three and more the least is left out,
    /// so that a single one cannot hold the search up by showing one entry of many.
    private mutating func turn(term index: Int, after pages: [Page]) {
        let before = terms[index].read
        let counts = pages.filter { page in
            !page.entries.isEmpty && page.total > before + page.entries.count
        }.map(\.entries.count).sorted()
        let shown = counts.count > 2 ? counts[1] : counts.first
        terms[index].pages += 1
        terms[index].state = .done
        guard let shown, before + shown <= Int(UInt8.max) else { return }
        guard terms[index].pages < settings.pagesPerLocation else {
            leftOut = true
            return
        }
        terms[index].read = before + shown
        terms[index].state = .fresh
    }

    /// Takes the verified profile of a candidate, or nil when there is none.
    ///
    /// - Returns: the hit, when the profile really matches and is good enough to be shown.
    mutating func fetched(
        _ author: Ed25519.PublicKey, record: Record?, source: Hit.Source
    ) -> Hit? {
        if let index = place[author] { candidates[index].state = .done }
        guard let record, let body = record.body, let profile = try? Profile.decode(body.span.bytes)
        else {
            dropped += 1
            return nil
        }
        guard let hit = Ranking.hit(for: profile, record: record, query: query, source: source)
        else {
            dropped += 1
            return nil
        }
        return found(hit)
    }

    /// Takes a hit of any layer.
    ///
    /// - Returns: the hit, when it is to be shown.
    mutating func found(_ hit: Hit) -> Hit? {
        !hidden.contains(hit.identity) && hits.insert(hit) ? hits[hit.identity] : nil
    }

    /// Takes a card that a contact's node showed; its owner must have signed that it may.
    ///
    /// - Returns: the hit, when the card fits and is to be shown.
    mutating func shown(
        _ card: Card, of identity: Ed25519.PublicKey, network: Network, at now: UnixTime
    ) -> Hit? {
        guard !hidden.contains(identity), let signed = card.passable,
            let match = Ranking.match(card.profile, query: query),
            card.isPassable(from: identity, network: network, today: now.day)
        else {
            dropped += 1
            return nil
        }
        let last = UInt64(signed.day) + UInt64(Card.daysMax) + 1
        return found(
            Hit(
                profile: card.profile, identity: identity, score: match.score, source: .sharing,
                why: match.why, sequence: 0,
                expires: UnixTime(milliseconds: last * 86_400_000)))
    }

    /// What the nodes of contacts are asked for.
    var wanted: Request.Wanted {
        switch query {
        case .name(let name):
            var words = name.exact
            while words.joined(separator: " ").utf8.count > Message.askedNameBytesMax {
                words.removeLast()
            }
            return .name(Array(words.joined(separator: " ").utf8))
        case .interests(let interests, _):
            let texts = interests.interests.map { Array($0.utf8) }
            return .interests(
                Array(
                    texts.filter { 1...Profile.interestBytesMax ~= $0.count }
                        .prefix(Profile.interestsMax)))
        }
    }

    /// Ends the search where it is.
    mutating func runOut() {
        ranOut = true
    }

    /// What to tell the person.
    func report(at now: Instant) -> SearchReport {
        SearchReport(
            requests: requests, lookups: lookups, dropped: dropped, partial: partial,
            duration: now - started)
    }

    /// The second stage of a name search, for misspelt names: only when the first found nobody.
    private mutating func widen() -> Bool {
        guard readsNetwork, case .name(let name) = query, !widened, hits.isEmpty else {
            return false
        }
        widened = true
        let before = terms.count
        add(name.near, kind: .nameEntry)
        return terms.count > before
    }

    private mutating func add(_ strings: [String], kind: Record.Kind) {
        for string in strings {
            for day in days {
                let term = Term(kind: kind, token: string, day: day, shard: 0)
                if terms.contains(where: { $0.location == term.location }) { continue }
                terms.append(term)
            }
        }
    }

    /// How good an entry looks: by interests its likeness, by name how many replicas show it.
    ///
    /// So one that lists a crowd of its own does not come before those whom all know. A word that
    /// few have tells more than a full one.
    private func promise(of entry: IndexEntry, replicas: Int, in term: Term) -> Double {
        guard case .interests(let interests, _) = query else {
            return Double(term.isFull || term.shard > 0 ? replicas : 2 * replicas)
        }
        return InterestSet.estimate(interests.digest, entry.digest)
    }

    private mutating func consider(_ author: Ed25519.PublicKey, promise: Double) {
        if let index = place[author] {
            switch query {
            case .name: candidates[index].promise += promise
            case .interests: candidates[index].promise = max(candidates[index].promise, promise)
            }
            return
        }
        if case .interests(_, let minScore) = query, promise <= minScore { return }
        if hidden.contains(author) { return }
        promising += 1
        place[author] = candidates.count
        candidates.append(Candidate(author: author, promise: promise))
    }

    private func bestCandidate() -> Int? {
        var best: Int?
        for index in candidates.indices where candidates[index].state == .fresh {
            guard let held = best else {
                best = index
                continue
            }
            if candidates[index].promise > candidates[held].promise { best = index }
        }
        return best
    }
}
