import Foundation
import Testing

@testable import KithCommand

/// The commands that a document shows.
enum Document {
    /// The text of a file of the repository.
    static func text(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
    }

    /// Lines of shell blocks that begin with `kith`, as words; what a shell would put in
    /// place of `$(…)` is left as one word.
    static func commands(in name: String) throws -> [[String]] {
        var commands: [[String]] = []
        var isShell = false
        for line in try text(name).split(separator: "\n") {
            if line.hasPrefix("```") {
                isShell = line == "```sh"
            } else if isShell, line.hasPrefix("kith ") {
                commands.append(words(String(line)))
            }
        }
        return commands
    }

    /// The words of a line as a shell would split it, as far as documents need: spaces, quotes,
    /// comments, redirections.
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + [character] }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                if let word { words.append(word) }
                word = nil
            } else if character == "#" || character == ">", word == nil {
                return words
            } else {
                word = (word ?? "") + [character]
            }
        }
        if let word { words.append(word) }
        return words
    }
}

@Suite("A document", .serialized)
struct ReadmeTests {
    @Test("shows only commands that parse", arguments: ["README.md", "Bootstrap/README.md"])
    func parse(name: String) throws {
        let commands = try Document.commands(in: name)
        #expect(commands.count >= 4)
        for command in commands {
            #expect(throws: Never.self, "\(command)") {
                try Parser.parse(Array(command.dropFirst()))
            }
        }
    }

    @Test("README.md leads from an entry node to a person that is found, in its own five commands")
    func fiveCommands() async throws {
        let commands = try Document.commands(in: "README.md").prefix(5).map { $0.dropFirst() }
        #expect(commands.map(\.first) == ["run", "run", "profile", "publish", "find"])
        let folder = try TemporaryFolder()
        let entry = try Running(node: folder.path("entry"), Array(commands[0].dropFirst()))
        let record = try #require(try await entry.event("listening")?["record"] as? String)
        let join = commands[1].dropFirst().map { $0.hasPrefix("kith-node:") ? record : $0 }
        var nodes = [entry]
        for name in ["a", "b", "c"] {
            let node = try Running(node: folder.path(name), join)
            #expect(try await node.event("joined") != nil)
            nodes.append(node)
        }
        func ask(_ command: ArraySlice<String>, at home: String) throws -> Shell.Ending {
            try Shell.kith(Array(command) + ["--home", folder.path(home)])
        }
        #expect(try ask(commands[2], at: "a").status == 0)
        let deadline = ContinuousClock.now + .seconds(60)
        while try ask(commands[3], at: "a").status != 0 {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(50))
        }
        let found = try ask(commands[4], at: "b")
        #expect(found.status == 0)
        #expect(found.output.contains("Marta Kovač"))
        for node in nodes {
            node.signal(SIGTERM)
            #expect(node.end().status == 0)
        }
    }

    @Test("Bootstrap/README.md leads from a key to a list that is accepted")
    func seedList() throws {
        let folder = try TemporaryFolder()
        let home = try Shell.kith(["init", "--network", "local", "--home", folder.path("home")])
        #expect(home.status == 0)
        let commands = try Document.commands(in: "Bootstrap/README.md")
            .filter { $0.dropFirst().first == "bootstrap" }
        #expect(commands.map { $0[2] } == ["key", "sign", "check"])
        // A node record at a public address, which the documents only hint at.
        let vector = try Document.text("Specs/Vectors/node-record/v4.txt")
        let line = try #require(vector.split(separator: "\n").first { $0.hasPrefix("text: ") })
        let record = String(line.dropFirst("text: ".count))
        var verifier = ""
        for command in commands {
            // The two records of the document stand for one that is real; a list names no node
            // twice.
            var seen = false
            var words = command.dropFirst().map { word -> String in
                if word.hasPrefix("$(") { return verifier }
                return word.hasSuffix(".key") || word.hasSuffix(".txt") ? folder.path(word) : word
            }
            while let index = words.firstIndex(where: { $0.hasSuffix("…") }) {
                if seen { words.removeSubrange(index - 1...index) } else { words[index] = record }
                seen = true
            }
            let ending = try Shell.kith(words)
            #expect(ending.status == 0, "\(command): \(ending.talk)")
            if words[1] == "key" { verifier = ending.output.trimmingCharacters(in: .newlines) }
            if words[1] == "sign" {
                try ending.output.write(
                    toFile: folder.path("seeds.txt"), atomically: true, encoding: .utf8)
            }
        }
    }
}
