import Foundation
import Testing

/// Programs run as processes, as a person or a script would run them.
enum Shell {
    /// What a program left behind.
    struct Ending: Sendable {
        /// Exit status; a signal counts as 128 and its number, as in a shell.
        let status: Int32
        /// Standard output.
        let output: String
        /// Standard error.
        let talk: String

        /// Standard output as JSON; nil when it is none.
        var json: [String: Any]? {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any]
        }

        /// The code of the error object on standard output.
        var errorCode: String? {
            (json?["error"] as? [String: Any])?["code"] as? String
        }
    }

    /// The command that was built beside these tests.
    static let kith: URL = {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("kith")
    }()

    /// Runs `kith` with these arguments to its end.
    static func kith(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Ending {
        try run(kith, arguments, environment: environment)
    }

    /// Runs a program to its end.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Ending {
        let running = try Running(program, arguments, environment: environment)
        return running.end()
    }

    /// The path of an installed program, or nil.
    static func installed(_ name: String) -> URL? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":")
            .map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// A program that is running; its output is collected in files, so that no pipe can fill up.
final class Running: Sendable {
    private let process: Process
    private let folder: TemporaryFolder

    /// Starts a program with a clean environment.
    init(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:]
    ) throws {
        folder = try TemporaryFolder()
        process = Process()
        process.executableURL = program
        process.arguments = arguments
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        process.environment = ["PATH": path].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try folder.file("output")
        process.standardError = try folder.file("talk")
        try process.run()
    }

    /// Starts `kith run` with a home of its own on a free loopback port.
    convenience init(node home: String, _ arguments: [String] = []) throws {
        try self.init(
            Shell.kith,
            [
                "run", "--json", "--network", "local", "--listen", "127.0.0.1:0", "--home", home,
            ] + arguments)
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// Standard output so far.
    var output: String { read("output") }
    /// Standard error so far.
    var talk: String { read("talk") }

    /// Sends a signal.
    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Stops the process, and waits until all of it stands still: a signal is only on its way
    /// when it was sent.
    func pause(within patience: Duration = .seconds(60)) async throws {
        signal(SIGSTOP)
        let tasks = "/proc/\(process.processIdentifier)/task"
        let deadline = ContinuousClock.now + patience
        while true {
            let threads = try FileManager.default.contentsOfDirectory(atPath: tasks)
            let states = threads.compactMap { thread -> Substring? in
                let path = "\(tasks)/\(thread)/stat"
                guard let line = FileManager.default.contents(atPath: path) else { return nil }
                // The state follows the name, which stands in brackets (proc(5)).
                return String(decoding: line, as: UTF8.self)
                    .split(separator: ") ").last?.prefix(1)
            }
            if !states.isEmpty, states.allSatisfy({ $0 == "T" }) { return }
            try #require(ContinuousClock.now < deadline, "\(states)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until the process has a handler for a signal.
    ///
    /// From `status`, which everybody may read; the descriptors of a process that lets nobody look
    /// into it are root's to see.
    func handles(_ number: Int32, within patience: Duration = .seconds(60)) async throws {
        let path = "/proc/\(process.processIdentifier)/status"
        let deadline = ContinuousClock.now + patience
        while true {
            let status = String(
                decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let mask = caught.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
            if mask & 1 << UInt64(number - 1) != 0 { return }
            try #require(ContinuousClock.now < deadline, "signal \(number) is not handled")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits for the end.
    func end() -> Shell.Ending {
        process.waitUntilExit()
        let status =
            process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
        return Shell.Ending(status: status, output: output, talk: talk)
    }

    /// The first event of a kind in the output of `kith run --json`, waiting for it.
    func event(
        _ name: String, within patience: Duration = .seconds(60)
    ) async throws -> [String: Any]? {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while true {
            for line in output.split(separator: "\n") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                if let event = object as? [String: Any], event["event"] as? String == name {
                    return event
                }
            }
            guard process.isRunning, clock.now < deadline else { return nil }
            // A poll of a real process; there is no event to wait for.
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    private func read(_ name: String) -> String {
        let data = FileManager.default.contents(atPath: folder.path(name)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

/// A directory that goes away with its last owner.
final class TemporaryFolder: Sendable {
    private let root: String

    /// A new empty directory, readable by this user alone.
    init() throws {
        root = NSTemporaryDirectory() + "kith-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // Nothing can be done about a leftover in the temporary directory.
        try? FileManager.default.removeItem(atPath: root)
    }

    /// A new empty file inside, open for writing.
    func file(_ name: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path(name)))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path(name)))
    }

    /// The path of something inside.
    func path(_ name: String) -> String {
        root + "/" + name
    }
}
