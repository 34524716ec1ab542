import KithCrypto
public import KithOverlay
public import KithWire

/// A network of real nodes in one process, under virtual time and out of one seed.
///
/// The nodes are the very ``Node`` of the command, with real cryptography. The world delivers
/// their datagrams as its ``links`` say, wakes them at their deadlines, keeps their disks, and
/// hashes every delivery, so that two runs of one seed can be compared.
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
    /// All machines, running or not.
    public private(set) var machines: [Machine] = []
    /// Virtual time.
    public private(set) var now = Instant.start
    /// Datagrams delivered.
    public private(set) var delivered: UInt64 = 0
    /// Datagrams lost on the way or to machines that are down.
    public private(set) var lost: UInt64 = 0
    /// Called after each event with the machine it happened to; checkers look here.
    public var afterEvent: ((World, Machine) -> Void)?

    var entropy: Entropy
    private var agenda = Agenda()
    private var outbox = Outbox(capacity: 1_024)
    private var byAddress: [Address: Int] = [:]
    private var trace: Bytes32
    private var operations: UInt64 = 0
    private let epoch: UnixTime
    var churn: Churn?

    /// The parameters of simulated networks: real cryptography, cheap proofs, and addresses all
    /// over the internet so that the diversity limits hold.
    public static let network = Network(
        name: "simulation", proofBits: 0, proofMemoryBytes: 8_192, replication: 3,
        isLocal: false)

    /// An empty world.
    ///
    /// - Parameter epoch: the wall clock at the start; noon by default, so that short runs do
    ///   not cross midnight, where locations change.
    public init(
        seed: UInt64, network: Network = World.network, settings: Settings = Settings(),
        links: Links = Links(), epoch: UnixTime = UnixTime(milliseconds: 1_795_262_400_000)
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
        Moment(instant: now, unix: epoch + (now - .start) + machine.clockError)
    }

    /// The hash of every delivery so far, in hexadecimal.
    public var traceHash: String { trace.hex }

    /// Adds a machine that is switched off.
    @discardableResult
    public func addMachine() -> Machine {
        var address = randomAddress()
        while byAddress[address] != nil { address = randomAddress() }
        let machine = Machine(
            number: machines.count, address: address, network: network, entropy: &entropy)
        machines.append(machine)
        byAddress[address] = machine.number
        return machine
    }

    /// Switches a machine on; it joins through `seeds` and the nodes it knew before.
    public func start(_ machine: Machine, seeds: [NodeRecord]) {
        precondition(machine.node == nil, "machine \(machine.number) is on")
        machine.life += 1
        machine.joinedAt = nil
        let moment = moment(of: machine)
        machine.node = Node(
            settings: settings, network: network,
            nodeKey: Ed25519.SecretKey(seed: machine.nodeSeed), proofNonce: machine.record.nonce,
            id: machine.record.id, identity: Ed25519.SecretKey(seed: machine.identitySeed),
            addresses: [machine.address], restored: machine.disk.all, entropy: entropy.fork(),
            at: moment)
        perform(.join(machine.disk.nodes + seeds), on: machine)
    }

    /// Switches a machine off without warning; its disk stays.
    public func crash(_ machine: Machine) {
        guard machine.node != nil else { return }
        machine.buried = counters(of: machine)
        machine.node = nil
        machine.wakesAt = .never
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
        perform(.start(id, operation), on: machine)
        return id
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

    /// Runs one operation to its end.
    public func finish(
        _ operation: Operation, on machine: Machine, within limit: Duration = .seconds(60)
    ) -> Result<Outcome, OperationError>? {
        let id = start(operation, on: machine)
        _ = run(upTo: limit) { machine.results[id] != nil || !machine.isUp }
        return machine.results[id]
    }

    /// Counters of a machine over all its lives.
    public func counters(of machine: Machine) -> Counters {
        guard let running = machine.node?.counters else { return machine.buried }
        return machine.buried.adding(running)
    }

    private func step() {
        guard let (due, item) = agenda.pop() else { return }
        now = due
        switch item {
        case .delivery(let number, let datagram):
            deliver(datagram, to: machines[number])
        case .wake(let number, let life):
            let machine = machines[number]
            guard machine.life == life, machine.node != nil, machine.wakesAt == due else {
                return
            }
            machine.wakesAt = .never
            outbox.clear()
            machine.node?.advance(to: moment(of: machine), into: &outbox)
            settle(machine)
        case .churn(let number):
            turnOver(machines[number])
        }
    }

    private func deliver(_ datagram: Agenda.Datagram, to machine: Machine) {
        guard machine.node != nil else {
            lost += 1
            return
        }
        delivered += 1
        note(datagram, to: machine)
        outbox.clear()
        let sender = machines[datagram.sender].address
        machine.node?.receive(
            datagram.bytes.span.bytes, from: sender, at: moment(of: machine), into: &outbox)
        settle(machine)
    }

    /// Drains what a node said: events first, then its datagrams, then its next deadline.
    private func settle(_ machine: Machine) {
        while let event = machine.node?.nextEvent() { take(event, of: machine) }
        for index in 0..<outbox.count {
            if machine.disk.isFull, outbox.needsDurability(index) { continue }
            send(index, from: machine)
        }
        outbox.clear()
        let deadline = machine.node?.nextDeadline ?? .never
        if deadline != .never, deadline < machine.wakesAt || machine.wakesAt <= now {
            machine.wakesAt = max(deadline, now)
            agenda.plan(.wake(machine: machine.number, life: machine.life), at: machine.wakesAt)
        }
        afterEvent?(self, machine)
    }

    private func take(_ event: Event, of machine: Machine) {
        switch event {
        case .persist(let record):
            if machine.disk.isFull {
                machine.node?.perform(
                    .storageFailed([record.key]), at: moment(of: machine), into: &outbox)
            } else {
                machine.disk.put(record)
            }
        case .forget(let key): machine.disk.remove(key)
        case .joined: machine.joinedAt = now
        case .alone, .published, .progress: break
        case .hit(let id, let hit): machine.hits[id, default: []].append(hit)
        case .finished(let id, let result): machine.results[id] = result
        }
    }

    private func send(_ index: Int, from machine: Machine) {
        guard let receiver = byAddress[outbox.destination(index)] else {
            lost += 1
            return
        }
        if cuts.contains(where: { $0.separates(machine.number, receiver) })
            || entropy.unit() < links.loss
        {
            lost += 1
            return
        }
        let bytes = outbox.withDatagram(index) { $0.withUnsafeBytes { [UInt8]($0) } }
        let datagram = Agenda.Datagram(sender: machine.number, bytes: bytes)
        agenda.plan(.delivery(to: receiver, datagram), at: now + delay())
        if links.duplication > 0, entropy.unit() < links.duplication {
            agenda.plan(.delivery(to: receiver, datagram), at: now + delay())
        }
    }

    private func delay() -> Duration {
        let spread = Double(links.spread.wholeNanoseconds) * (2 * entropy.unit() - 1)
        var delay = links.latency + .nanoseconds(Int64(spread))
        if links.reordering > 0, entropy.unit() < links.reordering {
            let held = Double(links.reorderDelay.wholeNanoseconds) * entropy.unit()
            delay = delay + .nanoseconds(Int64(held))
        }
        return max(delay, .microseconds(10))
    }

    private func note(_ datagram: Agenda.Datagram, to machine: Machine) {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update(trace)
        hasher.update(now.nanoseconds)
        hasher.update(UInt64(datagram.sender))
        hasher.update(UInt64(machine.number))
        hasher.update(datagram.bytes)
        trace = hasher.finish32()
    }

    private func randomAddress() -> Address {
        while true {
            let address = Address(v4: entropy.next32(), port: 5_484)
            if address.scope == .global { return address }
        }
    }

    func plan(_ item: Agenda.Item, after delay: Duration) {
        agenda.plan(item, at: now + delay)
    }
}
