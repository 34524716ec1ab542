import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("What others were promised to keep")
struct KeepingTests {
    /// A village in which nodes go on patrol often, so that minutes show what hours would.
    func busyVillage(seed: UInt64, nodes: Int = 24) -> World {
        var settings = Settings()
        settings.keeping.patrolInterval = .seconds(5)
        settings.routing.checkInterval = .seconds(20)
        return village(seed: seed, nodes: nodes, settings: settings)
    }

    /// Somebody whose published profile is on the very eight machines closest to it, as it is for
    /// most people.
    ///
    /// A lookup that missed one of them leaves it to repair, and an owner among them takes a place
    /// without keeping anything: other tests.
    func wellKept(in world: World) throws -> Machine {
        for person in world.machines.dropFirst() {
            _ = try #require(world.publish(try profile("Ada"), on: person))
            world.run(for: .seconds(20))
            let place = world.location(of: person)
            let closest = world.closest(8, to: place, for: person, since: world.now)
            let isFar = closest.allSatisfy {
                place.isCloser($0.record.id, than: person.record.id)
            }
            if isFar, Set(world.holders(of: person).map(\.number)) == Set(closest.map(\.number)) {
                return person
            }
        }
        return try #require(nil, "nobody's profile is on the closest eight")
    }

    /// A machine, not yet switched on, that stands closer to `location` than all others.
    func closestNewcomer(in world: World, to location: Location) -> Machine {
        while true {
            let machine = world.addMachine()
            let isClosest = world.machines.allSatisfy {
                $0 === machine || location.isCloser(machine.record.id, than: $0.record.id)
            }
            if isClosest { return machine }
        }
    }

    @Test("is on eight machines, three of them promised to the owner")
    func copies() throws {
        let world = busyVillage(seed: testSeed(default: 901))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        world.run(for: .seconds(2))
        #expect(report.stored == 3)
        // One more where a keeper knows somebody closer than the owner did.
        #expect((8...9).contains(world.holders(of: ada).count))
        #expect(world.complaints == [])
    }

    @Test("is handed to a newcomer that stands closer, without the owner")
    func newcomer() throws {
        let world = busyVillage(seed: testSeed(default: 902))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        world.run(for: .seconds(20))
        world.crash(ada)
        let newcomer = closestNewcomer(in: world, to: world.location(of: ada))
        world.start(newcomer, seeds: [world[0].record])
        let isKept = world.run(upTo: .seconds(120)) {
            newcomer.stored(world.key(of: ada)) != nil
        }
        #expect(isKept)
        // The acknowledgement is still on its way.
        world.run(for: .seconds(1))
        #expect(world.machines.reduce(0) { $0 + world.counters(of: $1).handedOver } > 0)
        #expect(world.complaints == [])
    }

    @Test("is copied again when replicas die, without the owner")
    func deaths() throws {
        let world = busyVillage(seed: testSeed(default: 903), nodes: 32)
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        world.run(for: .seconds(20))
        world.crash(ada)
        // One after the other, until none of those who took it from the owner is left.
        for holder in world.holders(of: ada) {
            world.crash(holder)
            world.run(for: .seconds(120))
        }
        let living = world.machines.filter { $0.isUp && $0.stored(world.key(of: ada)) != nil }
        #expect(living.count >= 3)
        let reader = try world.stranger(to: ada)
        #expect(world.read(ada, on: reader)?.author == ada.identity)
        #expect(world.complaints == [])
    }

    @Test("is handed over by a node that leaves")
    func leaving() throws {
        let world = busyVillage(seed: testSeed(default: 904))
        let ada = try wellKept(in: world)
        let before = Set(world.holders(of: ada).map(\.number))
        let holder = try #require(world.holders(of: ada).first { $0 !== world[0] })
        world.perform(.leave, on: holder)
        world.run(for: .seconds(3))
        world.crash(holder)
        // Sooner than anybody could have noticed that it is gone.
        let after = world.machines.filter { $0.isUp && $0.stored(world.key(of: ada)) != nil }
        #expect(after.contains { !before.contains($0.number) })
        #expect(after.count >= before.count)
        #expect(world.complaints == [])
    }

    @Test("stays at no more nodes than needed: a patrol over an unchanged network gives nothing")
    func quiet() throws {
        let world = busyVillage(seed: testSeed(default: 905))
        _ = try #require(world.publish(try profile("Ada"), on: world[1]))
        world.run(for: .seconds(60))
        let sent = world.machines.reduce(0) { $0 + world.counters(of: $1).handedOver }
        world.run(for: .seconds(600))
        let later = world.machines.reduce(0) { $0 + world.counters(of: $1).handedOver }
        #expect(sent == later)
    }

    @Test("reaches its closest from those that took it while these could not be reached")
    func cutOff() throws {
        let world = busyVillage(seed: testSeed(default: 907))
        let ada = world[1]
        let location = world.location(of: ada)
        let ranked = world.closest(23, to: location, for: ada, since: world.now)
        // Ada is left with the twelve that stand farthest.
        world.cuts = [Cut(side: Set([ada.number] + ranked.suffix(12).map(\.number)))]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        world.run(for: .seconds(5))
        #expect(report.stored >= 2)
        let far = Set([ada.number] + ranked.suffix(12).map(\.number))
        #expect(far.isSuperset(of: world.holders(of: ada).map(\.number)))
        world.cuts = []
        let isThere = world.run(upTo: .seconds(120)) {
            ranked[0].stored(world.key(of: ada)) != nil
                && ranked[1].stored(world.key(of: ada)) != nil
        }
        #expect(isThere)
        // Long before the owner publishes again.
        #expect(world.counters(of: ranked[0]).answeredStore > 0)
        #expect(world.complaints == [])
    }

