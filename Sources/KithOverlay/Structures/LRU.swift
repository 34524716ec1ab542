/// A bounded cache that forgets what was used longest ago; each entry may also expire.
///
/// A dictionary finds entries, a list through an array keeps their order of use. The dictionary
/// is never iterated, so equal inputs give equal results in every process.
struct LRU<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var value: Value
        var expires: Instant
        var newer: Int32
        var older: Int32
    }

    private static var none: Int32 { -1 }

    /// The most entries it ever holds.
    let capacity: Int

    private var places: [Key: Int32] = [:]
    private var entries: [Entry] = []
    private var newest = Self.none
    private var oldest = Self.none

    /// An empty cache of at most `capacity` entries (1…2^31 - 1).
    init(capacity: Int) {
        precondition(capacity > 0 && capacity <= Int(Int32.max), "a cache of \(capacity)")
        self.capacity = capacity
    }

    /// How many entries it holds, expired ones that nobody asked for included.
    var count: Int { entries.count }

    /// The value of `key`, which becomes the most recently used; nil when missing or expired.
    ///
    /// An expired entry is removed. Complexity: O(1).
    mutating func value(for key: Key, at now: Instant) -> Value? {
        guard let place = places[key] else { return nil }
        guard entries[Int(place)].expires > now else {
            removeEntry(at: place)
            return nil
        }
        makeNewest(place)
        return entries[Int(place)].value
    }

    /// The value of `key` without counting as a use; nil when missing or expired.
    func peek(_ key: Key, at now: Instant) -> Value? {
        guard let place = places[key], entries[Int(place)].expires > now else { return nil }
        return entries[Int(place)].value
    }

    /// Sets the value of `key`, which becomes the most recently used.
    ///
    /// - Returns: the entry that was forgotten to make room, if one was; a replaced value of the
    ///   same key is not returned. Complexity: O(1).
    @discardableResult
    mutating func insert(
        _ value: Value, for key: Key, expires: Instant = .never
    ) -> (key: Key, value: Value)? {
        if let place = places[key] {
            entries[Int(place)].value = value
            entries[Int(place)].expires = expires
            makeNewest(place)
            return nil
        }
        let entry = Entry(
            key: key, value: value, expires: expires, newer: Self.none, older: Self.none)
        guard entries.count == capacity else {
            entries.append(entry)
            places[key] = Int32(entries.count - 1)
            linkNewest(Int32(entries.count - 1))
            return nil
        }
        let place = oldest
        let evicted = entries[Int(place)]
        unlink(place)
        places[evicted.key] = nil
        entries[Int(place)] = entry
        places[key] = place
        linkNewest(place)
        return (evicted.key, evicted.value)
    }

    /// Removes `key`.
    ///
    /// Complexity: O(1).
    ///
    /// - Returns: its value, expired or not; nil when it was missing.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        let value = entries[Int(place)].value
        removeEntry(at: place)
        return value
    }

    /// Removes the entry used longest ago.
    @discardableResult
    mutating func removeOldest() -> (key: Key, value: Value)? {
        guard oldest != Self.none else { return nil }
        let entry = entries[Int(oldest)]
        removeEntry(at: oldest)
        return (entry.key, entry.value)
    }

    /// Removes every entry that expired at `now` or before.
    ///
    /// Complexity: O(``count``).
    mutating func removeExpired(at now: Instant) {
        var place = oldest
        while place != Self.none {
            let newer = entries[Int(place)].newer
            // Removing moves the last entry into the gap; follow it if it is the next one.
            let moved = Int32(entries.count - 1)
            if entries[Int(place)].expires <= now {
                removeEntry(at: place)
                place = newer == moved ? place : newer
            } else {
                place = newer
            }
        }
    }

    /// Forgets everything.
    mutating func removeAll() {
        places.removeAll()
        entries.removeAll()
        newest = Self.none
        oldest = Self.none
    }

    /// Visits every entry that has not expired, the most recently used first.
    func forEach(at now: Instant, _ body: (Key, Value) -> Void) {
        var place = newest
        while place != Self.none {
            let entry = entries[Int(place)]
            if entry.expires > now { body(entry.key, entry.value) }
            place = entry.older
        }
    }

    private mutating func makeNewest(_ place: Int32) {
        guard place != newest else { return }
        unlink(place)
        linkNewest(place)
    }

    private mutating func linkNewest(_ place: Int32) {
        entries[Int(place)].newer = Self.none
        entries[Int(place)].older = newest
        if newest != Self.none { entries[Int(newest)].newer = place }
        newest = place
        if oldest == Self.none { oldest = place }
    }

    private mutating func unlink(_ place: Int32) {
        let (newer, older) = (entries[Int(place)].newer, entries[Int(place)].older)
        if newer == Self.none { newest = older } else { entries[Int(newer)].older = older }
        if older == Self.none { oldest = newer } else { entries[Int(older)].newer = newer }
    }

    /// Removes one entry and moves the last one into its place, so that the array has no gaps.
    private mutating func removeEntry(at place: Int32) {
        unlink(place)
        places[entries[Int(place)].key] = nil
        let last = Int32(entries.count - 1)
        let moved = entries.removeLast()
        guard place != last else { return }
        entries[Int(place)] = moved
        places[moved.key] = place
        if moved.newer == Self.none {
            newest = place
        } else {
            entries[Int(moved.newer)].older = place
        }
        if moved.older == Self.none {
            oldest = place
        } else {
            entries[Int(moved.older)].newer = place
        }
    }
}
