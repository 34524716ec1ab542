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
        guard case .success(.mixedRecord(let record, let report)) = finish(
            .get(location, via: .mix), on: asker)
        else { return nil }
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
}