    @Test("is, if an entry, given to its closest by others once they are nearly full")
    func relief() throws {
        for isFull in [true, false] {
            var settings = Settings()
            settings.keeping.patrolInterval = .seconds(5)
            settings.keeping.loadRelief = isFull ? 0 : 90
            // One record is 1 % of this store.
            settings.storage.bytesMax = 50_000
            let world = village(seed: testSeed(default: 908), nodes: 24, settings: settings)
            let ada = world[1]
            _ = try #require(world.publish(try profile("Ada"), on: ada))
            world.run(for: .seconds(5))
            let entry = try #require(
                world.machines.lazy.flatMap(\.stored).first { $0.record.kind.isShared })
            let ranked = world.closest(
                24, to: entry.record.location, for: ada, since: world.now)
            let far = try #require(ranked.last { $0 !== world[0] })
            world.crash(ada)
            // Everybody loses everything; the farthest alone has the entry.
            for machine in world.machines where machine !== ada {
                world.crash(machine)
                machine.replaceStored(machine === far ? [entry] : [])
            }
            for machine in world.machines where machine !== ada && machine !== far {
                world.start(machine, seeds: [world[0].record, world[2].record])
            }
            world.run(for: .seconds(30))
            // It meets the two closest first, so that it is not its turn to tell a newcomer.
            world.start(far, seeds: [ranked[0].record, ranked[1].record])
            world.run(for: .seconds(60))
            #expect((ranked[0].stored(entry.key) != nil) == isFull)
            #expect(world.complaints == [])
        }
    }

    @Test("is left at a node on the way of a reader, and gone from there after half an hour")
    func cached() throws {
        // Nobody hands anything over meanwhile.
        var settings = Settings.unhurried
        settings.keeping.patrolInterval = .seconds(24 * 3_600)
        let world = village(seed: testSeed(default: 906), nodes: 32, settings: settings)
        let ada = try wellKept(in: world)
        let keepers = Set(world.holders(of: ada).map(\.number))
        let before = keepers.count
        // A reader that asked the eight alone has nobody to leave a copy at, and one that thinks
        // a ninth should keep it repairs it there.
        let reader = world.machines.first { machine in
            guard machine !== ada, machine.stored(world.key(of: ada)) == nil else { return false }
            _ = world.read(ada, on: machine)
            world.run(for: .seconds(2))
            return world.holders(of: ada).count > before
        }
        let found = try #require(reader)
        #expect(world.holders(of: ada).count == before + 1)
        #expect(world.counters(of: found).cached == 1)
        world.crash(ada)
        // Who starts again does not take it for a copy of its own.
        let keeper = try #require(
            world.holders(of: ada).first { !keepers.contains($0.number) })
        world.crash(keeper)
        world.start(keeper, seeds: [world[0].record])
        world.run(for: .seconds(10))
        #expect(world.holders(of: ada).count == before + 1)
        world.run(for: .seconds(1_900))
        #expect(world.holders(of: ada).count == before)
        #expect(world.complaints == [])
    }
}

@Suite("An audit")
struct AuditTests {
    func hasty(seed: UInt64) -> World {
        var settings = Settings()
        settings.operations.republish = .seconds(600)
        settings.operations.republishSpread = 0
        return village(seed: seed, nodes: 16, settings: settings)
    }

    @Test("finds every receipt kept when nobody lies")
    func honest() throws {
        let world = hasty(seed: testSeed(default: 911))
        _ = try #require(world.publish(try profile("Ada"), on: world[1]))
        world.run(for: .seconds(500))
        #expect(world.counters(of: world[1]).receiptsKept >= 3)
        #expect(world.counters(of: world[1]).receiptsBroken == 0)
    }

    @Test("finds those who kept nothing, although they say that they have more than they show")
    func boasters() throws {
        let world = hasty(seed: testSeed(default: 913))
        for _ in 0..<8 { world.release(world.addLiar(.boaster)) }
        world.run(for: .seconds(30))
        let ada = world[1]
        let report = try #require(
            world.publish(try profile("Ada", interests: ["chess"]), on: ada))
        let liars = Set(world.liars.map(\.signer))
        try #require(report.receipts.contains { liars.contains($0.signer) })
        world.run(for: .seconds(500))
        #expect(world.counters(of: ada).receiptsBroken > 0)
    }

    @Test("finds replicas that forgot, and the owner publishes again at once")
    func forgetful() throws {
        let world = hasty(seed: testSeed(default: 912))
        let ada = world[1]
        let report = try #require(world.publish(try profile("Ada"), on: ada))
        world.run(for: .seconds(5))
        let signers = Set(report.receipts.map(\.signer))
        for machine in world.machines where machine.isUp && machine !== ada {
            guard signers.contains(machine.signer) || machine.stored(world.key(of: ada)) != nil
            else { continue }
            world.crash(machine)
            machine.replaceStored([])
            world.start(machine, seeds: [world[0].record, ada.record])
        }
        world.run(for: .seconds(450))
        #expect(world.counters(of: ada).receiptsBroken > 0)
        let newest = world.holders(of: ada).compactMap {
            $0.stored(world.key(of: ada))?.record.sequence
        }.max()
        #expect(newest ?? 0 > report.sequence, "published again before the usual time")
    }
}
