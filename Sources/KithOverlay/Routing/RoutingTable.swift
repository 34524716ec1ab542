import KithCrypto
import KithWire

/// The nodes that a node knows to be alive, many close to itself and few far away; one table
/// per address family.
///
/// Kademlia's buckets (section 2.2): bucket `b` holds nodes whose ids share exactly `b` leading
/// bits with ours, at most 16 of them, and a list of replacements. Nodes that stay are preferred to
/// newcomers, because the longer a node was up the longer it will be.
///
/// What makes it hard to poison (threats 2 and 3): a node enters through ``heard(_:at:roundTrip:
/// load:now:entropy:)`` only, after its own authenticated answer and a valid proof; at most 2
/// per block of addresses (/24, /48) in a bucket and 10 in the table; only nodes that answered
/// their last check are named to others.
///
/// What makes it hard to empty: when nobody at all was heard since a neighbour began to fail, the
/// fault may be ours, and the neighbour is kept (Lifeguard: suspect yourself first).
///
/// The table never sends. ``nextCheck(at:)`` names a neighbour to ping, and
/// ``refreshTarget(at:entropy:)`` a location to look up.
struct RoutingTable: Sendable {
    /// What became of a node that was heard.
    enum Admission: Equatable {
        /// It is a neighbour now.
        case added
        /// It was one already.
        case updated
        /// Its bucket is full; it may take the place of a neighbour that fails.
        case replacement
        /// It may not enter, or may not stay.
        case refused(Refusal)
    }

    /// Why a node may not enter.
    enum Refusal: Equatable {
        /// It is this node itself.
        case ownID
        /// Its address may not be used on this network.
        case unusableAddress
        /// Its block has enough neighbours, or candidates, in this bucket.
        case blockInBucket
        /// Its block has enough neighbours in this table.
        case blockInTable
    }

    private struct Bucket {
        /// Live nodes for which there was no room, the most recently heard last.
        var replacements: [Neighbour] = []
        var refreshDue: Instant
    }

    /// The id whose neighbourhood this is.
    let own: NodeID
    private let network: Network
    @Boxed private var settings: Settings.Routing

    /// Every neighbour, those known longest first.
    private(set) var neighbours: [Neighbour] = []
    /// The ids of ``neighbours``, side by side so that a scan is fast.
    private var ids: [NodeID] = []
    /// Buckets up to the deepest that ever held a neighbour.
    private var buckets: [Bucket] = []
    private var lastHeard = Instant.start
    /// No check is due before.
    private var checkBound = Instant.never
    /// No refresh is due before.
    private var refreshBound = Instant.never

    /// An empty table around `own`.
    init(own: NodeID, network: Network, settings: Settings.Routing = .init()) {
        precondition(settings.bucketSize > 0 && settings.failuresMax > 0)
        self.own = own
        self.network = network
        self.settings = settings
    }

    /// The table with more neighbours, the first of equal ones.
    static func larger(_ first: RoutingTable, _ second: RoutingTable) -> RoutingTable {
        first.count >= second.count ? first : second
    }

    /// How many neighbours there are.
    var count: Int { neighbours.count }

    /// The neighbour with this id.
    func neighbour(_ id: NodeID) -> Neighbour? {
        ids.firstIndex(of: id).map { neighbours[$0] }
    }

    /// Takes note of an authenticated answer.
    ///
    /// The caller guarantees that the node at `address` proved the key of `record` and that the
    /// record's proof of work holds. On the public network a private address is taken only of a
    /// node that `isOnLink`. Complexity: O(``count``).
    @discardableResult
    mutating func heard(
        _ record: NodeRecord, at address: Address, roundTrip: Duration? = nil,
        load: UInt8? = nil, isOnLink: Bool = false, now: Instant, entropy: inout Entropy
    ) -> Admission {
        guard record.id != own else { return .refused(.ownID) }
        guard address.isUsable(in: network) || isOnLink else {
            return .refused(.unusableAddress)
        }
        lastHeard = max(lastHeard, now)
        if let index = ids.firstIndex(of: record.id) {
            return update(
                index, record, address, roundTrip: roundTrip, load: load, now: now, &entropy)
        }
        let bucket = own.commonPrefix(with: record.id)
        var newcomer =
            takeReplacement(record.id, in: bucket)
            ?? Neighbour(
                record: record, address: address, at: now)
        answer(&newcomer, record, address, roundTrip: roundTrip, load: load, now: now, &entropy)
        return admit(newcomer, to: bucket, now: now, &entropy)
    }

