import KithCrypto
import KithOverlay
import KithWire
import Testing

@testable import KithSimulation

@Suite("Among liars")
struct LiarTests {
    /// A village of 20 with liars of one vice, who have had time to get known.
    private func village(_ vice: Vice, liars: Int, seed: UInt64) -> World {
        let world = KithSimulationTests.village(seed: seed, nodes: 20)
        for _ in 0..<liars { world.release(world.addLiar(vice)) }
        world.run(for: .seconds(30))
        return world
    }

    @Test("every kind of liar gets into tables, and lies", arguments: Vice.allCases)
    func known(_ vice: Vice) throws {
        let world = village(vice, liars: 4, seed: testSeed(default: 301))
        #expect(world.liarsKnown > 0.05)
        for number in 0..<4 {
            _ = world.publish(try profile("Anna\(number)"), on: world[number])
            _ = world.read(world[number], on: world[10 + number])
        }
        #expect(world.liars.reduce(0) { $0 + $1.lies } > 0)
        #expect(world.complaints == [])
    }

    @Test("forgers show what nobody signed, and nobody believes it")
    func forged() throws {
        let world = village(.forger, liars: 6, seed: testSeed(default: 302))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada", bio: "true"), on: ada))
        let forgeries = world.crowd.forgeries(
            at: report.location, network: world.network, entropy: &world.entropy)
        var refused: UInt64 = 0
        for number in 2..<20 {
            if let record = world.read(ada, on: world[number]) {
                #expect(record.sequence == report.sequence)
            }
            refused += world.counters(of: world[number]).invalidRecords
        }
        // The forgery is there, decodes, claims to be newer, and does not verify.
        let bytes = try #require(forgeries.first)
        let forgery = try Record.decode(bytes.span.bytes)
        #expect(forgery.author == ada.identity && forgery.sequence > report.sequence)
        #expect(throws: RecordError.badSignature) {
            try forgery.verify(network: world.network, now: world.unix)
        }
        #expect(refused > 0)
        #expect(world.complaints == [])
    }

    @Test("nobody is taken for a node at the place that a liar computed for it")
    func misplaced() throws {
        let world = village(.misplacer, liars: 4, seed: testSeed(default: 309))
        for number in 0..<10 {
            _ = world.publish(try profile("Anna\(number)"), on: world[number])
            _ = world.finish(.lookup(world[19 - number].record.id), on: world[number])
        }
        let honest = Set(world.machines.map(\.record.id))
        var refused: UInt64 = 0
        for machine in world.machines {
            for neighbour in machine.node?.neighbourStatuses(at: world.now) ?? [] {
                let isLiar = world.liars.contains { $0.record.id == neighbour.record.id }
                #expect(isLiar || honest.contains(neighbour.record.id))
            }
            refused += world.counters(of: machine).refusedProof
        }
        // They were asked under the false ids, and answered.
        #expect(refused > 0)
        #expect(world.complaints == [])
    }

    @Test("who shows the first version for ever does not keep readers from the second")
    func rollback() throws {
        let world = village(.rollback, liars: 4, seed: testSeed(default: 303))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada", bio: "first"), on: ada))
        let second = try #require(world.publish(try profile("Ada", bio: "second"), on: ada))
        var read = 0
        for number in 2..<20 {
            if world.read(ada, on: world[number])?.sequence == second.sequence { read += 1 }
        }
        #expect(read >= 16)
        #expect(world.complaints == [])
    }

    @Test("ground ids have a real proof, stand closer than any machine, each in its own block")
    func ground() {
        let world = KithSimulationTests.village(seed: testSeed(default: 304))
        let location = world.location(of: world[3])
        let siege = world.grind(8, near: location)
        let closest = world.machines.map { location.distance(to: $0.record.id) }.min()
        for liar in siege {
            #expect(liar.record.proves(in: world.network))
            #expect(closest.map { location.distance(to: liar.record.id) < $0 } == true)
        }
        #expect(Set(siege.map { ($0.address.v4 ?? 0) >> 8 }).count == 8)
    }

    @Test("the same seed gives the same trace, liars and all")
    func trace() throws {
        let seed = testSeed(default: 305)
        var traces: [String] = []
        for _ in 0..<2 {
            let world = KithSimulationTests.village(seed: seed)
            for vice in Vice.crowd { world.release(world.addLiar(vice)) }
            world.run(for: .seconds(90))
            _ = world.publish(try profile("Ada"), on: world[1])
            traces.append(world.traceHash)
        }
        #expect(traces[0] == traces[1])
    }
}
