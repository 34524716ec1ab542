public import KithOverlay
import KithWire

/// What an experiment measured.
///
/// - A *lookup* is one machine's lookup of a random location. It succeeds when the three nodes
///   first found are the true closest three: of the machines that were members all the time from
///   its beginning to its end, and that asker and world let hear each other.
/// - A *store* is one person's publication. It succeeds when a majority acknowledged the profile
///   with valid receipts. Its latency ends there; the index entries follow.
/// - A *find* is the read of a published profile by a random other machine. It succeeds when it
///   shows the acknowledged version or a newer one.
/// - A *search* is for a published person's name, for the name with a letter left out, or for
///   three of the person's four interests, by a random other machine. It succeeds when the person is
///   among the first 20 hits in that version.
///
/// Finds and searches are only for people whose publication succeeded. An operation whose own
/// machine goes down does not count.
public struct Findings: Sendable {
    /// Lookups of random locations.
    public internal(set) var lookups = Tally()
    /// Share of the true closest 16 that each lookup found.
    public internal(set) var coverage = Samples()
    /// Publications.
    public internal(set) var stores = Tally()
    /// How long successful publications took with all index entries, in milliseconds.
    public internal(set) var wholeStores = Samples()
    /// Index entries that reached a majority; `tried` are those wanted.
    public internal(set) var entries = Tally()
    /// Reads of published profiles.
    public internal(set) var finds = Tally()
    /// Searches by name as it is.
    public internal(set) var names = Tally()
    /// Searches by a name with a letter left out.
    public internal(set) var misspelt = Tally()
    /// Searches by interests.
    public internal(set) var interests = Tally()
    /// Reads of everybody right after what went wrong.
    public internal(set) var soon = Tally()
    /// Reads of everybody after one interval of republishing.
    public internal(set) var later = Tally()
    /// Those of ``later`` whose owner is up.
    public internal(set) var laterOwned = Tally()
    /// Reads that showed an older version than was acknowledged when they began.
    public internal(set) var rolledBack = 0
    /// Share of liars among the neighbours of honest machines at the end, 0…1.
    public internal(set) var liarsKnown = 0.0
    /// Requests that liars lied to.
    public internal(set) var lies = 0
    /// Honest machines.
    public internal(set) var machines = 0
    /// What was drawn, in words; empty unless something was.
    public internal(set) var story = ""
    /// Machines that had joined when the network was complete.
    public internal(set) var joined = 0
    /// Machines that are up and joined at the end.
    public internal(set) var members = 0
    /// Operations that had not ended at the end, or whose machine went down.
    public internal(set) var unfinished = 0
    /// Counters of all nodes together.
    public internal(set) var counters = Counters()
    /// Datagrams delivered.
    public internal(set) var delivered: UInt64 = 0
    /// Datagrams lost.
    public internal(set) var lost: UInt64 = 0
    /// How much virtual time passed.
    public internal(set) var virtualTime: Duration = .zero
    /// What the first few operations that failed met, to replay them.
    public internal(set) var misses: [String] = []
    /// What should never have happened.
    public internal(set) var violations: [Violation] = []
    /// The hash of every delivery and event.
    public internal(set) var trace = ""

    /// All searches together.
    public var searches: Tally { names.adding(misspelt).adding(interests) }
}

extension Experiment {
    /// Counts one operation that ended.
    func judge(
        _ kind: Open, _ id: OperationID, _ result: Result<Outcome, OperationError>,
        on machine: Machine
    ) {
        switch kind {
        case .lookup(let since): judgeLookup(result, since: since, on: machine)
        case .publish(let person, let since):
            judgePublication(result, id, of: person, since: since, on: machine)
        case .read(let person, let wanted):
            judgeRead(result, of: person, wanted, on: machine, \.finds)
        case .reading(let person, let wanted, let isSecond):
            judgeRead(result, of: person, wanted, on: machine, isSecond ? \.later : \.soon)
            if isSecond, people[person].machine.isUp {
                judgeRead(result, of: person, wanted, on: machine, \.laterOwned)
            }
        case .name(let person): judge(result, of: person, on: machine, \.names)
        case .misspelt(let person): judge(result, of: person, on: machine, \.misspelt)
        case .interests(let person): judge(result, of: person, on: machine, \.interests)
        }
    }

    /// Misses that are described; the others are only counted.
    private static let missesMax = 20

