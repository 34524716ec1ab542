import KithWire

/// Things in the order of their last use, shared out by block of addresses: sessions, records.
///
/// Says at once which of a block was used longest ago, and which block has most by weight. A
/// change costs O(1), and O(log n) in the number of blocks for the order of their weights. Holds
/// handles only, and nothing here walks all of them or iterates a dictionary.
struct BlockShares: Sendable {
    private struct Entry: Sendable {
        var handle: UInt32
        var weight: Int
        var share: Int32
        var newer = BlockShares.none
        var older = BlockShares.none
    }

    /// What one block of addresses has.
    private struct Share: Sendable {
        let block: Address.Block
        /// When it came, for a stable order among equals.
        let arrival: UInt64
        var weight = 0
        var newest = BlockShares.none
        var oldest = BlockShares.none
    }

    private static let none: Int32 = -1

    /// How many there are.
    private(set) var count = 0
    /// What all of them weigh.
    private(set) var weight = 0
    private var entries: [Entry] = []
    private var freeEntries: [Int32] = []
    private var shares: [Share] = []
    private var freeShares: [Int32] = []
    private var shareOfBlock: [Address.Block: Int32] = [:]
    private var weights = SlotHeap()
    private var arrivals: UInt64 = 0

    /// How many blocks of addresses have one.
    var blocks: Int { shareOfBlock.count }

    /// What those of a block weigh.
    func weight(of block: Address.Block) -> Int {
        shareOfBlock[block].map { shares[Int($0)].weight } ?? 0
    }

    /// The block that has most by weight; among equals the one that came first.
    var biggest: (block: Address.Block, weight: Int)? {
        weights.first.map { (shares[Int($0.slot)].block, shares[Int($0.slot)].weight) }
    }

    /// The one of `block` that was used longest ago.
    func oldest(of block: Address.Block) -> UInt32? {
        shareOfBlock[block].map { oldest(of: $0) }
    }

    /// The one of ``biggest`` that was used longest ago.
    var oldestOfBiggest: UInt32? {
        weights.first.map { oldest(of: $0.slot) }
    }

    /// Adds one as the one used last.
    ///
    /// - Returns: its place, to name it later.
    mutating func add(_ handle: UInt32, of block: Address.Block, weight: Int = 1) -> Int32 {
        let share = share(of: block)
        let entry = Entry(handle: handle, weight: weight, share: share)
        let place: Int32
        if let free = freeEntries.popLast() {
            place = free
            entries[Int(free)] = entry
        } else {
            place = Int32(entries.count)
            entries.append(entry)
        }
        count += 1
        link(place)
        weigh(share, by: weight)
        return place
    }

    /// Takes note that the one at `place` was used just now.
    mutating func touch(_ place: Int32) {
        guard shares[Int(entries[Int(place)].share)].newest != place else { return }
        unlink(place)
        link(place)
    }

    /// Removes the one at `place`.
    mutating func remove(_ place: Int32) {
        unlink(place)
        freeEntries.append(place)
        count -= 1
        weigh(entries[Int(place)].share, by: -entries[Int(place)].weight)
    }

    private func oldest(of share: Int32) -> UInt32 {
        entries[Int(shares[Int(share)].oldest)].handle
    }

    private mutating func share(of block: Address.Block) -> Int32 {
        if let share = shareOfBlock[block] { return share }
        arrivals += 1
        let share = Share(block: block, arrival: arrivals)
        let index: Int32
        if let free = freeShares.popLast() {
            index = free
            shares[Int(free)] = share
        } else {
            index = Int32(shares.count)
            shares.append(share)
        }
        shareOfBlock[block] = index
        return index
    }

    /// Changes what a block has; one that has nothing is forgotten.
    private mutating func weigh(_ share: Int32, by step: Int) {
        weight += step
        shares[Int(share)].weight += step
        guard shares[Int(share)].newest != Self.none else {
            weights.remove(share)
            shareOfBlock[shares[Int(share)].block] = nil
            freeShares.append(share)
            return
        }
        weights.set(
            share,
            to: SlotHeap.Priority(
                major: .max - UInt64(shares[Int(share)].weight),
                minor: shares[Int(share)].arrival))
    }

    private mutating func link(_ place: Int32) {
        let share = Int(entries[Int(place)].share)
        let newest = shares[share].newest
        entries[Int(place)].newer = Self.none
        entries[Int(place)].older = newest
        if newest == Self.none {
            shares[share].oldest = place
        } else {
            entries[Int(newest)].newer = place
        }
        shares[share].newest = place
    }

    private mutating func unlink(_ place: Int32) {
        let (entry, share) = (entries[Int(place)], Int(entries[Int(place)].share))
        if entry.newer == Self.none {
            shares[share].newest = entry.older
        } else {
            entries[Int(entry.newer)].older = entry.older
        }
        if entry.older == Self.none {
            shares[share].oldest = entry.newer
        } else {
            entries[Int(entry.older)].newer = entry.newer
        }
    }
}
