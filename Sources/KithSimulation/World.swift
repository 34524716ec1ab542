import KithCrypto
public import KithOverlay
public import KithWire

/// A network of real nodes in one process, under virtual time and out of one seed.
///
/// The nodes are the very ``Node`` of the command, with real cryptography. The world delivers
/// their datagrams as its ``links`` say, wakes them at their deadlines, keeps their disks, checks
/// after each event what must always hold (``violations``), and hashes every delivery and event,
/// so that two runs of one seed can be compared.
public final class World {
    /// The seed that everything is drawn from; printed with every failure.
    public let seed: UInt64
    /// The network's parameters.
    public let network: Network
    /// The settings that every node gets.
    public var settings: Settings
    /// How datagrams are treated.
    public var links: Links
    /// Cuts through the network.
    public var cuts: [Cut] = []
    /// Machines whose datagrams are all late.
    public var clogs: [Clog] = []
    /// All machines, running or not.
    public private(set) var machines: [Machine] = []
    /// Nodes that lie; see ``addLiar(_:in:)``.
    public internal(set) var liars: [Liar] = []
    /// Virtual time.
    public private(set) var now = Instant.start
    /// Datagrams delivered.
    public internal(set) var delivered: UInt64 = 0
    /// Datagrams lost on the way or to machines that are down.
    public internal(set) var lost: UInt64 = 0
    /// What should never have happened, in the order in which it did; empty when all is well.
    public internal(set) var violations: [Violation] = []
    /// Called when an operation ended.
    public var afterFinish: ((Machine, OperationID, Result<Outcome, OperationError>) -> Void)?
    /// Called when a cell leaves a machine for the first time, with what it is.
    public var afterCell: ((Machine, CellKind) -> Void)? {
        didSet {
            for machine in machines { machine.cellsNoted = machine.node?.counters ?? Counters() }
        }
    }
    /// Called when a datagram left a machine.
    var afterSending: ((Passage) -> Void)?
    /// Called when a machine wrote a record to its disk.
    public var afterPersist: ((Machine, StoredRecord) -> Void)?

    var entropy: Entropy
    var agenda = Agenda()
    var outbox = Outbox(capacity: 1_024)
    var trace: Bytes32
    var byAddress: [Address: Int] = [:]
    var byID: [NodeID: Int] = [:]
    /// Machines behind a box, by the outside address of that box with port 0.
    var byHost: [Address: Int] = [:]
    var byIdentity: [Ed25519.PublicKey: Int] = [:]
    var bySigner: [Ed25519.PublicKey: Int] = [:]
    /// Keys under which liars sign receipts.
    var liarSigners: Set<Ed25519.PublicKey> = []
    /// The liars that are added without a conspiracy of their own.
    let crowd = Conspiracy()
    var churn: Churn?
    private var operations: UInt64 = 0
    private let epoch: UnixTime

    /// The parameters of simulated networks: real cryptography, cheap proofs, and addresses all
    /// over the internet so that the diversity limits hold.
    public static let network = Network(
        name: "simulation", proofBits: 0, proofMemoryBytes: 8_192, replication: 3,
        isLocal: false)

    /// Noon of some day, so that short runs do not cross midnight, where locations change.
    public static let noon = UnixTime(milliseconds: 1_795_262_400_000)

    /// How often a machine's shell writes down which nodes it knows.
    public static let saveInterval: Duration = .seconds(300)

    /// An empty world.
    ///
    /// - Parameter epoch: the wall clock at the start.
    public init(
        seed: UInt64, network: Network = World.network, settings: Settings = Settings(),
        links: Links = Links(), epoch: UnixTime = World.noon
    ) {
        self.seed = seed
        self.network = network
        self.settings = settings
        self.links = links
        self.epoch = epoch
        entropy = Entropy(seed: seed)
        trace = BLAKE2b.hash32("kith/trace\0", Bytes32())
    }

    /// The time as `machine` sees it.
    public func moment(of machine: Machine) -> Moment {
        Moment(instant: now, unix: unix + machine.clockError)
    }

    /// The time as a clock that is right shows it.
    public var unix: UnixTime { epoch + (now - .start) }

    /// The hash of every delivery and event so far, in hexadecimal.
    public var traceHash: String { trace.hex }

    /// Adds a machine that is switched off.
    @discardableResult
    public func addMachine() -> Machine {
        precondition(machines.count < World.firstLiar)
        let address = freeAddress()
        let machine = Machine(
            number: machines.count, address: address, network: network, entropy: &entropy)
        machines.append(machine)
        byAddress[address] = machine.number
        byID[machine.record.id] = machine.number
        byIdentity[machine.identity] = machine.number
        bySigner[machine.signer] = machine.number
        return machine
    }

    /// Gives a machine that is off an empty contact book.
    public func giveBook(to machine: Machine) {
        precondition(machine.node == nil, "machine \(machine.number) is on")
        machine.disk.book = ContactBook(at: moment(of: machine).unix, entropy: &entropy)
    }

    /// Has a running machine spoil the cells that it should pass on, or nil: no longer.
    package func spoilCells(of machine: Machine, _ fault: RelayFault?) {
        machine.node?.spoilCells(fault)
    }

    /// The contact book of a running machine.
    public func book(of machine: Machine) -> ContactBook? { machine.node?.contactBook }

