import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A search")
struct SearchTests {
    private static let now = Moment(
        instant: .start, unix: UnixTime(milliseconds: 1_795_262_400_000))
    private let network = Duo.network

    /// What `person` says about the word "anna" today.
    private func entry(of person: UInt64, sequence: UInt64, forged: Bool = false) -> Record? {
        var entropy = Entropy(seed: person)
        let honest = Ed25519.SecretKey(seed: entropy.bytes32())
        let body = IndexEntry(day: Self.now.unix.day, digest: []).encode()
        let location = Record.sharedLocation(
            .nameEntry, token: "anna", day: Self.now.unix.day)
        let record = try? Record.sign(
            kind: .nameEntry, author: honest,
            sequence: Self.now.unix.milliseconds << 16 | sequence, created: Self.now.unix,
            expires: Self.now.unix + .seconds(3_600), location: location, body: body,
            network: network)
        guard forged, var bytes = record?.encoded else { return record }
        // The last byte belongs to the signature.
        bytes[bytes.count - 1] ^= 1
        return try? Record.decode(bytes.span.bytes)
    }

    private func search() -> Search {
        Search(
            query: .name(NameQuery("anna")), limit: 20, at: Self.now,
            settings: Settings().operations)
    }

    /// Everyone whom the search wants to fetch now.
    private func wanted(_ search: inout Search) -> [Ed25519.PublicKey] {
        var wanted: [Ed25519.PublicKey] = []
        while case .fetch(let author) = search.next() {
            wanted.append(author)
            _ = search.fetched(author, record: nil, source: .network)
        }
        return wanted
    }

    private func read(_ search: inout Search, _ pages: [Search.Page]) {
        guard case .read(let term) = search.next() else {
            Issue.record("nothing to read")
            return
        }
        search.read(term: term, pages: pages, network: network, at: Self.now.unix)
    }

    @Test("is not kept from a person by a replica that forges a newer entry")
    func forgery() throws {
        let honest = try #require(entry(of: 1, sequence: 1))
        let forged = try #require(entry(of: 1, sequence: 9, forged: true))
        var search = search()
        read(
            &search,
            [
                Search.Page(entries: [forged], total: 1),
                Search.Page(entries: [honest], total: 1),
            ])
        let found = wanted(&search)
        #expect(found == [honest.author])
        #expect(search.dropped == 2)
    }

    @Test("follows the newest of the valid entries: one withdrawn there is not fetched")
    func withdrawn() throws {
        let honest = try #require(entry(of: 1, sequence: 1))
        var entropy = Entropy(seed: 1)
        let tombstone = try Record.sign(
            kind: .nameEntry, author: Ed25519.SecretKey(seed: entropy.bytes32()),
            sequence: honest.sequence + 1, created: Self.now.unix, expires: honest.expires,
            location: honest.location, body: nil, network: network)
        var search = search()
        read(
            &search,
            [
                Search.Page(entries: [honest], total: 1),
                Search.Page(entries: [tombstone], total: 1),
            ])
        let found = wanted(&search)
        #expect(found.isEmpty)
    }

    @Test("spends no more than two checks on a replica that lies")
    func liarsBudget() throws {
        let forged = (1...16).compactMap { entry(of: UInt64($0), sequence: 9, forged: true) }
        let honest = try #require(entry(of: 99, sequence: 1))
        var search = search()
        let liars = (0..<40).map { _ in Search.Page(entries: forged, total: 16) }
        read(&search, liars + [Search.Page(entries: [honest], total: 1)])
        let found = wanted(&search)
        #expect(found == [honest.author])
        #expect(search.dropped == 81)
    }

