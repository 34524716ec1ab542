public import KithCrypto
public import KithWire

/// One participant of the network, without clock, dice or sockets.
///
/// Three inputs – ``receive(_:from:at:into:)``, ``perform(_:at:into:)``, ``advance(to:into:)`` –
/// each run to completion. Afterwards the caller drains ``nextEvent()``, makes the records durable
/// that events name, sends the outbox, and comes back at ``nextDeadline`` or with the next
/// input. An early or repeated `advance` changes nothing. Equal seed and equal inputs give
/// equal bytes.
///
/// The fields are the house's mechanisms; what they do together stands in the extensions:
/// `Node+Handshakes`, `Node+Messages` (what strangers ask), `Node+Calls` (what we ask),
/// `Node+Lookups`, `Node+Widening`, `Node+Placements`, `Node+Publishing`, `Node+Shards`,
/// `Node+Auditing`, `Node+Keeping` (what we keep for others), `Node+Searching`, `Node+Joining`,
/// `Node+Reachability`, `Node+Contacts`, `Node+Presenting` (what the person says), `Node+Glancing`
/// (what they want to see), `Node+Sharing` (contacts' nodes), `Node+Relaying`, `Node+Mixing`,
/// `Node+Nearby`, `Node+Scanning` and `Node+Links` (who is on the same link), `Node+Bounds`.
public struct Node: ~Copyable {
    let settings: Settings
    let network: Network
    /// Families that the shell has a socket for, IPv4 first.
    let families: [Address.Family]
    /// Whether they are these.
    let usesV4: Bool
    let usesV6: Bool
    /// Families whose address the shell knows, so that votes cannot change it.
    let fixedV4: Bool
    let fixedV6: Bool

    let nodeKey: Ed25519.SecretKey
    let agreementKey: X25519.SecretKey
    var identity: Ed25519.SecretKey?
    /// The person's public key.
    var author: Ed25519.PublicKey?
    /// BLAKE2b of our own key for mac1, computed once.
    let ownMacKey: Bytes32
    /// The key that our cookies are sealed with, computed once.
    let ownCookieKey: Bytes32
    var entropy: Entropy
    /// What happened so far.
    @Boxed public internal(set) var counters = Counters()
    /// Our own record: what others need to reach us.
    public internal(set) var record: NodeRecord

    var sessions: SessionTable
    @Boxed var gate: Gate
    @Boxed var budgets: Budgets
    var admissions: Admissions
    var cookies: CookieJar
    /// Nodes that were asked in vain a moment ago.
    var silent: LRU<Peer, Instant>
    /// When anybody answered us last.
    var lastHeard = Instant.start
    var calls: Slab<Call>
    var timers = Deadlines<Timer>()
    var tableV4: RoutingTable
    var tableV6: RoutingTable
    var proofs: ProofCache
    var votes: AddressVotes
    /// Whether strangers reach us, and what we say of it.
    @Boxed var reach: Reach

    var lookups: Slab<LookupRun>
    var placements: Slab<PlacementRun>
    var publications: Slab<PublicationRun>
    var searches: Slab<SearchRun>
    var operations: [OperationID: Running] = [:]
    var widenings: Slab<Widening>
    var patrol = Patrol()
    var errands: Slab<Errand>
    /// Nodes that did not keep what they had signed for.
    var distrusted: LRU<X25519.PublicKey, Instant>
    /// The keys under which nodes sign receipts: who gave a valid one need not prove it again.
    var signers: LRU<X25519.PublicKey, Ed25519.PublicKey>
    /// The last neighbourhood that looked settled, and when.
    var suspicion: (neighbourhood: Neighbourhood, at: Instant)?

