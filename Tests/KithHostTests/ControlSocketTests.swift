import Glibc
import KithOverlay
import Synchronization
import Testing

@testable import KithHost

@Suite("The control socket")
struct ControlSocketTests {
    @Test("answers with events in order, then one result")
    func roundTrip() throws {
        let server = try ControlServer { request, reply in
            reply.event(["step": 1])
            reply.event(["step": 2])
            reply.finish(["command": .text(request.command), "arguments": request.arguments])
            // What comes after the result reaches nobody.
            #expect(!reply.event(["step": 3]))
        }
        let client = try ControlClient(server.home)
        for round in 0..<3 {
            var events: [JSON] = []
            let arguments: JSON = ["name": "jonas", "round": JSON(round)]
            let result = try client.ask("find", arguments, until: soon()) { events.append($0) }
            #expect(events == [["step": 1], ["step": 2]])
            #expect(result == ["command": "find", "arguments": arguments])
        }
    }

    @Test("carries a failure with code, hint and exit status")
    func failure() throws {
        let failure = ControlFailure(
            code: "quorum-missed", message: "1 of 3", hint: "wait", exitCode: 6)
        let server = try ControlServer { _, reply in reply.fail(failure) }
        let client = try ControlClient(server.home)
        #expect(throws: ControlClientError.failed(failure)) {
            try client.ask("publish", until: soon())
        }
    }

    @Test("takes answers from another thread")
    func otherThread() throws {
        let server = try ControlServer { _, reply in
            Thread.start { reply.finish(["ok": true]) }
        }
        let client = try ControlClient(server.home)
        #expect(try client.ask("status", until: soon()) == ["ok": true])
    }

    @Test("serves many clients at once, each its own answers")
    func manyClients() throws {
        let server = try ControlServer { request, reply in reply.finish(request.arguments) }
        let clients = try (0..<20).map { _ in try ControlClient(server.home) }
        for (index, client) in clients.enumerated() {
            #expect(try client.ask("echo", ["i": JSON(index)], until: soon()) == ["i": JSON(index)])
        }
    }

    @Test("sends an answer of a megabyte whole")
    func largeAnswer() throws {
        let text = String(repeating: "kith", count: 250_000)
        let server = try ControlServer { _, reply in reply.finish(["text": .text(text)]) }
        let client = try ControlClient(server.home)
        #expect(try client.ask("big", until: soon())["text"]?.text == text)
    }

    @Test("answers a client that says everything and then only listens, as socat does")
    func halfClosed() throws {
        let server = try ControlServer { _, reply in
            Thread.start { reply.finish(["ok": true]) }
        }
        let raw = try RawClient(server.home)
        raw.send("{\"id\":7,\"command\":\"status\"}\n\r\n")
        raw.finishSending()
        #expect(raw.everything() == "{\"id\":7,\"result\":{\"ok\":true}}\n")
    }

    static let nonsense: [(String, String)] = [
        ("hello", "bad-request"), ("[]", "bad-request"), ("{}", "bad-request"),
        ("{\"id\":-1,\"command\":\"x\"}", "bad-request"),
        ("{\"id\":1,\"command\":\"\"}", "bad-request"),
        ("{\"id\":1,\"command\":\"x\",\"arguments\":[]}", "bad-request"),
        ("{\"id\":1,\"comand\":\"x\"}", "bad-request"),
        ("{\"id\":1,\"command\":\"x\"} {}", "bad-request"),
    ]

    @Test("refuses a line that is no request and goes on with the next", arguments: nonsense)
    func refusal(_ line: String, _ code: String) throws {
        let server = try ControlServer { _, reply in reply.finish(nil) }
        let raw = try RawClient(server.home)
        raw.send(line + "\n{\"id\":2,\"command\":\"x\"}\n")
        raw.finishSending()
        let lines = raw.everything().split(separator: "\n").map(String.init)
        try #require(lines.count == 2)
        #expect(try JSON(decoding: lines[0])["error"]?["code"]?.text == code)
        #expect(try JSON(decoding: lines[1]) == ["id": 2, "result": nil])
    }

    @Test("takes a line of 64 KiB, and ends the connection at a longer one")
    func longLine() throws {
        let server = try ControlServer { _, reply in reply.finish("ok") }
        let request = "{\"id\":1,\"command\":\"x\"}"
        let fitting = try RawClient(server.home)
        let space = String(repeating: " ", count: ControlSocket.lineBytesMax - request.utf8.count)
        fitting.send(request + space + "\n")
        fitting.finishSending()
        #expect(fitting.everything() == "{\"id\":1,\"result\":\"ok\"}\n")

        let long = try RawClient(server.home)
        long.send(request + space + " ")
        #expect(long.everything().contains("bad-request"))
    }

    @Test("refuses the same id twice and a seventeenth question at once")
    func tooMany() throws {
        let server = try ControlServer { _, _ in }
        let raw = try RawClient(server.home)
        raw.send("{\"id\":1,\"command\":\"x\"}\n{\"id\":1,\"command\":\"x\"}\n")
        #expect(raw.line().contains("in use"))
        for id in 2...17 { raw.send("{\"id\":\(id),\"command\":\"x\"}\n") }
        #expect(raw.line().contains("too-many-requests"))
    }

    @Test("tells whoever answers when the client goes away")
    func abandoned() throws {
        let abandoned = Flag()
        let server = try ControlServer { _, reply in
            reply.whenAbandoned { abandoned.raise() }
            reply.event("started")
        }
        do {
            let raw = try RawClient(server.home)
            raw.send("{\"id\":1,\"command\":\"x\"}\n")
            #expect(raw.line().contains("started"))
        }
        #expect(abandoned.isRaised(within: .seconds(10)))
    }

    @Test("drops a client that reads nothing while answers pile up")
    func slowReader() throws {
        let stopped = Flag()
        let text = JSON.text(String(repeating: "x", count: 1 << 20))
        let server = try ControlServer { _, reply in
            Thread.start {
                for _ in 0..<100 where !reply.event(text) { return stopped.raise() }
            }
        }
        let raw = try RawClient(server.home)
        raw.send("{\"id\":1,\"command\":\"x\"}\n")
        #expect(stopped.isRaised(within: .seconds(10)))
        raw.discardEverything()
        let client = try ControlClient(server.home)
        _ = client
    }

    @Test("is for its owner only and vanishes with the node")
    func mode() throws {
        let path: String
        let home: Home
        do {
            let server = try ControlServer { _, reply in reply.finish(nil) }
            home = server.home
            path = home.controlPath
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            server.stop()
            #expect(access(path, F_OK) != 0)
            #expect(throws: ControlClientError.notRunning) { _ = try ControlClient(home) }
        }
    }

    @Test("takes the place of a socket that a crash left behind")
    func stale() throws {
        let temporary = TemporaryHome()
        let left = try RawClient.deadSocket(temporary.home)
        #expect(access(temporary.home.controlPath, F_OK) == 0)
        #expect(throws: ControlClientError.notRunning) { _ = try ControlClient(temporary.home) }
        _ = left
        let server = try ControlServer(temporary) { _, reply in reply.finish("ok") }
        #expect(try ControlClient(server.home).ask("x", until: soon()) == "ok")
    }

    @Test("works in a home whose path is longer than a socket address")
    func longPath() throws {
        let name = "/" + String(repeating: "long", count: 40)
        let server = try ControlServer(TemporaryHome(suffix: name)) { _, reply in
            reply.finish("ok")
        }
        #expect(server.home.controlPath.utf8.count > 108)
        #expect(try ControlClient(server.home).ask("x", until: soon()) == "ok")
    }

    @Test("times out on a node that does not answer")
    func timeout() throws {
        let server = try ControlServer { _, _ in }
        let client = try ControlClient(server.home)
        #expect(throws: ControlClientError.timedOut) {
            try client.ask("x", until: SystemClock.instant() + .milliseconds(20))
        }
    }

    @Test("says that no node runs, or that there is no home")
    func notRunning() {
        let temporary = TemporaryHome()
        #expect(throws: ControlClientError.notRunning) {
            _ = try ControlClient(temporary.home)
        }
        let nowhere = Home(path: temporary.home.path + "/nowhere")
        #expect(throws: ControlClientError.host(.homeMissing(path: nowhere.path))) {
            _ = try ControlClient(nowhere)
        }
    }

    @Test("listens to the user who runs the node and to root, to nobody else")
    func credentials() throws {
        // A second user needs a second process; the rule itself can be asked.
        print("skipped: a connection by another user, which one process cannot make")
        #expect(UnixSocket.admits(peer: 1_000, own: 1_000))
        #expect(UnixSocket.admits(peer: 0, own: 1_000))
        #expect(!UnixSocket.admits(peer: 1_001, own: 1_000))
        #expect(!UnixSocket.admits(peer: 1_000, own: 0))
        let server = try ControlServer { _, reply in reply.finish(nil) }
        let raw = try RawClient(server.home)
        #expect(UnixSocket.peer(of: raw.number) == geteuid())
    }
}

