import KithCrypto
import KithOverlay
import KithWire

/// What runs on a node's thread: the node, its loop, its sockets and its store.
///
/// After each batch of input: events are drained, what they ask to keep is committed in one
/// transaction, and only then does the outbox leave. An acknowledgement therefore never leaves
/// before its record is durable.
final class NodeRunner {
    /// Datagrams written between two system calls that send; one batch received with an answer
    /// each, some lookups beside it.
    static let outboxCapacity = 512
    /// How often reliable neighbours are saved; a crash loses no more than this.
    static let savePause: Duration = .seconds(300)
    /// How long a change of the contact book that nobody waits for may stay in memory: what was read
    /// of others, mostly.
    static let bookPause: Duration = .seconds(5)
    /// A leaving node that gives nobody anything and has started nothing for this long has
    /// finished: it is more than the round trip of almost every path.
    static let quiet: Duration = .milliseconds(250)

    /// Where the life of the runner stands.
    enum Phase {
        /// Takes part.
        case running
        /// Finishes what it sends.
        case leaving(until: Instant)
        /// Turns no more.
        case ended
    }

    let loop: EventLoop
    let store: Store
    let sockets: SocketSet
    let options: NodeHost.Options
    let notice: @Sendable (NodeHost.Notice) -> Void
    let started: Moment
    /// Whose identity the home holds.
    let identity: Ed25519.PublicKey

    var node: Node
    var outbox = Outbox(capacity: NodeRunner.outboxCapacity)
    var counters = HostCounters()
    var phase = Phase.running
    /// Whether the identity waits for its passphrase, so that nothing can be published.
    var isLocked: Bool
    var sinks: [OperationID: @Sendable (NodeHost.OperationEvent) -> Void] = [:]
    var changes: [Change] = []
    var persisted: [StoredRecord.Key] = []
    var publishing = Publishing()
    var acquaintances: Acquaintances
    /// The seed of the person's key, which seals the contact book; nil while it is locked.
    var seed: Secret32?
    /// When the contact book is written, since it changed.
    var bookDue = Instant.never
    /// What ended, to be told when the state is on disk.
    var endings: [(OperationID, Result<Outcome, OperationError>)] = []
    /// When the node last started something by itself.
    var lastInitiative: Instant

    private let home: Home
    private let lock: HomeLock
    private var signals: SignalSource?
    private var control: ControlSocket?
    /// The links of this machine; nil for a node that nobody may see.
    private var watch: LinkWatch?
    /// What the daemon of the links' directory knows, and tells of us.
    private var directory: ServiceDirectory?
    private var directoryPort: UInt16 = 0
    /// Who was asked by hand last.
    private var knocks: [Knock] = []
    private var host: NodeHost?
    private var nextSave: Instant

    /// Rings the loop.
    var waker: Waker { loop.waker }

    /// Where it listens.
    var listening: [Address] { sockets.sockets.map(\.local) }

    /// Locks and opens everything; nothing runs yet.
    init(
        home: Home, options: NodeHost.Options,
        notice: @escaping @Sendable (NodeHost.Notice) -> Void
    ) throws(HostError) {
        guard home.exists else { throw .homeMissing(path: home.path) }
        self.home = home
        self.options = options
        self.notice = notice
        lock = try HomeLock(home)
        let store = try home.open(network: options.network)
        self.store = store
        try home.tidyIdentity(beside: store)
        let person = try home.identity(beside: store)
        let seed = try person.seed(given: options.identity)
        identity = person.identity
        isLocked = seed == nil
        self.seed = seed
        loop = try EventLoop()
        let sockets = try SocketSet(
            listen: options.listen, ifPossible: options.listenIfPossible,
            buffers: options.buffers, outboxCapacity: NodeRunner.outboxCapacity)
        self.sockets = sockets
        let now = SystemClock.now()
        started = now
        nextSave = now.instant + NodeRunner.savePause
        lastInitiative = now.instant
        do throws(StoreError) {
            acquaintances = Acquaintances(
                seeds: options.seeds, known: try store.knownNodes(at: now.unix))
            node = try NodeRunner.node(options, store, sockets, seed, at: now)
        } catch {
            throw .store(error)
        }
    }

    private static func node(
        _ options: NodeHost.Options, _ store: Store, _ sockets: SocketSet, _ seed: Secret32?,
        at now: Moment
    ) throws(StoreError) -> Node {
        // The node will not ask to forget what it never saw.
        try store.apply([.forgetExpired(at: now.unix)])
        let nodeKey = try store.nodeKey()
        let proof = try store.proof(in: options.network)
        let reachable = options.advertised + sockets.sockets.map(\.local)
        var book: ContactBook?
        if let seed { book = try store.book(openedWith: seed, at: now.unix) }
        return Node(
            settings: options.settings, network: options.network, role: options.role,
            nodeKey: nodeKey, proofNonce: proof.nonce,
            id: proof.id, identity: seed.map(Ed25519.SecretKey.init(seed:)),
            addresses: reachable.filter { $0.isUsable(in: options.network) },
            families: sockets.families, restored: try store.records(at: now.unix),
            book: book, guards: try store.guards(), entropy: KernelEntropy.entropy(), at: now)
    }