    /// Takes note that a node did not answer a request in time.
    ///
    /// - Returns: whether it was dropped because of that.
    @discardableResult
    mutating func failed(_ id: NodeID, at now: Instant) -> Bool {
        guard let index = ids.firstIndex(of: id) else {
            return takeReplacement(id, in: own.commonPrefix(with: id)) != nil
        }
        neighbours[index].count(answered: false)
        if neighbours[index].failures == 0 { neighbours[index].failingSince = now }
        neighbours[index].failures = UInt8(clamping: Int(neighbours[index].failures) + 1)
        let failures = Int(neighbours[index].failures)
        if failures >= settings.failuresMax, lastHeard > neighbours[index].failingSince {
            drop(index, now: now)
            return true
        }
        let pause = settings.recheckInterval * (1 << min(failures - 1, 16))
        setNextCheck(now + min(pause, settings.checkInterval), of: index)
        return false
    }

    /// Removes a neighbour or candidate, and promotes a candidate in its place.
    mutating func remove(_ id: NodeID, at now: Instant) {
        if let index = ids.firstIndex(of: id) {
            drop(index, now: now)
        } else {
            _ = takeReplacement(id, in: own.commonPrefix(with: id))
        }
    }
}

extension RoutingTable {
    /// Removes every neighbour and candidate at such an address; none of these is promoted.
    mutating func removeAll(at now: Instant, where isMeant: (Address) -> Bool) {
        for bucket in buckets.indices {
            buckets[bucket].replacements.removeAll { isMeant($0.address) }
        }
        let gone = neighbours.filter { isMeant($0.address) }.map(\.id)
        for id in gone { remove(id, at: now) }
    }
}

// MARK: - Who is close, and who is reliable

extension RoutingTable {
    /// Which neighbours a question is about.
    enum Standing {
        /// Those that answered their last check: to be named to others.
        case live
        /// Also those that failed it: to be asked by us, for example after our own link was down.
        case any
    }

    /// The neighbours closest to `target`, as indices into ``neighbours``; allocates nothing.
    ///
    /// A full scan, measured at 0.5 us for the 102 neighbours that a network of 1,000 gives and 1.7
    /// us for 400. Comparing only the first words of distances was no faster.
    ///
    /// - Parameters:
    ///   - limit: how many, 1…16.
    ///   - excluded: left out; the asker knows itself.
    func nearest(
        to target: Point, limit: Int = Nearest.capacity, _ standing: Standing = .live,
        excluding excluded: NodeID? = nil
    ) -> Nearest {
        var search = NearestSearch(limit: limit)
        for index in ids.indices {
            let distance = target.distance(to: ids[index])
            guard search.wants(distance) else { continue }
            guard standing == .any || neighbours[index].isLive else { continue }
            guard ids[index] != excluded else { continue }
            search.take(index: index, distance: distance)
        }
        return search.nearest
    }

    /// The live neighbours closest to `target`, closest first.
    func nearestNeighbours(to target: Point) -> [Neighbour] {
        let nearest = nearest(to: target)
        return (0..<nearest.count).map { neighbours[nearest[$0]] }
    }

