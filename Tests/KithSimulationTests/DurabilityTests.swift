import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A record that was acknowledged")
struct DurabilityTests {
    @Test("is on disk although the replica was killed between two acknowledgements, 100 times")
    func killedBetweenAcknowledgements() throws {
        let seed = testSeed(default: 2_024)
        let world = village(seed: seed, nodes: 8)
        var crashes = 0
        var rounds = 0
        var acknowledged = 0
        while crashes < 100, rounds < 300 {
            let round = rounds
            rounds += 1
            let people = [world[round % 4], world[4 + round % 4]]
            let location = world.location(of: people[0])
            let replicas = world.closest(3, to: location, for: people[0], since: world.now)
            let victim = try #require(replicas.first { $0 !== people[1] })
            let point = CrashPoint.allCases[world.random(below: CrashPoint.allCases.count)]
            let before = world.random(below: 3)
            world.crash(victim, at: point, after: before)
            for person in people {
                world.start(.publish(try profile("Round \(round)")), on: person)
            }
            world.run(for: .seconds(5))
            if !victim.isUp { crashes += 1 }
            world.crash(victim)
            acknowledged += victim.stored.count
            // Starting it again checks that every record it acknowledged has come back.
            world.start(victim, seeds: world.randomSeeds(2))
            world.run(for: .seconds(2))
            #expect(world.complaints == [], "seed \(seed), round \(round), \(point), \(before)")
        }
        print("\(crashes) crashes in \(rounds) rounds, \(acknowledged) records came back")
        #expect(crashes == 100)
        #expect(acknowledged > 100)
    }

    @Test("is served again after the replica restarted from its disk")
    func restart() throws {
        let world = village(seed: testSeed(default: 21))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        for holder in world.holders(of: ada) { world.restart(holder) }
        world.crash(ada)
        let reader = try world.stranger(to: ada)
        #expect(world.read(ada, on: reader)?.author == ada.identity)
        #expect(world.namesFound("ada", on: reader) == ["Ada"])
        #expect(world.complaints == [])
    }

    @Test("is not acknowledged when the disk is full, and not served either")
    func diskFull() throws {
        let world = village(seed: testSeed(default: 22))
        let ada = world[1]
        let location = world.location(of: ada)
        let closest = try #require(
            world.closest(1, to: location, for: ada, since: world.now).first)
        closest.setDiskFull(true)
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        #expect(report.stored == 3)
        #expect(!report.receipts.contains { $0.signer == closest.signer })
        #expect(closest.stored.isEmpty)
        #expect(world.status(of: closest)?.records == 0)
        #expect(world.complaints == [])
    }

    @Test("an earlier version is not lost when a later one cannot be written anywhere")
    func laterVersion() throws {
        let world = village(seed: testSeed(default: 23))
        let ada = world[1]
        let first = try #require(world.publish(try profile("Ada", bio: "first"), on: ada))
        world.run(for: .seconds(5))
        for machine in world.machines { machine.setDiskFull(true) }
        #expect(world.publish(try profile("Ada", bio: "second"), on: ada) == nil)
        var readers = 0
        for machine in world.machines where machine !== ada {
            let record = world.read(ada, on: machine)
            if record?.sequence == first.sequence { readers += 1 }
        }
        #expect(readers == world.machines.count - 1)
        #expect(world.complaints == [])
    }
}
