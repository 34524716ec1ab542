import KithCrypto
import KithOverlay
import KithWire

/// Machines ask through the mix, each the others' relay, while everything is watched; then it is
/// tried who of them spies could name, and whom somebody who watches all lines.
///
/// Once with cover and once without, out of one seed.
public final class AnonymityExperiment: Measuring {
    /// What is done.
    public let plan: AnonymityPlan
    /// What was measured.
    public private(set) var findings = AnonymityFindings()
    /// Called now and then with what is going on and how much of it is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// An experiment that has not begun.
    public init(_ plan: AnonymityPlan) {
        precondition(plan.nodes >= AnonymityPlan.nodesMin && plan.queries > 0)
        precondition(plan.spies > 0 && plan.spies < 1)
        self.plan = plan
    }

    /// Does all of it.
    public func run() {
        findings.machines = plan.nodes
        findings.spies = Int((Double(plan.nodes) * plan.spies).rounded())
        for sendsCover in [true, false] {
            let side = AnonymitySide(plan, sendsCover: sendsCover)
            side.onProgress = { [onProgress] phase, share in
                onProgress?(phase, (sendsCover ? 0 : 0.5) + share / 2)
            }
            side.run()
            if sendsCover {
                (findings.covered, findings.direct) = (side.side, side.direct)
            } else {
                findings.bare = side.side
            }
            findings.virtualTime = findings.virtualTime + (side.world.now - .start)
            findings.violations += side.world.violations
            findings.trace = side.world.traceHash
        }
    }
}

/// One network of an ``AnonymityExperiment``.
final class AnonymitySide {
    let plan: AnonymityPlan
    private let sendsCover: Bool
    let world: World
    var side = AnonymityFindings.Side()
    private(set) var direct = AnonymityFindings.Side()
    var onProgress: ((String, Double) -> Void)?

    let observer: Observer
    private(set) var queries: [Query] = []
    private var open: [OperationID: Int] = [:]
    /// People who published, and where they are found.
    private var published: [(machine: Int, location: Location)] = []
    let coalitions: [[Bool]]

    init(_ plan: AnonymityPlan, sendsCover: Bool) {
        self.plan = plan
        self.sendsCover = sendsCover
        var settings = plan.settings
        settings.mixing.sendsCover = sendsCover
        world = World(seed: plan.seed, settings: settings, links: plan.links)
        observer = Observer(machines: plan.nodes)
        var entropy = Entropy(seed: plan.seed ^ 0x5eed)
        let spies = Int((Double(plan.nodes) * plan.spies).rounded())
        var all = Array(0..<plan.nodes)
        coalitions = (0..<AnonymityPlan.coalitions).map { _ in
            entropy.shuffle(&all)
            var members = Array(repeating: false, count: plan.nodes)
            for member in all.prefix(spies) { members[member] = true }
            return members
        }
    }

    func run() {
        grow()
        let began = world.now
        ask(via: .mix)
        let lasted = world.now - began
        observer.end(world)
        judge(over: lasted)
        judgeKeepers(&side, asksDirectly: false)
        guard sendsCover else { return }
        askDirectly()
        judgeKeepers(&direct, asksDirectly: true)
    }

    // MARK: What happens

    private func grow() {
        world.grow(to: plan.nodes)
        for machine in world.machines.prefix(AnonymityPlan.people) {
            let location = Record.ownedLocation(.profile, author: machine.identity)
            if case .success(.published) = world.finish(
                .publish(world.inventPerson()), on: machine)
            {
                published.append((machine.number, location))
            }
        }
        for machine in world.machines {
            world.perform(.mix(isMetered: false), on: machine)
            machine.node?.keepDiary()
        }
        world.run(for: AnonymityPlan.settling)
        observer.begin(world) { [unowned self] location in
            open.values.contains { queries[$0].location == location }
        }
    }

    /// Somebody asks now and then, at moments of a Poisson process.
    private func ask(via: Via) {
        world.afterFinish = { [unowned self] machine, id, result in
            ended(id, result, on: machine)
        }
        let made = cellsMade
        let began = world.now
        for number in 0..<plan.queries {
            let wait = -Logarithm.natural(1 - world.entropy.unit())
            run(for: plan.pause.scaled(by: wait))
            guard let person = world.entropy.element(of: published) else { return }
            let others = world.machines.filter { $0.number != person.machine }
            guard let asker = world.entropy.element(of: others) else { return }
            queries.append(
                Query(asker: asker.number, location: person.location, began: world.now))
            // Known before it is started: a cell may leave at once.
            let id = world.start(.get(person.location, via: via), on: asker)
            open[id] = number
            onProgress?("ask", Double(number) / Double(plan.queries))
        }
        run(for: AnonymityPlan.patience)
        side.cellsPerSecond = Double(cellsMade - made) / (world.now - began).seconds
    }

    private var cellsMade: UInt64 {
        world.machines.reduce(0) { sum, machine in
            let counters = world.counters(of: machine)
            return sum + counters.cellsOfQueries + counters.cellsOfNoise + counters.cellsOfLoops
        }
    }

    private func askDirectly() {
        queries = []
        for _ in 0..<plan.queries {
            guard let person = world.entropy.element(of: published),
                let asker = world.entropy.element(
                    of: world.machines.filter { $0.number != person.machine })
            else { return }
            var query = Query(asker: asker.number, location: person.location, began: world.now)
            let result = world.finish(.get(person.location, via: .direct), on: asker)
            if case .success(.record(.some, _)) = result { query.ended = world.now }
            direct.queries.count(query.ended != nil)
            queries.append(query)
            observer.collect(from: world.machines)
        }
    }

    private func run(for duration: Duration) {
        let end = world.now + duration
        while world.now < end {
            world.run(until: min(end, world.now + .seconds(1)))
            observer.collect(from: world.machines)
        }
    }

    private func ended(
        _ id: OperationID, _ result: Result<Outcome, OperationError>, on machine: Machine
    ) {
        guard let number = open.removeValue(forKey: id) else { return }
        machine.results[id] = nil
        guard case .success(.mixedRecord(let record, let report)) = result, record != nil else {
            side.queries.count(false)
            return
        }
        side.queries.count(took: world.now - queries[number].began)
        queries[number].ended = world.now
        queries[number].guardian = report.steps.first.flatMap { world.byID[$0.hops[0].id] }
        queries[number].exits = report.steps.compactMap { world.byID[$0.hops[2].id] }
    }
}
