import KithOverlay
import KithSimulation
import KithWire
import Testing

/// The checkers themselves: each must see what it is there for.
@Suite("The world's checkers notice")
struct CheckerTests {
    @Test("a receipt whose record is not on the signer's disk")
    func missingRecord() throws {
        let world = village(seed: testSeed(default: 91))
        let ada = world[1]
        // Every replica keeps the record in memory alone: what an ack before the disk would be.
        for machine in world.machines { machine.loseWrites(true) }
        _ = world.publish(try profile("Ada"), on: ada)
        #expect(world.violations.contains { $0.kind == .notDurable })
    }

    @Test("a record that a restarted machine had acknowledged and lost")
    func lostRecord() throws {
        let world = village(seed: testSeed(default: 92))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let holder = try #require(world.holders(of: ada).first)
        #expect(world.complaints == [])
        world.crash(holder)
        holder.damageDisk()
        world.start(holder, seeds: world.randomSeeds(2))
        #expect(world.violations.map(\.kind) == [.notDurable])
        #expect(world.violations.first?.machine == holder.number)
    }
}
