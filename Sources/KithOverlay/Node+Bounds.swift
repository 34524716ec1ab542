import KithWire

// What a checker asks of a node.
extension Node {
    /// The first collection found to hold more than its bound allows, by name; nil when all is
    /// well.
    ///
    /// For checkers: O(1), so that it can be asked after every input. What is inside a lookup, a
    /// search or a placement is bounded there, and how many of them there are here.
    public var exceededBound: StaticString? {
        if sessions.exceedsBounds { return "sessions" }
        // One list and no branches: with a branch for each the compiler needs minutes.
        let counts: [(name: StaticString, count: Int, bound: Int)] =
            strangerCounts + workCounts + mixCounts
        return counts.first { $0.count > $0.bound }?.name
    }

    /// What strangers make grow.
    private var strangerCounts: [(name: StaticString, count: Int, bound: Int)] {
        let neighboursMax = 256 * settings.routing.bucketSize
        let recordsMax = settings.storage.bytesMax / settings.storage.bookkeepingBytes
        return [
            ("rates of INIT", gate.sources, 2 * settings.sessions.sourcesMax),
            ("rates of requests", budgets.sources, 2 * settings.sessions.sourcesMax),
            ("cookies", cookies.count, settings.sessions.cookiesMax),
            ("proofs", proofs.count, settings.sessions.proofsMax),
            ("admissions", admissions.count, settings.sessions.admissionsMax),
            ("blocks contacted", reach.contacted.count, settings.reachability.contactsMax),
            ("askers of probes", reach.askers, settings.reachability.askersMax),
            ("votes", votes.count, settings.routing.votesMax),
            ("neighbours in IPv4", tableV4.count, neighboursMax),
            ("neighbours in IPv6", tableV6.count, neighboursMax),
            ("bytes of records", store.bytes, settings.storage.bytesMax),
            ("records", store.count, recordsMax),
            ("bystanders", vicinity.bystanders.count, settings.nearby.bystandersMax),
            (
                "keys of beacons", vicinity.counts.keys,
                settings.nearby.beaconKeysMax + settings.nearby.greetingKeysMax
            ),
            ("hosts on links", vicinity.counts.hosts, settings.nearby.hostsMax),
            ("full statements", fullStatements.count, settings.storage.fullStatementsMax),
        ]
    }

    /// What our own work makes grow, and those who answer it.
    private var workCounts: [(name: StaticString, count: Int, bound: Int)] {
        let operationsMax = settings.operations.capacity
        return [
            ("calls", calls.count, settings.calls.capacity),
            ("timers", timers.count, Self.timersMax(settings)),
            ("silent", silent.count, settings.calls.silentMax),
            ("lookups", lookups.count, settings.operations.lookupsMax),
            ("placements", placements.count, settings.operations.lookupsMax),
            ("publications", publications.count, operationsMax),
            ("searches", searches.count, operationsMax),
            ("operations", operations.count, operationsMax),
            ("widenings", widenings.count, settings.eclipse.wideningsMax),
            ("errands", patrol.remembered, 2 * settings.keeping.errandsMax),
            ("signers", signers.count, settings.keeping.signersMax),
            ("distrusted", distrusted.count, settings.keeping.distrustedMax),
            ("stale", standing?.stale.count ?? 0, settings.operations.staleMax),
            ("samples", size.count, settings.routing.sizeSamplesMax),
            ("profiles", profiles.count, settings.discovery.profilesMax),
            ("full locations", fullLocations.count, settings.operations.fullLocationsMax),
            ("presentations", presentRuns.count, operationsMax),
            ("glances", glances.count, operationsMax),
            ("scans", scans.count, operationsMax),
            ("contacts", correspondence?.book.contacts.count ?? 0, settings.contacts.contactsMax),
            ("requests", correspondence?.book.requests.count ?? 0, settings.contacts.requestsMax),
            ("queries", queries.count, settings.discovery.queriesMax),
        ]
    }

    /// What mixing makes grow: cells of others, and our own.
    private var mixCounts: [(name: StaticString, count: Int, bound: Int)] {
        let mixing = settings.mixing
        return [
            ("cells that wait", relay.value.queue.count, mixing.waitingMax),
            ("tags of cells", relay.value.keys.tags, 2 * mixing.tagsMax),
            ("errands of exits", relay.value.errands.count, mixing.exitsMax),
            ("senders of cells", relay.value.sourceCount, settings.sessions.sourcesMax),
            ("relays", mix.directory.count, mixing.relaysMax),
            ("guards", mix.guards.count, mixing.guardsMax),
            ("cells of ours in line", mix.counts.outgoing, mixing.outgoingMax),
            ("cells of ours on their way", mixAttempts.count, mixing.attemptsMax),
            ("tags of ours", mix.counts.tags, mixing.attemptsMax),
            ("mixed queries", mixRuns.count, mixing.queriesMax),
        ]
    }

    /// Timers that may wait at once: two per try of a call that was given up early, one per
    /// search, those of mixing, and a handful.
    private static func timersMax(_ settings: Settings) -> Int {
        2 * settings.calls.capacity * settings.calls.tries + settings.operations.capacity
            + settings.mixing.timersMax + 4 * settings.operations.capacity + 64
    }

    /// Whether the node keeps this version, or a newer one, of a record for others.
    public func holds(_ key: StoredRecord.Key, sequence: UInt64) -> Bool {
        guard let held = store.record(at: key.location, author: key.author) else { return false }
        return held.sequence >= sequence
    }
}
