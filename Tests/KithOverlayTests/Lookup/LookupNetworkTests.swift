import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A lookup among 1,000 nodes with perfect tables")
struct LookupNetworkTests {
    static let nodes = 1_000
    static let lookups = 100

    /// Runs many lookups for random targets from random nodes that answer.
    func runs(
        in world: LookupWorld, paths: Int = 1, loss: Double = 0, entropy: inout Entropy
    ) -> [(run: LookupWorld.Run, truth: [NodeID])] {
        (0..<Self.lookups).map { _ in
            var start = 0
            repeat {
                start = Int(entropy.below(UInt64(world.records.count)))
            } while world.behaviours[start] != .honest
            let target = Point(entropy.bytes32())
            let run = world.run(
                target: target, from: start, paths: paths, loss: loss, entropy: &entropy)
            return (run, world.truth(target, except: start))
        }
    }

    func report(_ name: String, _ runs: [(run: LookupWorld.Run, truth: [NodeID])]) {
        let all = runs.count { $0.run.found == $0.truth }
        let three = runs.count { $0.run.found.prefix(3) == $0.truth.prefix(3) }
        let requests = runs.map(\.run.requests)
        print(
            "\(name): \(all) of \(runs.count) found all 16, \(three) the first 3;",
            "requests median \(requests.median), most \(requests.max() ?? 0);",
            "hops median \(runs.map(\.run.hops).median), most \(runs.map(\.run.hops).max() ?? 0);",
            "time median \(runs.map(\.run.duration).median)")
    }

    @Test("finds the true closest 16, with a median of at most 20 requests and 4 hops")
    func onePath() {
        var entropy = Entropy(seed: testSeed(default: 21))
        let world = LookupWorld.thousand
        let runs = runs(in: world, entropy: &entropy)
        report("one path", runs)
        #expect(runs.count { $0.run.found == $0.truth } * 100 >= runs.count * 99)
        #expect(runs.map(\.run.requests).median <= 20)
        #expect(runs.map(\.run.hops).median <= 4)
        #expect((runs.map(\.run.inFlightMax).max() ?? 0) <= 8)
    }

    @Test("asks nobody twice over disjoint paths", arguments: [(4, 32), (8, 40)])
    func disjointPaths(paths: Int, requestsMax: Int) {
        var entropy = Entropy(seed: testSeed(default: 22))
        let world = LookupWorld.thousand
        let runs = runs(in: world, paths: paths, entropy: &entropy)
        report("\(paths) paths", runs)
        #expect(runs.count { $0.run.found == $0.truth } * 100 >= runs.count * 99)
        #expect(runs.map(\.run.requests).median <= requestsMax)
        for (run, _) in runs { #expect(Set(run.asked).count == run.asked.count) }
    }

    @Test("finds the closest that live when a fifth of all nodes is dead and 5 % is lost")
    func deadNodes() {
        var entropy = Entropy(seed: testSeed(default: 23))
        var world = LookupWorld.thousand
        for node in 0..<Self.nodes where entropy.below(5) == 0 {
            world.behaviours[node] = .dead
        }
        let runs = runs(in: world, loss: 0.05, entropy: &entropy)
        report("a fifth dead", runs)
        // A request that is lost hides a live node, so at most 95 % can be found. The closest 8
        // are counted: these tables never forget the dead, which fill the replies and hide the
        // last of the 16.
        let shares = runs.map { run, truth in Set(run.found).intersection(truth.prefix(8)).count }
        #expect(shares.reduce(0, +) * 100 >= runs.count * 8 * 92)
        #expect(runs.allSatisfy { $0.run.requests <= 64 })
    }

    @Test("never reports a node that liars invented", arguments: [1, 4, 8])
    func inventedNodes(paths: Int) {
        var entropy = Entropy(seed: testSeed(default: 24))
        var world = LookupWorld.thousand
        for node in 0..<Self.nodes where entropy.below(5) == 0 {
            world.behaviours[node] = .inventing
        }
        let real = Set(world.records.map(\.id))
        let runs = runs(in: world, paths: paths, entropy: &entropy)
        report("a fifth invents, \(paths) paths", runs)
        for (run, _) in runs {
            #expect(real.isSuperset(of: run.found))
            #expect(run.requests <= 64)
        }
        let three = runs.count { run, truth in
            Set(run.found.prefix(3)).intersection(truth.prefix(3)).count >= 2
        }
        #expect(three * 100 >= runs.count * (paths == 1 ? 80 : 95))
    }

    @Test("reaches nodes that liars name with false addresses", arguments: [1, 4])
    func falseAddresses(paths: Int) {
        var entropy = Entropy(seed: testSeed(default: 25))
        var world = LookupWorld.thousand
        for node in 0..<Self.nodes where entropy.below(5) == 0 {
            world.behaviours[node] = .misdirecting
        }
        let runs = runs(in: world, paths: paths, entropy: &entropy)
        report("a fifth misdirects, \(paths) paths", runs)
        let three = runs.count { run, truth in
            Set(run.found.prefix(3)).intersection(truth.prefix(3)).count >= 2
        }
        #expect(three * 100 >= runs.count * 95)
    }
}