    var store: RecordStore
    var superseded = Superseded()
    /// Until when no STORE token is given, since a record could not be made durable.
    var tokensWithheld = Instant.start
    var tokens: StoreTokens
    /// What we signed about our own full locations.
    var fullStatements: FullStatements
    /// Locations that a majority of their storers called full, while that holds.
    var fullLocations: LRU<Location, Void>
    var profiles: ProfileCache
    var queries: QueryCache
    @Boxed var size: NetworkSize
    var standing: Standing?
    /// What the person exchanges with contacts; nil without a person.
    @Boxed var correspondence: Correspondence? = nil
    /// When it is looked at next.
    var correspondenceDue = Instant.never
    /// Presentations that somebody waits for.
    @Boxed var presentRuns: [PresentRun] = []
    /// People who wait for a card, or to see themselves with the eyes of others.
    @Boxed var glances: [OperationID: Glance] = [:]
    @Boxed var joining: Joining
    /// What is done for the cells of others.
    var relay: Owned<Relay>
    /// What is mixed of our own.
    @Boxed var mix: Mix
    /// Who is on the same link, and what is said there.
    @Boxed var vicinity: Vicinity
    var scans: [OperationID: ScanRun] = [:]
    var mixRuns: Slab<MixRun>
    var mixAttempts: Slab<MixAttempt>
    var clock = SequenceClock()

    var events: [Event] = []
    var eventsTaken = 0
    var scratch: Scratch

    /// Something to do at a later time.
    enum Timer {
        /// A try of a call has waited long enough to let others go ahead.
        case slow(call: UInt32, tries: Int)
        /// A try of a call has failed.
        case call(UInt32, tries: Int)
        /// A search answers with what it has.
        case search(UInt32)
        /// A neighbour may be due for a check, a bucket for a refresh.
        case maintenance
        /// The person's profile is due to be published again.
        case republish
        /// Ask whether what was published is still kept.
        ///
        /// Says nothing when another was published meanwhile.
        case audit(sequence: UInt64)
        /// Try to join again.
        case join
        /// Records may have expired.
        case expiry
        /// A card, letter or request is due.
        case correspondence
        /// A cell was kept back long enough.
        case cell(UInt32)
        /// A query of somebody was kept back long enough.
        case errand(UInt32)
        /// A cell of ours leaves, or cover does.
        case mixSlot(Instant)
        /// Cells leave more often though nobody searches.
        case mixPretence
        /// A cell of ours has not come back.
        case mixAttempt(UInt32)
        /// A mixed query may have waited long enough.
        case mixRun(UInt32)
        /// A beacon is due that was planned for then.
        case beacon(Instant)
        /// The next host of a sweep is asked.
        case sweep(OperationID)
        /// Those are asked once more who have not answered a scan.
        case scanAgain(OperationID)
        /// A scan has waited long enough.
        case scan(OperationID)
    }

