import KithCrypto
import KithOverlay
import KithWire
import Testing

@testable import KithSimulation

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

    @Test("a version that its author did not sign here, though the signature is good")
    func forged() throws {
        let world = village(seed: testSeed(default: 93))
        let ada = world[1]
        let thief = Ed25519.SecretKey(seed: ada.identitySeed)
        let stolen = try Record.sign(
            kind: .profile, author: thief, sequence: world.unix.milliseconds << 16,
            created: world.unix, expires: world.unix + .seconds(3_600), location: nil,
            body: try profile("Eve").encode(), network: world.network)
        for machine in world.machines where machine !== ada {
            world.crash(machine)
            machine.replaceStored([
                StoredRecord(record: stolen, source: ada.address, until: stolen.expires)
            ])
            world.start(machine, seeds: [ada.record])
        }
        world.run(for: .seconds(30))
        #expect(world.complaints == [])
        _ = world.read(ada, on: world[5])
        #expect(world.violations.map(\.kind) == [.forged])
    }

    @Test("a reader that goes back to an older version")
    func wentBack() throws {
        let world = village(seed: testSeed(default: 94))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let reader = try world.stranger(to: ada)
        _ = try #require(world.read(ada, on: reader))
        #expect(world.complaints == [])
        reader.shown[ada.identity] = .max
        _ = try #require(world.read(ada, on: reader))
        #expect(world.violations.map(\.kind) == [.wentBack])
    }

    @Test("a collection that holds more than its bound")
    func bound() {
        var settings = Settings()
        settings.storage.bytesMax = -1
        let world = World(seed: testSeed(default: 95), settings: settings)
        let machine = world.addMachine()
        world.start(machine, seeds: [])
        #expect(world.violations.first?.kind == .bound)
    }

    @Test("more bytes to a stranger than came from it")
    func amplification() {
        let world = village(seed: testSeed(default: 96), nodes: 2)
        let machine = world[0]
        func datagram(_ type: UInt8, _ count: Int, _ sender: Int) -> Agenda.Datagram {
            let rest = [UInt8](repeating: 0, count: count - 1)
            return Agenda.Datagram(sender: sender, source: machine.address, bytes: [type] + rest)
        }
        let stranger = World.firstLiar
        world.meter(received: datagram(1, 300, stranger), by: machine, isRefused: false)
        world.meter(sent: datagram(2, 300, 0), to: stranger, by: machine)
        #expect(world.complaints == [])
        world.meter(sent: datagram(4, 41, 0), to: stranger, by: machine)
        #expect(world.violations.map(\.kind) == [.amplification])
    }

    @Test("bytes on a disk that do not decode any more")
    func damagedDisk() throws {
        let world = village(seed: testSeed(default: 97))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let holder = try #require(world.holders(of: ada).first)
        world.crash(holder)
        holder.disk.spoil(world.key(of: ada))
        world.start(holder, seeds: world.randomSeeds(2))
        #expect(world.violations.contains { $0.kind == .notDurable })
    }
}

/// What a healed swarm is judged by.
@Suite("The judge of a swarm notices")
struct JudgeTests {
    /// A small swarm without faults in which one person published.
    private func swarm(seed: UInt64) throws -> Swarm {
        var plan = SwarmPlan(seed: seed, machinesMax: 16)
        plan.machines = 12
        plan.habits = []
        plan.liars = []
        plan.people = 1
        let swarm = Swarm(plan)
        swarm.grow()
        swarm.write(.publish(swarm.people[0].profile), of: 0)
        swarm.world.run(for: .seconds(30))
        let acknowledged = try #require(swarm.people[0].acknowledged)
        #expect(!acknowledged.isWithdrawal)
        return swarm
    }

    @Test("nothing when all is well")
    func well() throws {
        let swarm = try swarm(seed: testSeed(default: 401))
        swarm.judge()
        #expect(swarm.world.complaints == [])
        #expect(swarm.findings.finds.succeeded == Swarm.readers)
    }

    @Test("an acknowledged version that nobody has any more")
    func lost() throws {
        let swarm = try swarm(seed: testSeed(default: 402))
        let world = swarm.world
        let person = swarm.people[0].machine
        for holder in world.holders(of: person) {
            world.crash(holder)
            holder.damageDisk()
            holder.acknowledged.removeAll()
            world.start(holder, seeds: world.randomSeeds(2))
        }
        // Before the owner looks after its record again.
        world.run(for: .seconds(5))
        swarm.judge()
        #expect(Set(world.violations.map(\.kind)) == [.lost])
    }

    @Test("a person who withdrew and is found")
    func resurrected() throws {
        let swarm = try swarm(seed: testSeed(default: 403))
        let sequence = try #require(swarm.people[0].acknowledged).sequence
        // As if the withdrawal had been acknowledged by replicas that then forgot it.
        swarm.people[0].acknowledged = Swarm.Acknowledged(
            sequence: sequence, isWithdrawal: true)
        swarm.judge()
        #expect(Set(swarm.world.violations.map(\.kind)) == [.resurrected])
    }

    @Test("an operation that does not end")
    func stuck() throws {
        let swarm = try swarm(seed: testSeed(default: 404))
        let machine = swarm.world[3]
        swarm.started.append(
            Swarm.Started(
                id: OperationID(999), machine: machine, life: machine.life, person: nil))
        swarm.judge()
        #expect(swarm.world.violations.map(\.kind) == [.stuck])
    }

    @Test("a machine that is not part of the network")
    func notJoined() throws {
        let swarm = try swarm(seed: testSeed(default: 405))
        let apart = try #require(swarm.world.machines.first { $0 !== swarm.people[0].machine })
        swarm.world.crash(apart)
        swarm.judge()
        #expect(swarm.world.violations.first?.kind == .notJoined)
        #expect(swarm.world.violations.first?.machine == apart.number)
    }
}