private func soon() -> Instant { SystemClock.instant() + .seconds(10) }

/// A control socket with its own loop on its own thread.
private final class ControlServer {
    let home: Home
    private let temporary: TemporaryHome
    private let waker: Waker
    private let thread: HostThread
    private let isStopping: Flag

    init(
        _ temporary: TemporaryHome = TemporaryHome(),
        handler: @escaping @Sendable (ControlRequest, ControlReply) -> Void
    ) throws {
        self.temporary = temporary
        let home = temporary.home
        let ready = Mailbox<Result<Waker, HostError>>()
        let isStopping = Flag()
        self.home = home
        self.isStopping = isStopping
        thread = try HostThread(name: "control-test") {
            do throws(HostError) {
                let loop = try EventLoop()
                let lock = try HomeLock(home)
                let socket = try ControlSocket(
                    home: home, lock: lock, loop: loop, handler: handler)
                ready.put(.success(loop.waker))
                while !isStopping.isRaised {
                    loop.turn(until: .never)
                    socket.drain()
                }
            } catch {
                ready.put(.failure(error))
            }
        }
        waker = try ready.take().get()
    }

    func stop() {
        isStopping.raise()
        waker.wake()
        thread.join()
    }

    deinit {
        stop()
    }
}

/// A client that can misbehave.
private final class RawClient {
    let number: Int32
    private var input: [UInt8] = []

