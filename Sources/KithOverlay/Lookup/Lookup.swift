import KithWire

/// Finds the nodes closest to a location by asking ever closer ones; decides, never sends.
///
/// Kademlia's iterative lookup (section 2.3). The caller repeats ``next(at:)``, sends what it is
/// told to ask, and reports each outcome once with ``answered(_:records:at:)`` or ``failed(_:)``;
/// ``slow(_:)`` says meanwhile that an answer takes long, and the lookup goes on without it.
///
/// Names in replies are hints. A node counts as found only after its own answer, which the caller
/// has authenticated. Against liars (threats 3 and 5): at most 2 nodes per block of addresses
/// count among the closest; whoever names only nodes that do not answer is not believed further;
/// a node named with a false address gets a second try at another; and everything is bounded.
///
/// With several disjoint paths (S/Kademlia, Baumgart and Mies 2007, section 4.4) the seeds are
/// dealt out, each node belongs to the path that named it first and is asked once. Every path
/// goes on until its own closest candidates have answered, so that a path led astray does not
/// stop the others; together they then settle the closest of all.
struct Lookup: Sendable {
    /// What the caller must do now.
    enum Step: Equatable {
        /// Ask this node for nodes close to the target, at an address of its record.
        case ask(NodeRecord)
        /// Nothing, until an answer, a failure or slowness is reported.
        case wait
        /// Nothing any more: ``closest(_:)`` is the result.
        case finished
    }

    /// Where a candidate stands.
    enum State: Equatable, Sendable {
        /// Named by someone, not asked.
        case heard
        /// Asked; an answer may come.
        case asked(since: Instant)
        /// Asked, and others go ahead; an answer may still come.
        case slow(since: Instant)
        /// Answered at this instant.
        case answered(at: Instant)
        /// Did not answer. A late answer still counts.
        case failed
    }

    /// A node that was named; small, since the list of them is kept in order.
    struct Candidate: Sendable {
        let distance: Point
        var block: Address.Block
        var state = State.heard
        /// Place of its record in ``Lookup/records``.
        let place: Int
        /// Place of the record of who named it; nil for a seed.
        var informant: Int?
        /// What a second informant said of it, with another address if there was one.
        var second: Hint?
        /// How many of its addresses were tried.
        var tries = 0
        /// Nodes to ask one after the other until this one is asked, itself included.
        var depth: Int
        /// The path it belongs to.
        var path: Int
    }

    /// A record as an informant gave it.
    struct Hint: Sendable {
        let place: Int
        let informant: Int
    }

    /// What became of the nodes that one informant named.
    struct Credit: Sendable {
        /// Asked, and neither answered nor failed yet.
        var open = 0
        var answered = 0
        var failed = 0
    }

    /// What is looked for.
    let target: Point
    /// How many of the closest must have answered.
    let width: Int
    /// Requests told to send so far.
    private(set) var requests = 0

    let own: NodeID
    let network: Network
    /// Links of this machine, whose hosts may be asked whatever the network allows.
    let links: OwnLinks
    let settings: Settings.Lookups
    let families: Families
    let pathCount: Int

    /// Everyone named, closest first.
    var candidates: [Candidate] = []
    /// The records of candidates and of second hints; places are used again after eviction.
    var records: [NodeRecord] = []
    /// What became of the hints of the informant whose record has the same place.
    var credits: [Credit] = []
    var freePlaces: [Int] = []
    /// Candidates in state `asked`, per path.
    var inFlight: [Int]
    /// Blocks counted during one walk; kept to reuse its memory.
    private var blocks: [Address.Block] = []

    /// The address families in which the asking node can reach others.
    struct Families: OptionSet, Sendable {
        let rawValue: UInt8
        /// IPv4.
        static let v4 = Families(rawValue: 1)
        /// IPv6.
        static let v6 = Families(rawValue: 2)
        /// Both.
        static let both: Families = [.v4, .v6]

        init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Only this one.
        init(_ family: Address.Family) {
            self = family == .v4 ? .v4 : .v6
        }
    }

    /// A lookup that has asked nobody yet.
    ///
    /// - Parameters:
    ///   - own: never asked and never found.
    ///   - width: how many of the closest must have answered; 16 unless told.
    ///   - paths: disjoint paths, 1…16.
    ///   - seeds: known nodes, in any order.
    ///   - links: links of this machine.
    init(
        target: Point, own: NodeID, width: Int? = nil, paths: Int = 1, seeds: [NodeRecord],
        network: Network, links: OwnLinks = OwnLinks(), families: Families = .both,
        settings: Settings.Lookups = .init()
    ) {
        self.target = target
        self.own = own
        self.width = width ?? settings.width
        self.network = network
        self.links = links
        self.settings = settings
        self.families = families
        precondition(self.width > 0 && (1...16).contains(paths), "\(paths) paths")
        precondition(settings.candidatesMax > settings.askedMax)
        pathCount = paths
        inFlight = Array(repeating: 0, count: paths)
        add(seeds: seeds)
    }

