import Foundation
import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

/// A network of 50 nodes, as wide and lossy as the internet, in which one person looks.
private func town(
    seed: UInt64, nodes: Int = 50, links: Links = .wide, settings: Settings = .unhurried
) -> World {
    let world = World(seed: seed, settings: settings, links: links)
    for _ in 0..<nodes { world.addMachine() }
    world.start(world.machines[0], seeds: [])
    for machine in world.machines.dropFirst() {
        world.start(machine, seeds: [world.machines[0].record])
    }
    world.run(upTo: .seconds(120)) { world.machines.allSatisfy(\.isMember) }
    world.run(for: .seconds(30))
    return world
}

extension Links {
    /// 50 ± 30 ms one way, 5 % lost.
    fileprivate static let wide = Links(
        latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05)
}

extension World {
    fileprivate func awaken(_ machine: Machine) {
        perform(.mix(isMetered: false), on: machine)
        run(for: .seconds(30))
    }

    fileprivate func mixed(
        _ owner: Machine, on asker: Machine
    ) -> (record: Record?, report: MixReport)? {
        let location = Record.ownedLocation(.profile, author: owner.identity)
        let result = finish(.get(location, via: .mix), on: asker)
        guard case .success(.mixedRecord(let record, let report)) = result else {
            Issue.record("no answer: \(String(describing: result))")
            return nil
        }
        return (record, report)
    }
}

@Suite("Mixed queries")
struct MixingTests {
    @Test("find what a person published, and none of the relays is the asker")
    func finds() throws {
        let world = town(seed: testSeed(default: 1_101), nodes: 24)
        let ada = world.machines[3]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let asker = world.machines[7]
        world.awaken(asker)
        let answer = try #require(world.mixed(ada, on: asker))
        #expect(answer.record?.body != nil)
        #expect(answer.report.steps.contains { $0.end == .answered })
        for step in answer.report.steps {
            #expect(Set(step.hops.map(\.id)).count == 4)
            #expect(!step.hops.contains { $0.id == asker.record.id })
        }
        #expect(world.complaints == [])
    }

    @Test("of 50 nodes with 5 % loss are answered in the median within 1.5 s, with a retry at most")
    func figures() throws {
        let world = town(seed: testSeed(default: 1_102))
        let owners = Array(world.machines[1...10])
        for (index, owner) in owners.enumerated() {
            _ = try #require(world.publish(try profile("Person \(index)x"), on: owner))
        }
        let askers = Array(world.machines[20...21])
        for asker in askers { world.awaken(asker) }
        var durations: [Duration] = []
        var good = 0
        for round in 0..<100 {
            let before = world.now
            let answer = world.mixed(owners[round % 10], on: askers[round % 2])
            durations.append(world.now - before)
            if let answer, answer.record?.body != nil, answer.report.steps.count <= 3 {
                good += 1
            }
        }
        durations.sort()
        print("mixed: \(good) of 100, median \(durations[50]), slowest \(durations[99])")
        #expect(good >= 99)
        #expect(durations[50] < .milliseconds(1_500))
        #expect(world.complaints == [])
    }

    @Test("write a profile, which others then find, and none that does not fit into a cell")
    func writes() throws {
        let world = town(seed: testSeed(default: 1_105), nodes: 24)
        let ada = world.machines[3]
        world.awaken(ada)
        let links = (0..<3).map { "https://example.org/\($0)/" + String(repeating: "y", count: 98) }
        let large = try Profile(
            name: "Ada", bio: String(repeating: "x", count: Profile.bioBytesMax), links: links,
            activeHour: 500_000)
        guard case .failure(.mix(.tooLarge)) = world.finish(.publish(large, via: .mix), on: ada)
        else {
            Issue.record("what does not fit was published, or failed for another reason")
            return
        }
        let written = world.finish(
            .publish(try profile("Ada"), via: .mix), on: ada, within: .seconds(400))
        guard case .success(.published(let report)) = written else {
            Issue.record("not published: \(String(describing: written))")
            return
        }
        #expect(report.stored >= 2)
        #expect(report.entries == report.entriesWanted)
        #expect(world.namesFound("ada", on: world.machines[9]) == ["Ada"])
        #expect(world.complaints == [])
    }