    /// Keeps a line about an operation that failed: where the truth was at that moment.
    private func miss(
        _ what: String, on machine: Machine, of person: Int? = nil,
        _ result: Result<Outcome, OperationError>
    ) {
        guard findings.misses.count < Self.missesMax else { return }
        let seconds = (world.now - .start).wholeNanoseconds / 1_000_000_000
        var line = "\(what) by machine \(machine.number) at \(seconds) s, \(result.summary)"
        if let person {
            let owner = people[person].machine
            let location = Record.ownedLocation(.profile, author: owner.identity)
            let key = StoredRecord.Key(location: location, author: owner.identity)
            let closest = world.closest(8, to: location, for: machine, since: world.now)
            let held = closest.map { $0.stored(key) == nil ? "-" : "+" }.joined()
            line += ", of machine \(owner.number); the 8 closest hold it: \(held)"
        }
        findings.misses.append(line)
    }

    private func judgeLookup(
        _ result: Result<Outcome, OperationError>, since: Instant, on machine: Machine
    ) {
        guard case .success(.lookup(let report)) = result else {
            findings.lookups.count(false)
            miss("lookup failed", on: machine, result)
            return
        }
        let verdict = world.judge(report, by: machine, since: since)
        findings.coverage.add(verdict.coverage)
        guard verdict.isExact else {
            findings.lookups.count(false)
            miss("lookup: closest three are others", on: machine, result)
            return
        }
        findings.lookups.count(
            took: report.duration, hops: report.hops, requests: report.requests)
    }

    private func judgePublication(
        _ result: Result<Outcome, OperationError>, _ id: OperationID, of person: Int,
        since: Instant, on machine: Machine
    ) {
        guard case .success(.published(let report)) = result else {
            findings.stores.count(false)
            miss("store", on: machine, result)
            return
        }
        people[person].sequence = report.sequence
        let placed = machine.firstProgress[id] ?? world.now
        findings.stores.count(took: placed - since)
        findings.wholeStores.add(report.duration.seconds * 1_000)
        for entry in 0..<report.entriesWanted { findings.entries.count(entry < report.entries) }
    }

    private func judgeRead(
        _ result: Result<Outcome, OperationError>, of person: Int, _ wanted: UInt64,
        on machine: Machine, _ tally: WritableKeyPath<Findings, Tally>
    ) {
        guard case .success(.record(let record, let report)) = result, let record,
            record.sequence >= wanted
        else {
            if case .success(.record(.some, _)) = result { findings.rolledBack += 1 }
            findings[keyPath: tally].count(false)
            miss("find", on: machine, of: person, result)
            return
        }
        findings[keyPath: tally].count(
            took: report.duration, hops: report.hops, requests: report.requests)
    }

    private func judge(
        _ result: Result<Outcome, OperationError>, of person: Int, on machine: Machine,
        _ tally: WritableKeyPath<Findings, Tally>
    ) {
        let identity = people[person].machine.identity
        guard let wanted = people[person].sequence,
            case .success(.found(let hits, let report)) = result,
            hits.contains(where: { $0.identity == identity && $0.sequence >= wanted })
        else {
            findings[keyPath: tally].count(false)
            miss("search", on: machine, of: person, result)
            return
        }
        findings[keyPath: tally].count(took: report.duration, requests: report.requests)
    }
}

extension Result<Outcome, OperationError> {
    /// How an operation ended, in a few words.
    fileprivate var summary: String {
        switch self {
        case .failure(let error): "\(error)"
        case .success(.record(let record, let report)):
            "\(record == nil ? "nothing" : "a version") of \(report.closest.count) nodes, "
                + "\(report.requests) requests, \(report.failures) failed"
        case .success(.mixedRecord(let record, let report)):
            "\(record == nil ? "nothing" : "a version") by \(report.steps.count) paths"
        case .success(.lookup(let report)):
            "\(report.requests) requests, \(report.failures) failed"
        case .success(.found(let hits, let report)):
            "\(hits.count) hits, \(report.lookups) lookups, \(report.dropped) dropped"
        case .success(.published(let report)), .success(.unpublished(let report)):
            "\(report.stored) stored"
        case .success(.ping): "answered"
        case .success(.card(let report)): report.card == nil ? "no card" : "a card"
        case .success(.presented(let report)): "\(report.cards) of \(report.cardsWanted) cards"
        case .success(.seen(let report)):
            "\(report.published == nil ? "nothing" : "a profile") published, "
                + "\(report.card == nil ? "no card" : "a card")"
        case .success(.contactsChanged): "done"
        case .success(.nearby(let bystanders, _)): "\(bystanders.count) near"
        }
    }
}
