import KithCrypto
import KithOverlay
import KithWire

/// One interest that very many people have: they publish it, and are searched by it.
///
/// Each person publishes a profile, the popular interest, and one that nobody else has. Their name
/// is a sign without letters, so that there are no name entries. People share machines: each
/// machine publishes for one after the other, and goes on keeping only the last.
public final class HotExperiment: Measuring {
    /// What is done.
    public let plan: HotPlan
    /// The network it is done to.
    public let world: World
    /// What was measured so far.
    public internal(set) var findings = HotFindings()
    /// Called now and then with what is going on and how much of it is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// What a search is for.
    private enum Kind: CaseIterable {
        case hot
        case hotAndRare
        case rare
    }

    private var owners: [Ed25519.PublicKey] = []
    private var begun = 0
    /// Machines whose last person is done with.
    private var free: [Machine] = []
    private var open: [OperationID: (kind: Kind, owner: Int)] = [:]
    private var openCount = 0

    /// An experiment that has not begun.
    public init(_ plan: HotPlan) {
        precondition(plan.nodes > 0 && plan.owners > 0 && plan.searches >= 0)
        self.plan = plan
        world = World(seed: plan.seed, settings: plan.settings, links: plan.links)
        world.afterFinish = { [unowned self] machine, id, result in
            ended(id, result, on: machine)
        }
    }

    /// Does all of it.
    public func run() {
        grow()
        publish()
        search()
        findings.census = world.census(of: HotPlan.interest)
        findings.virtualTime = world.now - .start
        findings.delivered = world.delivered
        findings.violations = world.violations
        findings.trace = world.traceHash
    }

    private func grow() {
        world.grow(
            to: plan.nodes,
            onStart: { onProgress?("join", Double($0.number) / Double(plan.nodes)) })
        findings.joined = world.machines.filter(\.isMember).count
    }

    /// The interest that only person `number` has.
    private func rare(_ number: Int) -> String { "own \(number)" }

    private func publish() {
        for machine in world.machines where machine.isMember && begun < plan.owners {
            begin(on: machine)
            world.run(for: HotPlan.stagger)
        }
        while openCount > 0 {
            world.run(for: HotPlan.stagger)
            let ready = free
            free = []
            for machine in ready where begun < plan.owners { begin(on: machine) }
            onProgress?("publish", Double(begun) / Double(plan.owners))
        }
    }

    /// Publishes the next person through this machine.
    private func begin(on machine: Machine) {
        let interests = [HotPlan.interest, rare(begun)]
        guard
            let profile = try? Profile(
                name: "☆", interests: interests, activeHour: World.noon.hour)
        else { preconditionFailure("an invented person is refused") }
        owners.append(world.become(machine))
        begun += 1
        openCount += 1
        world.start(.publish(profile), on: machine)
    }

    private func search() {
        for kind in Kind.allCases {
            for number in 0..<plan.searchesOfEachKind {
                let owner = world.random(below: owners.count)
                let wanted: [String]
                switch kind {
                case .hot: wanted = [HotPlan.interest]
                case .hotAndRare: wanted = [HotPlan.interest, rare(owner)]
                case .rare: wanted = [rare(owner)]
                }
                let machine = world.machines[number]
                let id = world.start(
                    .findInterests(wanted, minScore: 0.3, limit: plan.limit), on: machine)
                open[id] = (kind, owner)
                openCount += 1
                world.run(for: .milliseconds(200))
                onProgress?("search", Double(number) / Double(plan.searchesOfEachKind))
            }
            world.run(upTo: .seconds(30)) { openCount == 0 }
        }
    }

    private func ended(
        _ id: OperationID, _ result: Result<Outcome, OperationError>, on machine: Machine
    ) {
        openCount -= 1
        machine.results[id] = nil
        machine.hits[id] = nil
        machine.firstProgress[id] = nil
        if let (kind, owner) = open.removeValue(forKey: id) {
            judge(kind, of: owner, result)
            return
        }
        free.append(machine)
        guard case .success(.published(let report)) = result else { return }
        findings.published += 1
        for entry in 0..<report.entriesWanted { findings.entries.count(entry < report.entries) }
    }

    private func judge(
        _ kind: Kind, of owner: Int, _ result: Result<Outcome, OperationError>
    ) {
        var found: [Hit] = []
        var report: SearchReport?
        if case .success(.found(let hits, let measured)) = result {
            found = hits
            report = measured
        }
        if report?.partial == true { findings.partial += 1 }
        switch kind {
        case .hot:
            let isRight =
                found.count == min(plan.limit, plan.owners)
                && found.allSatisfy { $0.profile.interests.contains(HotPlan.interest) }
            count(isRight, report, \.hot)
        case .hotAndRare:
            count(found.first?.identity == owners[owner], report, \.hotAndRare)
        case .rare:
            count(found.map(\.identity) == [owners[owner]], report, \.rare)
        }
    }

    private func count(
        _ isRight: Bool, _ report: SearchReport?, _ tally: WritableKeyPath<HotFindings, Tally>
    ) {
        guard isRight, let report else {
            findings[keyPath: tally].count(false)
            return
        }
        findings[keyPath: tally].count(took: report.duration, requests: report.requests)
    }
}

extension World {
    /// Lets a machine publish for somebody who did not exist before.
    func become(_ machine: Machine) -> Ed25519.PublicKey {
        let seed = entropy.bytes32()
        let person = Ed25519.SecretKey(seed: seed).publicKey
        byIdentity[person] = machine.number
        machine.disk.publication = nil
        machine.node?.publish(for: Ed25519.SecretKey(seed: seed))
        return person
    }
}
