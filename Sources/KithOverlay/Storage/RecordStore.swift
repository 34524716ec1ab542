import KithCrypto
import KithWire

/// The records that this node keeps for others: bounded in every direction, fair when full.
///
/// At most one record per author and location. A shared location holds 256 of them, at most 8 out
/// of one /24 or /48. Each such block of addresses has a quota, and all together share a total;
/// when the total is reached, the block that uses most loses its oldest record first. A block
/// never displaces records of one that uses no more than itself: then the newcomer is refused,
/// and beforehand gets no token (``hasRoom(for:from:)``).
///
/// A tombstone is kept like any record until it expires; as long as it is here, nothing older of
/// its author comes back. Bytes are counted as the record, its body, and
/// ``Settings/Storage/bookkeepingBytes``.
///
/// Nothing here iterates a dictionary: equal inputs give equal results in every process.
struct RecordStore: Sendable {
    /// What became of a record.
    enum Outcome: Equatable, Sendable {
        /// It is new here and kept until `until`.
        case stored(until: UnixTime)
        /// The very same record was here; it is kept until `until` as before.
        case refreshed(until: UnixTime)
        /// The very same record was here; it is kept longer than before, until `until`.
        case lengthened(until: UnixTime)
        /// It is not kept; `newer` is the sequence held instead.
        case refused(Refusal, newer: UInt64?)
    }

    /// Who brings a record, which decides how many of one block a location takes.
    enum Bearer: Sendable {
        /// Anybody who writes or repairs.
        case writer
        /// A node among the closest to the location, which hands over what it keeps.
        case replica
        /// Our own disk: it was let in before the restart.
        case disk
    }

    /// An outcome, and who had to go for it.
    struct Result: Equatable, Sendable {
        /// What became of the record.
        let outcome: Outcome
        /// Records that are no longer kept, in the order in which they went: those whose time
        /// was over, then those that had to make room.
        let evicted: [StoredRecord.Key]
        /// What the record took the place of: the last version that is surely on disk.
        var replaced: StoredRecord?
    }

    /// One kept record and its place in the indexes.
    struct Slot: Sendable {
        /// The record, who brought it, and until when it is kept.
        var stored: StoredRecord
        /// The author's interest digest, for ranking.
        let digest: [UInt16]
        /// Where it stands in the share of the block of addresses that it is charged to.
        let place: Int32
        /// Which nodes were to keep this location when ``Patrol`` last looked at it.
        ///
        /// Counts in the first slot of a location only.
        var guardians = Guardians()
    }

    @Boxed private(set) var settings: Settings.Storage
    /// Whether the limits per address block are off.
    let isLocal: Bool
    /// Mixed into the order of a location's records, so that replicas differ and no author can
    /// choose a key that comes first.
    let salt: UInt64

    /// Bytes charged in total.
    var bytes: Int { shares.weight }
    /// How many records are kept, tombstones included.
    var count: Int { shares.count }

    private(set) var slots: [Slot?] = []
    /// The slots of each location, in the order in which they came.
    private(set) var places: [Location: [Int32]] = [:]
    private var freeSlots: [Int32] = []
    /// The slots, shared out by the block of addresses that is charged, weighed in bytes.
    private var shares = BlockShares()
    private var expiries = SlotHeap()
    private var arrivals: UInt64 = 0

    /// An empty store of a node of `network`.
    init(network: Network, settings: Settings.Storage, salt: UInt64 = 0) {
        precondition(settings.locationRecordsMax <= Self.listMax, "\(settings)")
        self.settings = settings
        self.isLocal = network.isLocal
        self.salt = salt
    }

    /// How full the store is, 0…100.
    var load: UInt8 { UInt8(clamping: bytes * 100 / settings.bytesMax) }

    /// When the first record expires; nil when there is none.
    var nextExpiry: UnixTime? {
        expiries.first.map { UnixTime(milliseconds: $0.priority.major) }
    }

    /// Bytes that a record is charged with.
    func cost(of record: Record) -> Int {
        record.encoded.count + (record.body?.count ?? 0) + settings.bookkeepingBytes
    }

    /// The most that a record can be charged with.
    var costMax: Int { 2 * Record.bytesMax + settings.bookkeepingBytes }

    /// Keeps a verified record that `source` brought.
    ///
    /// Checked in this order: (1) expired: ``Refusal/invalidRecord``; (2) this author already has
    /// a record here with a higher sequence, or with the same and other bytes:
    /// ``Refusal/older`` and the held sequence; with the same bytes it is refreshed; (3) the
    /// location holds too many, or too many out of the source's block:
    /// ``Refusal/locationFull``; (4) the block's quota is used up, or the total is and nobody
    /// uses more than this block: ``Refusal/storageFull``. A refusal changes nothing, except
    /// that expired records go first in any case.
    ///
    /// - Parameter limit: keep it no longer than this (copies along a lookup's path live
    ///   shorter). What was promised for the version held is not shortened by it: whoever brings a
    ///   tombstone for a second must not have it forgotten.
    mutating func put(
        _ record: Record, from source: Address, by bearer: Bearer = .writer, at now: Moment,
        until limit: UnixTime? = nil
    ) -> Result {
        var evicted = expire(at: now.unix)
        let held = slot(at: record.location, author: record.author)
        let replaced = held.flatMap { slots[Int($0)]?.stored }
        let promised = max(limit ?? record.expires, replaced?.until ?? .epoch)
        let until = min(record.expires, promised)
        func refusal(_ refusal: Refusal, newer: UInt64? = nil) -> Result {
            Result(outcome: .refused(refusal, newer: newer), evicted: evicted)
        }
        guard until > now.unix else { return refusal(.invalidRecord) }
        if let newer = newer(than: record) { return refusal(.older, newer: newer) }
        if let held, let replaced, replaced.record == record {
            guard until > replaced.until else {
                return Result(outcome: .refreshed(until: replaced.until), evicted: evicted)
            }
            lengthen(held, to: until)
            return Result(
                outcome: .lengthened(until: until), evicted: evicted, replaced: replaced)
        }
        if locationIsFull(record.location, for: source.block, by: bearer, replacing: held) {
            return refusal(.locationFull)
        }
        let cost = cost(of: record)
        guard hasRoom(for: cost, from: source.block, replacing: held) else {
            return refusal(.storageFull)
        }
        if let held { detach(held) }
        while bytes + cost > settings.bytesMax, let key = evictOldestOfBiggest() {
            evicted.append(key)
        }
        attach(StoredRecord(record: record, source: source, until: until))
        return Result(outcome: .stored(until: until), evicted: evicted, replaced: replaced)
    }