    /// Watches the sockets, listens for commands, and prepares to join.
    func open(for host: NodeHost) throws(HostError) {
        self.host = host
        for (index, socket) in sockets.sockets.enumerated() {
            _ = try loop.watch(socket.number, for: .readable) { [unowned self] _ in
                receive(index)
            }
        }
        if options.takesSignals {
            let source = try SignalSource(SignalSource.lifecycle)
            signals = source
            _ = try loop.watch(source.number, for: .readable) { [unowned self] _ in
                while let signal = source.next() { handle(signal: signal) }
            }
        }
        if let answer = options.control {
            control = try ControlSocket(home: home, lock: lock, loop: loop) { request, reply in
                answer(request, reply, host)
            }
        }
        if options.visibility != .nobody { watchLinks() }
    }

    private func watchLinks() {
        let watch = LinkWatch(
            loop, sockets: sockets.sockets, at: SystemClock.instant()
        ) { [unowned self] datagram, sender in
            node.receive(datagram, from: sender, at: SystemClock.now(), into: &outbox)
            settle(at: SystemClock.now())
        }
        self.watch = watch
        watchDirectory()
        sockets.afterBeacon = { [unowned watch] link, error in
            watch.beacon(over: link, failed: error)
        }
    }

    private func watchDirectory() {
        guard options.usesDirectory,
            let port = listening.first(where: { $0.scope != .loopback })?.port
        else { return }
        let directory = ServiceDirectory(
            loop, network: options.network, entry: directoryEntry(port: port),
            at: SystemClock.instant())
        directoryPort = port
        self.directory = directory
        directory.afterFinding = { [unowned self] address in
            node.perform(.beckon([address]), at: SystemClock.now(), into: &outbox)
            settle(at: SystemClock.now())
        }
    }

    /// What stands about us in the directory: nothing when contacts alone may see us.
    private func directoryEntry(port: UInt16) -> ServiceDirectory.Entry? {
        var texts = ["v=1", "net=\(options.network.name)"]
        switch visibility {
        case .nobody, .contacts: return nil
        case .nodes: break
        case .everybody(let name):
            texts += ["name=\(name)", "id=\(IdentityText.fingerprint(of: identity))"]
        }
        let families = sockets.sockets.filter { $0.local.port == port }.map(\.family)
        return ServiceDirectory.Entry(port: port, families: families, texts: texts)
    }

    // MARK: The loop

    /// Runs the node to its end; the thread's body.
    func run() {
        begin(at: SystemClock.now())
        while true {
            if case .ended = phase { break }
            counters.turns += 1
            loop.turn(until: nextDeadline)
            takeMail()
            let now = SystemClock.now()
            if node.nextDeadline <= now.instant { node.advance(to: now, into: &outbox) }
            settle(at: now)
            lookAround(at: now)
            if now.instant >= nextSave {
                nextSave = now.instant + NodeRunner.savePause
                saveAcquaintances(at: now)
            }
            endIfQuiet(at: now.instant)
            control?.drain()
        }
        end()
    }

    private var nextDeadline: Instant {
        let next = min(
            node.nextDeadline, nextSave, bookDue, watch?.due ?? .never, directory?.due ?? .never)
        switch phase {
        case .running: return next
        case .leaving(let until):
            // What ends the handing over is an input, after which this is asked again.
            return node.isHandingOver
                ? min(next, until) : min(next, until, lastInitiative + NodeRunner.quiet)
        case .ended: return .start
        }
    }

    private func begin(at now: Moment) {
        if options.keepsPublished, !isLocked { keepPublished(at: now) }
        if options.visibility != .nobody {
            node.perform(.beVisible(visibility), at: now, into: &outbox)
            lookAround(at: now)
        }
        node.perform(.join(acquaintances.next()), at: now, into: &outbox)
        // On a local network nobody is hidden from anybody: relays are looked for when asked.
        if !options.network.isLocal {
            node.perform(.mix(isMetered: options.isMetered), at: now, into: &outbox)
        }
        settle(at: now)
    }

    /// Tells the node which links there are now, when it is time to look.
    private func lookAround(at now: Moment) {
        directory?.tend(at: now.instant)
        guard let watch, watch.due <= now.instant, case .running = phase else { return }
        guard watch.look(at: now.instant) else { return }
        node.perform(.links(watch.links), at: now, into: &outbox)
        directory?.rename()
        settle(at: now)
    }

