import Foundation
import KithOverlay
import KithSimulation
import Testing

@Suite("The same seed")
struct DeterminismTests {
    private func run(seed: UInt64) -> Findings {
        var plan = Plan(seed: seed, nodes: 20)
        plan.links = Links(
            latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05, duplication: 0.02,
            reordering: 0.02)
        plan.churn = .hard
        plan.people = 4
        plan.finds = 8
        plan.length = .seconds(60)
        let experiment = Experiment(plan)
        experiment.run()
        return experiment.findings
    }

    @Test("gives the same trace twice in one process, another seed another")
    func twice() {
        let seed = testSeed(default: 61)
        let first = run(seed: seed)
        #expect(run(seed: seed).trace == first.trace)
        #expect(run(seed: seed &+ 1).trace != first.trace)
        #expect(first.violations.isEmpty)
        #expect(first.finds.tried > 0)
    }

    @Test("prints the same trace in two processes")
    func twoProcesses() throws {
        guard let program = Simulator.program else {
            print("skipped: kith-simulate is not built; swift build --product kith-simulate")
            return
        }
        let seed = testSeed(default: 62)
        let words = [
            "--nodes", "20", "--people", "4", "--finds", "8", "--minutes", "1", "--loss", "5",
            "--json", "--seed", "\(seed)",
        ]
        let first = try Simulator.run(program, words)
        let second = try Simulator.run(program, words)
        #expect(first.status == 0)
        let trace = try #require(first.trace)
        #expect(trace.count == 64)
        #expect(second.trace == trace)
    }

    @Test("a command line that is wrong ends with 2, an error and a hint")
    func usage() throws {
        guard let program = Simulator.program else {
            print("skipped: kith-simulate is not built; swift build --product kith-simulate")
            return
        }
        let wrong = [
            ["--nodes", "0"], ["--nodes"], ["--churn", "some"], ["--loss", "101"],
            ["--loss", "-1"],
            ["--latency", "30±50"], ["--latency", "x"], ["--nonsense"], ["7"],
            ["--seed", "7", "--seed", "8"], ["--scenario", "flood"], ["--json=1"],
        ]
        for words in wrong {
            let end = try Simulator.run(program, words)
            #expect(end.status == 2, "\(words)")
            #expect(end.output.isEmpty)
            #expect(end.talk.contains("error: "))
            #expect(end.talk.contains("hint: "))
        }
    }
}

/// The built `kith-simulate`, as a program.
enum Simulator {
    struct End {
        let status: Int32
        let output: String
        let talk: String

        /// The value of "trace" in the output.
        var trace: String? {
            guard let start = output.range(of: "\"trace\":\"") else { return nil }
            return output[start.upperBound...].split(separator: "\"").first.map(String.init)
        }
    }

    /// Where it is: beside the test bundle, if it was built.
    static var program: URL? {
        let bundle = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
        let places = [bundle.deletingLastPathComponent(), Bundle.main.bundleURL]
        return places.map { $0.appendingPathComponent("kith-simulate") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    static func run(_ program: URL, _ words: [String]) throws -> End {
        let process = Process()
        process.executableURL = program
        process.arguments = words
        let output = Pipe()
        let talk = Pipe()
        process.standardOutput = output
        process.standardError = talk
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = talk.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return End(
            status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
            talk: String(decoding: complained, as: UTF8.self))
    }
}
