import KithWire

/// Who decides whether others may route and store through a node.
public enum RolePolicy: Sendable, Equatable {
    /// They always may.
    case full
    /// They never may.
    case client
    /// They may once strangers are proved to reach it, each address family on its own.
    case automatic
}

/// Whether strangers reach us over one address family, and how we know.
///
/// A value that decides when to ask for a probe and what its outcome means; it never sends. The
/// proof is a handshake from a block of addresses that we sent nothing to lately: whatever keeps
/// strangers out, a firewall or a NAT that filters, would have stopped it.
///
/// ```
/// seeking ──two blocks, address steady──▶ reached
///    │ ▲                                    │ probes in vain, or another address
///    ▼ └────────── after a rest ────────────┘
/// resting
/// ```
struct Reachability {
    /// Where the question stands.
    enum State: Equatable {
        /// Whoever runs the node decided.
        case told(HandshakePayload.Role)
        /// Not proved; so many probes in a row were in vain.
        case seeking(failures: Int)
        /// Not proved, and not worth asking before.
        case resting(until: Instant)
        /// Proved; so many probes in a row were in vain since.
        case reached(failures: Int)
    }

    /// What the caller must do now.
    enum Step: Equatable {
        case wait
        /// Ask somebody to have us probed.
        case ask
        /// We serve from now on: tell the neighbourhood.
        case promoted
        /// We serve no more: tell the neighbourhood.
        case demoted
    }

    /// A stranger's handshake.
    private struct Evidence {
        let block: Address.Block
        let at: Instant
    }

    private let settings: Settings.Reachability
    private(set) var state: State
    /// Since when our own address is what it is; nil while it is unknown.
    private(set) var addressSince: Instant?
    private var evidence: [Evidence] = []
    /// When a handshake came last, of strangers and of nodes that we wrote to.
    private var lastStranger: Instant?
    private var lastFamiliar: Instant?
    /// When the probe was asked for whose outcome is awaited; nil when none is.
    private var asked: Instant?
    private var nextAsk = Instant.start
    private var rest: Duration

    /// Nothing proved; `addressSince` when the address is known from the start.
    init(policy: RolePolicy, addressSince: Instant?, settings: Settings.Reachability) {
        self.settings = settings
        self.addressSince = addressSince
        self.rest = settings.rest
        switch policy {
        case .full: state = .told(.full)
        case .client: state = .told(.client)
        case .automatic: state = .seeking(failures: 0)
        }
    }

    /// What we say in handshakes.
    var role: HandshakePayload.Role {
        switch state {
        case .told(let role): role
        case .seeking, .resting: .client
        case .reached: .full
        }
    }

    /// Whether handshakes of others matter here.
    var isOpen: Bool {
        if case .told = state { false } else { true }
    }

    /// Whether a NAT's mapping is worth the datagrams that keep it: we serve, or are about to.
    var needsMapping: Bool {
        switch state {
        case .told(let role): role == .full
        case .seeking: addressSince != nil
        case .resting: false
        case .reached: true
        }
    }

    /// Takes note of a handshake; `isStranger` when we sent nothing to its block lately.
    mutating func heard(from block: Address.Block, isStranger: Bool, at now: Instant) {
        guard isStranger else {
            lastFamiliar = now
            return
        }
        lastStranger = now
        evidence.removeAll { $0.block == block }
        evidence.append(Evidence(block: block, at: now))
        if evidence.count > settings.evidenceMax { evidence.removeFirst() }
    }

    /// Our own address is another one: what was proved of the old one is void.
    ///
    /// - Parameter isElsewhere: whether it is another host; another port alone is what a NAT gives
    ///   whom it forgot, and no reason to end a rest.
    /// - Returns: whether we serve no more.
    mutating func addressChanged(isElsewhere: Bool, at now: Instant) -> Bool {
        let served = role == .full
        addressSince = now
        evidence = []
        asked = nil
        nextAsk = now
        switch state {
        case .told: return false
        case .resting where !isElsewhere: return false
        case .seeking(let failures): state = .seeking(failures: isElsewhere ? 0 : failures)
        case .resting, .reached: state = .seeking(failures: 0)
        }
        return served
    }

    /// Takes note that somebody promised, at the request of `time`, to have us probed.
    mutating func promised(askedAt time: Instant) {
        asked = time
    }

    /// What is to be done now.
    mutating func step(at now: Instant) -> Step {
        guard let since = addressSince else { return .wait }
        switch state {
        case .told: return .wait
        case .resting(let until):
            guard until <= now else { return .wait }
            // The mapping was not kept meanwhile, so the address has to hold anew.
            addressSince = now
            state = .seeking(failures: 0)
            return .wait
        case .seeking(let failures):
            return seek(failures: judged(failures, at: now), since: since, at: now)
        case .reached(let failures):
            return stay(failures: judged(failures, at: now), at: now)
        }
    }

