import KithCrypto
import KithWire

/// One location to be given to one node that is new among its closest.
struct Errand {
    let location: Location
    let target: NodeRecord
    let address: Address
    /// Which of those who give the target this location we are, the closest being 0.
    let part: Int
    /// The token that the target gave; nil until it answered.
    var token: Bytes16?
    /// Authors whose records are still to be given, the next one last.
    var authors: [Ed25519.PublicKey] = []
    /// Whether these are all that the target lacks.
    var isWhole = true

    init(location: Location, target: NodeRecord, address: Address, part: Int) {
        self.location = location
        self.target = target
        self.address = address
        self.part = part
    }

    /// Chooses whose records are given, of those that the target lacks.
    ///
    /// All replicas order them alike, so that each of them gives another part.
    mutating func choose(among lacking: [Ed25519.PublicKey], limit: Int) {
        isWhole = lacking.count <= limit
        let ordered = lacking.sorted()
        guard !isWhole else {
            authors = ordered.reversed()
            return
        }
        let start = part * limit
        authors = (0..<limit).reversed().map { ordered[(start + $0) % ordered.count] }
    }
}

/// Walks over what is kept, again and again, and remembers which errands follow from it.
///
/// One mechanism for a newcomer that stands closer and for the next node that takes the place of
/// one that died: either way somebody is new among the nodes that are to keep a location.
struct Patrol {
    /// Where the walk goes on.
    private var next = 0
    /// When the walk that is under way began; the next begins ``Settings/Keeping/patrolInterval``
    /// later at the earliest.
    private var began = Instant.start
    private var queue: [Errand] = []
    private var taken = 0

    /// Errands that nobody runs yet.
    var waiting: Int { queue.count - taken }
    /// Errands in memory, those included that were taken.
    var remembered: Int { queue.count }

    /// The slots to look at now, at most `count`; empty while the walk rests.
    mutating func stride(
        over slots: Int, count: Int, every interval: Duration, at now: Instant
    ) -> Range<Int> {
        if next >= slots {
            guard now - began >= interval else { return 0..<0 }
            next = 0
        }
        if next == 0 { began = now }
        let range = next..<min(slots, next + count)
        next = range.upperBound
        return range
    }

    /// Plans an errand.
    ///
    /// - Returns: false when `limit` of them wait already.
    mutating func add(_ errand: Errand, limit: Int) -> Bool {
        guard waiting < limit else { return false }
        queue.append(errand)
        return true
    }

    /// The errand that waits longest.
    mutating func take() -> Errand? {
        guard taken < queue.count else { return nil }
        let errand = queue[taken]
        taken += 1
        // Half of the room at the most is taken up by what is done.
        if taken * 2 >= queue.count {
            queue.removeFirst(taken)
            taken = 0
        }
        return errand
    }
}
