import KithCrypto
import KithWire

// Reading the tree of shards: which location is next, and when to look below a full one.
extension Search {
    /// One index location to read, page by page.
    struct Term {
        let kind: Record.Kind
        let token: String
        let day: UInt32
        /// Which part of the token's entries; 0 is where everybody begins.
        let shard: UInt16
        let location: Location
        var state = State.fresh
        /// Where the page starts that is read next.
        var read = 0
        /// Pages read so far.
        var pages = 0
        /// Shards below, in the order in which they are read; nil unless this location is full.
        private var children: [UInt16]?
        /// How many of them are terms by now.
        private(set) var opened = 0

        enum State: Equatable {
            case fresh
            case reading
            case done
        }

        init(kind: Record.Kind, token: String, day: UInt32, shard: UInt16) {
            self.kind = kind
            self.token = token
            self.day = day
            self.shard = shard
            location = Record.sharedLocation(kind, token: token, day: day, shard: shard)
        }

        /// Whether its storers say that more entries stand in shards below.
        var isFull: Bool { children != nil }

        /// How many shards below are not terms yet.
        var unopened: Int { (children?.count ?? 0) - opened }

        /// Takes note that the location is full; `salt` decides the order of what is below.
        mutating func hold(children salt: UInt64) {
            var entropy = Entropy(seed: salt ^ UInt64(shard))
            var shards = Array(Shard.children(of: shard))
            entropy.shuffle(&shards)
            children = shards
        }

        /// The next location below, which the caller adds to the search.
        mutating func open() -> Term? {
            guard let children, opened < children.count else { return nil }
            opened += 1
            return Term(kind: kind, token: token, day: day, shard: children[opened - 1])
        }
    }

    /// Whether there are shards that were not read.
    var hasUnreadShards: Bool { terms.contains { $0.unopened > 0 } }

    /// The term whose next page is read next: of all with the fewest pages read the first, so
    /// that a crowded location does not use up what is to be read of the others.
    func nextTerm() -> Int? {
        var best: Int?
        for index in terms.indices where terms[index].state == .fresh {
            guard let held = best else {
                best = index
                continue
            }
            if terms[index].pages < terms[held].pages { best = index }
        }
        return best
    }

    /// Opens up to four shards below a full location, when what was read is not enough.
    ///
    /// - Returns: whether there is more to read now.
    mutating func descend() -> Bool {
        let enough = max(2 * hits.limit, settings.candidatesEnough)
        guard !hits.isFull, promising < enough else { return false }
        var chosen: Int?
        for index in terms.indices where terms[index].unopened > 0 {
            guard let held = chosen else {
                chosen = index
                continue
            }
            if terms[index].opened < terms[held].opened { chosen = index }
        }
        guard let chosen else { return false }
        let before = shardsRead
        for _ in 0..<settings.shardsPerTurn where shardsRead < settings.shardsPerSearch {
            guard let term = terms[chosen].open() else { break }
            shardsRead += 1
            terms.append(term)
        }
        return shardsRead > before
    }
}
