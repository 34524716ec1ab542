import KithCrypto
import KithOverlay
import KithWire

/// One measured run: a network grows, people publish, something goes wrong, people are sought.
///
/// What counts is defined in ``Findings``. Everything is drawn from the plan's seed.
public final class Experiment: Measuring {
    /// What is done.
    public let plan: Plan
    /// The network it is done to.
    public let world: World
    /// What was measured so far.
    public internal(set) var findings = Findings()
    /// Called now and then with what is going on and how much of all is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// Somebody who is to be found.
    struct Person {
        let machine: Machine
        var profile: Profile
        /// The newest sequence that a majority acknowledged; nil as long as none did.
        var sequence: UInt64?

        /// Where the profile lives.
        var location: Location {
            Record.ownedLocation(.profile, author: machine.identity)
        }
    }

    /// An operation that has not ended.
    enum Open {
        case lookup(since: Instant)
        case publish(person: Int, since: Instant)
        case read(person: Int, wanted: UInt64)
        /// A read of everybody, the first after what went wrong or the second.
        case reading(person: Int, wanted: UInt64, isSecond: Bool)
        case name(person: Int)
        case misspelt(person: Int)
        case interests(person: Int)
    }

    var people: [Person] = []
    var open: [OperationID: Open] = [:]
    /// Machines that nobody hears, so that they cannot search.
    var mute: Set<Int> = []
    /// Numbers of machines whose person publishes.
    private var publishers: Set<Int> = []
    /// Machines whose people will publish, in this order; when it is over, anybody's.
    var besieged: [Machine] = []

    /// An experiment that has not begun.
    public init(_ plan: Plan) {
        precondition(plan.nodes > 0 && plan.people >= 0 && plan.finds >= 0)
        self.plan = plan
        world = World(seed: plan.seed, settings: plan.settings, links: plan.links)
        world.afterFinish = { [unowned self] machine, id, result in
            ended(id, result, on: machine)
        }
    }

    /// Does all of it.
    public func run() {
        grow()
        if let churn = plan.churn {
            world.startChurn(churn)
            pass(Plan.weathering, "churn")
        }
        chooseBesieged()
        if plan.scenario == .ground { besiege() }
        let publishing = plan.length.scaled(by: Plan.publishing)
        spread(plan.people, over: publishing, "publish") { publish($0) }
        // The last publication has as long as a person would wait.
        pass(Plan.draining, "publish")
        renew(over: publishing)
        goWrong()
        if plan.scenario == .half { readAll(isSecond: false) }
        let searching = plan.length.scaled(by: 1 - Plan.publishing)
        spread(plan.finds, over: searching, "find") { seek($0) }
        pass(Plan.draining, "find")
        if plan.scenario == .half {
            pass(Plan.republishing - searching, "republish")
            readAll(isSecond: true)
        }
        finish()
    }

    // MARK: Phases

    private func grow() {
        let liars = Int((Double(plan.nodes) * plan.liars).rounded())
        for _ in 0..<plan.nodes - liars { world.addMachine() }
        for number in 0..<liars { world.addLiar(Vice.crowd[number % Vice.crowd.count]) }
        upset()
        var released = 0
        for machine in world.machines {
            world.start(machine, seeds: seeds(for: machine))
            world.run(for: Plan.growth)
            // Liars come along with the others, evenly.
            while released < liars * (machine.number + 1) / world.machines.count {
                world.release(world.liars[released])
                released += 1
            }
            if machine.number % 16 == 0 {
                onProgress?("join", Double(machine.number) / Double(plan.nodes) * 0.3)
            }
        }
        pass(Plan.settling, "join")
        findings.machines = world.machines.count
        findings.joined = world.machines.filter(\.isMember).count
    }

    /// Three members, or the first machine as long as there are none.
    private func seeds(for machine: Machine) -> [NodeRecord] {
        let seeds = world.randomSeeds(3)
        guard seeds.isEmpty, machine.number > 0 else { return seeds }
        return [world.machines[0].record]
    }

    func pass(_ duration: Duration, _ phase: String) {
        let end = world.now + duration
        while world.now < end {
            world.run(until: min(end, world.now + .seconds(1)))
            onProgress?(phase, progress)
        }
    }

