import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A record store")
struct RecordStoreTests {
    typealias Make = RecordMaker
    let noon = RecordMaker.noon

    func store(_ change: (inout Settings.Storage) -> Void = { _ in }) -> RecordStore {
        var settings = Settings.Storage()
        change(&settings)
        return RecordStore(network: Make.network, settings: settings)
    }

    @Test("keeps the higher sequence and names it to whoever brings a lower one")
    func sequences() throws {
        var store = store()
        let old = try Make.entry(1, under: "jonas", sequence: 5)
        let new = try Make.entry(1, under: "jonas", sequence: 6)
        #expect(
            store.put(new, from: Make.address(1), at: noon).outcome == .stored(until: new.expires))
        #expect(
            store.put(old, from: Make.address(1), at: noon).outcome == .refused(.older, newer: 6))
        #expect(store.entries(at: old.location) == [new])
    }

    @Test("replaces a record by a newer one of the same author, and only that one")
    func replacing() throws {
        var store = store()
        let other = try Make.entry(2, under: "jonas")
        for record in [try Make.entry(1, under: "jonas", sequence: 5), other] {
            _ = store.put(record, from: Make.address(1), at: noon)
        }
        let new = try Make.entry(1, under: "jonas", sequence: 6)
        #expect(store.put(new, from: Make.address(2), at: noon).evicted == [])
        #expect(store.count == 2)
        #expect(store.record(at: new.location, author: new.author) == new)
        #expect(store.bytes(of: Make.address(2).block) == store.cost(of: new))
        #expect(store.bytes(of: Make.address(1).block) == store.cost(of: other))
    }

    @Test("refuses the same sequence with other bytes")
    func equivocation() throws {
        var store = store()
        let first = try Make.entry(1, under: "jonas", digest: [1])
        let second = try Make.entry(1, under: "jonas", digest: [2])
        _ = store.put(first, from: Make.address(1), at: noon)
        #expect(
            store.put(second, from: Make.address(1), at: noon).outcome == .refused(.older, newer: 1)
        )
        #expect(store.entries(at: first.location) == [first])
    }

    @Test("takes the same bytes as a refresh, which lengthens a shortened life and charges nobody")
    func refreshing() throws {
        var store = store()
        let record = try Make.entry(1, under: "jonas")
        let soon = noon.unix + .seconds(60)
        let put = store.put(record, from: Make.address(1), at: noon, until: soon)
        #expect(put.outcome == .stored(until: soon))
        #expect(store.nextExpiry == soon)
        let again = store.put(record, from: Make.address(2), at: noon)
        #expect(again.outcome == .lengthened(until: record.expires))
        #expect(again.replaced?.until == soon)
        #expect(store.nextExpiry == record.expires)
        #expect(store.bytes(of: Make.address(2).block) == 0)
        let shorter = store.put(record, from: Make.address(1), at: noon, until: soon)
        #expect(shorter.outcome == .refreshed(until: record.expires))
    }

    @Test("keeps a version that is brought for a second as long as the one it takes the place of")
    func promised() throws {
        var store = store()
        let entry = try Make.entry(1, under: "jonas", sequence: 1)
        let tombstone = try Make.entry(1, under: "jonas", digest: nil, sequence: 2)
        _ = store.put(entry, from: Make.address(1), at: noon)
        let put = store.put(
            tombstone, from: Make.address(2), at: noon, until: noon.unix + .seconds(1))
        #expect(put.outcome == .stored(until: entry.expires))
    }

    @Test("refuses what has expired")
    func expired() throws {
        var store = store()
        let record = try Make.entry(1, under: "jonas", life: .seconds(10))
        let put = store.put(record, from: Make.address(1), at: noon.advanced(by: .seconds(10)))
        #expect(put.outcome == .refused(.invalidRecord, newer: nil))
        #expect(store.count == 0)
    }

    @Test("lets nothing older past a tombstone until the tombstone expires")
    func tombstone() throws {
        var store = store()
        let entry = try Make.entry(1, under: "jonas", sequence: 1, life: .seconds(7_200))
        let tombstone = try Make.entry(1, under: "jonas", digest: nil, sequence: 2)
        _ = store.put(entry, from: Make.address(1), at: noon)
        _ = store.put(tombstone, from: Make.address(1), at: noon)
        #expect(
            store.put(entry, from: Make.address(1), at: noon).outcome == .refused(.older, newer: 2))
        let later = noon.advanced(by: .seconds(3_600))
        let put = store.put(entry, from: Make.address(1), at: later)
        #expect(put.outcome == .stored(until: entry.expires))
        #expect(put.evicted == [StoredRecord.Key(location: entry.location, author: entry.author)])
    }

    @Test("forgets records in the order in which they expire")
    func expiry() throws {
        var store = store()
        var keys: [StoredRecord.Key] = []
        for (author, life) in [(1, 30), (2, 10), (3, 20), (4, 40)] as [(UInt64, Int)] {
            let record = try Make.entry(author, under: "jonas", life: .seconds(life))
            keys.append(StoredRecord.Key(location: record.location, author: record.author))
            _ = store.put(record, from: Make.address(1), at: noon)
        }
        #expect(store.expire(at: noon.unix + .seconds(9)) == [])
        #expect(store.expire(at: noon.unix + .seconds(30)) == [keys[1], keys[2], keys[0]])
        #expect(store.nextExpiry == noon.unix + .seconds(40))
        #expect(store.count == 1)
    }

    @Test("takes back from disk what one node handed over, all of it")
    func restart() throws {
        let address = Make.address(1)
        var before = store()
        var stored: [StoredRecord] = []
        for author in 1...20 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "jonas")
            let put = before.put(record, from: address, by: .replica, at: noon)
            #expect(put.outcome == .stored(until: record.expires))
            stored.append(
                StoredRecord(record: record, source: address, until: record.expires))
        }
        var after = store()
        for one in stored { _ = after.put(one.record, from: one.source, by: .disk, at: noon) }
        #expect(after.count == 20)
        #expect(after.bytes == before.bytes)
    }

    @Test("takes eight records of one location out of one /24, and more on a local network")
    func blocks() throws {
        var open = store()
        var local = RecordStore(network: .local, settings: Settings.Storage())
        for author in 1...9 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "jonas")
            let address = Make.address(1, host: Int(author))
            let expected: RecordStore.Outcome =
                author <= 8 ? .stored(until: record.expires) : .refused(.locationFull, newer: nil)
            #expect(open.put(record, from: address, at: noon).outcome == expected)
            _ = local.put(record, from: address, at: noon)
        }
        #expect(open.count == 8)
        #expect(local.count == 9)
        let elsewhere = try Make.entry(9, under: "weber")
        #expect(
            open.put(elsewhere, from: Make.address(1), at: noon).outcome
                == .stored(until: elsewhere.expires))
    }

    @Test("takes 256 records at one location; then only who is there already gets a token")
    func fullLocation() throws {
        var store = store()
        for author in 0..<256 as Range<UInt64> {
            let record = try Make.entry(author, under: "jonas")
            #expect(store.hasRoom(for: record.location, from: Make.address(Int(author) / 8)))
            _ = store.put(record, from: Make.address(Int(author) / 8), at: noon)
        }
        let location = Make.location("jonas")
        #expect(store.entries(at: location).count == 256)
        #expect(!store.hasRoom(for: location, from: Make.address(99)))
        #expect(store.hasRoom(for: location, from: Make.address(3)))
        #expect(store.hasRoom(for: Make.location("weber"), from: Make.address(99)))
        let late = try Make.entry(300, under: "jonas")
        #expect(
            store.put(late, from: Make.address(99), at: noon).outcome
                == .refused(.locationFull, newer: nil))
        let newer = try Make.entry(7, under: "jonas", sequence: 2)
        #expect(
            store.put(newer, from: Make.address(99), at: noon).outcome
                == .stored(until: newer.expires))
        #expect(store.entries(at: location).count == 256)
    }

    @Test("gives one /24 its quota and not a byte more")
    func quota() throws {
        var store = store { $0.sourceBytesMax = 4_000 }
        var kept = 0
        for author in 1...20 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "token \(author)")
            if case .stored = store.put(record, from: Make.address(1), at: noon).outcome {
                kept += 1
            }
        }
        #expect(kept == 4_000 / store.cost(of: try Make.entry(1, under: "token 1")))
        #expect(store.bytes <= 4_000)
        #expect(!store.hasRoom(for: Make.location("new"), from: Make.address(1)))
        #expect(store.hasRoom(for: Make.location("new"), from: Make.address(2)))
    }

    @Test("when full, takes the oldest records of the biggest user for a small one")
    func overflow() throws {
        let cost = store().cost(of: try Make.entry(1, under: "token 1"))
        var store = store { $0.bytesMax = 20 * cost }
        var keys: [StoredRecord.Key] = []
        for author in 1...20 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "token \(author)")
            keys.append(StoredRecord.Key(location: record.location, author: record.author))
            _ = store.put(record, from: Make.address(author <= 16 ? 1 : 2), at: noon)
        }
        #expect(store.load == 100)
        let small = try Make.entry(50, under: "small")
        #expect(store.hasRoom(for: small.location, from: Make.address(3)))
        let put = store.put(small, from: Make.address(3), at: noon)
        #expect(put.outcome == .stored(until: small.expires))
        #expect(put.evicted == [keys[0]])

        let big = try Make.entry(51, under: "big")
        #expect(!store.hasRoom(for: big.location, from: Make.address(1)))
        let refused = store.put(big, from: Make.address(1), at: noon)
        #expect(
            refused
                == RecordStore.Result(
                    outcome: .refused(.storageFull, newer: nil), evicted: []))
    }

    @Test("never lets equal users push each other out")
    func equals() throws {
        let cost = store().cost(of: try Make.entry(1, under: "token 1"))
        var store = store { $0.bytesMax = 20 * cost }
        for author in 1...20 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "token \(author)")
            _ = store.put(record, from: Make.address(Int(author) % 4), at: noon)
        }
        for block in 0..<4 {
            let late = try Make.entry(UInt64(60 + block), under: "late")
            #expect(
                store.put(late, from: Make.address(block), at: noon).outcome
                    == .refused(.storageFull, newer: nil))
        }
        #expect(store.count == 20)
    }

    @Test("walks all records in pages while some of them go")
    func pages() throws {
        var store = store()
        var wanted: Set<Ed25519.PublicKey> = []
        for author in 1...50 as ClosedRange<UInt64> {
            let record = try Make.entry(author, under: "token \(author)")
            _ = store.put(record, from: Make.address(Int(author)), at: noon)
            if author != 3 && author != 44 { wanted.insert(record.author) }
        }
        var seen: [Ed25519.PublicKey] = []
        var cursor: Int?
        var rounds = 0
        repeat {
            let page = store.page(after: cursor, limit: 7)
            seen += page.records.map(\.record.author)
            cursor = page.next
            rounds += 1
            if rounds == 2 {
                for author in [3, 44] as [UInt64] {
                    let location = Make.location("token \(author)")
                    store.remove(.init(location: location, author: Make.author(author)))
                }
            }
        } while cursor != nil
        #expect(wanted.isSubset(of: seen))
        #expect(Set(seen).count == seen.count)
        #expect(!seen.contains(Make.author(44)))
    }
}
