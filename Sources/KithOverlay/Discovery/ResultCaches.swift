import KithCrypto
import KithWire

/// What was found lately: the newest profile of each person, and what searches answered.
struct ResultCaches: Sendable {
    /// The newest profile seen of each person.
    var profiles: ProfileCache
    private var queries: QueryCache

    /// Empty caches.
    init(settings: Settings.Discovery) {
        profiles = ProfileCache(settings: settings)
        queries = QueryCache(settings: settings)
    }

    /// What this search found lately, best first, or nil when it must be run.
    mutating func hits(for query: Search.Query, limit: Int, at now: Moment) -> [Hit]? {
        queries.hits(for: QueryCache.Key(query, limit: limit), checking: profiles, at: now)
    }

    /// Remembers what a search found; nothing found is not remembered.
    mutating func remember(
        _ hits: [Hit], for query: Search.Query, limit: Int, at now: Moment
    ) {
        queries.keep(hits, for: QueryCache.Key(query, limit: limit), at: now)
    }
}