    /// A node at rest.
    ///
    /// - Parameters:
    ///   - nodeKey: the node's key pair; its X25519 form is the key in node records.
    ///   - proofNonce: the nonce of the proof of work for that key and network.
    ///   - identity: the person's key, or nil for a node that publishes nothing.
    ///   - role: who decides whether others may route and store through us.
    ///   - id: the node id that the proof makes, see ``NodeProof``.
    ///   - addresses: where others reach us, as far as known; at most one per family counts.
    ///     A family without one learns it from what others see.
    ///   - families: families that the shell has a socket for.
    ///   - restored: records kept before a restart.
    ///   - book: the person's contact book; without one nothing is exchanged with contacts.
    ///   - guards: the guards before a restart, see ``Event/guardsChanged(_:)``.
    public init(
        settings: Settings = Settings(), network: Network,
        role: RolePolicy = .full,
        nodeKey: consuming Ed25519.SecretKey, proofNonce: UInt64, id: NodeID,
        identity: consuming Ed25519.SecretKey?, addresses: [Address],
        families: [Address.Family] = [.v4], restored: [StoredRecord] = [],
        book: ContactBook? = nil, guards: [Guard] = [], entropy: consuming Entropy, at now: Moment
    ) {
        precondition(
            network.replication + settings.keeping.sparesOfProfiles <= Guardians.capacity,
            "more copies than guardians are remembered")
        self.settings = settings
        self.network = network
        let wanted: [Address.Family] = [.v4, .v6]
        self.families = wanted.filter { families.contains($0) }
        self.usesV4 = families.contains(.v4)
        self.usesV6 = families.contains(.v6)
        self.fixedV4 = addresses.contains { $0.family == .v4 }
        self.fixedV6 = addresses.contains { $0.family == .v6 }
        let agreementKey = nodeKey.agreementKey()
        let key = agreementKey.publicKey
        self.nodeKey = nodeKey
        self.agreementKey = agreementKey
        switch identity {
        case .some(let key): self.author = key.publicKey
        case .none: self.author = nil
        }
        self.identity = identity
        self.ownMacKey = Envelope.macKey(of: key)
        self.ownCookieKey = Envelope.cookieKey(of: key)
        self.record = NodeRecord(
            key: key, nonce: proofNonce, id: id,
            v4: addresses.first { $0.family == .v4 }, v6: addresses.first { $0.family == .v6 })
        self.sessions = SessionTable(settings: settings.sessions, network: network)
        self.gate = Gate(settings: settings.sessions, network: network)
        self.budgets = Budgets(settings: settings, network: network)
        self.admissions = Admissions(settings: settings.sessions, network: network)
        self.cookies = CookieJar(settings: settings.sessions)
        self.silent = LRU(capacity: settings.calls.silentMax)
        self.calls = Slab(capacity: settings.calls.capacity)
        self.tableV4 = RoutingTable(own: id, network: network, settings: settings.routing)
        self.tableV6 = RoutingTable(own: id, network: network, settings: settings.routing)
        self.proofs = ProofCache(settings: settings.sessions)
        self.votes = AddressVotes(
            network: network, settings: settings.routing,
            life: settings.reachability.voteLife)
        self.size = NetworkSize(settings: settings.routing)
        self.reach = Reach(
            policy: role, record: record, network: network, settings: settings.reachability,
            at: now.instant)
        self.lookups = Slab(capacity: settings.operations.lookupsMax)
        self.placements = Slab(capacity: settings.operations.lookupsMax)
        self.publications = Slab(capacity: settings.operations.capacity)
        self.searches = Slab(capacity: settings.operations.capacity)
        self.widenings = Slab(capacity: settings.eclipse.wideningsMax)
        self.errands = Slab(capacity: settings.keeping.errandsAtOnceLeaving)
        self.distrusted = LRU(capacity: settings.keeping.distrustedMax)
        self.signers = LRU(capacity: settings.keeping.signersMax)
        self.profiles = ProfileCache(settings: settings.discovery)
        self.queries = QueryCache(settings: settings.discovery)
        self.joining = Joining(pause: settings.operations.joinPause)
        self.scratch = Scratch()
        var entropy = entropy
        self.store = RecordStore(
            network: network, settings: settings.storage, salt: entropy.next())
        self.fullStatements = FullStatements(settings: settings.storage)
        self.mix = Mix(settings: settings.mixing, network: network, guards: guards)
        self.vicinity = Vicinity(settings: settings.nearby)
        self.mixRuns = Slab(capacity: settings.mixing.queriesMax)
        self.mixAttempts = Slab(capacity: settings.mixing.attemptsMax)
        self.fullLocations = LRU(capacity: settings.operations.fullLocationsMax)
        self.tokens = StoreTokens(
            entropy: &entropy, at: now.instant, settings: settings.storage)
        self.relay = Owned(
            Relay(
                own: key, network: network, settings: settings.mixing,
                sourcesMax: settings.sessions.sourcesMax, at: now.instant, &entropy))
        self.entropy = entropy
        restore(restored, at: now)
        open(book, at: now)
        timers.push(.maintenance, at: now.instant + settings.operations.maintenance)
        timers.push(.expiry, at: now.instant + settings.operations.expiryInterval)
    }

    /// Takes one datagram that arrived from `sender`.
    public mutating func receive(
        _ datagram: RawSpan, from sender: Address, at now: Moment, into outbox: inout Outbox
    ) {
        counters.received += 1
        let waiting = outbox.count
        defer { noteSent(outbox, from: waiting, at: now) }
        guard Envelope.datagramBytes.contains(datagram.byteCount) else {
            counters.refusedSize += 1
            return
        }
        guard isUsable(sender) else {
            counters.refusedAddress += 1
            return
        }
        let header: Envelope.Header
        do {
            header = try Envelope.parse(datagram)
        } catch {
            counters.refusedHeader += 1
            return
        }
        switch header {
        case .data(receiver: let index, let counter):
            receiveData(
                datagram, session: index, counter: counter, from: sender, at: now, &outbox)
        case .initiation(sender: let theirIndex):
            receiveInitiation(datagram, theirIndex: theirIndex, from: sender, at: now, &outbox)
        case .response(sender: let theirIndex, receiver: let index):
            receiveResponse(
                datagram, theirIndex: theirIndex, session: index, from: sender, at: now, &outbox)
        case .cookie(receiver: let index):
            receiveCookie(datagram, session: index, from: sender, at: now, &outbox)
        case .beacon:
            receiveBeacon(datagram, from: sender, at: now, &outbox)
        case .greeting:
            receiveGreeting(datagram, from: sender, at: now, &outbox)
        }
    }

