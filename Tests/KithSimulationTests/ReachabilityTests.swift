import KithOverlay
import KithSimulation
import KithWire
import Testing

extension Settings {
    /// Settings under which a node may be promoted after two minutes instead of fifteen, and tries
    /// again after ten minutes, not after an hour, when nobody reached it.
    static var prompt: Settings {
        var settings = Settings()
        settings.reachability.promotionAfter = .seconds(120)
        settings.reachability.probeLead = .seconds(100)
        settings.reachability.probeInterval = .seconds(10)
        settings.reachability.contactMemory = .seconds(60)
        settings.reachability.rest = .seconds(600)
        return settings
    }
}

@Suite("A node that does not know whether others reach it")
struct ReachabilityTests {
    /// A village, and newcomers that have to find out, one of each of these boxes.
    private func world(
        _ seed: UInt64, settings: Settings = .prompt, nodes: Int = 24,
        boxes: [NAT.Kind?], timeout: Duration = .seconds(30)
    ) -> (World, [Machine]) {
        let world = village(seed: seed, nodes: nodes, settings: settings)
        let newcomers = boxes.map { world.addMachine(behind: $0, timeout: timeout) }
        for machine in newcomers { world.start(machine, seeds: world.randomSeeds(3)) }
        world.run(for: .seconds(20))
        return (world, newcomers)
    }

    /// Strangers to everybody, which never find out themselves; probes come through them.
    private func addStrangers(_ count: Int, to world: World) {
        for _ in 0..<count {
            let machine = world.addMachine(behind: nil, role: .client)
            world.start(machine, seeds: world.randomSeeds(3))
        }
        world.run(for: .seconds(20))
    }

    @Test("begins as a client: it is in nobody's table, and publishes and searches all the same")
    func client() throws {
        let (world, newcomers) = world(testSeed(default: 301), boxes: [nil])
        let ada = newcomers[0]
        #expect(!ada.serves)
        #expect(world.knowing(ada) == 0)
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        #expect(world.namesFound("ada", on: world[3]) == ["Ada"])
        #expect(world.status(of: ada)?.records == 0)
        #expect(world.complaints == [])
    }

    @Test("is promoted once strangers reached it, and is then in others' tables")
    func promotion() {
        let (world, newcomers) = world(testSeed(default: 302), boxes: [nil])
        addStrangers(6, to: world)
        world.run(for: .seconds(300))
        #expect(newcomers[0].serves)
        #expect(world.status(of: newcomers[0])?.reachV4 == .reached)
        #expect(world.knowing(newcomers[0]) >= 8)
        #expect(world.complaints == [])
    }

    @Test("is not promoted before its address has held for fifteen minutes")
    func patience() {
        let (world, newcomers) = world(testSeed(default: 303), settings: Settings(), boxes: [nil])
        addStrangers(6, to: world)
        world.run(for: .seconds(13 * 60))
        #expect(!newcomers[0].serves)
        world.run(for: .seconds(12 * 60))
        #expect(newcomers[0].serves)
    }

