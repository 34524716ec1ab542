import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A popular interest")
struct HotTests {
    /// Locations that hold `records`, and count as full from three quarters of that on.
    private func small(_ records: Int) -> Settings {
        var settings = Settings()
        settings.storage.locationRecordsMax = records
        return settings
    }

    /// Where entries of a person for "chess" stand, by depth; tombstones do not count.
    private func depths(of person: Machine, in world: World) -> [Int] {
        let day = World.noon.day
        return (0...Shard.depthMax).filter { depth in
            let shard = Shard.number(
                at: depth, author: person.identity, token: "chess", day: day)
            let location = Record.sharedLocation(
                .interestEntry, token: "chess", day: day, shard: shard)
            let key = StoredRecord.Key(location: location, author: person.identity)
            return world.machines.contains { $0.stored(key)?.record.isTombstone == false }
        }
    }

    private func found(
        _ interests: [String], in world: World, by machine: Machine
    ) -> Set<Ed25519.PublicKey> {
        let result = world.finish(
            .findInterests(interests, minScore: 0.3, limit: 20), on: machine)
        guard case .success(.found(let hits, _)) = result else { return [] }
        return Set(hits.map(\.identity))
    }

    @Test("stays searchable two shards deep, and no replica holds more than it may")
    func experiment() {
        var plan = HotPlan(seed: testSeed(default: 91), owners: 280)
        plan.nodes = 32
        plan.searches = 10
        plan.limit = 10
        plan.settings = small(16)
        let experiment = HotExperiment(plan)
        experiment.run()
        let found = experiment.findings
        #expect(found.violations.map(\.description) == [])
        #expect(found.published == 280)
        #expect(found.census.people[2] > 0)
        #expect(found.census.isWithinBounds, "\(found.census)")
        #expect(found.census.locationRecords >= 12)
        #expect(found.entries.success >= 0.99)
        #expect(found.hot.success == 1)
        #expect(found.hotAndRare.success == 1)
        #expect(found.rare.success == 1)
        #expect(found.goals(of: plan).filter { !$0.isMet }.map(\.name) == [])
    }

    @Test("that nobody published or searched for reaches none of its shares")
    func unmeasured() {
        let plan = HotPlan(seed: testSeed(default: 91), owners: 10)
        let missed = HotExperiment(plan).findings.goals(of: plan).filter { !$0.isMet }
        #expect(
            missed.map(\.name) == [
                "people published", "entries placed", "found by the popular interest",
                "found by it and a rare one", "found by a rare one",
            ])
    }

    @Test("sends who comes late one shard deeper, where renewing leaves and withdrawing ends it")
    func life() throws {
        let chess = try profile("☆", interests: ["chess"])
        let world = village(seed: testSeed(default: 92), settings: small(4))
        let people = Array(world.machines.prefix(5))
        for (number, person) in people.enumerated() {
            #expect(world.publish(chess, on: person) != nil)
            #expect(depths(of: person, in: world) == [number < 3 ? 0 : 1], "person \(number)")
        }
        #expect(found(["chess"], in: world, by: world[9]) == Set(people.map(\.identity)))

        // Renewed by hand and, twice, by the node itself.
        #expect(world.publish(chess, on: people[0]) != nil)
        world.run(for: .seconds(2 * 3_600))
        for (number, person) in people.enumerated() {
            #expect(depths(of: person, in: world) == [number < 3 ? 0 : 1], "person \(number)")
        }

        for person in [people[1], people[4]] {
            #expect(world.finish(.unpublish, on: person) != nil)
            // Spares hear of it after the replicas.
            world.run(for: .seconds(5))
            #expect(depths(of: person, in: world) == [])
        }
        let left = Set([0, 2, 3].map { people[$0].identity })
        #expect(found(["chess"], in: world, by: world[10]) == left)
        #expect(world.complaints == [])
    }

    @Test("is withdrawn at any depth also after a restart, which forgets where it stood")
    func restarted() throws {
        let chess = try profile("☆", interests: ["chess"])
        let world = village(seed: testSeed(default: 93), settings: small(4))
        let people = Array(world.machines.prefix(5))
        for person in people {
            #expect(world.publish(chess, on: person) != nil)
        }
        #expect(depths(of: people[4], in: world) == [1])
        world.restart(people[4])
        world.run(for: .seconds(60))
        #expect(world.finish(.unpublish, on: people[4]) != nil)
        // Spares hear of it after the replicas.
        world.run(for: .seconds(5))
        #expect(depths(of: people[4], in: world) == [])
        #expect(world.complaints == [])
    }

    @Test("is not split by one storer that says so alone", arguments: [1, 2])
    func liars(_ count: Int) throws {
        let chess = try profile("☆", interests: ["chess"])
        let location = Record.sharedLocation(.interestEntry, token: "chess", day: World.noon.day)
        let world = World(seed: testSeed(default: 94), links: Links(latency: .milliseconds(20)))
        for _ in 0..<12 { world.addMachine() }
        let person = world[0]
        let order = world.machines.dropFirst().sorted {
            location.isCloser($0.record.id, than: $1.record.id)
        }
        let liars = order.prefix(count).map(\.number)
        for machine in world.machines {
            // Says of every location that it is full.
            world.settings.storage.fullPercent = liars.contains(machine.number) ? 0 : 75
            world.settings.storage.staysFullPercent = liars.contains(machine.number) ? 0 : 50
            world.start(machine, seeds: machine.number == 0 ? [] : [world[0].record])
            world.run(for: .milliseconds(100))
        }
        world.run(for: .seconds(20))
        #expect(world.publish(chess, on: person) != nil)
        let stands = depths(of: person, in: world)
        #expect(count == 1 ? stands == [0] : stands.first ?? 0 > 0)
        #expect(world.complaints == [])
    }
}