    /// Does what a person or the shell asks.
    public mutating func perform(
        _ command: Command, at now: Moment, into outbox: inout Outbox
    ) {
        let waiting = outbox.count
        defer { noteSent(outbox, from: waiting, at: now) }
        switch command {
        case .join(let seeds):
            join(through: seeds, at: now, &outbox)
        case .start(let id, let operation):
            start(operation, as: id, at: now, &outbox)
        case .cancel(let id):
            cancel(id, error: .cancelled)
        case .keepPublished(let profile, let lastSequence):
            keep(profile, lastSequence: lastSequence, withdrawnUntil: nil, at: now)
        case .keepWithdrawn(let profile, let lastSequence, let until):
            keep(profile, lastSequence: lastSequence, withdrawnUntil: until, at: now)
        case .takeIdentity(let seed, let book):
            takeIdentity(seed, book, at: now)
        case .mix(let isMetered):
            mixFromNowOn(isMetered: isMetered, at: now)
        case .beVisible(let visibility):
            beVisible(visibility, at: now)
        case .links(let links):
            take(links, at: now, &outbox)
        case .beckon(let addresses):
            beckon(addresses, at: now, &outbox)
        case .storageFailed(let keys):
            storageFailed(keys, at: now, &outbox)
        case .leave:
            leave(at: now, &outbox)
        }
    }

    /// Moves the node to `now`.
    public mutating func advance(to now: Moment, into outbox: inout Outbox) {
        let waiting = outbox.count
        defer { noteSent(outbox, from: waiting, at: now) }
        while let timer = timers.popDue(at: now.instant) {
            switch timer {
            case .slow(let call, let tries): callIsSlow(call, tries: tries, at: now, &outbox)
            case .call(let call, let tries): callTimedOut(call, tries: tries, at: now, &outbox)
            case .search(let handle): searchRanOut(handle, at: now, &outbox)
            case .maintenance: maintain(at: now, &outbox)
            case .republish: republish(at: now, &outbox)
            case .audit(let sequence): audit(sequence, at: now, &outbox)
            case .join: joinAgain(at: now, &outbox)
            case .expiry: expireRecords(at: now)
            case .correspondence: correspond(at: now, &outbox)
            case .cell(let cell): passOn(cell, at: now, &outbox)
            case .errand(let errand): act(on: errand, at: now, &outbox)
            case .mixSlot(let slot): sendCell(of: slot, at: now, &outbox)
            case .mixPretence: pretendActivity(at: now)
            case .mixAttempt(let attempt): attemptTimedOut(attempt, at: now, &outbox)
            case .mixRun(let run): mixRunDue(run, at: now, &outbox)
            case .beacon(let due): sendBeacon(due: due, at: now, &outbox)
            case .sweep(let scan): sweep(scan, at: now, &outbox)
            case .scanAgain(let scan): askAgain(scan, at: now, &outbox)
            case .scan(let scan): scanDue(scan, at: now, &outbox)
            }
        }
    }

    /// When ``advance(to:into:)`` has something to do next.
    public var nextDeadline: Instant { timers.next }

    /// The next thing to tell the shell, or nil when all was told.
    public mutating func nextEvent() -> Event? {
        guard eventsTaken < events.count else {
            events.removeAll(keepingCapacity: true)
            eventsTaken = 0
            superseded.drained()
            return nil
        }
        defer { eventsTaken += 1 }
        return events[eventsTaken]
    }

    mutating func tell(_ event: Event) {
        events.append(event)
    }
}