    /// Failures in a row, with the awaited probe if its time is over.
    ///
    /// A handshake of a node that we wrote to proves nothing, but it shows that the probe was made.
    private mutating func judged(_ failures: Int, at now: Instant) -> Int {
        guard let time = asked else { return failures }
        if let lastStranger, lastStranger >= time {
            asked = nil
            return 0
        }
        guard now - time >= settings.probePatience else { return failures }
        asked = nil
        if let lastFamiliar, lastFamiliar >= time { return failures }
        return failures + 1
    }

    private mutating func seek(failures: Int, since: Instant, at now: Instant) -> Step {
        state = .seeking(failures: failures)
        let isProved =
            evidence.count { now - $0.at <= settings.evidenceWindow } >= settings.blocksNeeded
        if isProved {
            guard now - since >= settings.promotionAfter else { return .wait }
            state = .reached(failures: 0)
            rest = settings.rest
            nextAsk = now + settings.recheck
            return .promoted
        }
        if failures >= settings.attempts {
            state = .resting(until: now + rest)
            rest = min(rest * 2, settings.restMax)
            return .wait
        }
        guard now - since >= settings.promotionAfter - settings.probeLead else { return .wait }
        return ask(again: settings.probeInterval, at: now)
    }

    private mutating func stay(failures: Int, at now: Instant) -> Step {
        state = .reached(failures: failures)
        if failures >= settings.failuresMax {
            state = .seeking(failures: 0)
            evidence = []
            addressSince = now
            return .demoted
        }
        if failures == 0, let last = lastStranger {
            // Whoever is reached by strangers anyway needs no probe.
            nextAsk = max(nextAsk, last + settings.recheck)
        }
        return ask(again: settings.recheckSoon, at: now)
    }

    private mutating func ask(again pause: Duration, at now: Instant) -> Step {
        guard asked == nil, nextAsk <= now else { return .wait }
        nextAsk = now + pause
        return .ask
    }
}

/// What a node knows of its own reachability, and what it does for that of others.
struct Reach {
    /// Something to send once the answer at hand has left.
    enum Favour {
        /// Ask another node to probe this one.
        case passOn(NodeRecord, to: NodeRecord)
        /// Send this node a handshake.
        case probe(NodeRecord)
    }

    var v4: Reachability
    var v6: Reachability
    /// Blocks that we sent something to lately, and when.
    var contacted: LRU<Address.Block, Instant>
    /// When anything left, by family.
    var lastSent = (v4: Instant.start, v6: Instant.start)
    /// When the neighbourhood was last asked what our address is, because somebody differed.
    var lastDoubt: Instant?
    var favour: Favour?
    private var requests: RateLimiter<Address.Block>
    private var all: Bucket
    private let isLocal: Bool
    /// Whether what leaves has to be noted.
    let isWatching: Bool

    /// Everything open; `addresses` are those known from the start.
    init(
        policy: RolePolicy, record: NodeRecord, network: Network,
        settings: Settings.Reachability, at now: Instant
    ) {
        // On a local network everyone is in one block, so that nobody is ever a stranger.
        let policy = network.isLocal && policy == .automatic ? .full : policy
        v4 = Reachability(
            policy: policy, addressSince: record.v4 == nil ? nil : now, settings: settings)
        v6 = Reachability(
            policy: policy, addressSince: record.v6 == nil ? nil : now, settings: settings)
        contacted = LRU(capacity: settings.contactsMax)
        requests = RateLimiter(
            capacity: settings.askersMax, interval: settings.probePausePerBlock,
            burst: settings.probeBurstPerBlock)
        all = Bucket(interval: settings.probePause, burst: settings.probeBurst)
        isLocal = network.isLocal
        isWatching = !network.isLocal
    }

    subscript(family: Address.Family) -> Reachability {
        get { family == .v4 ? v4 : v6 }
        set {
            switch family {
            case .v4: v4 = newValue
            case .v6: v6 = newValue
            }
        }
    }

    /// Blocks whose probes are counted.
    var askers: Int { requests.count }

    /// Whether a handshake may be made, or had made, for whoever is in `block`.
    mutating func admitsProbe(of block: Address.Block, at now: Instant) -> Bool {
        guard !isLocal else { return all.admit(at: now) }
        return requests.admit(block, at: now) && all.admit(at: now)
    }
}
