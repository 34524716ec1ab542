import Foundation
import Kith
import Testing

@Suite("The sample in README.md")
struct ReadmeTests {
    /// Compiled as it stands in the document; what it does is what `MainJobTests` check.
    private func sample(path: String, seeds: [String]) async throws {
        // README begins
        let me = try Identity.loadOrCreate(at: path, network: .local)
        let configuration = KithNode.Configuration(
            identity: me, network: .local, listen: ["127.0.0.1:0"], seeds: seeds)
        try await KithNode.withNode(configuration) { node in
            let receipt = try await node.profile.publish(
                Profile(name: "Marta Kovač", interests: ["chess", "sailing"], region: "Ljubljana"))
            print("stored on \(receipt.stored) of \(receipt.wanted) nodes")

            for try await hit in node.search(.interests(["chess", "go"], minScore: 0.3)) {
                print(hit.profile.name, hit.fingerprint, hit.score)
            }
        }
        // README ends
    }

    @Test("is what these tests compile")
    func isCompiled() throws {
        let own = try String(contentsOfFile: #filePath, encoding: .utf8)
            .components(separatedBy: "\n        // README begins\n")[1]
            .components(separatedBy: "\n        // README ends\n")[0]
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let shown = readme.components(separatedBy: "```swift\nimport Kith\n\n")[1]
            .components(separatedBy: "\n```")[0]
        let indented = shown.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "        " + $0 }
        #expect(own == indented.joined(separator: "\n"))
    }
}
