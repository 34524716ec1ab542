import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("As time goes by, a profile")
struct CalendarTests {
    @Test("is published again after 45 min ± 25 %, with a higher sequence")
    func republish() throws {
        let world = village(seed: testSeed(default: 41), settings: .unhurried)
        let ada = world[1]
        let first = try #require(world.publish(try profile("Ada"), on: ada)).sequence
        let published = world.now
        let again = world.run(upTo: .seconds(3_600)) {
            world.status(of: ada)?.publishedSequence != first
        }
        #expect(again)
        let pause = world.now - published
        #expect((.seconds(2_025)...(.seconds(3_376))).contains(pause), "\(pause)")
        // Whom the owner does not know gets it from a keeper, at its next look.
        world.run(for: .seconds(150))
        for holder in world.holders(of: ada) {
            let held = try #require(holder.stored(world.key(of: ada)))
            #expect(held.record.sequence > first)
        }
        #expect(world.complaints == [])
    }

    @Test("is gone 24 h after its owner went, and not before")
    func expiry() throws {
        let world = village(seed: testSeed(default: 42), nodes: 8, settings: .unhurried)
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        world.crash(ada)
        let reader = world[6]
        world.run(for: .seconds(24 * 3_600 - 120))
        #expect(world.read(ada, on: reader)?.sequence == report.sequence)
        world.run(for: .seconds(300))
        #expect(world.read(ada, on: reader) == nil)
        #expect(world.holders(of: ada).isEmpty)
        #expect(world.complaints == [])
    }

    @Test("that was published before midnight is found before and after it")
    func midnight() throws {
        let evening = World.noon + .seconds(11 * 3_600 + 1_800)
        let world = village(
            seed: testSeed(default: 43), settings: .unhurried, epoch: evening)
        _ = try #require(world.publish(try profile("Ada"), on: world[1]))
        #expect(world.moment(of: world[1]).unix.day == World.noon.day)
        #expect(world.namesFound("ada", on: world[7]) == ["Ada"])
        world.crash(world[1])
        world.run(for: .seconds(2_400))
        #expect(world.moment(of: world[7]).unix.day == World.noon.day + 1)
        #expect(world.namesFound("ada", on: world[8]) == ["Ada"])
        // Two hours after midnight only the entries for the new day count.
        world.run(for: .seconds(2 * 3_600))
        #expect(world.namesFound("ada", on: world[9]) == ["Ada"])
        #expect(world.complaints == [])
    }

    @Test("whose owner stays is found the next day under the next day's entries")
    func nextDay() throws {
        let world = village(seed: testSeed(default: 44), nodes: 8, settings: .unhurried)
        _ = try #require(world.publish(try profile("Ada"), on: world[1]))
        world.run(for: .seconds(20 * 3_600))
        #expect(world.namesFound("ada", on: world[7]) == ["Ada"])
        #expect(world.complaints == [])
    }

    @Test("is kept published after its owner restarted")
    func ownerRestarts() throws {
        let world = village(seed: testSeed(default: 45), settings: .unhurried)
        let ada = world[1]
        let first = try #require(world.publish(try profile("Ada"), on: ada)).sequence
        world.restart(ada)
        world.run(for: .seconds(60))
        #expect(world.status(of: ada)?.publishedSequence ?? 0 > first)
        let reader = try world.stranger(to: ada)
        #expect(world.read(ada, on: reader)?.sequence ?? 0 > first)
        #expect(world.complaints == [])
    }

    @Test("is found although every clock is off by up to 60 s, and so two by up to 120 s")
    func skew() throws {
        let world = village(seed: testSeed(default: 46))
        for machine in world.machines {
            machine.clockError = .seconds(world.random(below: 121) - 60)
        }
        for number in 0..<4 {
            let one = try profile("Ada\(number)x")
            _ = try #require(world.publish(one, on: world[number]))
            #expect(world.namesFound("Ada\(number)x", on: world[11 - number]) == [one.name])
        }
        #expect(world.complaints == [])
    }

    @Test("from a clock that is five minutes ahead is kept by nobody, and the writer is told")
    func clockAhead() throws {
        let world = village(seed: testSeed(default: 47))
        world[1].clockError = .seconds(300)
        let end = world.finish(.publish(try profile("Ada")), on: world[1])
        #expect(end.error == .quorumMissed(stored: 0, wanted: 3, quorum: 2))
        #expect(world.holders(of: world[1]).isEmpty)
    }
}