    /// Whom to ask next; repeat until it says to wait or that it is finished.
    mutating func next(at now: Instant) -> Step {
        guard requests < settings.askedMax else {
            return inFlight.contains { $0 > 0 } ? .wait : .finished
        }
        let ring = surveyRing(width)
        if let index = ring.askable { return ask(index, at: now) }
        var isSettled = ring.isSettled
        if pathCount > 1 {
            for path in 0..<pathCount {
                let way = survey(path: path)
                if let index = way.askable { return ask(index, at: now) }
                isSettled = isSettled && way.isSettled
            }
        }
        guard isSettled else { return .wait }
        return ring.count < width && hasSlow ? .wait : .finished
    }

    /// Records that a node did not answer in time and that others should go ahead.
    mutating func slow(_ id: NodeID) {
        guard let index = index(of: id), case .asked(let since) = candidates[index].state else {
            return
        }
        leave(index, .slow(since: since))
    }

    /// Records the authenticated answer of a node and whom it named.
    ///
    /// Counts also when it comes after ``slow(_:)`` or ``failed(_:)``; ignored when the node was
    /// never asked or has answered before.
    mutating func answered(_ id: NodeID, records hints: [NodeRecord], at now: Instant) {
        guard let index = index(of: id) else { return }
        switch candidates[index].state {
        case .heard, .answered: return
        case .asked, .slow, .failed:
            settle(index, .answered(at: now))
        }
        let informant = candidates[index]
        for hint in hints.prefix(settings.perReply) {
            add(hint, from: informant)
        }
    }

    /// Records that a node will not answer, or answered nonsense.
    mutating func failed(_ id: NodeID) {
        guard let index = index(of: id) else { return }
        switch candidates[index].state {
        case .heard, .answered, .failed: return
        case .asked, .slow: settle(index, .failed)
        }
        let informant = candidates[index].informant
        if let second = candidates[index].second,
            address(of: records[second.place]) != address(of: records[candidates[index].place])
        {
            believeSecond(index, second)
        }
        if let informant { disbelieveIfHopeless(informant) }
    }

    private mutating func ask(_ index: Int, at now: Instant) -> Step {
        candidates[index].state = .asked(since: now)
        candidates[index].tries += 1
        inFlight[candidates[index].path] += 1
        if let informant = candidates[index].informant { credits[informant].open += 1 }
        requests += 1
        return .ask(records[candidates[index].place])
    }

    /// Moves a candidate that was asked to `state`, answered or failed, and credits whoever
    /// named it.
    private mutating func settle(_ index: Int, _ state: State) {
        if let informant = candidates[index].informant {
            if case .failed = candidates[index].state {
                credits[informant].failed -= 1
            } else {
                credits[informant].open -= 1
            }
            if case .failed = state {
                credits[informant].failed += 1
            } else {
                credits[informant].answered += 1
            }
        }
        leave(index, state)
    }

    /// Moves a candidate out of flight into `state`.
    private mutating func leave(_ index: Int, _ state: State) {
        if case .asked = candidates[index].state { inFlight[candidates[index].path] -= 1 }
        candidates[index].state = state
    }
}

// MARK: - What was found

extension Lookup {
    /// The closest nodes that answered, closest first, at most `count`.
    ///
    /// At most 2 per block of addresses, unless the network is local.
    func closest(_ count: Int) -> [NodeRecord] {
        var found: [NodeRecord] = []
        var blocks: [Address.Block] = []
        for candidate in candidates where found.count < count {
            guard case .answered = candidate.state else { continue }
            guard admits(candidate.block, &blocks) else { continue }
            found.append(records[candidate.place])
        }
        return found
    }

    /// Whether the closest `count` candidates known have all answered; slow ones do not count.
    ///
    /// True before the end of the lookup, for callers that need only a few nodes.
    mutating func isSettled(_ count: Int) -> Bool {
        let ring = surveyRing(count)
        return ring.isSettled && ring.askable == nil && ring.count > 0
    }

    /// Whether it stopped because it had asked as many as it may.
    var hasGivenUp: Bool { requests >= settings.askedMax }

