import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("When the network is bad")
struct FaultTests {
    @Test("half of the nodes are killed: who is still stored is found 30 s later")
    func half() throws {
        let seed = testSeed(default: 51)
        let world = village(seed: seed, nodes: 24)
        for number in 0..<6 {
            _ = try #require(world.publish(try profile("Somebody\(number)"), on: world[number]))
        }
        for number in stride(from: 1, to: 24, by: 2) { world.crash(world[number]) }
        world.run(for: .seconds(30))
        var readable = 0
        for number in 0..<6 where world.holders(of: world[number]).contains(where: \.isUp) {
            readable += 1
            let reader = world[22]
            #expect(world.read(world[number], on: reader) != nil, "person \(number)")
        }
        #expect(readable >= 4)
        #expect(world.complaints == [])
    }

    @Test("two halves that were cut apart agree on the newest version once they are healed")
    func partition() throws {
        let world = village(seed: testSeed(default: 52), nodes: 16)
        let ada = world[0]
        _ = try #require(world.publish(try profile("Ada", bio: "before"), on: ada))
        world.cuts = [Cut(side: Set(0..<8))]
        world.run(for: .seconds(60))
        let during = try #require(world.publish(try profile("Ada", bio: "during"), on: ada))
        world.run(for: .seconds(60))
        world.cuts = []
        // Seeds that were lost as neighbours are asked every 15 min or so.
        world.run(for: .seconds(1_200))
        for number in [3, 9, 12, 15] {
            #expect(world.read(ada, on: world[number])?.sequence == during.sequence)
        }
        #expect(world.complaints == [])
    }

    @Test("halves that were cut apart for an hour find each other again")
    func longPartition() {
        let world = village(seed: testSeed(default: 53), nodes: 16)
        world.run(for: World.saveInterval)
        world.cuts = [Cut(side: Set(0..<8))]
        world.run(for: .seconds(3_600))
        world.cuts = []
        world.run(for: .seconds(900))
        let since = world.now
        for asker in [world[1], world[14]] {
            let end = world.finish(.lookup(world.randomLocation()), on: asker)
            guard case .success(.lookup(let report)) = end else {
                Issue.record("\(String(describing: end))")
                continue
            }
            #expect(world.judge(report, by: asker, since: since).isExact)
        }
    }

    @Test("a node that is heard by nobody disturbs nobody")
    func oneWay() throws {
        let world = village(seed: testSeed(default: 54))
        world.cuts = [Cut(side: [5], isOneWay: true)]
        world.run(for: .seconds(30))
        let report = try #require(world.publish(try profile("Ada"), on: world[1]))
        #expect(report.stored == 3)
        #expect(world.namesFound("ada", on: world[9]) == ["Ada"])
        let end = world.finish(.findName("ada", limit: 5), on: world[5])
        if case .success(.found(let hits, let search)) = end {
            #expect(hits.isEmpty || search.partial)
        }
        #expect(world.complaints == [])
    }

    @Test("a process that stood still for 30 s goes on as if nothing had happened")
    func pause() throws {
        let world = village(seed: testSeed(default: 55))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        for holder in world.holders(of: ada) { world.pause(holder) }
        world.run(for: .seconds(30))
        for machine in world.machines { world.resume(machine) }
        world.run(for: .seconds(5))
        let reader = try world.stranger(to: ada)
        #expect(world.read(ada, on: reader) != nil)
        #expect(world.complaints == [])
    }

    @Test("a tenth is lost, a third arrives twice, some overtake others: people are found")
    func badLinks() throws {
        let links = Links(
            latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.1, duplication: 0.33,
            reordering: 0.05)
        let world = village(seed: testSeed(default: 56), links: links)
        for number in 0..<3 {
            let name = "Anna\(number)x"
            _ = try #require(world.publish(try profile(name), on: world[number]))
            #expect(world.namesFound(name, on: world[8])?.first == name)
        }
        #expect(world.complaints == [])
    }

    @Test("people are found while machines come and go")
    func churn() throws {
        let world = village(
            seed: testSeed(default: 57), nodes: 24,
            links: Links(latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05))
        world.startChurn(.hard, except: [0, 1, 2, 3])
        var names: [String] = []
        for number in 0..<3 {
            let name = "Berta\(number)x"
            _ = try #require(world.publish(try profile(name), on: world[number]))
            names.append(name)
            world.run(for: .seconds(120))
        }
        for name in names { #expect(world.namesFound(name, on: world[3])?.first == name) }
        #expect(world.complaints == [])
    }
}
