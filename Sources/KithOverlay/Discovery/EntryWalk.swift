import KithWire

/// Where one index entry, or its tombstone, goes: down the tree of shards as far as it must.
///
/// A value that decides and never sends. An entry goes to the first location on its author's way
/// that is not full, or at which it stands already, so that renewing moves nobody. A tombstone
/// goes wherever the entry may stand: to the depths that are known, or, when that is not known,
/// to each on the way down to the first location that is not full.
struct EntryWalk {
    /// What is written.
    enum Aim: Equatable {
        /// The entry.
        case standing
        /// Its tombstone; whether the depths at which the entry stands are known for sure.
        case gone(isSure: Bool)
    }

    /// What the caller must do now.
    enum Step {
        /// Store here.
        case place
        /// Look here once more: the location may have filled up since it was looked at.
        case again
        /// Call ``deepen()``, sign for that depth, and look again.
        case deeper
        case done
    }

    /// The string it stands under.
    let target: IndexTarget
    /// The day it is for.
    let day: UInt32
    /// When it expires.
    let expires: UnixTime
    /// What is written.
    let aim: Aim
    /// Depths at which replicas took the entry before.
    let known: Depths
    /// Where the walk is.
    private(set) var depth: Int
    /// Whether a majority took it; of several tombstones, each.
    private(set) var isStored = false
    private var isFull = false
    private var lookedAgain = false
    private var isFirst = true

    /// A walk that begins.
    init(target: IndexTarget, day: UInt32, expires: UnixTime, aim: Aim, known: Depths) {
        self.target = target
        self.day = day
        self.expires = expires
        self.known = known
        // A tombstone for what was never stored anywhere has to search.
        let isSure = aim == .gone(isSure: true) && !known.isEmpty
        self.aim = aim == .standing ? .standing : .gone(isSure: isSure)
        depth = isSure ? known.next(from: 0) ?? 0 : 0
    }

    /// Whether a location that is known to be full need not even be looked at.
    var passesFull: Bool { aim == .standing && depth < Shard.depthMax && !known.contains(depth) }

    /// Takes what the storers of the location at ``depth`` say.
    ///
    /// - Parameter showsOurs: whether one of them shows an entry of this author.
    mutating func found(isFull: Bool, showsOurs: Bool) -> Step {
        self.isFull = isFull
        return isFull && passesFull && !showsOurs ? .deeper : .place
    }

    /// Takes whether a majority acknowledged at ``depth``.
    mutating func placed(isStored: Bool) -> Step {
        switch aim {
        case .standing:
            self.isStored = isStored
            guard !isStored, depth < Shard.depthMax else { return .done }
            // Who has no room in a full location may still find some below.
            if isFull { return .deeper }
            defer { lookedAgain = true }
            return lookedAgain ? .done : .again
        case .gone(let isSure):
            self.isStored = isStored && (isFirst || self.isStored)
            isFirst = false
            let isKnownBelow = known.next(from: depth + 1) != nil
            return isKnownBelow || !isSure && isFull && depth < Shard.depthMax ? .deeper : .done
        }
    }

    /// Goes to the next depth.
    mutating func deepen() {
        precondition(depth < Shard.depthMax, "nothing is below depth \(depth)")
        let below = aim == .gone(isSure: true) ? known.next(from: depth + 1) : nil
        depth = below ?? depth + 1
        isFull = false
        lookedAgain = false
    }
}

/// A set of depths of the tree of shards.
struct Depths: Equatable, Sendable {
    private var bits: UInt8 = 0

    /// Whether there are none.
    var isEmpty: Bool { bits == 0 }

    /// Whether `depth` is one of them.
    func contains(_ depth: Int) -> Bool { bits >> depth & 1 == 1 }

    /// Adds one.
    mutating func insert(_ depth: Int) { bits |= 1 << depth }

    /// The least of them that is not less than `depth`.
    func next(from depth: Int) -> Int? {
        (0...Shard.depthMax).first { $0 >= depth && contains($0) }
    }
}

/// At which depths an entry of ours stands on one day.
struct EntryPlace: Sendable {
    let target: IndexTarget
    let day: UInt32
    var depths = Depths()
}
