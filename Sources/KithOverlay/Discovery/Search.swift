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

    /// One index location to read, page by page.
    struct Term {
        let kind: Record.Kind
        let token: String
        let location: Location
        var state = State.fresh
        /// Entries read so far; the next page starts there.
        var read = 0
        /// Pages read so far.
        var pages = 0

        enum State: Equatable {
            case fresh
            case reading
            case done
        }
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
    let started: Instant
    let day: UInt32
    private let settings: Settings.Operations
    private let days: [UInt32]
    private(set) var terms: [Term] = []
    private(set) var hits: RankedHits
    /// Requests sent by this search's lookups.
    var requests = 0
    /// Lookups run.
    private(set) var lookups = 0
    /// Entries that led to nobody.
    private(set) var dropped = 0
    /// Whether time ran out.
    private(set) var partial = false
    private var candidates: [Candidate] = []
    private var place: [Ed25519.PublicKey: Int] = [:]
    private var entriesChecked = 0
    private var fetched = 0
    private var widened = false

    /// A search that starts at `now` and answers with at most `limit` hits.
    init(query: Query, limit: Int, at now: Moment, settings: Settings.Operations) {
        self.query = query
        self.started = now.instant
        self.settings = settings
        self.day = now.unix.day
        let before = now.unix - settings.previousDayGrace
        self.days = before.day == now.unix.day ? [now.unix.day] : [now.unix.day, before.day]
        self.hits = RankedHits(limit: limit)
        switch query {
        case .name(let name):
            add(name.exact, kind: .nameEntry)
        case .interests(let interests, _):
            add(interests.interests, kind: .interestEntry)
        }
    }

    /// When the search answers with what it has.
    var deadline: Instant { started + settings.searchPatience }

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
        if let index = terms.firstIndex(where: { $0.state == .fresh }) {
            terms[index].state = .reading
            lookups += 1
            return .read(term: index)
        }
        if fetched < settings.profilesPerSearch, let index = bestCandidate() {
            candidates[index].state = .fetching
            fetched += 1
            lookups += 1
            return .fetch(candidates[index].author)
        }
        if running > 0 { return .wait }
        guard widen() else { return .finished }
        return next()
    }

    /// Takes what the replicas of a term's location answered.
    ///
    /// `total` is the largest number of entries that one of them says it has.
    mutating func read(
        term index: Int, entries: [Record], total: Int, network: Network, at now: UnixTime
    ) {
        var fresh = 0
        for entry in entries {
            guard entry.location == terms[index].location, entry.kind == terms[index].kind,
                place[entry.author] == nil || isInterestSearch
            else { continue }
            guard entriesChecked < settings.entriesPerSearch else { break }
            entriesChecked += 1
            guard let pointer = try? entry.verifyEntry(token: terms[index].token),
                (try? entry.verify(network: network, now: now)) != nil
            else {
                dropped += 1
                continue
            }
            fresh += 1
            consider(entry.author, promise: promise(of: pointer))
        }
        terms[index].read += entries.count
        terms[index].pages += 1
        let more = terms[index].read < min(total, Int(UInt8.max)) && fresh > 0
        terms[index].state =
            more && terms[index].pages < settings.pagesPerLocation ? .fresh : .done
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
        return hits.insert(hit) ? hit : nil
    }

    /// Ends the search where it is.
    mutating func runOut() {
        partial = true
    }

    /// What to tell the person.
    func report(at now: Instant) -> SearchReport {
        SearchReport(
            requests: requests, lookups: lookups, dropped: dropped, partial: partial,
            duration: now - started)
    }

    private var isInterestSearch: Bool {
        if case .interests = query { return true }
        return false
    }

    /// The second stage of a name search, for misspelt names: only when the first found nobody.
    private mutating func widen() -> Bool {
        guard case .name(let name) = query, !widened, hits.isEmpty else { return false }
        widened = true
        let before = terms.count
        add(name.near, kind: .nameEntry)
        return terms.count > before
    }

    private mutating func add(_ strings: [String], kind: Record.Kind) {
        for string in strings {
            for day in days {
                let location = Record.sharedLocation(kind, token: string, day: day, shard: 0)
                if terms.contains(where: { $0.location == location }) { continue }
                terms.append(Term(kind: kind, token: string, location: location))
            }
        }
    }

    private func promise(of entry: IndexEntry) -> Double {
        guard case .interests(let interests, _) = query else { return 1 }
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
