import KithCrypto
import KithWire

/// Publishes or withdraws one profile: first the profile itself, then its index entries, each
/// down the shards as far as its ``EntryWalk`` says.
///
/// A value that decides what to place next and remembers how each placement ended. The profile
/// decides success; entries that missed their majority are counted and tried at the next publish.
struct Publication {
    /// What the caller must do now.
    enum Step {
        case place(Int)
        case wait
        case finished
    }

    private enum State {
        case fresh
        case placing
        case done(isStored: Bool)
    }

    /// The records: the profile first, then entries, the most telling first; an entry that has to
    /// go deeper is signed anew.
    private(set) var records: [Record]
    /// Where each entry goes; the first belongs to the second record.
    private(set) var walks: [EntryWalk]
    let started: Instant
    private var states: [State]
    /// Receipts for the profile.
    private(set) var receipts: [Receipt] = []
    /// Whether replicas of the profile stand beyond nodes that did not take it.
    private(set) var isAstray = false
    /// Replicas wanted for the profile: three, more where somebody seems to have settled.
    private var wanted: Int?
    /// Who promised to keep what.
    private(set) var holdings: [Holding] = []

    /// A publication of `records`, of which the first is the profile.
    init(records: [Record], walks: [EntryWalk], started: Instant) {
        precondition(records.count == walks.count + 1, "\(records.count) records")
        self.records = records
        self.walks = walks
        self.started = started
        self.states = Array(repeating: .fresh, count: records.count)
    }

    /// The next record to place; entries follow once the profile is stored.
    mutating func next(concurrency: Int) -> Step {
        if case .fresh = states[0] {
            states[0] = .placing
            return .place(0)
        }
        guard case .done = states[0] else { return .wait }
        var placing = 0
        var fresh: Int?
        for index in states.indices {
            switch states[index] {
            case .fresh: fresh = fresh ?? index
            case .placing: placing += 1
            case .done: break
            }
        }
        if let fresh, placing < concurrency {
            states[fresh] = .placing
            return .place(fresh)
        }
        return placing > 0 ? .wait : .finished
    }

    /// Takes what the storers at the location of record `index` say.
    mutating func found(_ index: Int, isFull: Bool, showsOurs: Bool) -> EntryWalk.Step {
        index == 0 ? .place : walks[index - 1].found(isFull: isFull, showsOurs: showsOurs)
    }

    /// Goes one step deeper with entry `index`; ``sign(_:again:)`` follows.
    mutating func deepen(_ index: Int) -> EntryWalk {
        walks[index - 1].deepen()
        return walks[index - 1]
    }

    /// Takes entry `index` as it is signed for the depth that its walk has reached.
    mutating func sign(_ index: Int, again record: Record) {
        records[index] = record
    }

    /// Records how the placement of record `index` ended; an entry may go on deeper.
    ///
    /// - Parameter placement: nil when it could not begin.
    mutating func placed(_ index: Int, by placement: Placement?) -> EntryWalk.Step {
        let isStored = placement?.succeeded ?? false
        let step = index == 0 ? .done : walks[index - 1].placed(isStored: isStored)
        if step == .done {
            states[index] = .done(isStored: index == 0 ? isStored : walks[index - 1].isStored)
        }
        guard let placement, isStored || step == .done else { return step }
        holdings.append(
            Holding(
                location: records[index].location, sequence: records[index].sequence,
                holders: placement.holders))
        if index == 0 {
            receipts = placement.receipts
            isAstray = placement.isAstray
            wanted = placement.wanted
        }
        return step
    }

    /// Records how the placement of record `index` ended that an exit made for us.
    mutating func placed(_ index: Int, by promised: [Receipt], quorum: Int) -> EntryWalk.Step {
        let isStored = promised.count >= quorum
        let step = index == 0 ? .done : walks[index - 1].placed(isStored: isStored)
        if step == .done {
            states[index] = .done(isStored: index == 0 ? isStored : walks[index - 1].isStored)
        }
        if index == 0 { receipts = promised }
        return step
    }

    /// Gives up on record `index`, which could not be signed.
    mutating func abandon(_ index: Int) {
        states[index] = .done(isStored: false)
    }

    /// Records placed so far, of all.
    var progress: Progress {
        var done = 0
        for state in states {
            if case .done = state { done += 1 }
        }
        return Progress(done: done, of: states.count)
    }

    /// What to tell the person.
    func report(network: Network, at now: Instant) -> PublishReport {
        let wanted = wanted ?? network.replication
        var entries = 0
        for state in states.dropFirst() {
            if case .done(true) = state { entries += 1 }
        }
        return PublishReport(
            location: records[0].location, stored: receipts.count, wanted: wanted,
            quorum: wanted / 2 + 1, entries: entries, entriesWanted: records.count - 1,
            receipts: receipts, sequence: records[0].sequence, expires: records[0].expires,
            duration: now - started)
    }
}

extension Publication {
    /// The locations of an index string on the days it must be found.
    ///
    /// Today always; tomorrow within `lead` of midnight, so that nobody vanishes when the day
    /// turns; yesterday within `grace` after it, for withdrawing what still stands there.
    static func days(
        at now: UnixTime, lead: Duration, grace: Duration, withdrawing: Bool
    ) -> [UInt32] {
        var days = [now.day]
        if (now + lead).day != now.day { days.append(now.day + 1) }
        if withdrawing, (now - grace).day != now.day { days.append(now.day - 1) }
        return days
    }
}
