import KithWire

/// How much of our work others have used, and whether one more request is served.
///
/// Asked after a request proved authentic, so that nobody can use up the budget of another;
/// addresses in it are therefore proved, except for reads that came with an INIT without a
/// cookie, which have a budget of their own.
struct Budgets {
    /// What to do with a request.
    enum Verdict {
        /// Answer it.
        case serve
        /// Say that there were too many.
        case refuse
        /// Stay silent.
        case ignore
        /// Have it prove its address first.
        case prove
    }

    private var requests: Allowance
    private var stores: Allowance
    private var reads: Allowance
    private var unprovedReads: Allowance
    private var neighbours: Allowance
    private var refusals: RateLimiter<Address>
    private var work: WorkMeter
    @Boxed private var settings: Settings.Serving
    private let handshakesPerSecond: Int

    init(settings: Settings, network: Network) {
        let serving = settings.serving
        let sourcesMax = settings.sessions.sourcesMax
        func allowance(_ perSecond: Double, _ burst: Int, _ inAll: Int) -> Allowance {
            Allowance(
                perSecond: perSecond, burst: burst,
                blockPerSecond: perSecond * Double(serving.blockFactor),
                blockBurst: burst * serving.blockFactor, allPerSecond: inAll,
                sourcesMax: sourcesMax, network: network)
        }
        let inAll = serving.requestsPerSecondInAll
        requests = allowance(serving.requestsPerSecond, serving.requestBurst, inAll)
        stores = allowance(
            serving.storesPerSecond, serving.storeBurst, serving.storesPerSecondInAll)
        reads = allowance(serving.readsPerSecond, serving.readBurst, inAll)
        unprovedReads = allowance(serving.readsPerSecond, serving.readBurst, inAll)
        neighbours = allowance(
            serving.requestsPerSecond, serving.requestBurst, serving.storesPerSecondInAll)
        refusals = RateLimiter(
            capacity: sourcesMax, interval: serving.refusalPause, burst: 1)
        work = WorkMeter(window: serving.loadWindow)
        self.settings = serving
        handshakesPerSecond = settings.sessions.provedHandshakesPerSecond
    }

    /// The most addresses and blocks that one of its rates remembers, for checkers.
    var sources: Int {
        max(
            max(requests.sources, stores.sources), max(reads.sources, unprovedReads.sources),
            max(neighbours.sources, refusals.count))
    }

    /// How busy we are with requests and handshakes, 0…100, as of the last request.
    var load: UInt8 { work.load }

    /// Moves the measure of our work on to `now`.
    mutating func advance(to now: Instant) {
        work.advance(to: now)
    }

    /// Charges a request that `sender` made in its session; false when that is too much.
    mutating func charge(_ kind: Message.Kind, from sender: Address, at now: Instant) -> Bool {
        guard admits(kind, from: sender, at: now) else { return false }
        count(kind, at: now)
        return true
    }

    /// Charges a read or STORE of a neighbour beyond what a stranger may ask: a node that hands
    /// over what it keeps, or leaves, asks and stores for many people.
    mutating func chargeNeighbour(
        _ kind: Message.Kind, from sender: Address, at now: Instant
    ) -> Bool {
        guard kind == .store || kind == .findRecord, neighbours.admit(sender, at: now) else {
            return false
        }
        count(kind, at: now)
        return true
    }

    /// What to do with a request that is too much.
    ///
    /// Who stores hears once why, and walks on; who is told every time has an answer for each
    /// request after all.
    mutating func refusal(
        of kind: Message.Kind, from sender: Address, at now: Instant
    ) -> Verdict {
        kind == .store && refusals.admit(sender.with(port: 0), at: now) ? .refuse : .ignore
    }

    /// Charges a request that came with an INIT from `sender`; the handshake itself was admitted
    /// by the ``Gate``.
    mutating func chargeHandshake(
        _ kind: Message.Kind, from sender: Address, _ standing: Gate.Standing, at now: Instant
    ) -> Verdict {
        work.count(perSecond: handshakesPerSecond, at: now)
        guard kind == .findRecord else { return .serve }
        switch standing {
        // Others may have used up what is there for this address, in its name.
        case .unproved: return unprovedReads.admit(sender, at: now) ? .serve : .prove
        case .proved: return reads.admit(sender, at: now) ? .serve : .refuse
        }
    }

    private mutating func count(_ kind: Message.Kind, at now: Instant) {
        work.count(perSecond: settings.requestsPerSecondInAll, at: now)
        if kind == .store { work.count(perSecond: settings.storesPerSecondInAll, at: now) }
    }

    private mutating func admits(
        _ kind: Message.Kind, from sender: Address, at now: Instant
    ) -> Bool {
        guard requests.admit(sender, at: now) else { return false }
        switch kind {
        case .store: return stores.admit(sender, at: now)
        case .findRecord: return reads.admit(sender, at: now)
        // A probe has a rate of its own, for the sake of whom it goes to.
        case .ping, .findNode, .probe, .ask, .pong, .nodes, .records, .stored, .refused, .probing,
            .shown, .relay, .relaying, .taken:
            return true
        }
    }
}
