import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("Sixteen ids ground next to a person")
struct SiegeTests {
    /// 80 machines, and settlers around the second of them who have had time to get known.
    private func siege(seed: UInt64) -> World {
        let world = village(seed: seed, nodes: 80)
        for liar in world.grind(16, near: world.location(of: world[1])) { world.release(liar) }
        world.run(for: .seconds(60))
        return world
    }

    @Test("are noticed by who publishes there: the write goes to the region, and the node says so")
    func noticed() throws {
        let world = siege(seed: testSeed(default: 971))
        let ada = world[1]
        #expect(world.status(of: ada)?.suspicion == nil)
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        #expect((8...20).contains(report.wanted), "\(report.wanted) wanted")
        #expect(report.stored >= report.quorum)
        let honest = world.holders(of: ada).count
        #expect(honest >= 4, "only \(honest) honest nodes keep it")
        let suspicion = try #require(world.status(of: ada)?.suspicion)
        #expect(suspicion.isSuspicious)
        // What was met an hour ago is not said for ever.
        let counted = world.counters(of: ada).suspicions
        #expect(counted > 0)
        #expect(world.complaints == [])
    }

    @Test("hide nobody from readers, who look over the region, too")
    func read() throws {
        let world = siege(seed: testSeed(default: 972))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        var found = 0
        for machine in world.machines.dropFirst(10).prefix(20) {
            if world.read(ada, on: machine)?.sequence == report.sequence { found += 1 }
        }
        #expect(found == 20)
        #expect(world.complaints == [])
    }
}

@Suite("In a network smaller than a lookup is wide")
struct SmallNetworkTests {
    @Test("nobody stands oddly: a lookup has been everywhere, and writes go to three")
    func everywhere() throws {
        let seed = testSeed(default: 973)
        for offset in 0..<6 {
            let world = village(seed: seed + UInt64(offset), nodes: 7)
            for machine in world.machines {
                let report = try #require(
                    world.publish(try profile("Person \(machine.number)"), on: machine))
                #expect(report.wanted == 3)
                #expect(report.quorum == 2)
            }
            #expect(world.complaints == [])
        }
    }
}