    /// The records of the neighbours closest to `target`, to start a lookup from.
    ///
    /// Live ones; when none is live (our link may have been down) all of them. Those busier than
    /// `load` percent are spared, but for the closest few, as long as half of them remain.
    func closest(
        to target: Point, limit: Int = Nearest.capacity, sparing load: UInt8 = .max
    ) -> [NodeRecord] {
        var nearest = nearest(to: target, limit: limit)
        if nearest.count == 0 { nearest = self.nearest(to: target, limit: limit, .any) }
        let all = (0..<nearest.count).map { neighbours[nearest[$0]] }
        let idle = all.enumerated().filter { $0 < settings.neverSpared || $1.load ?? 0 <= load }
            .map(\.element.record)
        return idle.count * 2 >= all.count ? idle : all.map(\.record)
    }

    /// The nodes worth keeping across a restart, the most reliable first.
    ///
    /// Ordered by success rate and recency, see ``Neighbour/reliability(at:half:)``; recency
    /// counts from when anybody was heard last, so that a time without a link changes nothing.
    func reliable(limit: Int? = nil) -> [NodeRecord] {
        let scored = neighbours.map {
            ($0.reliability(at: lastHeard, half: settings.reliabilityHalf), $0.record)
        }
        let ordered = scored.sorted { a, b in a.0 == b.0 ? a.1.id < b.1.id : a.0 > b.0 }
        return ordered.prefix(limit ?? settings.reliableMax).map(\.1)
    }

    /// Estimated number of nodes in the network, from our own neighbourhood; nil when empty.
    ///
    /// As rough as one sample of ``NetworkSize``, but never stale: who is new and close says so.
    var networkSize: Int? {
        let nearest = nearest(to: own, .any)
        return NetworkSize.estimate(
            closest: (0..<nearest.count).map { ids[nearest[$0]] }, to: own)
    }
}

// MARK: - What is due

extension RoutingTable {
    /// When ``nextCheck(at:)`` or ``refreshTarget(at:entropy:)`` may have something next.
    ///
    /// May be early, never late.
    var nextDeadline: Instant { min(checkBound, refreshBound) }

    /// A neighbour that is due to be checked; nil when none is.
    ///
    /// Answer with ``heard(_:at:roundTrip:load:now:entropy:)`` or ``failed(_:at:)``; without
    /// either it is due again after a while. Complexity: O(1) when nothing is due.
    mutating func nextCheck(at now: Instant) -> Neighbour? {
        guard checkBound <= now else { return nil }
        var first: Int?
        for index in neighbours.indices
        where neighbours[index].nextCheck < first.map({ neighbours[$0].nextCheck }) ?? .never {
            first = index
        }
        guard let first else {
            checkBound = .never
            return nil
        }
        checkBound = neighbours[first].nextCheck
        guard checkBound <= now else { return nil }
        neighbours[first].nextCheck = now + settings.checkPatience
        return neighbours[first]
    }

    /// A location in the range of a bucket that was not looked at for long; nil when none is due.
    ///
    /// Only buckets up to the deepest with a neighbour: deeper ones cover ranges in which, as far
    /// as we know, nobody lives. The bucket counts as looked at from now on.
    mutating func refreshTarget(at now: Instant, entropy: inout Entropy) -> Location? {
        guard refreshBound <= now else { return nil }
        var first: Int?
        for bucket in 0..<depth
        where buckets[bucket].refreshDue < first.map({ buckets[$0].refreshDue }) ?? .never {
            first = bucket
        }
        refreshBound = first.map { buckets[$0].refreshDue } ?? .never
        guard let bucket = first, refreshBound <= now else { return nil }
        buckets[bucket].refreshDue = now + refreshPause(&entropy)
        return randomLocation(in: bucket, &entropy)
    }

    /// One location for each bucket up to the deepest that has room, to fill the table on
    /// joining.
    func refreshTargets(entropy: inout Entropy) -> [Location] {
        var targets: [Location] = []
        for bucket in 0..<depth {
            let size = ids.count { own.commonPrefix(with: $0) == bucket }
            guard size < settings.bucketSize else { continue }
            targets.append(randomLocation(in: bucket, &entropy))
        }
        return targets
    }

