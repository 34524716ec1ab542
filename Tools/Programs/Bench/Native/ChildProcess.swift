import Glibc

/// This program once more, as a process that is asked on a line and answers on one.
///
/// It ends with its input, so whatever happens to us it does not stay.
final class ChildProcess {
    /// How long an answer may take.
    private static let patienceMilliseconds: Int32 = 60_000

    private let process: pid_t
    private let socket: Int32
    private var unread: [UInt8] = []

    /// Starts it with these words on its command line.
    init(_ words: [String]) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Self.cannotStart }
        let started = Self.spawn(["kith-bench"] + words, talkingOver: ends[1])
        close(ends[1])
        guard let started else {
            close(ends[0])
            throw Self.cannotStart
        }
        process = started
        socket = ends[0]
    }

    deinit {
        close(socket)
        waitpid(process, nil, 0)
    }

    private static let cannotStart = Failure(
        "no process can be started", hint: "see whether the limit of processes is reached")

    private static func spawn(_ words: [String], talkingOver socket: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/proc/self/exe", &actions, nil, &arguments, environ)
        return result == 0 ? process : nil
    }

    /// Asks on a line.
    ///
    /// - Returns: the line that it answers.
    func ask(_ question: String) throws(Failure) -> String {
        let bytes = Array("\(question)\n".utf8)
        let flags = Int32(MSG_NOSIGNAL)
        guard send(socket, bytes, bytes.count, flags) == bytes.count else { throw Self.died }
        return try readLine()
    }

    private static let died = Failure(
        "the process of the node ended", hint: "what it said stands above")

    /// The next line that it writes.
    func readLine() throws(Failure) -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&waited, 1, Self.patienceMilliseconds) != 0 else {
                throw Failure("the process of the node says nothing", hint: "try again")
            }
            var bytes = [UInt8](repeating: 0, count: 1_024)
            let count = read(socket, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.died }
            unread += bytes[..<count]
        }
    }
}