    /// Goes by what the person says of themselves now: whether they want to be seen, and by what name.
    func refreshVisibility(at now: Moment) {
        guard options.visibility != .nobody else { return }
        node.perform(.beVisible(visibility), at: now, into: &outbox)
        directory?.say(directoryEntry(port: directoryPort))
    }

    private func end() {
        let now = SystemClock.now()
        if bookDue < .never { bookDue = now.instant }
        settle(at: now)
        saveAcquaintances(at: now)
        host?.closeMail()
        for id in sinks.keys.sorted() { sinks[id]?(.finished(.failure(.cancelled))) }
        sinks = [:]
        // Whoever has us in the directory is told that we are gone.
        directory = nil
        control?.drain()
        control = nil
        host = nil
        notice(.stopped)
    }

    private func endIfQuiet(at now: Instant) {
        guard case .leaving(let until) = phase else { return }
        let isDone = !node.isHandingOver && now >= lastInitiative + NodeRunner.quiet
        if now >= until || isDone { phase = .ended }
    }

    // MARK: Input

    private func receive(_ index: Int) {
        let socket = sockets.sockets[index]
        let now = SystemClock.now()
        let (count, _) = socket.receive()
        for datagram in 0..<count {
            let sender = socket.sender(datagram)
            socket.withDatagram(datagram) { bytes in
                node.receive(bytes, from: sender, at: now, into: &outbox)
            }
            let hasInitiative = sockets.assign(
                outbox, answering: sender, socket: index, from: socket.arrival(datagram))
            if hasInitiative { lastInitiative = now.instant }
            // Room for what one datagram can set off: a lookup's next requests, a store's.
            if outbox.count > outbox.capacity / 2 { settle(at: now) }
        }
        settle(at: now)
    }

    private func takeMail() {
        guard let host else { return }
        for letter in host.takeLetters() {
            let now = SystemClock.now()
            switch letter {
            case .start(let id, let operation, let sink):
                start(operation, as: id, sink, at: now)
            case .perform(let command):
                node.perform(command, at: now, into: &outbox)
            case .snapshot(let body):
                body(snapshot(at: now))
            case .store(let body):
                body(store)
            case .unlock(let seed, let answer):
                answer(unlock(with: seed, at: now))
            case .stop:
                stop(at: now)
            }
            settle(at: now)
        }
    }

    private func start(
        _ operation: Operation, as id: OperationID,
        _ sink: @escaping @Sendable (NodeHost.OperationEvent) -> Void, at now: Moment
    ) {
        sinks[id] = sink
        switch operation {
        case .scan(let scan): prepare(scan, at: now)
        case .present, .hide, .publish: refreshVisibility(at: now)
        default: break
        }
        publishing.willStart(operation, as: id)
        node.perform(.start(id, operation), at: now, into: &outbox)
    }

    /// Knocks where somebody is looked for by hand, to have words if nobody answers, and has those
    /// asked whom the directory names.
    private func prepare(_ scan: Scan, at now: Moment) {
        // Who cannot be knocked at has no words; the scan asks all the same.
        let near = scan.addresses.prefix(options.settings.nearby.addressesMax)
            .filter { node.links.link(of: $0) != nil }
        knocks = near.compactMap { try? Knock($0) }
        let named = directory?.services.map(\.address) ?? []
        if !named.isEmpty { node.perform(.beckon(named), at: now, into: &outbox) }
    }

    private func handle(signal: Int32) {
        if signal == SignalSource.reload {
            notice(.reload)
        } else {
            stop(at: SystemClock.now())
        }
    }

    /// Begins to leave; asked again, ends.
    func stop(at now: Moment) {
        switch phase {
        case .running:
            notice(.leaving)
            node.perform(.leave, at: now, into: &outbox)
            lastInitiative = now.instant
            phase = .leaving(until: now.instant + NodeHost.leaveMax)
        case .leaving, .ended:
            phase = .ended
        }
    }

    private func snapshot(at now: Moment) -> NodeHost.Snapshot {
        var counters = counters
        counters.unroutable = sockets.unroutable
        counters.outboxFull = outbox.dropped
        return NodeHost.Snapshot(
            moment: now, status: node.status(at: now.instant),
            neighbours: node.neighbourStatuses(at: now.instant), counters: node.counters,
            sockets: sockets.counters, host: counters, listening: listening, started: started,
            identity: identity, isLocked: isLocked, book: node.contactBook,
            bystanders: node.bystanders,
            surroundings: Surroundings(visibility: node.visibility, watch, directory, knocks))
    }
}