    /// Takes note that a lookup for `target` starts, so that its bucket needs no refresh soon.
    mutating func looked(for target: Location, at now: Instant) {
        let bucket = min(own.commonPrefix(with: target), depth - 1)
        guard bucket >= 0 else { return }
        buckets[bucket].refreshDue = now + settings.refreshInterval
    }

    /// A location that shares exactly `bucket` leading bits with our id.
    func randomLocation(in bucket: Int, _ entropy: inout Entropy) -> Location {
        own.flippingBit(at: bucket)
            .replacingSuffix(after: bucket + 1, with: Point(entropy.bytes32()))
    }

    /// Buckets up to the deepest that holds a neighbour.
    private var depth: Int {
        var deepest = -1
        for id in ids { deepest = max(deepest, own.commonPrefix(with: id)) }
        return deepest + 1
    }

    private func refreshPause(_ entropy: inout Entropy) -> Duration {
        settings.refreshInterval.spread(by: settings.refreshSpread, &entropy)
    }
}

extension Duration {
    /// This duration, longer or shorter by at most the share `spread` of it.
    fileprivate func spread(by spread: Double, _ entropy: inout Entropy) -> Duration {
        scaled(by: 1 + spread * (2 * entropy.unit() - 1))
    }
}

// MARK: - Admission

extension RoutingTable {
    private mutating func update(
        _ index: Int, _ record: NodeRecord, _ address: Address, roundTrip: Duration?,
        load: UInt8?, now: Instant, _ entropy: inout Entropy
    ) -> Admission {
        let bucket = own.commonPrefix(with: record.id)
        if address.block != neighbours[index].address.block,
            let refusal = crowding(of: address.block, in: bucket, without: index)
        {
            // It moved to where there are too many already: it may not stay.
            drop(index, now: now)
            return .refused(refusal)
        }
        var neighbour = neighbours[index]
        answer(&neighbour, record, address, roundTrip: roundTrip, load: load, now: now, &entropy)
        neighbours[index] = neighbour
        checkBound = min(checkBound, neighbour.nextCheck)
        return .updated
    }

    /// Notes an answer in `neighbour`.
    private func answer(
        _ neighbour: inout Neighbour, _ record: NodeRecord, _ address: Address,
        roundTrip: Duration?, load: UInt8?, now: Instant, _ entropy: inout Entropy
    ) {
        neighbour.record = record
        neighbour.address = address
        neighbour.lastHeard = now
        neighbour.failures = 0
        neighbour.failingSince = .never
        neighbour.count(answered: true)
        if let roundTrip { neighbour.roundTrip = roundTrip }
        if let load { neighbour.load = load }
        neighbour.nextCheck =
            now + settings.checkInterval.spread(by: settings.checkSpread, &entropy)
    }

    private mutating func admit(
        _ newcomer: Neighbour, to bucket: Int, now: Instant, _ entropy: inout Entropy
    ) -> Admission {
        while buckets.count <= bucket {
            buckets.append(Bucket(refreshDue: now + refreshPause(&entropy)))
        }
        let block = newcomer.address.block
        let crowding = crowding(of: block, in: bucket, without: nil)
        let size = ids.count { own.commonPrefix(with: $0) == bucket }
        if size < settings.bucketSize, crowding == nil {
            append(newcomer, to: bucket)
            return .added
        }
        if let victim = failingNeighbour(toMakeRoomFor: block, in: bucket) {
            neighbours.remove(at: victim)
            ids.remove(at: victim)
            append(newcomer, to: bucket)
            return .added
        }
        guard size >= settings.bucketSize else { return .refused(crowding ?? .blockInBucket) }
        return keepAsReplacement(newcomer, in: bucket, crowding)
    }