    @Test("get by relays that are bad, and leave them out", arguments: CellFault.allCases)
    func badRelays(_ fault: CellFault) throws {
        let world = town(seed: testSeed(default: 1_103), nodes: 30)
        let ada = world.machines[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let asker = world.machines[2]
        world.awaken(asker)
        _ = try #require(world.mixed(ada, on: asker)?.record)
        // The guard, and three of 30 by chance.
        let guards = try #require(world.status(of: asker)?.mix.guards)
        let first = try #require(guards.first)
        let entry = try #require(world.machines.first { $0.record.id == first.node.id })
        let bad = [entry] + world.machines[10...12].filter { $0.number != entry.number }
        for machine in bad { world.spoilCells(of: machine, fault) }
        var slowest = Duration.zero
        for _ in 0..<40 {
            let before = world.now
            let answer = world.mixed(ada, on: asker)
            #expect(answer?.record?.body != nil)
            slowest = max(slowest, world.now - before)
        }
        #expect(slowest < .seconds(10))
        world.run(for: .seconds(300))
        let resting = try #require(world.status(of: asker)?.mix.resting)
        let left = bad.filter { machine in !resting.contains { $0.id == machine.record.id } }
        print("\(fault): slowest \(slowest), resting \(resting.count), not left out \(left.count)")
        #expect(resting.contains { $0.id == entry.record.id })
        #expect(world.complaints == [])
    }

    @Test("leave at moments that do not tell what they are")
    func moments() throws {
        var settings = Settings.unhurried
        settings.mixing.activeInterval = .seconds(1)
        settings.mixing.idleInterval = .seconds(1)
        let world = town(
            seed: testSeed(default: 1_104), nodes: 24, links: Links(), settings: settings)
        let ada = world.machines[0]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        for machine in world.machines { world.perform(.mix(isMetered: false), on: machine) }
        world.run(for: .seconds(60))
        var last: [Int: Instant] = [:]
        var gaps: [CellKind: [(machine: Int, seconds: Double)]] = [:]
        world.afterCell = { machine, kind in
            if let before = last[machine.number] {
                gaps[kind, default: []].append((machine.number, (world.now - before).seconds))
            }
            last[machine.number] = world.now
        }
        let location = Record.ownedLocation(.profile, author: ada.identity)
        let end = world.now + .seconds(200)
        while world.now < end {
            // Somebody asks at a moment of their own choice, now and then.
            let asker = world.machines[1 + world.random(below: 23)]
            world.start(.get(location, via: .mix), on: asker)
            world.run(for: .milliseconds(Int64(100 + world.random(below: 500))))
        }
        // Some machines are asked to be an exit more often: each is measured by its own mean.
        var sums: [Int: (seconds: Double, count: Double)] = [:]
        for gap in gaps.values.joined() {
            let (seconds, count) = sums[gap.machine] ?? (0, 0)
            sums[gap.machine] = (seconds + gap.seconds, count + 1)
        }
        for kind in CellKind.allCases {
            let found = try #require(gaps[kind]).map { gap in
                let (seconds, count) = sums[gap.machine] ?? (1, 1)
                return gap.seconds * count / seconds
            }
            let distance = Self.distance(toExponential: found)
            // Kolmogorov–Smirnov with 1 %: 1.63 / √n for large n.
            let limit = 1.63 / Double(found.count).squareRoot()
            print("\(kind): \(found.count) cells, distance \(distance), limit \(limit)")
            #expect(found.count > 400)
            #expect(distance < limit, "\(kind)")
        }
        // Who could tell the kinds by their moments would see it by this measure.
        let beats = (0..<400).map { 1 + 0.1 * Double($0 % 3) }
        #expect(Self.distance(toExponential: beats) > 1.63 / 20)
    }

    /// The largest distance between the distribution of these lengths and the exponential one of
    /// the same mean.
    private static func distance(toExponential lengths: [Double]) -> Double {
        let mean = lengths.reduce(0, +) / Double(lengths.count)
        let count = Double(lengths.count)
        var most = 0.0
        for (index, length) in lengths.sorted().enumerated() {
            let share = 1 - exp(-length / mean)
            most = max(most, share - Double(index) / count, Double(index + 1) / count - share)
        }
        return most
    }
}
