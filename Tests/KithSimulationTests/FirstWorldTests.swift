import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("A small network")
struct SmallNetworkTests {
    @Test("joins, publishes, finds by name, by a misspelt name, by prefix and by interest")
    func mainJob() throws {
        let world = World(seed: 7, links: Links(latency: .milliseconds(20)))
        for _ in 0..<24 { world.addMachine() }
        let first = world.machines[0]
        world.start(first, seeds: [])
        for machine in world.machines.dropFirst() {
            world.start(machine, seeds: [first.record])
            world.run(for: .milliseconds(200))
        }
        world.run(for: .seconds(30))
        for machine in world.machines { #expect(machine.joinedAt != nil) }
        let jonas = world.machines[3]
        let profile = try Profile(
            name: "Jonas Weber", interests: ["chess", "sailing"], region: "Ulm", bio: nil,
            links: [], avatar: nil, activeHour: 497_000)
        let published = world.finish(.publish(profile), on: jonas)
        guard case .success(.published(let report)) = published else {
            Issue.record("publish: \(String(describing: published))")
            return
        }
        #expect(report.stored == 3)
        #expect(report.entries == report.entriesWanted)
        for query in ["jonas", "jonnas", "jon", "weber", "Jonas Weber"] {
            let found = world.finish(.findName(query, limit: 10), on: world.machines[20])
            guard case .success(.found(let hits, let search)) = found else {
                Issue.record("find: \(String(describing: found))")
                continue
            }
            print(query, hits.map(\.profile.name), hits.map(\.score), search)
            #expect(hits.map(\.identity) == [jonas.identity])
        }
        let found = world.finish(
            .findInterests(["chess", "go"], minScore: 0.3, limit: 10), on: world.machines[15])
        guard case .success(.found(let hits, let search)) = found else {
            Issue.record("find: \(String(describing: found))")
            return
        }
        print(hits.map(\.profile.name), hits.map(\.score), search)
        #expect(hits.map(\.identity) == [jonas.identity])
        let withdrawn = world.finish(.unpublish, on: jonas)
        guard case .success(.unpublished) = withdrawn else {
            Issue.record("unpublish: \(String(describing: withdrawn))")
            return
        }
        let gone = world.finish(.findName("jonas", limit: 10), on: world.machines[9])
        guard case .success(.found(let none, _)) = gone else {
            Issue.record("find: \(String(describing: gone))")
            return
        }
        #expect(none.isEmpty)
        print(world.counters(of: jonas))
        print(world.traceHash)
    }
}
