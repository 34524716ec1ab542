import KithCrypto
import KithWire

// Reading: for strangers by location, for ourselves in pages.
extension RecordStore {
    /// The most records that a location may be set to hold: as many as the order below numbers.
    static let listMax = 256

    /// Shows the records at `location` to `body`, the best for the asker first, until it
    /// returns false.
    ///
    /// Order: records before tombstones; a larger estimated Jaccard of the asker's digest and
    /// the entry's before a smaller; then a shuffle that stays the same all day on this node,
    /// so that paging by `skip` misses nothing and nobody is always first. Allocates nothing;
    /// a second visit with the same arguments shows the same.
    ///
    /// - Parameters:
    ///   - digest: the asker's interest digest as it came, two bytes big-endian each, ascending;
    ///     may be empty.
    ///   - skip: how many records to leave out at the beginning.
    ///   - body: is lent the encoded record.
    /// - Returns: how many records are here in all, expired ones not counted.
    @discardableResult
    func visit(
        _ location: Location, ranking digest: RawSpan, skipping skip: Int, at now: UnixTime,
        _ body: (RawSpan) -> Bool
    ) -> Int {
        guard let place = places[location] else { return 0 }
        var order = InlineArray<256, UInt64>(repeating: 0)
        var total = 0
        for (index, slot) in place.enumerated() {
            guard let slot = slots[Int(slot)], slot.stored.until > now else { continue }
            order[total] = orderKey(of: slot, at: index, digest: digest, day: now.day)
            total += 1
        }
        Self.heapify(&order, total)
        var left = total
        while left > 0 {
            let index = Int(order[0] & 0xff)
            left -= 1
            order[0] = order[left]
            Self.sink(&order, from: 0, count: left)
            if total - left <= skip { continue }
            guard let slot = slots[Int(place[index])] else { continue }
            guard body(slot.stored.record.encoded.span.bytes) else { break }
        }
        return total
    }

    /// The one record at an owned location, expired or a tombstone too.
    func owned(at location: Location) -> Record? {
        guard let first = places[location]?.first else { return nil }
        return slots[Int(first)]?.stored.record
    }

    /// All records at a location, tombstones too, in the order in which they came.
    func entries(at location: Location) -> [Record] {
        (places[location] ?? []).compactMap { slots[Int($0)]?.stored.record }
    }

    /// A record by chance; nil when none was found in a few tries.
    func sample(_ entropy: inout Entropy) -> Record? {
        guard !slots.isEmpty else { return nil }
        for _ in 0..<8 {
            let index = Int(entropy.below(UInt64(slots.count)))
            if let slot = slots[index], !slot.stored.record.isTombstone {
                return slot.stored.record
            }
        }
        return nil
    }

    /// How many records at a location have not expired, tombstones counted.
    func liveCount(at location: Location, _ now: UnixTime) -> Int {
        (places[location] ?? []).count { index in
            slots[Int(index)].map { $0.stored.until > now } ?? false
        }
    }

    /// The record of one author at a location.
    func record(at location: Location, author: Ed25519.PublicKey) -> Record? {
        slot(at: location, author: author).flatMap { slots[Int($0)]?.stored.record }
    }

    /// Up to `limit` records that follow `cursor`, and the cursor for the next page.
    ///
    /// Starts with nil and ends with nil. What is kept during the whole walk is seen exactly
    /// once, whatever comes and goes meanwhile, unless its author renews it: then at least once.
    func page(after cursor: Int?, limit: Int) -> (records: [StoredRecord], next: Int?) {
        var records: [StoredRecord] = []
        var index = cursor ?? 0
        while index < slots.count, records.count < limit {
            if let slot = slots[index] { records.append(slot.stored) }
            index += 1
        }
        return (records, index < slots.count ? index : nil)
    }

    /// Bit 63 tombstone, 62…47 how unlike, 46…8 the day's shuffle, 7…0 the place.
    private func orderKey(of slot: Slot, at index: Int, digest: RawSpan, day: UInt32) -> UInt64 {
        let tombstone: UInt64 = slot.stored.record.isTombstone ? 1 : 0
        let unlike = 0xffff - UInt64(Self.likeness(slot.digest, digest))
        let author = slot.stored.record.author.bytes.bigEndianWords.0
        let shuffle = Self.mix(Self.mix(salt &+ UInt64(day)) ^ author) >> 25
        return tombstone << 63 | unlike << 47 | shuffle << 8 | UInt64(index)
    }

    /// The Jaccard index of two digests, 0…65,535; 0 when both are empty.
    private static func likeness(_ entry: [UInt16], _ asker: RawSpan) -> UInt16 {
        let askerCount = asker.byteCount / 2
        guard askerCount > 0 else { return 0 }
        var (i, j, common) = (0, 0, 0)
        while i < entry.count, j < askerCount {
            let high = asker.unsafeLoad(fromByteOffset: 2 * j, as: UInt8.self)
            let low = asker.unsafeLoad(fromByteOffset: 2 * j + 1, as: UInt8.self)
            let value = UInt16(high) << 8 | UInt16(low)
            if entry[i] == value { common += 1 }
            if entry[i] <= value { i += 1 } else { j += 1 }
        }
        let all = entry.count + askerCount - common
        return UInt16(common * 0xffff / max(1, all))
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit depends on every bit.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    private static func heapify(_ order: inout InlineArray<256, UInt64>, _ count: Int) {
        var index = count / 2
        while index > 0 {
            index -= 1
            sink(&order, from: index, count: count)
        }
    }

    /// Moves the key at `start` down to where it belongs in a heap with the smallest first.
    private static func sink(
        _ order: inout InlineArray<256, UInt64>, from start: Int, count: Int
    ) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < count else { return }
            if child + 1 < count, order[child + 1] < order[child] { child += 1 }
            guard order[child] < order[index] else { return }
            order.swapAt(index, child)
            index = child
        }
    }
}
