import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A reader")
struct ReadingTests {
    @Test("takes the newest version, and brings a replica that kept an old one up to date")
    func oldReplica() throws {
        let world = village(seed: testSeed(default: 31))
        let ada = world[1]
        let old = try #require(world.publish(try profile("Ada", bio: "old"), on: ada))
        let liar = try #require(world.holders(of: ada).first)
        let kept = liar.stored
        let new = try #require(world.publish(try profile("Ada", bio: "new"), on: ada))
        #expect(new.sequence > old.sequence)
        world.crash(liar)
        liar.replaceStored(kept)
        world.start(liar, seeds: world.randomSeeds(2))
        world.run(for: .seconds(10))
        world.crash(ada)

        let reader = try world.stranger(to: ada)
        #expect(world.read(ada, on: reader)?.sequence == new.sequence)
        // The first read may have met a session that the restarted liar has forgotten.
        world.run(for: .seconds(5))
        #expect(world.read(ada, on: reader)?.sequence == new.sequence)
        world.run(for: .seconds(2))
        #expect(liar.stored(world.key(of: ada))?.record.sequence == new.sequence)
        #expect(world.complaints == [])
    }

    @Test("gives the record back to a replica that withholds it")
    func withholdingReplica() throws {
        let world = village(seed: testSeed(default: 32))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        let liar = try #require(world.holders(of: ada).first)
        let reader = try world.stranger(to: ada)
        world.crash(liar)
        liar.replaceStored([])
        world.start(liar, seeds: world.randomSeeds(2))
        world.run(for: .seconds(10))
        world.crash(ada)

        #expect(world.read(ada, on: reader)?.sequence == report.sequence)
        // The first read may have met a session that the restarted liar has forgotten.
        world.run(for: .seconds(5))
        #expect(world.read(ada, on: reader)?.sequence == report.sequence)
        world.run(for: .seconds(2))
        #expect(liar.stored(world.key(of: ada))?.record.sequence == report.sequence)
    }

    @Test("never goes back to an older version, even if all replicas do")
    func neverBack() throws {
        let world = village(seed: testSeed(default: 33))
        let ada = world[1]
        let old = try #require(world.publish(try profile("Ada", bio: "old"), on: ada))
        let kept = world.machines.map(\.stored)
        let new = try #require(world.publish(try profile("Ada", bio: "new"), on: ada))
        let reader = try world.stranger(to: ada)
        let other = try #require(
            world.machines.first {
                $0 !== reader && $0 !== ada && $0.stored(world.key(of: ada)) == nil
            })
        #expect(world.read(ada, on: reader)?.sequence == new.sequence)

        world.crash(ada)
        for machine in world.machines where machine !== reader && machine !== ada {
            world.crash(machine)
            machine.replaceStored(kept[machine.number])
            world.start(machine, seeds: world.randomSeeds(2))
        }
        world.run(for: .seconds(20))
        #expect(world.read(ada, on: reader)?.sequence != old.sequence)
        // Somebody who never saw the new version cannot know better.
        #expect(world.read(ada, on: other)?.sequence == old.sequence)
        #expect(world.complaints == [])
    }

    @Test("shows nothing that its author did not sign, not even if two of three replicas forge")
    func forgery() throws {
        let world = village(seed: testSeed(default: 34))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada", bio: "honest"), on: ada))
        let holders = world.holders(of: ada)
        let honest = try #require(holders.last?.stored(world.key(of: ada))).record
        let liars = holders.prefix(2)
        for liar in liars {
            world.crash(liar)
            let forged = try liar.stored.map { stored in
                StoredRecord(
                    record: try forge(stored.record, "honest", "forged"), source: stored.source,
                    until: stored.until)
            }
            liar.replaceStored(forged)
            world.start(liar, seeds: world.randomSeeds(2))
        }
        world.run(for: .seconds(10))
        world.crash(ada)
        let reader = try world.stranger(to: ada)
        let shown = try #require(world.read(ada, on: reader))
        #expect(shown.sequence == report.sequence)
        #expect(shown.encoded == honest.encoded)
        #expect(world.complaints == [])
    }

    /// The record with one text in its body replaced by another of the same length; its
    /// signature stays.
    private func forge(_ record: Record, _ text: String, _ other: String) throws -> Record {
        var bytes = record.encoded
        let pattern = Array(text.utf8)
        let replacement = Array(other.utf8)
        for start in 0...(bytes.count - pattern.count)
        where Array(bytes[start..<start + pattern.count]) == pattern {
            bytes.replaceSubrange(start..<start + pattern.count, with: replacement)
        }
        return try Record.decode(bytes.span.bytes)
    }
}
