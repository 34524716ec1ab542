import KithCrypto
import KithWire

/// A lookup on its way, with what the nodes answered and who waits for it.
struct LookupRun {
    /// What the end of a lookup is for.
    enum Owner {
        /// Finding ourselves while joining.
        case joining
        /// Keeping a bucket fresh.
        case refresh
        /// A person's `lookup`.
        case lookup(OperationID)
        /// A person's `get`.
        case get(OperationID)
        /// Finding the replicas for record `index` of a publication.
        case placing(publication: UInt32, index: Int)
        /// Reading the index location of a search's term.
        case term(search: UInt32, index: Int)
        /// Fetching a candidate's profile for a search.
        case profile(search: UInt32, author: Ed25519.PublicKey)
        /// Finding the honest nodes around a location that looks settled.
        case region(UInt32)
        /// Reading a card, a letter or a request.
        case contacts(Correspondence.Matter)
        /// Looking for relays; paths use at most one hop of each such lookup.
        case sampling(UInt32)
        /// What somebody asked through the mix.
        case exit(UInt32)
    }

    /// What one node said about the location.
    struct Answer {
        let node: NodeRecord
        let address: Address
        let token: Bytes16?
        let records: [Record]
        let total: Int
        /// How busy the node says it is, 0…100.
        let load: UInt8
        /// What it signed about a location that is nearly full; not verified.
        let full: Message.Full?
    }

    var lookup: Lookup
    let owner: Owner
    let target: Location
    let request: Request
    /// When it began; where it goes on over a region, when the first lookup began.
    var started: Instant
    var answers: [Answer] = []
    var steps: [LookupReport.Step] = []
    var requests = 0
    var failures = 0
    /// Whether it already reaches over the region of its target; see ``Widening``.
    var isWidened = false

    /// The record with the highest sequence that anybody gave for the target; not verified.
    var newest: Record? {
        var newest: Record?
        for answer in answers {
            for record in answer.records where record.location == target {
                if record.sequence > newest?.sequence ?? 0 { newest = record }
            }
        }
        return newest
    }

    /// Whether this finds where a profile, or its tombstone, goes.
    var placesProfile: Bool {
        if case .placing(_, index: 0) = owner { true } else { false }
    }

    /// Whether this reads a person's location and nobody gave a valid record of it.
    func missesRecord(network: Network, at now: UnixTime) -> Bool {
        switch owner {
        case .get, .profile: break
        // A card or letter is often not there: it is looked for on three days.
        case .joining, .refresh, .lookup, .placing, .term, .region, .contacts, .sampling, .exit:
            return false
        }
        for answer in answers {
            for record in answer.records where record.location == target {
                do {
                    try record.verify(network: network, now: now)
                    return false
                } catch {
                    continue
                }
            }
        }
        return true
    }

    /// How many nodes gave exactly this record.
    func holders(of record: Record) -> Int {
        answers.count { $0.records.contains(record) }
    }
}

/// A read or write whose target looks settled, while its region is being looked up.
struct Widening {
    let owner: LookupRun.Owner
    let target: Location
    let request: Request
    /// Nodes of the region found so far.
    var found: [NodeRecord]
    /// Lookups of the region on their way.
    var open: Int
    /// When the first lookup began.
    let started: Instant
    var requests: Int
    var failures: Int
    var steps: [LookupReport.Step]
}

/// A placement on its way, and whose it is.
struct PlacementRun {
    var placement: Placement
    let publication: UInt32
    let index: Int
    /// Whether the publication knows how it ended; spares follow after that.
    var isReported = false
}

/// A publication on its way.
struct PublicationRun {
    var publication: Publication
    /// The operation that waits for it; nil when the node publishes again by itself, and when
    /// nobody waits any more.
    var operation: OperationID?
    let withdrawing: Bool
    /// Whether this is the try after a newer sequence was seen.
    let isSecond: Bool
    /// The author's interests, for storers to rank by.
    let digest: [UInt8]
    /// A newer sequence of the profile that a replica holds.
    var newer: UInt64?
    /// What it is of the person's correspondence; nil for a profile with its entries.
    var matter: Correspondence.Matter?
    /// Whether its records are written through the mix.
    var isMixed = false
    /// The errand of somebody, when we are the exit of a mixed write.
    var errand: UInt32?
}