    /// Whether an answer may come from somebody who is not slow yet.
    var isInFlight: Bool { inFlight.contains { $0 > 0 } }

    /// How many slow nodes would be among the closest `count` if they answered after all.
    func slowNodes(among count: Int) -> Int {
        var seen = 0
        var slow = 0
        for candidate in candidates where seen < count {
            switch candidate.state {
            case .slow:
                seen += 1
                slow += 1
            case .answered: seen += 1
            case .heard, .asked, .failed: break
            }
        }
        return slow
    }

    /// Nodes asked one after the other to reach the closest that answered; 0 when none did, 1
    /// when we knew it before.
    var hops: Int {
        for candidate in candidates {
            if case .answered = candidate.state { return candidate.depth }
        }
        return 0
    }

    /// The place of a node in the chain of referrals: 1 for one we knew, nil for a stranger.
    func depth(of id: NodeID) -> Int? {
        index(of: id).map { candidates[$0].depth }
    }

    /// Where a node stands; nil when nobody named it.
    func state(of id: NodeID) -> State? {
        index(of: id).map { candidates[$0].state }
    }

    /// How many nodes answered.
    var answers: Int {
        candidates.count {
            if case .answered = $0.state { true } else { false }
        }
    }

    /// How many nodes were asked without an answer, those that we still wait for not counted.
    var failures: Int {
        candidates.count { $0.state == .failed }
    }

    private var hasSlow: Bool {
        candidates.contains {
            if case .slow = $0.state { true } else { false }
        }
    }

    /// Where the candidate with this id is in ``candidates``.
    func index(of id: NodeID) -> Int? {
        let distance = target.distance(to: id)
        let index = place(of: distance)
        guard index < candidates.count, candidates[index].distance == distance else { return nil }
        return index
    }

    /// Where a candidate at `distance` is, or would be inserted.
    func place(of distance: Point) -> Int {
        var low = 0
        var high = candidates.count
        while low < high {
            let middle = (low + high) / 2
            if candidates[middle].distance < distance { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// MARK: - Whom to ask

extension Lookup {
    /// What a walk over the closest candidates found.
    private struct Survey {
        /// The closest one that may be asked now.
        var askable: Int?
        /// Whether all those walked over have answered.
        var isSettled = true
        /// How many were walked over.
        var count = 0
    }

    /// Walks over the closest `width` candidates of all paths.
    ///
    /// Failed and slow ones do not count, nor more than two per block.
    private mutating func surveyRing(_ width: Int) -> Survey {
        var survey = Survey()
        var limit = 0
        blocks.removeAll(keepingCapacity: true)
        for index in candidates.indices where survey.count < width {
            let candidate = candidates[index]
            switch candidate.state {
            case .failed, .slow: continue
            case .heard, .asked, .answered: break
            }
            guard admits(candidate.block, &blocks) else { continue }
            survey.count += 1
            if survey.count == 1 { limit = parallelism(closest: candidate.state) }
            if case .answered = candidate.state { continue }
            survey.isSettled = false
            if candidate.state == .heard, inFlight[candidate.path] < limit, mayAsk(index) {
                survey.askable = index
                return survey
            }
        }
        return survey
    }

    /// Walks over the closest candidates of one path.
    private func survey(path: Int) -> Survey {
        var survey = Survey()
        for index in candidates.indices
        where survey.count < settings.pathWidth && candidates[index].path == path {
            switch candidates[index].state {
            case .failed, .slow: continue
            case .answered: survey.count += 1
            case .asked:
                survey.count += 1
                survey.isSettled = false
            case .heard:
                survey.count += 1
                survey.isSettled = false
                if inFlight[path] < settings.pathParallelism, mayAsk(index) {
                    survey.askable = index
                    return survey
                }
            }
        }
        return survey
    }

    /// Requests that each path may have in flight, given how the closest candidate stands.
    private func parallelism(closest: State) -> Int {
        if case .answered = closest {
            // Its neighbours are the result; what remains is to hear them.
            return max(1, settings.ringParallelism / pathCount)
        }
        return pathCount == 1 ? settings.parallelism : settings.pathParallelism
    }

    /// Whether one more of `block` may count, given those counted before; counts it if so.
    private func admits(_ block: Address.Block, _ blocks: inout [Address.Block]) -> Bool {
        guard !network.isLocal else { return true }
        guard blocks.count(where: { $0 == block }) < settings.perBlock else { return false }
        blocks.append(block)
        return true
    }
}
