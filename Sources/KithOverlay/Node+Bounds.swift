import KithWire

// What a checker asks of a node.
extension Node {
    /// The first collection found to hold more than its bound allows, by name; nil when all is
    /// well.
    ///
    /// For checkers: O(1), so that it can be asked after every input. What is inside a lookup, a
    /// search or a placement is bounded there, and how many of them there are here.
    public var exceededBound: StaticString? {
        mutating get {
            if sessions.exceedsBounds { return "sessions" }
            let sourcesMax = 2 * settings.sessions.sourcesMax
            if gate.sources > sourcesMax || budgets.sources > sourcesMax { return "rates" }
            if cookies.count > settings.sessions.cookiesMax { return "cookies" }
            if proofs.count > settings.sessions.proofsMax { return "proofs" }
            if silent.count > settings.calls.silentMax { return "silent" }
            if reach.contacted.count > settings.reachability.contactsMax { return "contacted" }
            if reach.askers > settings.reachability.askersMax { return "askers" }
            if votes.count > settings.routing.votesMax { return "votes" }
            if size.count > settings.routing.sizeSamplesMax { return "samples" }
            if profiles.count > settings.discovery.profilesMax { return "profiles" }
            if queries.count > settings.discovery.queriesMax { return "queries" }
            if calls.count > settings.calls.capacity { return "calls" }
            if lookups.count > settings.operations.capacity * 16 { return "lookups" }
            if placements.count > settings.operations.capacity * 16 { return "placements" }
            if publications.count > settings.operations.capacity { return "publications" }
            if searches.count > settings.operations.capacity { return "searches" }
            if operations.count > settings.operations.capacity { return "operations" }
            if widenings.count > settings.eclipse.wideningsMax { return "widenings" }
            if distrusted.count > settings.keeping.distrustedMax { return "distrusted" }
            if patrol.waiting > settings.keeping.errandsMax { return "errands" }
            if store.bytes > settings.storage.bytesMax { return "store" }
            if store.count > settings.storage.bytesMax / settings.storage.bookkeepingBytes {
                return "records"
            }
            if standing?.stale.count ?? 0 > settings.operations.staleMax { return "stale" }
            let neighboursMax = 256 * settings.routing.bucketSize
            if tableV4.count > neighboursMax || tableV6.count > neighboursMax {
                return "neighbours"
            }
            if admissions.count > settings.sessions.admissionsMax { return "admissions" }
            if timers.count > Self.timersMax(settings) { return "timers" }
            return nil
        }
    }

    /// Timers that may wait at once: two per try of a call that was given up early, one per
    /// search, and a handful.
    private static func timersMax(_ settings: Settings) -> Int {
        2 * settings.calls.capacity * settings.calls.tries + settings.operations.capacity + 64
    }

    /// Whether the node keeps this version, or a newer one, of a record for others.
    public func holds(_ key: StoredRecord.Key, sequence: UInt64) -> Bool {
        guard let held = store.record(at: key.location, author: key.author) else { return false }
        return held.sequence >= sequence
    }
}
