import KithWire

/// Sessions in the order of their last use, shared out by block of addresses.
///
/// Says at once which session of a block was silent longest, and which block has most. A change
/// costs O(1), and O(log n) in the number of blocks for the order of their sizes. Holds handles
/// only, and nothing here walks all of them.
struct SessionShares {
    private struct Entry {
        var session: UInt32
        var share: Int32
        var newer = SessionShares.none
        var older = SessionShares.none
    }

    /// What one block of addresses has.
    private struct Share {
        let block: Address.Block
        /// When it came, for a stable order among equals.
        let arrival: UInt64
        var count = 0
        var newest = SessionShares.none
        var oldest = SessionShares.none
    }

    private static let none: Int32 = -1

    /// How many sessions there are.
    private(set) var count = 0
    private var entries: [Entry] = []
    private var freeEntries: [Int32] = []
    private var shares: [Share] = []
    private var freeShares: [Int32] = []
    private var shareOfBlock: [Address.Block: Int32] = [:]
    private var sizes = SlotHeap()
    private var arrivals: UInt64 = 0

    /// How many blocks of addresses have a session.
    var blocks: Int { shareOfBlock.count }

    /// How many sessions a block has.
    func count(of block: Address.Block) -> Int {
        shareOfBlock[block].map { shares[Int($0)].count } ?? 0
    }

    /// The session of `block` that was silent longest.
    func oldest(of block: Address.Block) -> UInt32? {
        shareOfBlock[block].map { oldest(of: $0) }
    }

    /// The session that was silent longest, of the block with most; among equal blocks of the
    /// one that came first.
    var oldestOfBiggest: UInt32? {
        sizes.first.map { oldest(of: $0.slot) }
    }

    /// Adds a session as the one used last.
    ///
    /// - Returns: its place, to name it later.
    mutating func add(_ session: UInt32, of block: Address.Block) -> Int32 {
        let share = share(of: block)
        let entry = Entry(session: session, share: share)
        let place: Int32
        if let free = freeEntries.popLast() {
            place = free
            entries[Int(free)] = entry
        } else {
            place = Int32(entries.count)
            entries.append(entry)
        }
        link(place)
        resize(share, by: 1)
        return place
    }

    /// Takes note that the session at `place` was used just now.
    mutating func touch(_ place: Int32) {
        guard shares[Int(entries[Int(place)].share)].newest != place else { return }
        unlink(place)
        link(place)
    }

    /// Removes the session at `place`.
    mutating func remove(_ place: Int32) {
        unlink(place)
        freeEntries.append(place)
        resize(entries[Int(place)].share, by: -1)
    }

    private func oldest(of share: Int32) -> UInt32 {
        entries[Int(shares[Int(share)].oldest)].session
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

    /// Changes how much a block has; one that has nothing is forgotten.
    private mutating func resize(_ share: Int32, by step: Int) {
        count += step
        shares[Int(share)].count += step
        let size = shares[Int(share)].count
        guard size > 0 else {
            sizes.remove(share)
            shareOfBlock[shares[Int(share)].block] = nil
            freeShares.append(share)
            return
        }
        sizes.set(
            share,
            to: SlotHeap.Priority(
                major: .max - UInt64(size), minor: shares[Int(share)].arrival))
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
