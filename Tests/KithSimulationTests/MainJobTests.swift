import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

@Suite("In a small network")
struct MainJobTests {
    @Test("a person is found by name, misspelt name, prefix and interest, until they withdraw")
    func mainJob() throws {
        let world = village(seed: testSeed(default: 7), nodes: 24)
        let jonas = world[3]
        let report = try #require(
            world.publish(
                try profile("Jonas Weber", interests: ["chess", "sailing"]), on: jonas))
        #expect(report.stored == 3)
        #expect(report.entries == report.entriesWanted)

        for typed in ["jonas", "jonnas", "jon", "weber", "Weber Jonas", "JONAS"] {
            #expect(world.namesFound(typed, on: world[20]) == ["Jonas Weber"], "\(typed)")
        }
        let found = world.finish(
            .findInterests(["chess", "go"], minScore: 0.3, limit: 10), on: world[15])
        guard case .success(.found(let hits, _)) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(hits.map(\.identity) == [jonas.identity])
        #expect(hits.first?.score == 1.0 / 3)

        guard case .success(.unpublished) = world.finish(.unpublish, on: jonas) else {
            Issue.record("could not withdraw")
            return
        }
        #expect(world.namesFound("jonas", on: world[9]) == [])
        #expect(world.read(jonas, on: world[9])?.body == nil)
        #expect(world.complaints == [])
    }

    @Test("an interest shared too little is not shown, one shared more comes first")
    func interests() throws {
        let world = village(seed: testSeed(default: 8))
        let people = [["chess", "go"], ["chess", "go", "tea"], ["chess", "a", "b", "c", "d"]]
        for (number, interests) in people.enumerated() {
            let one = try profile("P\(number)", interests: interests)
            _ = try #require(world.publish(one, on: world[number + 1]))
        }
        let found = world.finish(
            .findInterests(["chess", "go"], minScore: 0.3, limit: 10), on: world[9])
        guard case .success(.found(let hits, _)) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(hits.map(\.profile.name) == ["P0", "P1"])
        #expect(hits.map(\.score) == [1, 2.0 / 3])
    }

    @Test("whoever nobody published is not found, and that is an answer, not an error")
    func nobody() {
        let world = village(seed: testSeed(default: 9))
        #expect(world.namesFound("nobody", on: world[2]) == [])
    }
}
