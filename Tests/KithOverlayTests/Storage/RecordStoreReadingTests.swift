import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Reading a location")
struct RecordStoreReadingTests {
    typealias Make = RecordMaker
    let noon = RecordMaker.noon

    func store(salt: UInt64 = 0) -> RecordStore {
        RecordStore(network: Make.network, settings: Settings.Storage(), salt: salt)
    }

    /// The authors that a visit shows, in order, and the total it reports.
    func visit(
        _ store: RecordStore, digest: [UInt16] = [], skip: Int = 0, limit: Int = 1_000,
        at now: Moment? = nil
    ) throws -> (authors: [Ed25519.PublicKey], total: Int) {
        let bytes = InterestSet.encode(digest: digest)
        var encoded: [[UInt8]] = []
        let total = store.visit(
            Make.location("jonas"), ranking: bytes.span.bytes, skipping: skip,
            at: (now ?? noon).unix
        ) { record in
            encoded.append(record.withUnsafeBytes { Array($0) })
            return encoded.count < limit
        }
        let authors = try encoded.map { try Record.decode($0.span.bytes).author }
        return (authors, total)
    }

    @Test("shows the entries most like the asker first, tombstones last")
    func ranking() throws {
        var store = store()
        let digests: [[UInt16]?] = [[9], [1, 2, 3, 4], nil, [1, 2], [1, 2, 3], []]
        for (author, digest) in digests.enumerated() {
            let record = try Make.entry(UInt64(author), under: "jonas", digest: digest)
            _ = store.put(record, from: Make.address(author), at: noon)
        }
        let shown = try visit(store, digest: [1, 2])
        #expect(shown.total == 6)
        #expect(shown.authors.prefix(3) == [Make.author(3), Make.author(4), Make.author(1)])
        #expect(Set(shown.authors[3...4]) == [Make.author(0), Make.author(5)])
        #expect(shown.authors.last == Make.author(2))
    }

    @Test("shows all records before any tombstone, also to an asker without interests")
    func tombstonesLast() throws {
        var store = store()
        for author in 0..<40 as Range<UInt64> {
            let digest: [UInt16]? = author.isMultiple(of: 2) ? nil : [UInt16(author)]
            let record = try Make.entry(author, under: "jonas", digest: digest)
            _ = store.put(record, from: Make.address(Int(author)), at: noon)
        }
        for digest in [[], [5, 7]] as [[UInt16]] {
            let shown = try visit(store, digest: digest).authors
            let records = Set(shown.prefix(20))
            #expect(shown.count == 40)
            #expect(records == Set((0..<20).map { Make.author(2 * $0 + 1) }))
        }
    }

    @Test("orders as the estimate of the interest digests does")
    func estimate() throws {
        var entropy = Entropy(seed: testSeed(default: 11))
        var store = store()
        var digestOf: [Ed25519.PublicKey: [UInt16]] = [:]
        for author in 0..<60 as Range<UInt64> {
            var digest: Set<UInt16> = []
            for _ in 0..<entropy.below(17) { digest.insert(UInt16(entropy.below(24))) }
            digestOf[Make.author(author)] = digest.sorted()
            let record = try Make.entry(author, under: "jonas", digest: digest.sorted())
            _ = store.put(record, from: Make.address(Int(author)), at: noon)
        }
        let asker: [UInt16] = [1, 3, 5, 8, 13, 21]
        let shown = try visit(store, digest: asker).authors
        let scores = shown.map { InterestSet.estimate(asker, digestOf[$0] ?? []) }
        #expect(shown.count == 60)
        #expect(scores == scores.sorted(by: >))
    }

    @Test("shows each record exactly once over the pages of a day")
    func paging() throws {
        var store = store(salt: 5)
        for author in 0..<100 as Range<UInt64> {
            let record = try Make.entry(author, under: "jonas", digest: [UInt16(author % 3)])
            _ = store.put(record, from: Make.address(Int(author)), at: noon)
        }
        var seen: [Ed25519.PublicKey] = []
        while seen.count < 100 {
            let page = try visit(store, digest: [1], skip: seen.count, limit: 16)
            #expect(page.total == 100)
            #expect(page.authors.count == min(16, 100 - seen.count))
            seen += page.authors
        }
        #expect(Set(seen).count == 100)
        #expect(try visit(store, digest: [1]).authors == seen)
        #expect(try visit(store, digest: [1], skip: 100).authors == [])
    }

    @Test("starts with somebody else tomorrow and on another node")
    func shuffle() throws {
        var first = store(salt: 1)
        var second = store(salt: 2)
        for author in 0..<50 as Range<UInt64> {
            let record = try Make.entry(author, under: "jonas", life: .seconds(86_000))
            _ = first.put(record, from: Make.address(Int(author)), at: noon)
            _ = second.put(record, from: Make.address(Int(author)), at: noon)
        }
        let today = try visit(first).authors
        let tonight = noon.advanced(by: .seconds(3 * 3_600))
        let tomorrow = noon.advanced(by: .seconds(13 * 3_600))
        #expect(try visit(first, at: tonight).authors == today)
        #expect(try visit(first, at: tomorrow).authors != today)
        #expect(try visit(second).authors != today)
    }

    @Test("leaves out what has expired, counted or not yet forgotten")
    func expired() throws {
        var store = store()
        _ = store.put(
            try Make.entry(1, under: "jonas", life: .seconds(10)), from: Make.address(1), at: noon)
        _ = store.put(
            try Make.entry(2, under: "jonas", life: .seconds(20)), from: Make.address(2), at: noon)
        let shown = try visit(store, at: noon.advanced(by: .seconds(10)))
        #expect(shown.total == 1)
        #expect(shown.authors == [Make.author(2)])
    }

    @Test("finds nothing where nothing is")
    func nothing() throws {
        #expect(try visit(store()).total == 0)
        #expect(store().owned(at: Make.location("jonas")) == nil)
    }

    @Test("survives a digest that does not ascend")
    func badDigest() throws {
        var store = store()
        let record = try Make.entry(1, under: "jonas", digest: [1, 2, 3])
        _ = store.put(record, from: Make.address(1), at: noon)
        #expect(try visit(store, digest: [3, 2, 2, 1, 0]).total == 1)
    }
}