    init(_ home: Home) throws {
        let directory = try UnixSocket.directory(home.path)
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let number = number
        let result = UnixSocket.withAddress(
            of: ControlSocket.name, in: directory.number
        ) { connect(number, $0, $1) }
        try #require(result == 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(number)
    }

    /// Leaves a socket file behind on which nobody listens, as `kill -9` does.
    static func deadSocket(_ home: Home) throws -> Int32 {
        let directory = try UnixSocket.directory(home.path)
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = UnixSocket.withAddress(
            of: ControlSocket.name, in: directory.number
        ) { bind(number, $0, $1) }
        try #require(result == 0)
        close(number)
        return number
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    number, $0.baseAddress.map { $0 + written }, bytes.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            written += count
        }
    }

    func finishSending() {
        shutdown(number, Int32(SHUT_WR))
    }

    /// The next line, or what came before the end.
    func line() -> String {
        while !input.contains(UInt8(ascii: "\n")) {
            guard more() else { break }
        }
        let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
        defer { input.removeSubrange(..<min(end + 1, input.endIndex)) }
        return String(decoding: input[..<end], as: UTF8.self)
    }

    /// What comes until the node ends the connection.
    func everything() -> String {
        while more() {}
        return String(decoding: input, as: UTF8.self)
    }

    func discardEverything() {
        while more() { input = [] }
    }

    private func more() -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(number, &part, part.count, 0)
        guard count > 0 else { return false }
        input.append(contentsOf: part[..<count])
        return true
    }
}
