import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A majority of replicas")
struct QuorumTests {
    @Test("is missed in a network of two, and the error says one of three")
    func two() throws {
        let world = village(seed: testSeed(default: 11), nodes: 2)
        let end = world.finish(.publish(try profile("Ada")), on: world[1])
        #expect(end.error == .quorumMissed(stored: 1, wanted: 3, quorum: 2))
    }

    @Test("is reached in a network of three, where two others can acknowledge")
    func three() throws {
        let world = village(seed: testSeed(default: 12), nodes: 3)
        let report = try #require(world.publish(try profile("Ada"), on: world[1]))
        #expect(report.stored == 2)
        #expect(report.wanted == 3)
        #expect(report.receipts.count == 2)
    }

    @Test("is out of reach for who is alone, and that is said as such")
    func alone() throws {
        let world = World(seed: testSeed(default: 13))
        let lone = world.addMachine()
        world.start(lone, seeds: [])
        #expect(world.finish(.publish(try profile("Ada")), on: lone).error == .noPeers)
        #expect(world.finish(.findName("ada", limit: 5), on: lone).error == .noPeers)
    }

    @Test("stands in the three closest places, then in five spare ones, no two in one /24")
    func diversity() throws {
        let world = village(seed: testSeed(default: 14))
        let report = try #require(world.publish(try profile("Ada"), on: world[2]))
        let closest = world.closest(3, to: report.location, for: world[2], since: world.now)
        #expect(Set(report.receipts.map(\.signer)) == Set(closest.map(\.signer)))
        world.run(for: .seconds(2))
        let holders = world.holders(of: world[2])
        #expect(holders.count == 8)
        #expect(Set(holders.map(\.address.block)).count == 8)
        #expect(Set(holders.map(\.number)).isSuperset(of: closest.map(\.number)))
    }

    @Test("is not made of those who could not write: three full disks miss it")
    func fullDisks() throws {
        let world = village(seed: testSeed(default: 15), nodes: 5)
        for machine in world.machines.dropFirst(2) { machine.setDiskFull(true) }
        let end = world.finish(.publish(try profile("Ada")), on: world[0])
        #expect(end.error == .quorumMissed(stored: 1, wanted: 3, quorum: 2))
        for machine in world.machines.dropFirst(2) { #expect(machine.acknowledgements == 0) }

        for machine in world.machines { machine.setDiskFull(false) }
        // Silence made them look dead; they are heard again within their next checks.
        world.run(for: .seconds(60))
        #expect(world.publish(try profile("Ada"), on: world[0])?.stored == 3)
        #expect(world.complaints == [])
    }
}

extension Result<Outcome, OperationError>? {
    /// The error that an operation ended with; nil when it succeeded or did not end.
    var error: OperationError? {
        if case .failure(let error) = self { return error }
        return nil
    }
}