    func spread(
        _ count: Int, over duration: Duration, _ phase: String, _ action: (Int) -> Void
    ) {
        let start = world.now
        for index in 0..<count {
            let share = (Double(index) + world.entropy.unit()) / Double(count)
            world.run(until: max(world.now, start + duration.scaled(by: share)))
            onProgress?(phase, progress)
            action(index)
        }
        pass(start + duration - world.now, phase)
    }

    private var progress: Double {
        let weather = plan.churn == nil ? Duration.zero : Plan.weathering
        let growth = Plan.growth * plan.nodes + Plan.settling
        let extra = plan.scenario == .half ? Plan.republishing : .zero
        let all = growth + weather + plan.length + Plan.draining + Plan.draining + extra
        return min(1, 0.3 + 0.7 * ((world.now - .start) - growth).seconds / all.seconds)
    }

    private func finish() {
        findings.unfinished = open.count
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

    // MARK: Operations

    private func publish(_ index: Int) {
        let machine: Machine
        if index < besieged.count {
            machine = besieged[index]
        } else {
            let members = world.machines.filter {
                $0.isMember && !publishers.contains($0.number)
            }
            guard let one = world.entropy.element(of: members) else { return }
            machine = one
        }
        publishers.insert(machine.number)
        let profile = world.inventPerson()
        people.append(Person(machine: machine, profile: profile))
        begin(
            .publish(profile), .publish(person: people.count - 1, since: world.now), on: machine)
    }

    /// Lets some people publish a second version, which differs in the bio.
    private func renew(over duration: Duration) {
        let count = Int((Double(people.count) * plan.renewing).rounded())
        guard count > 0 else { return }
        spread(count, over: duration, "renew") { index in
            guard people[index].machine.isMember, people[index].sequence != nil else { return }
            people[index].profile = people[index].profile.renewed
            begin(
                .publish(people[index].profile), .publish(person: index, since: world.now),
                on: people[index].machine)
        }
        pass(Plan.draining, "renew")
    }

    /// Reads everybody who was acknowledged once, each by a random machine that is up.
    private func readAll(isSecond: Bool) {
        spread(people.count, over: Plan.reading, "read") { index in
            guard let wanted = people[index].sequence, let asker = asker(of: people[index])
            else { return }
            begin(
                .get(people[index].location),
                .reading(person: index, wanted: wanted, isSecond: isSecond), on: asker)
        }
        pass(Plan.draining, "read")
    }

    /// One lookup, one read and one search, each by somebody else.
    private func seek(_ index: Int) {
        if let asker = asker(of: nil) {
            begin(.lookup(world.randomLocation()), .lookup(since: world.now), on: asker)
        }
        let findable = people.indices.filter { people[$0].sequence != nil }
        guard let chosen = world.entropy.element(of: findable) else { return }
        let person = people[chosen]
        if let asker = asker(of: person), let wanted = person.sequence {
            begin(.get(person.location), .read(person: chosen, wanted: wanted), on: asker)
        }
        guard let asker = asker(of: person) else { return }
        switch index % 4 {
        case 0, 1:
            begin(.findName(person.profile.name, limit: 20), .name(person: chosen), on: asker)
        case 2:
            let typed = People.misspelt(person.profile.name)
            begin(.findName(typed, limit: 20), .misspelt(person: chosen), on: asker)
        default:
            let wanted = Array(person.profile.interests.dropLast())
            begin(
                .findInterests(wanted, minScore: 0.3, limit: 20), .interests(person: chosen),
                on: asker)
        }
    }

    private func asker(of person: Person?) -> Machine? {
        let members = world.machines.filter {
            $0.isMember && $0 !== person?.machine && !mute.contains($0.number)
        }
        return world.entropy.element(of: members)
    }

    /// Starts an operation; known before it ends, as some end at once.
    private func begin(_ operation: Operation, _ kind: Open, on machine: Machine) {
        beginning = kind
        let id = world.start(operation, on: machine)
        if beginning != nil { open[id] = kind }
        beginning = nil
    }

    /// The operation that is being started, until it has ended or `start` has returned.
    private var beginning: Open?

    private func ended(
        _ id: OperationID, _ result: Result<Outcome, OperationError>, on machine: Machine
    ) {
        let kind = open.removeValue(forKey: id) ?? beginning
        if let kind { judge(kind, id, result, on: machine) }
        beginning = nil
        machine.results[id] = nil
        machine.hits[id] = nil
        machine.firstProgress[id] = nil
    }
}
