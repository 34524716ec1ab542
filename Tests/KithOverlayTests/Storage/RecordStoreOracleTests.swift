import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

/// The rules of ``RecordStore`` with one list, everything recomputed from scratch each time.
private struct NaiveStore {
    struct Item {
        let record: Record
        let source: Address
        let block: Address.Block
        let cost: Int
        var until: UnixTime
        /// When ``until`` was last set, counted in puts: who was first goes first.
        var set: Int

        var stored: StoredRecord { StoredRecord(record: record, source: source, until: until) }
    }

    let settings: Settings.Storage
    let isLocal: Bool
    /// In the order in which they came.
    var items: [Item] = []
    /// Blocks with records here, in the order in which they came.
    var blocks: [Address.Block] = []
    var puts = 0

    func cost(_ record: Record) -> Int {
        record.encoded.count + (record.body?.count ?? 0) + settings.bookkeepingBytes
    }

    func bytes(of block: Address.Block?) -> Int {
        var sum = 0
        for item in items where block == nil || item.block == block { sum += item.cost }
        return sum
    }

    var biggest: Address.Block? {
        var best: (block: Address.Block, bytes: Int)?
        for block in blocks {
            let used = bytes(of: block)
            if used > best?.bytes ?? 0 { best = (block, used) }
        }
        return best?.block
    }

    mutating func remove(_ index: Int) -> StoredRecord.Key {
        let item = items.remove(at: index)
        if !items.contains(where: { $0.block == item.block }) {
            blocks.removeAll { $0 == item.block }
        }
        return item.stored.key
    }

    mutating func put(
        _ record: Record, from source: Address, at now: Moment, until limit: UnixTime
    ) -> RecordStore.Result {
        puts += 1
        var gone: [StoredRecord.Key] = []
        while let first = items.indices.filter({ items[$0].until <= now.unix })
            .min(by: { (items[$0].until, items[$0].set) < (items[$1].until, items[$1].set) })
        {
            gone.append(remove(first))
        }
        func refused(_ refusal: Refusal, _ newer: UInt64? = nil) -> RecordStore.Result {
            RecordStore.Result(outcome: .refused(refusal, newer: newer), evicted: gone)
        }
        let promised = items.first {
            $0.record.location == record.location && $0.record.author == record.author
        }?.until
        let until = min(max(limit, promised ?? .epoch), record.expires)
        guard until > now.unix else { return refused(.invalidRecord) }
        let held = items.firstIndex {
            $0.record.location == record.location && $0.record.author == record.author
        }
        if let held {
            let known = items[held].record
            if known == record {
                guard until > items[held].until else {
                    return RecordStore.Result(
                        outcome: .refreshed(until: items[held].until), evicted: gone)
                }
                let before = items[held].stored
                items[held].until = until
                items[held].set = puts
                return RecordStore.Result(
                    outcome: .lengthened(until: until), evicted: gone, replaced: before)
            }
            if known.sequence >= record.sequence { return refused(.older, known.sequence) }
        }
        let replaced = held.map { items[$0].stored }
        var rest = self
        if let held { _ = rest.remove(held) }
        let place = rest.items.filter { $0.record.location == record.location }
        if held == nil, place.count >= settings.locationRecordsMax { return refused(.locationFull) }
        let sameBlock = place.filter { $0.block == source.block }.count
        if !isLocal, sameBlock >= settings.locationBlockRecordsMax {
            return refused(.locationFull)
        }
        let own = rest.bytes(of: source.block) + cost(record)
        if !isLocal, own > settings.sourceBytesMax { return refused(.storageFull) }
        let excess = rest.bytes(of: nil) + cost(record) - settings.bytesMax
        if excess > 0 {
            guard let payer = biggest else { return refused(.storageFull) }
            let worst = 2 * Record.bytesMax + settings.bookkeepingBytes
            guard rest.bytes(of: payer) - excess - worst >= own else {
                return refused(.storageFull)
            }
        }
        self = rest
        while bytes(of: nil) + cost(record) > settings.bytesMax, let payer = biggest,
            let oldest = items.firstIndex(where: { $0.block == payer })
        {
            gone.append(remove(oldest))
        }
        items.append(
            Item(
                record: record, source: source, block: source.block, cost: cost(record),
                until: until, set: puts))
        if !blocks.contains(source.block) { blocks.append(source.block) }
        return RecordStore.Result(
            outcome: .stored(until: until), evicted: gone, replaced: replaced)
    }
}

@Suite("A record store under random use")
struct RecordStoreOracleTests {
    typealias Make = RecordMaker

