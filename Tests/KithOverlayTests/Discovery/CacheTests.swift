import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("The cache of profiles")
struct ProfileCacheTests {
    typealias Make = RecordMaker
    let noon = RecordMaker.noon
    let settings = Settings.Discovery()

    private func record(_ sequence: UInt64, life: Duration = .seconds(3_600)) throws -> Record {
        let profile = try Profile(name: "Jonas \(sequence)", activeHour: 0)
        return try Make.profile(1, profile, sequence: sequence, life: life)
    }

    @Test("never goes back to an older sequence than it has seen")
    func monotone() throws {
        var cache = ProfileCache(settings: settings)
        let five = try record(5)
        let six = try record(6)
        #expect(cache.keep(five, at: noon) == true)
        #expect(cache.keep(six, at: noon) == true)
        #expect(cache.keep(five, at: noon) == false)
        #expect(cache.newest(five.author, at: noon.instant) == 6)
        #expect(cache.fresh(five.author, at: noon) == six)
    }

    @Test("takes the same record again, but not another one of the same sequence")
    func equivocation() throws {
        var cache = ProfileCache(settings: settings)
        #expect(cache.keep(try record(5), at: noon) == true)
        #expect(cache.keep(try record(5), at: noon) == true)
        #expect(cache.keep(try Make.profile(1, nil, sequence: 5), at: noon) == false)
    }

    @Test("remembers a withdrawal like a profile")
    func tombstone() throws {
        var cache = ProfileCache(settings: settings)
        let tombstone = try Make.profile(1, nil, sequence: 6)
        #expect(cache.keep(tombstone, at: noon) == true)
        #expect(cache.keep(try record(5), at: noon) == false)
        #expect(cache.fresh(tombstone.author, at: noon)?.isTombstone == true)
    }

    @Test("keeps the sequence for a day after the profile has expired")
    func expiry() throws {
        var cache = ProfileCache(settings: settings)
        let short = try record(6, life: .seconds(60))
        _ = cache.keep(short, at: noon)
        let later = noon.advanced(by: .seconds(61))
        #expect(cache.fresh(short.author, at: later) == nil)
        #expect(cache.keep(try record(5), at: later) == false)
        let nextDay = noon.advanced(by: .seconds(86_400))
        #expect(cache.newest(short.author, at: nextDay.instant) == nil)
    }

    @Test("shows a profile for five minutes after its replicas were asked")
    func freshness() throws {
        var cache = ProfileCache(settings: settings)
        let record = try record(5)
        _ = cache.keep(record, at: noon)
        #expect(cache.fresh(record.author, at: noon.advanced(by: .seconds(300))) == record)
        let later = noon.advanced(by: .seconds(301))
        #expect(cache.fresh(record.author, at: later) == nil)
        #expect(cache.keep(record, at: later) == true)
        #expect(cache.fresh(record.author, at: later) == record)
    }

    @Test("is bounded, and forgets who was used longest ago")
    func bound() throws {
        var small = settings
        small.profilesMax = 3
        var cache = ProfileCache(settings: small)
        for author in 1...4 as ClosedRange<UInt64> {
            _ = cache.keep(try Make.profile(author, nil), at: noon)
        }
        #expect(cache.count == 3)
        #expect(cache.newest(Make.author(1), at: noon.instant) == nil)
        #expect(cache.newest(Make.author(2), at: noon.instant) == 1)
    }
}

@Suite("The cache of queries")
struct QueryCacheTests {
    typealias Make = RecordMaker
    let noon = RecordMaker.noon
    let settings = Settings.Discovery()
    let key = QueryCache.Key(.name(NameQuery("Jonas Weber")), limit: 20)

    private func keep(
        _ author: UInt64, _ name: String, sequence: UInt64, in cache: inout ProfileCache,
        at now: Moment
    ) throws {
        let profile = try Profile(name: name, activeHour: 0)
        _ = cache.keep(try Make.profile(author, profile, sequence: sequence, at: now), at: now)
    }

