import KithCrypto
import KithWire

// Full locations: what we say of our own, and what we believe of others.
extension Node {
    /// What we sign about a location of ours, nil while it has room.
    mutating func fullStatement(about location: Location, at now: Moment) -> FullStatement? {
        fullStatements.statement(
            about: location, holding: store.liveCount(at: location, now.unix), network: network,
            key: nodeKey, at: now)
    }

    /// Whether the storers of a lookup's location say that it is full.
    ///
    /// That takes valid statements of a majority of the closest three that answered; our own
    /// store, where it is full, counts as one of them. A lone storer moves nobody, except where there is no other.
    mutating func isFull(_ run: LookupRun, at now: Moment) -> Bool {
        let held = store.liveCount(at: run.target, now.unix)
        let isOurs = fullStatements.isFull(run.target, holding: held, at: now.instant)
        let storers = run.lookup.closest(network.replication)
        var believed = isOurs ? 1 : 0
        var until = now.unix + FullStatement.lifeMax
        for storer in storers {
            guard let answer = run.answers.first(where: { $0.node.id == storer.id }),
                let full = answer.full
            else { continue }
            let statement = FullStatement(
                location: run.target, until: full.until, signer: full.signer,
                signature: full.signature)
            do {
                try statement.verify(network: network, node: storer.key, now: now.unix)
                believed += 1
                until = min(until, full.until)
            } catch {
                counters.invalidFullStatements += 1
            }
        }
        let asked = min(storers.count + (isOurs ? 1 : 0), network.replication)
        guard believed > asked / 2 else { return false }
        fullLocations.insert((), for: run.target, expires: now.instant + (until - now.unix))
        return true
    }

    /// Whether a location was found full and that still holds.
    mutating func isKnownFull(_ location: Location, at now: Instant) -> Bool {
        fullLocations.peek(location, at: now) != nil
    }
}