    /// The location whose first record stands in slot `index`; nil for other slots.
    func location(startingAt index: Int) -> Location? {
        guard index < slots.count, let location = slots[index]?.stored.record.location,
            places[location]?.first == Int32(index)
        else { return nil }
        return location
    }

    /// Remembers who is to keep the location whose first record stands in slot `index`.
    mutating func setGuardians(_ guardians: Guardians, at index: Int) {
        slots[index]?.guardians = guardians
    }

    /// Takes note that one of those who are to keep a location has what we keep of it.
    mutating func noteHeld(_ location: Location) {
        guard let first = places[location]?.first else { return }
        slots[Int(first)]?.guardians.haveIt = true
    }

    /// Forgets one record, if it is here.
    @discardableResult
    mutating func remove(_ key: StoredRecord.Key) -> Bool {
        guard let slot = slot(at: key.location, author: key.author) else { return false }
        detach(slot)
        return true
    }

    /// Forgets every record whose time is over.
    ///
    /// - Returns: what was forgotten, the first to expire first. Until it is called, expired
    ///   records are not shown, but still take room.
    mutating func expire(at now: UnixTime) -> [StoredRecord.Key] {
        var expired: [StoredRecord.Key] = []
        while let first = expiries.first, first.priority.major <= now.milliseconds {
            if let slot = slots[Int(first.slot)] { expired.append(slot.stored.key) }
            detach(first.slot)
        }
        return expired
    }

    /// The slot of an author's record at a location.
    func slot(at location: Location, author: Ed25519.PublicKey) -> Int32? {
        places[location]?.first { slots[Int($0)]?.stored.record.author == author }
    }

    /// The sequence held that stands against `record`: a higher one, or the same with other
    /// bytes.
    func newer(than record: Record) -> UInt64? {
        guard let held = self.record(at: record.location, author: record.author),
            held.sequence > record.sequence || held.sequence == record.sequence && held != record
        else { return nil }
        return held.sequence
    }

    /// Bytes charged to a block of addresses.
    func bytes(of block: Address.Block) -> Int {
        shares.weight(of: block)
    }

    /// The block of addresses that uses most; among equals the one that came first.
    var biggest: (block: Address.Block, weight: Int)? { shares.biggest }

    /// Keeps a record longer.
    private mutating func lengthen(_ index: Int32, to until: UnixTime) {
        guard let held = slots[Int(index)]?.stored else { return }
        slots[Int(index)]?.stored = StoredRecord(
            record: held.record, source: held.source, until: until)
        setExpiry(of: index, to: until)
    }

    private mutating func evictOldestOfBiggest() -> StoredRecord.Key? {
        guard let oldest = shares.oldestOfBiggest, let slot = slots[Int(oldest)] else {
            return nil
        }
        detach(Int32(oldest))
        return slot.stored.key
    }
}

// The indexes: every record stands in its place, in its block's share and in the expiry heap.
extension RecordStore {
    private mutating func attach(_ stored: StoredRecord) {
        let index = freeSlots.popLast() ?? Int32(slots.count)
        let place = shares.add(
            UInt32(index), of: stored.source.block, weight: cost(of: stored.record))
        let slot = Slot(
            stored: stored, digest: Self.digest(of: stored.record), place: place)
        if Int(index) < slots.count {
            slots[Int(index)] = slot
        } else {
            slots.append(slot)
        }
        places[stored.record.location, default: []].append(index)
        setExpiry(of: index, to: stored.until)
    }

    private mutating func detach(_ index: Int32) {
        guard let slot = slots[Int(index)] else { return }
        let location = slot.stored.record.location
        places[location]?.removeAll { $0 == index }
        if places[location]?.isEmpty == true { places[location] = nil }
        shares.remove(slot.place)
        expiries.remove(index)
        slots[Int(index)] = nil
        freeSlots.append(index)
    }

    private static func digest(of record: Record) -> [UInt16] {
        guard record.kind.isShared, let body = record.body,
            let entry = try? IndexEntry.decode(body.span.bytes)
        else { return [] }
        return entry.digest
    }

    private mutating func setExpiry(of index: Int32, to until: UnixTime) {
        arrivals += 1
        expiries.set(
            index, to: SlotHeap.Priority(major: until.milliseconds, minor: arrivals))
    }
}
