import KithCrypto
import KithWire

// Where somebody seems to have settled next to a location, its whole region is asked instead.
extension Node {
    private var meter: EclipseMeter {
        EclipseMeter(settings: settings.eclipse, network: network)
    }

    /// How the neighbours closest to ourselves look, compared with neighbourhoods elsewhere.
    func ownNeighbourhood(at now: Instant) -> Neighbourhood {
        meter.judge(
            RoutingTable.larger(tableV4, tableV6).closest(to: record.id), around: record.id,
            size: size.estimate(at: now))
    }

    /// What looked settled when it was last met, unless that is long ago.
    func recentSuspicion(at now: Instant) -> Neighbourhood? {
        guard let suspicion, now - suspicion.at < settings.eclipse.memory else { return nil }
        return suspicion.neighbourhood
    }

    /// Begins to look up the region of a lookup's target, when the nodes closest to it look chosen,
    /// or when nobody has the record of a person who should have one.
    ///
    /// The honest nodes of a region hardly hear of each other through a target where 16 others
    /// stand closer, since each names the closest it knows; so points in the rest of the region
    /// are looked up, and whoever is found there is asked for the location.
    ///
    /// - Returns: whether the lookup goes on so.
    mutating func widens(
        _ run: LookupRun, at now: Moment, _ outbox: inout Outbox
    ) -> Bool {
        switch run.owner {
        case .get, .placing, .term, .profile, .contacts, .exit: break
        case .joining, .refresh, .lookup, .region, .sampling: return false
        }
        guard !run.isWidened, let careful = cautiousNetworkSize(at: now.instant),
            let size = run.placesProfile ? careful : networkSize(at: now.instant)
        else { return false }
        let closest = run.lookup.closest(settings.lookup.width)
        let verdict = meter.judge(closest, around: run.target, size: size)
        if verdict.isSuspicious {
            suspicion = (verdict, now.instant)
            counters.suspicions += 1
        } else {
            guard
                isOdd(closest, of: run, size: size)
                    || run.missesRecord(network: network, at: now.unix)
            else { return false }
        }
        let points = meter.regionPoints(of: run.target, size: careful)
        let widening = Widening(
            owner: run.owner, target: run.target, request: run.request, found: closest,
            open: points.count, started: run.started, requests: run.requests,
            failures: run.failures, steps: run.steps)
        guard let handle = widenings.insert(widening) else { return false }
        for point in points {
            let lookup = startLookup(
                point, asking: .findNode(point), width: settings.operations.recordWidth,
                for: .region(handle), at: now, &outbox)
            if let lookup {
                stepLookup(lookup, at: now, &outbox)
            } else {
                regionLookedUp(handle, at: now, &outbox)
            }
        }
        return true
    }

    /// Whether the nodes closest to a lookup's target stand so that a wider lookup is worth its cost.
    ///
    /// A lookup that found fewer nodes than it wanted has been everywhere.
    private func isOdd(_ closest: [NodeRecord], of run: LookupRun, size: Int) -> Bool {
        guard closest.count >= run.lookup.width else { return false }
        let chance =
            run.placesProfile
            ? settings.eclipse.oddChanceOfProfileWrites : settings.eclipse.oddChance
        return meter.isOdd(closest, around: run.target, size: size, chance: chance)
    }

    /// Takes the nodes around one point of the region.
    mutating func regionFound(
        _ run: LookupRun, for handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard widenings.contains(handle) else { return }
        widenings[handle].found += run.lookup.closest(settings.operations.recordWidth)
        widenings[handle].requests += run.requests
        widenings[handle].failures += run.failures
        regionLookedUp(handle, at: now, &outbox)
    }

    private mutating func regionLookedUp(
        _ handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard widenings.contains(handle) else { return }
        widenings[handle].open -= 1
        guard widenings[handle].open == 0 else { return }
        let widening = widenings.remove(handle)
        let lookup = startLookup(
            widening.target, asking: widening.request, width: settings.eclipse.widenedWidth,
            for: widening.owner, hints: widening.found, at: now, &outbox)
        guard let lookup else {
            abandon(widening.owner, at: now, &outbox)
            return
        }
        lookups[lookup].isWidened = true
        lookups[lookup].started = widening.started
        lookups[lookup].requests = widening.requests
        lookups[lookup].failures = widening.failures
        lookups[lookup].steps = widening.steps
        resume(widening.owner, as: lookup)
        stepLookup(lookup, at: now, &outbox)
    }

    /// A person's read waits for the lookup that took the place of the first.
    private mutating func resume(_ owner: LookupRun.Owner, as lookup: UInt32) {
        guard case .get(let id) = owner, operations[id] != nil else { return }
        operations[id] = .lookup(lookup)
    }

    /// Tells whoever waits that too much runs for another lookup.
    private mutating func abandon(
        _ owner: LookupRun.Owner, at now: Moment, _ outbox: inout Outbox
    ) {
        switch owner {
        case .get(let id): finish(id, .failure(.busy))
        case .placing(let publication, let index):
            placed(index, of: publication, by: nil, at: now, &outbox)
        case .term(let search, let index):
            guard searches.contains(search) else { return }
            searches[search].search.read(
                term: index, pages: [], network: network, at: now.unix)
            stepSearch(search, at: now, &outbox)
        case .profile(let search, let author):
            guard searches.contains(search) else { return }
            profileFetched(author, nil, for: search, at: now)
            stepSearch(search, at: now, &outbox)
        case .contacts(let matter): matterNotRead(matter, at: now, &outbox)
        case .exit, .joining, .refresh, .lookup, .region, .sampling: break
        }
    }
}