    private mutating func keepAsReplacement(
        _ newcomer: Neighbour, in bucket: Int, _ crowding: Refusal?
    ) -> Admission {
        if crowding == .blockInTable { return .refused(.blockInTable) }
        let block = newcomer.address.block
        let alike = buckets[bucket].replacements.count { $0.address.block == block }
        if !network.isLocal, alike >= settings.perBlockInBucket {
            return .refused(.blockInBucket)
        }
        if buckets[bucket].replacements.count == settings.replacements {
            buckets[bucket].replacements.removeFirst()
        }
        buckets[bucket].replacements.append(newcomer)
        return .replacement
    }

    private mutating func append(_ neighbour: Neighbour, to bucket: Int) {
        neighbours.append(neighbour)
        ids.append(neighbour.id)
        checkBound = min(checkBound, neighbour.nextCheck)
        for shallower in 0...bucket {
            refreshBound = min(refreshBound, buckets[shallower].refreshDue)
        }
    }

    /// Which limit a further neighbour from `block` would exceed; counted afresh, since this is
    /// rare and counters can go wrong.
    private func crowding(
        of block: Address.Block, in bucket: Int, without left: Int?
    ) -> Refusal? {
        guard !network.isLocal else { return nil }
        var inBucket = 0
        var inTable = 0
        for index in neighbours.indices
        where index != left && neighbours[index].address.block == block {
            inTable += 1
            if own.commonPrefix(with: ids[index]) == bucket { inBucket += 1 }
        }
        if inTable >= settings.perBlockInTable { return .blockInTable }
        return inBucket >= settings.perBlockInBucket ? .blockInBucket : nil
    }

    /// The neighbour of `bucket` that fails worst and whose going makes room for one of `block`.
    private func failingNeighbour(
        toMakeRoomFor block: Address.Block, in bucket: Int
    ) -> Int? {
        var worst: Int?
        for index in neighbours.indices
        where !neighbours[index].isLive && own.commonPrefix(with: ids[index]) == bucket {
            if let worst, !fails(index, worseThan: worst) { continue }
            if crowding(of: block, in: bucket, without: index) == nil { worst = index }
        }
        return worst
    }

    private func fails(_ a: Int, worseThan b: Int) -> Bool {
        if neighbours[a].failures != neighbours[b].failures {
            return neighbours[a].failures > neighbours[b].failures
        }
        return neighbours[a].lastHeard < neighbours[b].lastHeard
    }
}

// MARK: - Leaving

extension RoutingTable {
    private mutating func drop(_ index: Int, now: Instant) {
        let bucket = own.commonPrefix(with: ids[index])
        neighbours.remove(at: index)
        ids.remove(at: index)
        promote(in: bucket, now: now)
    }

    /// Makes the most recently heard candidate that the limits allow a neighbour.
    private mutating func promote(in bucket: Int, now: Instant) {
        for place in buckets[bucket].replacements.indices.reversed() {
            var candidate = buckets[bucket].replacements[place]
            guard crowding(of: candidate.address.block, in: bucket, without: nil) == nil else {
                continue
            }
            buckets[bucket].replacements.remove(at: place)
            if now - candidate.lastHeard > settings.checkInterval {
                // Silent for as long as nobody may be unchecked: not live until it answers.
                candidate.failures = 1
                candidate.failingSince = now
                candidate.nextCheck = now
            }
            append(candidate, to: bucket)
            return
        }
    }

    private mutating func takeReplacement(_ id: NodeID, in bucket: Int) -> Neighbour? {
        guard bucket < buckets.count,
            let place = buckets[bucket].replacements.firstIndex(where: { $0.id == id })
        else { return nil }
        return buckets[bucket].replacements.remove(at: place)
    }

    private mutating func setNextCheck(_ due: Instant, of index: Int) {
        neighbours[index].nextCheck = due
        checkBound = min(checkBound, due)
    }

    /// Candidates waiting for bucket `bucket`, the most recently heard last.
    func replacements(in bucket: Int) -> [Neighbour] {
        bucket < buckets.count ? buckets[bucket].replacements : []
    }
}
