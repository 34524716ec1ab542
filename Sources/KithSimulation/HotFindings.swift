import KithCrypto
import KithOverlay
import KithWire

/// What a ``HotExperiment`` measured.
public struct HotFindings: Sendable {
    /// Machines that joined.
    public internal(set) var joined = 0
    /// People whose profile reached a majority.
    public internal(set) var published = 0
    /// Entries that reached a majority; two are wanted of each person.
    public internal(set) var entries = Tally()
    /// Searches by the popular interest: as many hits as wanted, all of them people who have it.
    public internal(set) var hot = Tally()
    /// Searches by the popular interest and one that a single person has: that person first.
    public internal(set) var hotAndRare = Tally()
    /// Searches by what a single person has: that person and nobody else.
    public internal(set) var rare = Tally()
    /// Searches that said there may be more.
    public internal(set) var partial = 0
    /// What replicas hold.
    public internal(set) var census = HotCensus()
    /// How much virtual time passed.
    public internal(set) var virtualTime: Duration = .zero
    /// Datagrams delivered.
    public internal(set) var delivered: UInt64 = 0
    /// What should never have happened.
    public internal(set) var violations: [Violation] = []
    /// The hash of every delivery and event.
    public internal(set) var trace = ""
}

/// What all replicas together hold of the popular interest, and how full they are.
public struct HotCensus: Sendable {
    /// People who have an entry at each depth.
    public internal(set) var people = [0, 0, 0, 0]
    /// Shards of each depth that hold an entry.
    public internal(set) var shards = [0, 0, 0, 0]
    /// The most records at one location of one replica.
    public internal(set) var locationRecords = 0
    /// The bound of ``locationRecords``.
    public internal(set) var locationRecordsMax = 0
    /// The most records of one /24 at one location of one replica.
    public internal(set) var blockRecords = 0
    /// The bound of ``blockRecords``: that of a block with a replica which hands over.
    public internal(set) var blockRecordsMax = 0
    /// Bytes that the fullest replica is charged with.
    public internal(set) var bytes = 0
    /// The bound of ``bytes``.
    public internal(set) var bytesMax = 0

    /// Whether no replica holds more than it may.
    public var isWithinBounds: Bool {
        locationRecords <= locationRecordsMax && blockRecords <= blockRecordsMax
            && bytes <= bytesMax
    }
}

extension HotFindings {
    /// From which share on a popular interest stays searchable: the same as of any FIND.
    static let wantedShare = 0.99

    /// The goals of a run of `plan`, and what was measured of them.
    ///
    /// Shares are of all that was to be done: a search that did not end counts as a failed one.
    /// Entries are those of people who were published.
    public func goals(of plan: HotPlan) -> [Goal] {
        let searches = plan.searchesOfEachKind
        return [
            Self.goal("people published", published, of: plan.owners),
            Self.goal("entries placed", entries.succeeded, of: entries.tried),
            Self.goal("found by the popular interest", hot.succeeded, of: searches),
            Self.goal("found by it and a rare one", hotAndRare.succeeded, of: searches),
            Self.goal("found by a rare one", rare.succeeded, of: searches),
            Self.bound(
                "records at one location", census.locationRecords, census.locationRecordsMax),
            Self.bound(
                "of those from one /24", census.blockRecords, census.blockRecordsMax),
            Self.bound("bytes of one replica", census.bytes, census.bytesMax),
            Self.bound("invariants violated", violations.count, 0),
        ]
    }

    private static func goal(_ name: String, _ count: Int, of all: Int) -> Goal {
        Goal(
            name, .share, .atLeast(wantedShare),
            measured: all == 0 ? nil : Double(count) / Double(all))
    }

    private static func bound(_ name: String, _ count: Int, _ most: Int) -> Goal {
        Goal(name, .count, .atMost(Double(most)), measured: Double(count))
    }
}

extension World {
    /// Looks at everything that every machine keeps.
    func census(of interest: String) -> HotCensus {
        var census = HotCensus()
        census.locationRecordsMax = settings.storage.locationRecordsMax
        // A block's writers bring 8. A replica of the same block may hand over until there are
        // 64, theirs among them; who brought a record is not kept, so this is what must hold.
        census.blockRecordsMax = max(
            settings.storage.locationBlockRecordsMax, settings.storage.locationReplicaRecordsMax)
        census.bytesMax = settings.storage.bytesMax
        var seen: Set<StoredRecord.Key> = []
        var shards: Set<Location> = []
        for machine in machines {
            census.bytes = max(census.bytes, status(of: machine)?.recordBytes ?? 0)
            var atLocation: [Location: Int] = [:]
            var ofBlock: [Location: [Address.Block: Int]] = [:]
            for stored in machine.stored {
                let location = stored.record.location
                atLocation[location, default: 0] += 1
                ofBlock[location, default: [:]][stored.source.block, default: 0] += 1
                census.locationRecords = max(census.locationRecords, atLocation[location] ?? 0)
                let block = ofBlock[location]?[stored.source.block] ?? 0
                census.blockRecords = max(census.blockRecords, block)
                guard let depth = depth(of: stored.record, under: interest) else { continue }
                if seen.insert(stored.key).inserted { census.people[depth] += 1 }
                if shards.insert(location).inserted { census.shards[depth] += 1 }
            }
        }
        return census
    }

    /// At which depth of an interest's shards an entry stands; nil for any other record.
    private func depth(of record: Record, under interest: String) -> Int? {
        guard record.kind == .interestEntry, let body = record.body,
            let entry = try? IndexEntry.decode(body.span.bytes)
        else { return nil }
        let location = Record.sharedLocation(
            .interestEntry, token: interest, day: entry.day, shard: entry.shard)
        return location == record.location ? Shard.depth(of: entry.shard) : nil
    }
}