/// A search on its way.
struct SearchRun {
    var search: Search
    let operation: OperationID
    let key: QueryCache.Key
    /// Contacts' nodes that have not answered yet.
    var asks = 0
    /// How the network is asked.
    var isMixed = false
    /// Reads that came to nothing in the mix, and why the last one did.
    var mixFailures = 0
    var mixError: MixError?
}

/// What an operation of a person is waiting for.
enum Running {
    case ping(call: UInt32)
    case lookup(UInt32)
    case publication(UInt32)
    case search(UInt32)
    case reading
    case presenting
    case mixing
    case scanning
}

/// What the node keeps published, or keeps withdrawn.
struct Standing {
    /// Which of both.
    enum Aim: Equatable {
        case published
        /// Tombstones are renewed until then: what they cover has expired by that time, and
        /// before it could come back with a replica that was away.
        case withdrawn(until: UnixTime)
    }

    var profile: Profile
    /// How it is written.
    var via = Via.direct
    var aim = Aim.published
    /// Whether a majority has taken what was said last; a withdrawal that missed it goes on
    /// being tried.
    var isConfirmed = false
    /// Index entries of earlier profiles that are to be withdrawn.
    var stale: [IndexTarget] = []
    /// Where entries stand, as far as this process put them there; bounded by the entries of a
    /// profile and of the days around today.
    var places: [EntryPlace] = []
    /// The last day of which an earlier process may have put entries elsewhere.
    var unsureUntil: UInt32 = 0
    var sequence: UInt64
    var replicas: Int
    var next: Instant
    /// Publications in a row whose replicas stood beyond nodes that did not take the profile.
    var timesAstray = 0
    /// Who promised to keep what, for ``Node/audit(at:_:)``.
    var holdings: [Holding] = []

    var isWithdrawn: Bool { aim != .published }

    /// The depths at which an entry stands.
    func depths(of target: IndexTarget, on day: UInt32) -> Depths {
        places.first { $0.day == day && $0.target == target }?.depths ?? Depths()
    }

    /// Remembers that replicas took the entry of `walk` where it is now.
    mutating func note(_ walk: EntryWalk) {
        if let index = places.firstIndex(where: {
            $0.day == walk.day && $0.target == walk.target
        }) {
            places[index].depths.insert(walk.depth)
            return
        }
        var place = EntryPlace(target: walk.target, day: walk.day)
        place.depths.insert(walk.depth)
        places.append(place)
    }

    /// Forgets where entries of days before the one before `day` stood, which have expired.
    mutating func forgetPlaces(before day: UInt32) {
        places.removeAll { $0.day + 1 < day }
    }
}

/// One record of a publication and the nodes whose receipts we hold.
struct Holding {
    let location: Location
    let sequence: UInt64
    var holders: [Placement.Candidate]
}

/// How joining goes.
struct Joining {
    var phase = Status.Phase.idle
    var seeds: [NodeRecord] = []
    /// Seeds asked and not yet heard of.
    var open = 0
    var asked = 0
    /// Lookups of ourselves on their way.
    var lookups = 0
    /// When to try again, if that is planned.
    var nextTry = Instant.never
    /// When a seed that is no neighbour is asked next.
    var nextReunion = Instant.never
    /// The pause before the next attempt; doubles while alone.
    var pause: Duration
    /// The pause before the next look around; doubles while there are few neighbours.
    var sparsePause: Duration = .zero

    init(pause: Duration) {
        self.pause = pause
    }
}

extension LookupRun.Owner {
    /// Disjoint paths: what a liar may hide or misplace is worth several, what only fills a table
    /// is not.
    func paths(_ settings: Settings.Lookups) -> Int {
        switch self {
        case .lookup, .get, .profile, .term, .contacts, .exit: settings.pathsOfReads
        case .placing: settings.pathsOfWrites
        case .joining, .refresh, .region, .sampling: 1
        }
    }
}
