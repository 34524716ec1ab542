import KithCrypto
import KithOverlay
import KithWire

/// Safety, then liveness: a network under drawn faults that is healed and judged.
///
/// While things go wrong, people publish, publish again, withdraw, read and search; the world
/// checks after every event what must always hold. Then everything but the liars is healed, and
/// after ``settling`` whatever was acknowledged must be readable (FoundationDB's and
/// TigerBeetle's way, and Jepsen's definition of an acknowledged write).
public final class Swarm: Measuring {
    /// What is done.
    public let plan: SwarmPlan
    /// The network it is done to.
    public let world: World
    /// What was seen so far.
    public internal(set) var findings = Findings()
    /// Called now and then with what is going on and how much of all is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// Somebody, and what was last acknowledged of them.
    struct Person {
        let machine: Machine
        var profile: Profile
        /// The newest acknowledged write.
        var acknowledged: Acknowledged?
        /// Their write that has not ended.
        var pending: OperationID?

        var location: Location {
            Record.ownedLocation(.profile, author: machine.identity)
        }
    }

    /// An acknowledged write.
    struct Acknowledged {
        let sequence: UInt64
        let isWithdrawal: Bool
    }

    /// An operation that was started.
    struct Started {
        let id: OperationID
        let machine: Machine
        let life: Int
        let person: Int?
        var hasEnded = false
    }

    var dice: Entropy
    var people: [Person] = []
    var started: [Started] = []
    /// Where an operation is in ``started``.
    var places: [OperationID: Int] = [:]
    /// Faults that have not ended.
    var active: [Active] = []
    /// Who starts an operation, until it has ended or `start` has returned.
    var beginning: (machine: Machine, person: Int?)?
    /// When a machine that is off comes back, by its number.
    var returns: [Instant?] = []

    /// Time between two looks at what begins and ends.
    static let tick: Duration = .seconds(1)
    /// Time from healing to judging: seeds that were lost are asked every 15 min or so, and
    /// every cache of a search is over after 5 min.
    static let settling: Duration = .seconds(1_200)
    /// Random readers of each person in the end.
    static let readers = 3
    /// How long a reader waits in the end.
    static let patience: Duration = .seconds(60)

    /// A swarm that has not begun.
    public init(_ plan: SwarmPlan) {
        self.plan = plan
        world = World(seed: plan.seed, links: Links(latency: plan.links.latency))
        dice = Entropy(seed: plan.seed &+ 1)
        findings.story = plan.description
        world.afterFinish = { [unowned self] machine, id, result in
            ended(id, result, on: machine)
        }
    }

    /// Does all of it.
    public func run() {
        grow()
        goWrong()
        heal()
        judge()
        finish()
    }

    /// Everybody joins in peace, liars among them.
    func grow() {
        for _ in 0..<plan.machines { world.addMachine() }
        for vice in plan.liars { world.addLiar(vice) }
        returns = Array(repeating: nil, count: plan.machines)
        var released = 0
        for machine in world.machines {
            let seeds = world.randomSeeds(3)
            let first = machine.number == 0 ? [] : [world.machines[0].record]
            world.start(machine, seeds: seeds.isEmpty ? first : seeds)
            world.run(for: .milliseconds(100))
            while released < plan.liars.count * (machine.number + 1) / plan.machines {
                world.release(world.liars[released])
                released += 1
            }
        }
        world.run(for: .seconds(30))
        findings.machines = plan.machines
        findings.joined = world.machines.filter(\.isMember).count
        var chosen = world.machines
        dice.shuffle(&chosen)
        for machine in chosen.prefix(plan.people) {
            people.append(Person(machine: machine, profile: world.inventPerson()))
        }
    }

    /// The safety phase.
    func goWrong() {
        world.links = plan.links
        let end = world.now + plan.length
        while world.now < end {
            world.run(for: Swarm.tick)
            bringBack()
            endFaults()
            beginFaults()
            act()
            onProgress?("swarm", 0.2 + 0.4 * (1 - (end - world.now).seconds / plan.length.seconds))
        }
    }

    /// Ends every fault and lets the network come to rest.
    func heal() {
        for one in active { lift(one) }
        active = []
        world.cuts = []
        world.clogs = []
        world.links = Links(latency: plan.links.latency)
        for machine in world.machines {
            machine.clockError = .zero
            machine.setDiskFull(false)
            machine.trap = nil
            if !machine.isUp { world.start(machine, seeds: world.randomSeeds(3)) }
        }
        let end = world.now + Swarm.settling
        while world.now < end {
            world.run(for: .seconds(10))
            onProgress?("heal", 0.6 + 0.3 * (1 - (end - world.now).seconds / 1_200))
        }
    }

    private func finish() {
        findings.unfinished = started.count { !$0.hasEnded }
        for machine in world.machines {
            findings.counters = findings.counters.adding(world.counters(of: machine))
        }
        findings.members = world.machines.filter(\.isMember).count
        findings.liarsKnown = world.liarsKnown
        findings.lies = world.liars.reduce(0) { $0 + $1.lies }
        findings.delivered = world.delivered
        findings.lost = world.lost
        findings.virtualTime = world.now - .start
        findings.violations = world.violations
        findings.trace = world.traceHash
    }
}
