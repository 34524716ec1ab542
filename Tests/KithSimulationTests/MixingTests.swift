import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

/// A network as wide and lossy as the internet, in which one person looks.
private func town(seed: UInt64, nodes: Int) -> World {
    let world = World(seed: seed, settings: .unhurried, links: .wide)
    for _ in 0..<nodes { world.addMachine() }
    world.start(world.machines[0], seeds: [])
    for machine in world.machines.dropFirst() {
        world.start(machine, seeds: [world.machines[0].record])
    }
    world.run(upTo: .seconds(120)) { world.machines.allSatisfy(\.isMember) }
    world.run(for: .seconds(30))
    return world
}

extension Links {
    /// 50 ± 30 ms one way, 5 % lost.
    fileprivate static let wide = Links(
        latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05)
}

extension World {
    fileprivate func awaken(_ machine: Machine) {
        perform(.mix(isMetered: false), on: machine)
        run(for: .seconds(30))
    }

    fileprivate func mixed(
        _ owner: Machine, on asker: Machine
    ) -> (record: Record?, report: MixReport)? {
        let location = Record.ownedLocation(.profile, author: owner.identity)
        let result = finish(.get(location, via: .mix), on: asker)
        guard case .success(.mixedRecord(let record, let report)) = result else {
            Issue.record("no answer: \(String(describing: result))")
            return nil
        }
        return (record, report)
    }
}

/// The figures of mixed queries, past bad relays too: the scenario `mixing` (``MixingExperiment``).
@Suite("Mixed queries")
struct MixingTests {
    @Test("find what a person published, and none of the relays is the asker")
    func finds() throws {
        let world = town(seed: testSeed(default: 1_101), nodes: 24)
        let ada = world.machines[3]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let asker = world.machines[7]
        world.awaken(asker)
        let answer = try #require(world.mixed(ada, on: asker))
        #expect(answer.record?.body != nil)
        #expect(answer.report.steps.contains { $0.end == .answered })
        for step in answer.report.steps {
            #expect(Set(step.hops.map(\.id)).count == 4)
            #expect(!step.hops.contains { $0.id == asker.record.id })
        }
        // Now nobody passes anything on: the asker learns which hop it most likely was.
        for machine in world.machines { world.spoilCells(of: machine, .drop) }
        let location = Record.ownedLocation(.profile, author: ada.identity)
        guard
            case .failure(.mix(.hopFailed(let hop, _))) = world.finish(
                .get(location, via: .mix), on: asker)
        else {
            Issue.record("cells that everybody drops were answered, or no hop was named")
            return
        }
        #expect((1...4).contains(hop))
        #expect(world.complaints == [])
    }

    @Test("say that there are too few relays where there are")
    func fewRelays() throws {
        let world = town(seed: testSeed(default: 1_107), nodes: 3)
        let location = Record.ownedLocation(.profile, author: world.machines[1].identity)
        guard
            case .failure(.mix(.fewRelays(let known))) = world.finish(
                .get(location, via: .mix), on: world.machines[0])
        else {
            Issue.record("three nodes are enough for a path, or something else was said")
            return
        }
        #expect(known < 4)
    }

    @Test("write a profile, which others then find, and none that does not fit into a cell")
    func writes() throws {
        let world = town(seed: testSeed(default: 1_105), nodes: 24)
        let ada = world.machines[3]
        world.awaken(ada)
        let links = (0..<3).map { "https://example.org/\($0)/" + String(repeating: "y", count: 98) }
        let large = try Profile(
            name: "Ada", bio: String(repeating: "x", count: Profile.bioBytesMax), links: links,
            activeHour: 500_000)
        guard case .failure(.mix(.tooLarge)) = world.finish(.publish(large, via: .mix), on: ada)
        else {
            Issue.record("what does not fit was published, or failed for another reason")
            return
        }
        let written = world.finish(
            .publish(try profile("Ada"), via: .mix), on: ada, within: .seconds(400))
        guard case .success(.published(let report)) = written else {
            Issue.record("not published: \(String(describing: written))")
            return
        }
        #expect(report.stored >= 2)
        #expect(report.entries == report.entriesWanted)
        #expect(world.namesFound("ada", on: world.machines[9]) == ["Ada"])
        // Who starts again keeps the relay that knows where they are.
        let before = try #require(world.status(of: ada)?.mix.guards.first)
        world.crash(ada)
        world.start(ada, seeds: [world.machines[0].record])
        world.awaken(ada)
        #expect(world.status(of: ada)?.mix.guards.first?.node == before.node)
        #expect(world.complaints == [])
    }

    @Test("carry cards of contacts without being told to")
    func contacts() throws {
        let cells = try cellsForCards(.auto, seed: testSeed(default: 1_106))
        #expect(cells.reader >= 2 && cells.owner >= 2)
        // The same of people who want it directly: what is counted is not there anyway.
        let direct = try cellsForCards(.direct, seed: testSeed(default: 1_106))
        #expect(direct.reader == 0 && direct.owner == 0)
    }

    /// Cells that two contacts send to publish a card and to read it.
    private func cellsForCards(_ via: KithOverlay.Via, seed: UInt64) throws -> (
        reader: UInt64, owner: UInt64
    ) {
        var settings = Settings.unhurried
        settings.mixing.contacts = via
        let world = World(seed: seed, settings: settings, links: Links(latency: .milliseconds(20)))
        for _ in 0..<24 { world.addMachine() }
        let (owner, reader) = (world.machines[3], world.machines[7])
        for machine in [owner, reader] { world.giveBook(to: machine) }
        for machine in world.machines {
            world.start(machine, seeds: machine.number == 0 ? [] : [world.machines[0].record])
            world.run(for: .milliseconds(100))
        }
        for machine in [owner, reader] { world.awaken(machine) }
        #expect(world.status(of: owner)?.mix.usable ?? 0 >= settings.mixing.relaysMin)
        try world.present(try profile("Ada"), .contacts, on: owner)
        try world.acquaint(owner, reader)
        #expect(world.card(of: owner, on: reader)?.name == "Ada")
        #expect(world.complaints == [])
        return (
            world.counters(of: reader).cellsOfQueries, world.counters(of: owner).cellsOfQueries
        )
    }
}