    @Test("passes over nobody between pages, though each replica lists in its own order")
    func paging() throws {
        let seed = testSeed(default: 40)
        var entropy = Entropy(seed: seed)
        let people = (1...24).compactMap { entry(of: UInt64($0), sequence: 1) }
        var replicas = [people, people, people]
        for index in replicas.indices { entropy.shuffle(&replicas[index]) }
        var search = search()
        var pages = 0
        while pages < 20, let term = search.terms.first, term.state == .fresh {
            let shown = [4, 4, 5]
            let page = replicas.indices.map { index in
                Search.Page(
                    entries: Array(replicas[index].dropFirst(term.read).prefix(shown[index])),
                    total: people.count)
            }
            read(&search, page)
            pages += 1
        }
        let found = Set(wanted(&search))
        #expect(found == Set(people.map(\.author)), "seed \(seed)")
        #expect(!search.partial)
    }

    @Test("is not held up by one replica that shows one entry of very many")
    func heldUp() throws {
        let people = (1...24).compactMap { entry(of: UInt64($0), sequence: 1) }
        let liar = Search.Page(entries: Array(people.prefix(1)), total: 1_000_000)
        var search = search()
        while let term = search.terms.first, term.state == .fresh {
            let shown = Array(people.dropFirst(term.read).prefix(4))
            let honest = Search.Page(entries: shown, total: people.count)
            read(&search, [honest, honest, honest, liar])
        }
        let found = Set(wanted(&search))
        #expect(found == Set(people.map(\.author)))
    }

    @Test("says that it is partial when a word has more people than it reads")
    func partial() throws {
        let people = (1...200).compactMap { entry(of: UInt64($0), sequence: 1) }
        var search = search()
        while let term = search.terms.first, term.state == .fresh {
            read(
                &search,
                [
                    Search.Page(
                        entries: Array(people.dropFirst(term.read).prefix(4)),
                        total: people.count)
                ])
        }
        #expect(search.partial)
    }

    /// Reads everything that the search wants read, as empty, and tells which shards that were.
    private func shardsRead(_ search: inout Search, areFull: Bool) -> [UInt16] {
        var shards: [UInt16] = []
        var running: [Int] = []
        while true {
            switch search.next() {
            case .read(let term):
                guard search.terms[term].token == "anna" else { return shards }
                shards.append(search.terms[term].shard)
                running.append(term)
            case .fetch(let author):
                _ = search.fetched(author, record: nil, source: .network)
            case .wait:
                for term in running {
                    search.read(
                        term: term, pages: [], isFull: areFull, network: network,
                        at: Self.now.unix)
                }
                running = []
            case .finished:
                return shards
            }
        }
    }

    @Test("looks into each shard below a full location, when it found too few")
    func shards() {
        var search = search()
        guard case .read(let root) = search.next() else { return }
        search.read(term: root, pages: [], isFull: true, network: network, at: Self.now.unix)
        let shards = shardsRead(&search, areFull: false)
        #expect(Set(shards) == Set(1...16))
        #expect(shards.count == 16)
        let (isPartial, isLeft) = (search.partial, search.hasUnreadShards)
        #expect(!isPartial && !isLeft)
    }

    @Test("looks into 32 shards at the most, and then says that it is partial")
    func shardsMax() {
        var search = search()
        guard case .read(let root) = search.next() else { return }
        search.read(term: root, pages: [], isFull: true, network: network, at: Self.now.unix)
        let shards = shardsRead(&search, areFull: true)
        #expect(Set(shards).count == 32)
        let isPartial = search.partial
        #expect(isPartial)
    }

    @Test("does not look below a location that nobody calls full")
    func noShards() throws {
        var search = search()
        read(&search, [Search.Page(entries: [try #require(entry(of: 1, sequence: 1))], total: 200)])
        let shards = shardsRead(&search, areFull: false)
        #expect(Set(shards).isSubset(of: [0]))
    }

    @Test("opens the shards of a location in another order each time")
    func order() {
        func first(_ salt: UInt64) -> [UInt16] {
            var search = Search(
                query: .name(NameQuery("anna")), limit: 20, at: Self.now,
                settings: Settings().operations, salt: salt)
            guard case .read(let root) = search.next() else { return [] }
            search.read(
                term: root, pages: [], isFull: true, network: network, at: Self.now.unix)
            return shardsRead(&search, areFull: false)
        }
        #expect(first(1) != first(2))
        #expect(first(1) == first(1))
    }
}
