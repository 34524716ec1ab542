import KithCrypto
import KithWire

/// What searches found lately; read back, it is kept true to the newest profiles seen since.
struct QueryCache: Sendable {
    /// A search by what it means: case, marks and the order of words do not matter.
    struct Key: Hashable, Sendable {
        /// What is looked for.
        let query: Search.Query
        /// How many hits at most.
        let limit: Int

        /// The key of a search for at most `limit` hits.
        init(_ query: Search.Query, limit: Int) {
            self.query = query
            self.limit = limit
        }

        /// Whether both mean the same search.
        static func == (left: Key, right: Key) -> Bool {
            guard left.limit == right.limit else { return false }
            switch (left.query, right.query) {
            case (.name(let a), .name(let b)): return a == b
            case (.interests(let a, let scoreA), .interests(let b, let scoreB)):
                return a == b && scoreA == scoreB
            case (.name, .interests), (.interests, .name): return false
            }
        }

        /// Feeds what the comparison looks at.
        func hash(into hasher: inout Hasher) {
            hasher.combine(limit)
            switch query {
            case .name(let name): hasher.combine(name)
            case .interests(let interests, let minScore):
                hasher.combine(interests)
                hasher.combine(minScore)
            }
        }
    }

    private var entries: LRU<Key, [Hit]>
    private let life: Duration

    /// An empty cache.
    init(settings: Settings.Discovery) {
        entries = LRU(capacity: settings.queriesMax)
        life = settings.queryLife
    }

    /// How many searches are remembered.
    var count: Int { entries.count }

    /// Remembers what a search found.
    ///
    /// Nothing found is not remembered: who just published must not stay hidden for minutes.
    mutating func keep(_ hits: [Hit], for key: Key, at now: Moment) {
        guard !hits.isEmpty else {
            entries.remove(key)
            return
        }
        entries.insert(hits, for: key, expires: now.instant + life)
    }

    /// What this search found lately, best first, or nil when it must be run.
    ///
    /// Whose profile was seen in a newer version since is scored anew; who withdrew, expired or
    /// no longer fits is left out. When nobody remains, the search must be run.
    mutating func hits(
        for key: Key, checking profiles: borrowing ProfileCache, at now: Moment
    ) -> [Hit]? {
        guard let remembered = entries.value(for: key, at: now.instant) else { return nil }
        var current = RankedHits(limit: key.limit)
        for hit in remembered {
            let known = profiles.known(hit.identity, at: now.instant)
            if let hit = Self.renewed(hit, query: key.query, known: known, at: now.unix) {
                _ = current.insert(hit)
            }
        }
        return current.isEmpty ? nil : current.ranked
    }

    private static func renewed(
        _ hit: Hit, query: Search.Query, known: Record?, at now: UnixTime
    ) -> Hit? {
        guard let known, known.sequence > hit.sequence else {
            return hit.expires > now ? hit : nil
        }
        guard known.expires > now, let body = known.body,
            let profile = try? Profile.decode(body.span.bytes)
        else { return nil }
        return Ranking.hit(for: profile, record: known, query: query, source: hit.source)
    }
}
