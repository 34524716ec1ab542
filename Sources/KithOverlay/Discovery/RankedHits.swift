import KithCrypto

/// The best hits of a search so far, best first, one per person.
struct RankedHits {
    /// Hits shown unless the person says otherwise.
    static let limitDefault = 20
    /// The most anybody may ask for: each hit was fetched with a lookup of its own.
    static let limitMax = 1_000

    /// How many are kept, 1…``limitMax``.
    let limit: Int
    private var hits: [Hit] = []
    private var keys: [Ranking.Key] = []

    /// An empty list of at most `limit` hits; clamped to 1…``limitMax``.
    init(limit: Int = limitDefault) {
        self.limit = min(max(limit, 1), Self.limitMax)
    }

    /// How many there are.
    var count: Int { hits.count }

    /// Whether there are none.
    var isEmpty: Bool { hits.isEmpty }

    /// Whether there are as many as were asked for.
    var isFull: Bool { hits.count >= limit }

    /// The hits, best first, with look-alikes marked.
    var ranked: [Hit] {
        Ranking.markLookAlikes(hits)
    }

    /// The hit of a person, as it is shown.
    subscript(identity: Ed25519.PublicKey) -> Hit? {
        hits.first { $0.identity == identity }
    }

    /// Takes a hit.
    ///
    /// Of one person the layer that is asked first wins, since a card says more than what everybody
    /// sees; in one layer the higher sequence, then the better score.
    ///
    /// - Returns: whether the hit is in the list now and was not before.
    mutating func insert(_ hit: Hit) -> Bool {
        var hit = hit
        if let held = hits.firstIndex(where: { $0.identity == hit.identity }) {
            guard let better = Self.better(hit, than: hits[held]) else { return false }
            hit = better
            take(held)
        }
        let key = Ranking.Key(hit)
        let place = position(of: key)
        guard place < limit else { return false }
        hits.insert(hit, at: place)
        keys.insert(key, at: place)
        if hits.count > limit { take(limit) }
        return true
    }

    /// What to show in place of `old`; nil when it stays.
    private static func better(_ hit: Hit, than old: Hit) -> Hit? {
        if hit.source == old.source {
            let isBetter =
                hit.sequence > old.sequence
                || hit.sequence == old.sequence && hit.score > old.score
            return isBetter ? hit : nil
        }
        // The book may know no more than the name of a contact.
        if old.source == .contacts, old.sequence == 0 {
            var hit = hit
            hit.source = .contacts
            return hit
        }
        return hit.source < old.source ? hit : nil
    }

    /// Removes a person who withdrew or no longer fits, unless the hit is newer than `sequence`.
    mutating func remove(_ identity: Ed25519.PublicKey, asOf sequence: UInt64) {
        if let held = hits.firstIndex(where: {
            $0.identity == identity && $0.sequence <= sequence
        }) {
            take(held)
        }
    }

    private mutating func take(_ index: Int) {
        hits.remove(at: index)
        keys.remove(at: index)
    }

    /// Where a hit with `key` belongs, by halving.
    private func position(of key: Ranking.Key) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
