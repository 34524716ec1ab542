import CLinux
import Glibc
public import KithOverlay

/// Why the command line got no answer from the running node.
public enum ControlClientError: Error, Sendable, Equatable {
    /// No node runs in this home: there is no socket, or nobody listens on it.
    case notRunning
    /// This user may not talk to the node.
    case forbidden
    /// The deadline came first.
    case timedOut
    /// The node ended, or turned us away, before it answered.
    case connectionLost
    /// What came was no answer of this protocol.
    case unintelligible(String)
    /// The request does not fit into one line of ``ControlSocket/lineBytesMax`` bytes.
    case tooLarge
    /// The node answered that it failed.
    case failed(ControlFailure)
    /// The home or the socket cannot be used.
    case host(HostError)

    /// The error in the form that is shown to people.
    public var failure: ControlFailure {
        switch self {
        case .failed(let failure): failure
        case .host(let error): ControlFailure(error)
        case .notRunning:
            ControlFailure(
                code: "node-not-running", message: "no node runs in this home",
                hint: "run: kith run", exitCode: ExitCode.notRunning)
        case .forbidden:
            ControlFailure(
                code: "control-forbidden", message: "not allowed to talk to the node",
                hint: "run as the user who started it", exitCode: ExitCode.failed)
        case .timedOut:
            ControlFailure(
                code: "timed-out", message: "the node did not answer in time",
                hint: "give it longer with --timeout", exitCode: ExitCode.timedOut)
        case .connectionLost:
            ControlFailure(
                code: "connection-lost", message: "the node ended before it answered",
                hint: "see what it said last, and start it again", exitCode: ExitCode.failed)
        case .unintelligible(let detail):
            ControlFailure(
                code: "bad-answer", message: "the node's answer cannot be read: \(detail)",
                hint: "use the same version for the node and the command",
                exitCode: ExitCode.invalidData)
        case .tooLarge:
            ControlFailure(
                code: "request-too-large", message: "the request is too large",
                hint: nil, exitCode: ExitCode.usage)
        }
    }
}

/// Talks to the running node and waits for its answers; for the command line.
///
/// Blocks the calling thread, never beyond the deadline. One request at a time.
public final class ControlClient {
    /// The longest line taken from a node, in bytes: a full list of neighbours has 200 KiB.
    static let lineBytesMax = 4 << 20

    /// How long a node may leave a new connection waiting, in seconds.
    private static let connectSeconds = 5

    private let descriptor: FileDescriptor
    private var input: [UInt8] = []
    private var searched = 0
    private var nextID: Int64 = 1
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Connects to the node that runs in `home`.
    ///
    /// - Throws: ``ControlClientError/notRunning`` when there is none.
    public init(_ home: Home) throws(ControlClientError) {
        descriptor = try ControlClient.connect(home)
    }

    private static func connect(_ home: Home) throws(ControlClientError) -> FileDescriptor {
        do throws(HostError) {
            return try dial(home)
        } catch {
            switch error {
            case .system("connect", ENOENT), .system("connect", ECONNREFUSED):
                throw .notRunning
            case .system("connect", EAGAIN): throw .timedOut
            case .system("connect", EACCES), .system("connect", EPERM): throw .forbidden
            default: throw .host(error)
            }
        }
    }

    private static func dial(_ home: Home) throws(HostError) -> FileDescriptor {
        let directory = try UnixSocket.directory(home.path)
        // Blocking, for when the queue of the listener is full: the node takes one soon.
        let socket = try UnixSocket.open(nonBlocking: false)
        var patience = timeval(tv_sec: ControlClient.connectSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket.number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        let result = UnixSocket.withAddress(
            of: ControlSocket.name, in: directory.number
        ) { address, size in
            Glibc.connect(socket.number, address, size)
        }
        guard result == 0 else { throw .system(call: "connect", errno: errno) }
        _ = fcntl(socket.number, F_SETFL, O_NONBLOCK)
        return socket
    }

    /// Asks, hands each event to `onEvent`, and waits for the result.
    public func ask(
        _ command: String, _ arguments: JSON = [:], until deadline: Instant = .never,
        onEvent: (JSON) -> Void = { _ in }
    ) throws(ControlClientError) -> JSON {
        let id = nextID
        nextID += 1
        var line = ControlRequest(id: id, command: command, arguments: arguments).json.encodedBytes
        guard line.count <= ControlSocket.lineBytesMax else { throw .tooLarge }
        line.append(UInt8(ascii: "\n"))
        try send(line, until: deadline)
        while true {
            let answer = try nextAnswer(until: deadline)
            // Left over from a request that ran out of time; an error without an id is for us.
            if let other = answer["id"], other != .integer(id), other != .null { continue }
            if let event = answer["event"] {
                onEvent(event)
            } else if let result = answer["result"] {
                return result
            } else if let error = answer["error"] {
                throw .failed(ControlFailure(json: error))
            } else {
                throw .unintelligible("neither event, result nor error")
            }
        }
    }

    private func nextAnswer(until deadline: Instant) throws(ControlClientError) -> JSON {
        while true {
            if let end = input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(input[..<end])
                input.removeSubrange(...end)
                searched = 0
                do {
                    return try JSON(decoding: line)
                } catch {
                    throw .unintelligible("\(error)")
                }
            }
            searched = input.count
            guard input.count <= ControlClient.lineBytesMax else {
                throw .unintelligible("a line without end")
            }
            try receive(until: deadline)
        }
    }

    private func receive(until deadline: Instant) throws(ControlClientError) {
        while true {
            let count = buffer.withUnsafeMutableBytes { place in
                retryingInterrupted { recv(descriptor.number, place.baseAddress, place.count, 0) }
            }
            if count > 0 {
                input.append(contentsOf: buffer[..<count])
                return
            }
            guard count < 0, errno == EAGAIN else { throw .connectionLost }
            try wait(for: POLLIN, until: deadline)
        }
    }

    private func send(_ line: [UInt8], until deadline: Instant) throws(ControlClientError) {
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { bytes in
                retryingInterrupted {
                    Glibc.send(
                        descriptor.number, bytes.baseAddress.map { $0 + written },
                        line.count - written, Int32(MSG_NOSIGNAL))
                }
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, until: deadline)
            } else {
                throw .connectionLost
            }
        }
    }

    private func wait(for event: Int32, until deadline: Instant) throws(ControlClientError) {
        var milliseconds: Int32 = -1
        if deadline != .never {
            let now = SystemClock.instant()
            guard now < deadline else { throw .timedOut }
            milliseconds = Int32(clamping: (deadline - now).wholeNanoseconds / 1_000_000 + 1)
        }
        var item = pollfd(fd: descriptor.number, events: Int16(event), revents: 0)
        // Interrupted or not: the caller looks again and comes back.
        _ = poll(&item, 1, milliseconds)
    }
}
