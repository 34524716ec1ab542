import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A node that joins")
struct JoiningTests {
    @Test("through one seed knows nearly everybody of a small network within 20 s")
    func neighbours() {
        let world = village(seed: testSeed(default: 1), nodes: 16)
        for machine in world.machines {
            #expect(machine.isMember)
            #expect(machine.neighbourCount >= 12, "machine \(machine.number)")
        }
        #expect(world.complaints == [])
    }

    @Test("without any seed says at once that it is alone, and that it has no seeds")
    func lone() {
        let world = World(seed: testSeed(default: 2))
        let lone = world.addMachine()
        world.start(lone, seeds: [])
        #expect(lone.aloneReason == .noSeeds)
        #expect(!lone.isMember)
    }

    @Test("whose seeds are silent says within 10 s that it is alone, and how many it asked")
    func silentSeeds() {
        let world = World(seed: testSeed(default: 3))
        let silent = [world.addMachine(), world.addMachine()]
        let lone = world.addMachine()
        world.start(lone, seeds: silent.map(\.record))
        world.run(for: .seconds(10))
        #expect(lone.aloneReason == .seedsSilent(asked: 2))
    }

    @Test("whose seed comes up later joins by itself")
    func lateSeed() {
        let world = World(seed: testSeed(default: 4))
        let seed = world.addMachine()
        let early = world.addMachine()
        world.start(early, seeds: [seed.record])
        world.run(for: .seconds(12))
        #expect(early.aloneReason != nil)
        world.start(seed, seeds: [])
        world.run(for: .seconds(60))
        #expect(early.isMember)
        #expect(early.neighbourCount == 1)
    }

    @Test("after a restart needs no seed: it asks whom it knew")
    func knownNodes() {
        let world = village(seed: testSeed(default: 5))
        // What a shell writes down every five minutes.
        world.run(for: World.saveInterval)
        let machine = world[4]
        world.crash(machine)
        world.start(machine, seeds: [])
        world.run(for: .seconds(10))
        #expect(machine.isMember)
        #expect(machine.neighbourCount >= 8)
    }

    @Test("finds the true closest three of any location")
    func lookups() {
        let world = village(seed: testSeed(default: 6), nodes: 32)
        for _ in 0..<20 {
            let asker = world[world.random(below: 32)]
            let since = world.now
            let end = world.finish(.lookup(world.randomLocation()), on: asker)
            guard case .success(.lookup(let report)) = end else {
                Issue.record("\(String(describing: end))")
                continue
            }
            let verdict = world.judge(report, by: asker, since: since)
            #expect(verdict.isExact)
            #expect(report.hops <= 4)
            #expect(report.requests <= 25)
        }
    }
}
