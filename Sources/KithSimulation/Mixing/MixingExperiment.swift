import KithCrypto
import KithOverlay
import KithWire

/// Somebody asks through the mix: in a bad network, past bad relays, and in one where the moments of
/// all cells are written down.
public final class MixingExperiment: Measuring {
    /// What is done.
    public let plan: MixingPlan
    /// What was measured.
    public private(set) var findings = MixingFindings()
    /// Called now and then with what is going on and how much of it is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// An experiment that has not begun.
    public init(_ plan: MixingPlan) {
        precondition(plan.nodes >= MixingPlan.nodesMin && plan.queries > 0 && plan.cells > 0)
        self.plan = plan
    }

    /// Does all of it.
    public func run() {
        ask()
        for (index, fault) in RelayFault.allCases.enumerated() {
            onProgress?("past bad relays", 0.4 + 0.1 * Double(index))
            ask(past: fault)
        }
        compareMoments()
    }

    // MARK: In a bad network

    private func ask() {
        let world = network(of: plan.nodes, links: plan.links)
        // Every cell is counted, from the first one on.
        world.afterSending = { [unowned self] passage in
            if passage.isLikeCell { findings.datagramsOfCells += 1 }
        }
        let people = publish(MixingPlan.people, in: world)
        let askers = Array(world.machines.suffix(MixingPlan.askers))
        for asker in askers { awaken(asker, in: world) }
        for number in 0..<plan.queries {
            guard let person = world.entropy.element(of: people) else { return }
            let began = world.now
            let answer = query(person, by: askers[number % askers.count], in: world)
            let lasted = world.now - began
            findings.slowest = max(findings.slowest, lasted)
            // A retry is a path beyond the first of each exit.
            if let answer, answer.steps.count <= plan.settings.mixing.exits + 1 {
                findings.queries.count(took: lasted)
            } else {
                findings.queries.count(false)
            }
            onProgress?("ask", 0.4 * Double(number) / Double(plan.queries))
        }
        for machine in world.machines {
            findings.cellsSent += world.counters(of: machine).cellsSent
        }
        end(world)
    }

    // MARK: Past bad relays

    private func ask(past fault: RelayFault) {
        let world = network(of: MixingPlan.nodesWithBad, links: plan.links)
        let people = publish(1, in: world)
        let asker = world.machines[2]
        awaken(asker, in: world)
        guard let person = people.first, query(person, by: asker, in: world) != nil,
            let first = world.status(of: asker)?.mix.guards.first,
            let guardian = world.byID[first.node.id]
        else {
            findings.faults.append(MixingFindings.Fault(fault: fault))
            return
        }
        // The guard, and some by chance.
        var others = world.machines.map(\.number).filter {
            $0 != guardian && $0 != asker.number
        }
        world.entropy.shuffle(&others)
        let bad = [guardian] + others.prefix(MixingPlan.bad - 1)
        for number in bad { world.spoilCells(of: world.machines[number], fault) }
        var found = MixingFindings.Fault(fault: fault)
        for _ in 0..<plan.queriesPastBad {
            let began = world.now
            let isAnswered = query(person, by: asker, in: world) != nil
            found.slowest = max(found.slowest, world.now - began)
            found.queries.count(isAnswered)
        }
        world.run(for: MixingPlan.watching)
        let resting = world.status(of: asker)?.mix.resting.compactMap { world.byID[$0.id] } ?? []
        found.bad = bad.count
        found.leftOut = bad.count { resting.contains($0) }
        found.goodLeftOut = resting.count { !bad.contains($0) }
        findings.faults.append(found)
        end(world)
    }

    // MARK: Moments

    private func compareMoments() {
        var settings = plan.settings
        settings.mixing.activeInterval = MixingPlan.momentsInterval
        settings.mixing.idleInterval = MixingPlan.momentsInterval
        let world = network(
            of: MixingPlan.nodesOfMoments, links: Links(), settings: settings)
        let people = publish(1, in: world)
        for machine in world.machines { world.perform(.mix(isMetered: false), on: machine) }
        world.run(for: Plan.settling)
        var gaps = CellGaps(machines: world.machines.count)
        world.afterCell = { machine, kind in gaps.add(kind, of: machine.number, at: world.now) }
        guard let location = people.first else { return }
        let latest = world.now + MixingPlan.momentsMax
        while gaps.fewest < plan.cells, world.now < latest {
            // Somebody asks at a moment of their own choice, now and then.
            let asker = world.machines[1 + world.random(below: world.machines.count - 1)]
            world.start(.get(location, via: .mix), on: asker)
            world.run(for: .milliseconds(Int64(100 + world.random(below: 500))))
            onProgress?("moments", 0.9 + 0.1 * Double(gaps.fewest) / Double(plan.cells))
        }
        if gaps.fewest >= plan.cells { findings.moments = gaps.moments }
        end(world)
    }

    // MARK: What all of them need

    private func network(of nodes: Int, links: Links, settings: Settings? = nil) -> World {
        let world = World(seed: plan.seed, settings: settings ?? plan.settings, links: links)
        world.grow(to: nodes)
        return world
    }

    /// Lets the first machines publish.
    ///
    /// - Returns: where that is found.
    private func publish(_ count: Int, in world: World) -> [Location] {
        world.machines.prefix(count).compactMap { machine in
            let result = world.finish(.publish(world.inventPerson()), on: machine)
            guard case .success(.published) = result else { return nil }
            return Record.ownedLocation(.profile, author: machine.identity)
        }
    }

    private func awaken(_ machine: Machine, in world: World) {
        world.perform(.mix(isMetered: false), on: machine)
        world.run(for: MixingPlan.awaking)
    }

    /// How a query went; nil when it failed or brought nothing.
    private func query(
        _ location: Location, by asker: Machine, in world: World
    ) -> MixReport? {
        guard
            case .success(.mixedRecord(let record, let report)) = world.finish(
                .get(location, via: .mix), on: asker), record?.body != nil
        else { return nil }
        return report
    }

    private func end(_ world: World) {
        findings.violations += world.violations
        findings.virtualTime = findings.virtualTime + (world.now - .start)
        findings.trace = world.traceHash
    }
}