    @Test("answers the same search for five minutes, however it is typed")
    func life() throws {
        var cache = QueryCache(settings: settings)
        let profiles = ProfileCache(settings: settings)
        cache.keep([try RankingTests.hit(1)], for: key, at: noon)
        let same = QueryCache.Key(.name(NameQuery("weber JONAS")), limit: 20)
        let soon = noon.advanced(by: .seconds(299))
        #expect(cache.hits(for: same, checking: profiles, at: soon)?.count == 1)
        let late = noon.advanced(by: .seconds(300))
        #expect(cache.hits(for: same, checking: profiles, at: late) == nil)
    }

    @Test("tells searches apart that mean different things")
    func keys() throws {
        var cache = QueryCache(settings: settings)
        let profiles = ProfileCache(settings: settings)
        let chess = InterestSet(["chess"])
        let keys = [
            key, QueryCache.Key(.name(NameQuery("Jonas")), limit: 20),
            QueryCache.Key(.name(NameQuery("Jonas Weber")), limit: 5),
            QueryCache.Key(.interests(chess, minScore: 0.3), limit: 20),
            QueryCache.Key(.interests(chess, minScore: 0.4), limit: 20),
            QueryCache.Key(.interests(InterestSet(["go"]), minScore: 0.3), limit: 20),
        ]
        for (author, key) in keys.enumerated() {
            cache.keep([try RankingTests.hit(UInt64(author))], for: key, at: noon)
        }
        #expect(cache.count == keys.count)
        for (author, key) in keys.enumerated() {
            let hits = cache.hits(for: key, checking: profiles, at: noon)
            #expect(hits?.map(\.identity) == [Make.author(UInt64(author))])
        }
    }

    @Test("does not remember that nobody was found")
    func nobody() throws {
        var cache = QueryCache(settings: settings)
        cache.keep([try RankingTests.hit(1)], for: key, at: noon)
        cache.keep([], for: key, at: noon)
        #expect(cache.count == 0)
    }

    @Test("scores anew who published since, and drops who withdrew or no longer fits")
    func renewal() throws {
        var cache = QueryCache(settings: settings)
        var profiles = ProfileCache(settings: settings)
        let hits = try (1...4 as ClosedRange<UInt64>).map {
            try RankingTests.hit($0, "Jonas Weber", sequence: 5)
        }
        cache.keep(hits, for: key, at: noon)
        try keep(1, "Jonas Weberin", sequence: 6, in: &profiles, at: noon)
        try keep(2, "Maria", sequence: 6, in: &profiles, at: noon)
        _ = profiles.keep(try Make.profile(3, nil, sequence: 6), at: noon)
        try keep(4, "Maria", sequence: 4, in: &profiles, at: noon)
        let shown = cache.hits(for: key, checking: profiles, at: noon) ?? []
        #expect(shown.map(\.identity) == [Make.author(4), Make.author(1)])
        #expect(shown.map(\.sequence) == [5, 6])
        #expect(shown.last?.profile.name == "Jonas Weberin")
        #expect(shown.last?.score ?? 1 < 1)
    }

    @Test("asks for the search to be run when everybody it knew is gone")
    func gone() throws {
        var cache = QueryCache(settings: settings)
        var profiles = ProfileCache(settings: settings)
        cache.keep([try RankingTests.hit(1)], for: key, at: noon)
        _ = profiles.keep(try Make.profile(1, nil, sequence: 2), at: noon)
        #expect(cache.hits(for: key, checking: profiles, at: noon) == nil)
    }

    @Test("holds a thousand searches")
    func bound() throws {
        var cache = QueryCache(settings: settings)
        for number in 0..<1_001 {
            let key = QueryCache.Key(.name(NameQuery("jonas \(number)")), limit: 20)
            cache.keep([try RankingTests.hit(1)], for: key, at: noon)
        }
        #expect(cache.count == 1_000)
    }
}