    /// Switches a machine on; it joins through `seeds` and the nodes it knew before, and keeps
    /// published what was published before.
    public func start(_ machine: Machine, seeds: [NodeRecord]) {
        precondition(machine.node == nil, "machine \(machine.number) is on")
        machine.life += 1
        let moment = moment(of: machine)
        let restored = machine.disk.all
        machine.node = Node(
            settings: settings, network: network, role: machine.policy,
            nodeKey: Ed25519.SecretKey(seed: machine.nodeSeed), proofNonce: machine.record.nonce,
            id: machine.record.id, identity: Ed25519.SecretKey(seed: machine.identitySeed),
            addresses: machine.knowsAddress ? [machine.address] : [], restored: restored,
            book: machine.disk.book, guards: machine.disk.guards, entropy: entropy.fork(),
            at: moment)
        checkRestart(of: machine, restored: restored, at: moment.unix)
        if let kept = machine.disk.publication {
            perform(kept.command, on: machine)
        }
        perform(.join(machine.disk.nodes + seeds), on: machine)
        plan(.save(machine: machine.number, life: machine.life), after: World.saveInterval)
    }

    /// Switches a machine off without warning; its disk stays.
    public func crash(_ machine: Machine) {
        guard machine.node != nil else { return }
        machine.buried = counters(of: machine)
        machine.node = nil
        machine.wakesAt = .never
        machine.joinedAt = nil
        machine.aloneReason = nil
        machine.seenAddress = nil
        machine.aloneAt = nil
        machine.pause = .none
        machine.trap = nil
        machine.shown.removeAll()
        machine.strangers.removeAll()
        machine.cellsNoted = Counters()
    }

    /// Gives a command to a running machine.
    public func perform(_ command: Command, on machine: Machine) {
        guard machine.node != nil else { return }
        outbox.clear()
        machine.node?.perform(command, at: moment(of: machine), into: &outbox)
        settle(machine)
    }

    /// Starts an operation; its end is found in ``Machine/results``.
    @discardableResult
    public func start(_ operation: Operation, on machine: Machine) -> OperationID {
        operations += 1
        let id = OperationID(operations)
        perform(.start(id, noting(operation, of: machine)), on: machine)
        return id
    }

    /// Runs one operation to its end.
    ///
    /// - Returns: nil when it did not end within `limit` or its machine went down.
    public func finish(
        _ operation: Operation, on machine: Machine, within limit: Duration = .seconds(60)
    ) -> Result<Outcome, OperationError>? {
        let id = start(operation, on: machine)
        run(upTo: limit) { machine.results[id] != nil || !machine.isUp }
        return machine.results[id]
    }

    /// Lets virtual time pass.
    public func run(for duration: Duration) {
        run(until: now + duration)
    }

    /// Lets virtual time pass until `end`.
    public func run(until end: Instant) {
        while agenda.next <= end { step() }
        now = max(now, end)
    }

    /// Lets virtual time pass until `condition` holds, at most `limit`.
    ///
    /// - Returns: whether it came to hold.
    @discardableResult
    public func run(upTo limit: Duration, until condition: () -> Bool) -> Bool {
        let end = now + limit
        while !condition() {
            guard agenda.next <= end else {
                now = max(now, end)
                return condition()
            }
            step()
        }
        return true
    }

    /// Counters of a machine over all its lives.
    public func counters(of machine: Machine) -> Counters {
        guard let running = machine.node?.counters else { return machine.buried }
        return machine.buried.adding(running)
    }

    /// The number of the machine that datagrams from `address` come from.
    func machine(at address: Address) -> Int? { byAddress[address] }

    /// What a running machine's node says of itself.
    public func status(of machine: Machine) -> Status? {
        machine.node?.status(at: now)
    }

    /// An operation the size of a dice roll: a random location.
    public func randomLocation() -> Location {
        Location(entropy.bytes32())
    }

    /// A number below `bound`, out of the world's seed.
    public func random(below bound: Int) -> Int {
        Int(entropy.below(UInt64(bound)))
    }

    private func step() {
        guard let (due, item) = agenda.pop() else { return }
        now = due
        switch item {
        case .delivery(let number, let datagram):
            if let liar = liar(number) {
                deliver(datagram, to: liar)
            } else {
                deliver(datagram, to: machines[number])
            }
        case .wake(let number, let life):
            let machine = machines[number]
            guard machine.life == life, machine.wakesAt == due else { return }
            machine.wakesAt = .never
            wake(machine)
        case .save(let number, let life):
            let machine = machines[number]
            guard machine.life == life, let nodes = machine.node?.reliableNodes(limit: 32) else {
                return
            }
            if !nodes.isEmpty { machine.disk.nodes = nodes }
            plan(.save(machine: number, life: life), after: World.saveInterval)
        case .churn(let number):
            turnOver(machines[number])
        case .scheme(let number):
            if let liar = liar(number) { scheme(liar) }
        }
    }

    /// An address of the internet that nobody has.
    func freeAddress() -> Address {
        while true {
            let address = Address(v4: entropy.next32(), port: 5_484)
            if address.scope == .global, byAddress[address] == nil { return address }
        }
    }

    func plan(_ item: Agenda.Item, after delay: Duration) {
        agenda.plan(item, at: now + delay)
    }
}