    @Test("does what a list does, and keeps every bound", arguments: [false, true])
    func random(isLocal: Bool) throws {
        let seed = testSeed(default: isLocal ? 21 : 20)
        var entropy = Entropy(seed: seed)
        var settings = Settings.Storage()
        settings.bytesMax = 60_000
        settings.sourceBytesMax = 14_000
        settings.locationRecordsMax = 12
        settings.locationBlockRecordsMax = 3
        let network = Network(
            name: "test", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: isLocal)
        var store = RecordStore(network: network, settings: settings)
        var model = NaiveStore(settings: settings, isLocal: isLocal)
        var now = Make.noon
        var recent: [Record] = []
        var outcomes: [String: Int] = [:]
        for step in 0..<10_000 {
            if entropy.below(8) == 0 {
                now = now.advanced(by: .milliseconds(Int(entropy.below(20_000))))
            }
            let record = try record(at: now, recent: recent, &entropy)
            recent.append(record)
            if recent.count > 40 { recent.removeFirst() }
            let source = address(&entropy)
            let limit = entropy.below(4) == 0 ? now.unix + .seconds(300) : record.expires
            let result = store.put(record, from: source, at: now, until: limit)
            let expected = model.put(record, from: source, at: now, until: limit)
            try #require(result == expected, "step \(step), seed \(seed)")
            count(result, in: &outcomes)
            if step % 250 == 0 { try compare(store, model, step) }
        }
        try compare(store, model, 10_000)
        print("seed \(seed):", outcomes.sorted { $0.key < $1.key })
        var wanted = ["stored", "refreshed", "lengthened", "older", "locationFull", "storageFull"]
        if !isLocal { wanted.append("evicting") }
        for outcome in wanted {
            #expect((outcomes[outcome] ?? 0) > 20, "\(outcome) hardly ever happened")
        }
    }

    /// Everything the store says about itself against the list, and every bound from scratch.
    private func compare(_ store: RecordStore, _ model: NaiveStore, _ step: Int) throws {
        var cursor: Int?
        var kept: [StoredRecord] = []
        repeat {
            let page = store.page(after: cursor, limit: 10)
            kept += page.records
            cursor = page.next
        } while cursor != nil
        try #require(kept.count == model.items.count && store.count == kept.count, "step \(step)")
        #expect(store.bytes == kept.reduce(0) { $0 + model.cost($1.record) })
        #expect(store.bytes <= store.settings.bytesMax)
        #expect(store.biggest?.block == model.biggest)
        #expect(store.nextExpiry == model.items.map(\.until).min())
        for block in model.blocks {
            let used = store.bytes(of: block)
            #expect(used == model.bytes(of: block))
            #expect(model.isLocal || used <= store.settings.sourceBytesMax)
        }
        for location in Set(kept.map(\.record.location)) {
            let here = model.items.filter { $0.record.location == location }
            try #require(store.entries(at: location) == here.map(\.record), "step \(step)")
            #expect(here.count <= store.settings.locationRecordsMax)
            for block in model.blocks where !model.isLocal {
                let same = here.filter { $0.block == block }.count
                #expect(same <= store.settings.locationBlockRecordsMax)
            }
        }
    }

    private func record(
        at now: Moment, recent: [Record], _ entropy: inout Entropy
    ) throws -> Record {
        if entropy.below(6) == 0, let again = entropy.element(of: recent) { return again }
        let author = entropy.below(60)
        let sequence = 1 + entropy.below(6)
        let life = Duration.seconds(30 + Int(entropy.below(2_000)))
        if entropy.below(3) == 0 {
            let bio = String(repeating: "x", count: 1 + Int(entropy.below(280)))
            let profile = try Profile(name: "Jonas", bio: bio, activeHour: 1)
            return try Make.profile(
                author, entropy.below(5) == 0 ? nil : profile, sequence: sequence, at: now,
                life: life)
        }
        return try Make.entry(
            author, under: "token \(entropy.below(6))",
            digest: entropy.below(5) == 0 ? nil : [UInt16(entropy.below(100))],
            sequence: sequence, at: now, life: life)
    }

    /// Some blocks bring much more than others.
    private func address(_ entropy: inout Entropy) -> Address {
        let block = Int(min(entropy.below(14), entropy.below(14)))
        return Make.address(block, host: Int(entropy.below(4)))
    }

    private func count(_ result: RecordStore.Result, in outcomes: inout [String: Int]) {
        let name =
            switch result.outcome {
            case .stored: "stored"
            case .refreshed: "refreshed"
            case .lengthened: "lengthened"
            case .refused(let refusal, _): "\(refusal)"
            }
        outcomes[name, default: 0] += 1
        if case .stored = result.outcome, !result.evicted.isEmpty {
            outcomes["evicting", default: 0] += 1
        }
    }
}
