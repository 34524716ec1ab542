import Foundation
import Kith
import Testing

/// Homes that go away with the test.
final class TemporaryHomes: Sendable {
    private let root: String

    init() throws {
        root = NSTemporaryDirectory() + "kith-library-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // Nothing can be done about a leftover in the temporary directory.
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String {
        root + "/" + name
    }

    /// How a node of this test is run: on loopback, on a port that the system chooses.
    func configuration(_ name: String, seeds: [String] = []) throws -> KithNode.Configuration {
        KithNode.Configuration(
            identity: try Identity.loadOrCreate(at: path(name), network: .local),
            network: .local, listen: ["127.0.0.1:0"], seeds: seeds)
    }
}

/// Runs `body` with an entry node and `count` more that have all joined through it.
func withNetwork(
    of count: Int, _ body: ([KithNode], TemporaryHomes) async throws -> Void
) async throws {
    let homes = try TemporaryHomes()
    try await KithNode.withNode(try homes.configuration("entry")) { entry in
        let record = try #require(try await entry.status.record)
        var nodes: [KithNode] = []
        for number in 0..<count {
            nodes.append(
                try KithNode.start(try homes.configuration("node \(number)", seeds: [record])))
        }
        try await eventually { try await isAcquainted(nodes + [entry]) }
        do {
            try await body(nodes, homes)
        } catch {
            for node in nodes { await node.stop() }
            throw error
        }
        for node in nodes { await node.stop() }
    }
}

/// Whether every node knows every other.
private func isAcquainted(_ nodes: [KithNode]) async throws -> Bool {
    for node in nodes where try await node.status.neighbours < nodes.count - 1 {
        return false
    }
    return true
}

/// Asks a real network again and again until something is so; it says nothing by itself.
///
/// Patience is counted in looks, a minute of them, not by a clock: tests of other suites keep
/// the few threads that tasks have, and this one may not get to look for half a minute.
func eventually(
    looks: Int = 1_200, _ isSo: () async throws -> Bool
) async throws {
    for _ in 0..<looks {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("it never came to be")
    throw NeverCame()
}

private struct NeverCame: Error {}

@Suite("An app that imports Kith", .serialized)
struct MainJobTests {
    @Test("publishes people and finds them by name and by interests, then withdraws one")
    func mainJob() async throws {
        try await withNetwork(of: 6) { nodes, _ in
            let marta = Profile(
                name: "Marta Kovač", interests: ["chess", "sailing"], region: "Ljubljana")
            let receipt = try await nodes[0].profile.publish(marta)
            #expect(receipt.stored >= receipt.quorum)
            #expect(receipt.quorum == 2)
            #expect(receipt.wanted == 3)
            _ = try await nodes[1].profile.publish(
                Profile(name: "Jonas Weber", interests: ["chess", "jazz"]))
            #expect(try await nodes[0].status.isPublished)

            let byName = try await nodes[2].search(.name("marta kovac")).ranked()
            #expect(byName.map(\.profile) == [marta])
            #expect(byName.first?.source == .network)
            let misspelt = try await nodes[3].search(.name("jonnas")).ranked()
            #expect(misspelt.map(\.profile.name) == ["Jonas Weber"])

            let interests = try await nodes[4].search(.interests(["chess", "sailing"])).ranked()
            #expect(interests.map(\.profile.name) == ["Marta Kovač", "Jonas Weber"])
            #expect(interests.map(\.score) == [1, 1.0 / 3])
            let few = nodes[4].search(.interests(["chess", "sailing"], minScore: 0.5))
            #expect(try await few.ranked().map(\.profile.name) == ["Marta Kovač"])

            try await nodes[0].profile.withdraw()
            #expect(try await nodes[5].search(.name("marta kovac")).ranked().isEmpty)
            #expect(try await !nodes[0].status.isPublished)
        }
    }

    @Test("says why nobody can be near where a node listens to this machine alone")
    func nearby() async throws {
        try await withNetwork(of: 1) { nodes, _ in
            for sweeps in [false, true] {
                do throws(KithError) {
                    _ = try await nodes[0].nearby(sweeping: sweeps)
                    Issue.record("somebody is near")
                } catch {
                    #expect(error.code == (sweeps ? "no-subnet" : "no-link"))
                }
            }
        }
    }

    @Test("hears of people while the search goes on, and may stop listening")
    func streaming() async throws {
        try await withNetwork(of: 4) { nodes, _ in
            for (index, name) in ["Ada North", "Ada South", "Ada West"].enumerated() {
                _ = try await nodes[index].profile.publish(Profile(name: name))
            }
            var names: Set<String> = []
            for try await hit in nodes[3].search(.name("ada")) {
                names.insert(hit.profile.name)
                #expect(hit.identity.hasPrefix("kith1"))
                #expect(!hit.why.isEmpty)
            }
            #expect(names == ["Ada North", "Ada South", "Ada West"])

            for try await _ in nodes[3].search(.name("ada")) { break }
            let searching = Task { try await nodes[3].search(.name("nobody at all")).ranked() }
            searching.cancel()
            await #expect(throws: KithError.cancelled) { try await searching.value }
        }
    }

    @Test("is told with a code and a hint what cannot be done")
    func errors() async throws {
        let homes = try TemporaryHomes()
        try await KithNode.withNode(try homes.configuration("alone")) { node in
            #expect(try await node.status.phase == .alone)
            let error = try await #require(throws: KithError.self) {
                try await node.profile.publish(Profile(name: "Ada"))
            }
            #expect(error == .noPeers)
            #expect(error.code == "no-peers")
            #expect(!error.hint.isEmpty)
            await #expect(throws: KithError.emptyQuery) {
                try await node.search(.name("—")).ranked()
            }
            let invalid = try await #require(throws: KithError.self) {
                try await node.profile.publish(Profile(name: ""))
            }
            #expect(invalid.code == "invalid-profile")

            // The same home a second time, and a port that is taken.
            let locked = #expect(throws: KithError.self) {
                try KithNode.start(try homes.configuration("alone"))
            }
            #expect(locked?.code == "home-locked")
            var taken = try homes.configuration("other")
            taken.listen = try await node.status.listening
            let inUse = #expect(throws: KithError.self) { try KithNode.start(taken) }
            #expect(inUse?.code == "port-in-use")
        }
        let seeds = #expect(throws: KithError.self) {
            try KithNode.start(try homes.configuration("seeds", seeds: ["kith-node:nonsense"]))
        }
        #expect(seeds?.code == "invalid-record")
    }

    @Test("is the same person after a restart, and still published")
    func restart() async throws {
        try await withNetwork(of: 4) { nodes, homes in
            let record = try #require(try await nodes[0].status.record)
            let before = try homes.configuration("ada", seeds: [record])
            try await KithNode.withNode(before) { node in
                _ = try await node.profile.publish(Profile(name: "Ada Lovelace"))
            }
            let after = try homes.configuration("ada", seeds: [record])
            #expect(after.identity == before.identity)
            try await KithNode.withNode(after) { node in
                #expect(try await node.status.isPublished)
                let hits = try await nodes[1].search(.name("lovelace")).ranked()
                #expect(hits.map(\.identity) == [before.identity.text])
            }
        }
    }
}