    @Test("is promoted behind a full cone, and stays so because it keeps the mapping open")
    func fullCone() {
        for keepsOpen in [true, false] {
            var settings = Settings.prompt
            // Else checks of so many neighbours would keep the mapping by themselves.
            settings.routing.checkInterval = .seconds(1_500)
            if !keepsOpen { settings.reachability.keepAlive = nil }
            let (world, newcomers) = world(
                testSeed(default: 304), settings: settings, boxes: [.fullCone])
            addStrangers(6, to: world)
            world.run(for: .seconds(300))
            if keepsOpen { #expect(newcomers[0].serves) }
            world.run(for: .seconds(1_800))
            let known = world.knowing(newcomers[0])
            let reached = reaches(newcomers[0], from: 6, in: world)
            print("keep-alive \(keepsOpen): known to \(known), reached by \(reached) of 6")
            // Without it the node may go on believing what was proved, but nobody reaches it.
            if keepsOpen { #expect(newcomers[0].serves) }
            #expect(keepsOpen ? reached == 6 : reached == 0)
            #expect(world.complaints == [])
        }
    }

    /// How many of so many nodes that were never here before get an answer at its address.
    private func reaches(_ machine: Machine, from count: Int, in world: World) -> Int {
        guard let record = world.status(of: machine)?.node, record.isReachable else { return 0 }
        var reached = 0
        for _ in 0..<count {
            let stranger = world.addMachine(behind: nil, role: .client)
            world.start(stranger, seeds: [])
            if case .success(.ping) = world.finish(.ping(record), on: stranger) { reached += 1 }
            world.crash(stranger)
        }
        return reached
    }

    @Test(
        "stays a client behind a box that lets no stranger in, and still publishes and finds",
        arguments: [NAT.Kind.restricted, .portRestricted, .symmetric])
    func shut(kind: NAT.Kind) throws {
        let (world, newcomers) = world(testSeed(default: 305), boxes: [kind])
        addStrangers(6, to: world)
        // Time for two rounds of probes, and the rest between them.
        world.run(for: .seconds(1_800))
        let ada = newcomers[0]
        #expect(ada.roleChanges.isEmpty)
        #expect(!ada.serves)
        #expect(world.knowing(ada) == 0)
        let why = world.status(of: ada)?.reachV4
        if kind == .symmetric {
            #expect(why == .changingPorts)
        } else {
            #expect(why == .unreached || why == .changingPorts)
        }
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        _ = try #require(world.publish(try profile("Berta"), on: world[2]))
        #expect(world.namesFound("ada", on: world[3]) == ["Ada"])
        #expect(world.namesFound("berta", on: ada) == ["Berta"])
        #expect(world.complaints == [])
    }

    @Test("that strangers reach no more says so, and leaves others' tables")
    func demotion() {
        var settings = Settings.prompt
        settings.reachability.recheck = .seconds(300)
        settings.reachability.recheckSoon = .seconds(60)
        let (world, newcomers) = world(
            testSeed(default: 306), settings: settings, boxes: [nil])
        addStrangers(6, to: world)
        world.run(for: .seconds(300))
        let ada = newcomers[0]
        #expect(ada.serves)
        // Somebody puts a firewall in front of it that drops what it did not ask for.
        world.putBehind(.portRestricted, keepingAddressOf: ada)
        world.run(for: .seconds(1_800))
        #expect(!ada.serves)
        #expect(world.knowing(ada) == 0)
    }
}

@Suite("A node whose address changes")
struct MovingTests {
    @Test("notices within a minute of hearing, is known at the new address, and is found again")
    func move() throws {
        let world = village(seed: testSeed(default: 310), nodes: 24)
        let ada = world.addMachine(behind: nil, role: .full)
        world.start(ada, seeds: world.randomSeeds(3))
        world.run(for: .seconds(60))
        #expect(ada.seenAddress == ada.address)
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let since = world.now
        world.move(ada)
        world.run(upTo: .seconds(600)) { ada.seenAddress == ada.address }
        let took = world.now - since
        print("noticed after \(took)")
        #expect(ada.seenAddress == ada.address)
        #expect(took <= .seconds(60))
        world.run(for: .seconds(30))
        let elsewhere = world.machines.compactMap { world.address(of: ada, inTableOf: $0) }
        #expect(elsewhere.filter { $0 == ada.address }.count >= 16)
        world.run(for: .seconds(600))
        let later = world.machines.compactMap { world.address(of: ada, inTableOf: $0) }
        #expect(later.allSatisfy { $0 == ada.address })
        #expect(world.namesFound("ada", on: world[7]) == ["Ada"])
        #expect(world.complaints == [])
    }

    @Test("serves no more until strangers reached it at the new one")
    func promotedAgain() {
        let world = village(seed: testSeed(default: 311), nodes: 24, settings: .prompt)
        let ada = world.addMachine(behind: nil)
        for _ in 0..<6 {
            world.start(world.addMachine(behind: nil, role: .client), seeds: world.randomSeeds(3))
        }
        world.start(ada, seeds: world.randomSeeds(3))
        world.run(for: .seconds(400))
        #expect(ada.serves)
        world.move(ada)
        world.run(for: .seconds(60))
        #expect(!ada.serves)
        world.run(for: .seconds(600))
        #expect(ada.serves)
        #expect(ada.roleChanges.map(\.role) == [.full, .client, .full])
    }
}

@Suite("A network of which one half is behind boxes")
struct HalfBehindBoxesTests {
    @Test("finds nearly everybody, and no lookup waits for a client")
    func half() throws {
        let world = village(seed: testSeed(default: 320), nodes: 32)
        var clients: [Machine] = []
        for number in 0..<32 {
            let kind = NAT.Kind.allCases[1 + number % 3]
            let machine = world.addMachine(behind: kind)
            clients.append(machine)
            world.start(machine, seeds: world.randomSeeds(3))
            world.run(for: .milliseconds(200))
        }
        world.run(for: .seconds(60))
        for (number, machine) in clients.enumerated() where number % 2 == 0 {
            _ = try #require(world.publish(try profile("Client\(number)x"), on: machine))
        }
        var found = 0
        var exact = 0
        let all = 200
        for round in 0..<all {
            let asker = world.machines[world.random(below: world.machines.count)]
            let number = 2 * world.random(below: 16)
            let location = Record.ownedLocation(.profile, author: clients[number].identity)
            if case .success(.record(.some, _)) = world.finish(.get(location), on: asker) {
                found += 1
            }
            let since = world.now
            let end = world.finish(.lookup(world.randomLocation()), on: asker)
            if case .success(.lookup(let report)) = end,
                world.judge(report, by: asker, since: since).isExact
            {
                exact += 1
            }
            if round % 50 == 0 { world.run(for: .seconds(30)) }
        }
        print("found \(found) of \(all), exact lookups \(exact) of \(all)")
        #expect(found * 100 >= all * 99)
        #expect(exact * 100 >= all * 99)
        #expect(world.complaints == [])
    }
}
