import CLinux
import Glibc

/// Takes orders from the command line: a Unix socket in the home, one JSON object per line.
///
/// Requests `{"id":1,"command":"find","arguments":{…}}`; answers are any number of
/// `{"id":1,"event":{…}}`, then one `{"id":1,"result":{…}}` or `{"id":1,"error":{…}}`. Only
/// the user who runs the node, and root, are listened to. Belongs to the thread of its loop.
public final class ControlSocket {
    /// The longest request in bytes, without its line feed.
    public static let lineBytesMax = 64 << 10
    /// Clients at once; the oldest are not disturbed, further ones are turned away.
    public static let clientsMax = 64

    /// Answers one request through its reply, now or later, on any thread.
    public typealias Handler = (ControlRequest, ControlReply) -> Void

    /// The name of the socket in its home.
    static let name = "control.sock"

    private enum Phase {
        /// Reads requests.
        case open
        /// The client has said everything; it gets its answers still.
        case answering
        /// Ends as soon as the output is written.
        case closing
    }

    private final class Client {
        let descriptor: FileDescriptor
        let connection: ControlConnection
        var token: EventLoop.Token?
        var input: [UInt8] = []
        var phase = Phase.open
        var interest: EventLoop.Interest = .readable

        init(_ descriptor: consuming FileDescriptor, _ connection: ControlConnection) {
            self.descriptor = descriptor
            self.connection = connection
        }
    }

    private let loop: EventLoop
    private let directory: FileDescriptor
    private let listener: FileDescriptor
    private let handler: Handler
    private let dirty: ControlDirtyList
    private var listenerToken: EventLoop.Token?
    private var clients: [Client?] = []
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    /// Listens in `home`; a socket left by a crash is removed, which is safe because `lock` shows
    /// that its owner is gone.
    public init(
        home: Home, lock: borrowing HomeLock, loop: EventLoop, handler: @escaping Handler
    ) throws(HostError) {
        self.loop = loop
        self.handler = handler
        dirty = ControlDirtyList(waker: loop.waker)
        directory = try UnixSocket.directory(home.path)
        listener = try UnixSocket.open(nonBlocking: true)
        try ControlSocket.listen(listener.number, in: directory.number)
        listenerToken = try loop.watch(listener.number, for: .readable) { [unowned self] _ in
            accept()
        }
    }

    deinit {
        if let listenerToken { loop.unwatch(listenerToken) }
        for client in clients {
            guard let client else { continue }
            if let token = client.token { loop.unwatch(token) }
            for abandoned in client.connection.close() { abandoned() }
        }
        unlinkat(directory.number, ControlSocket.name, 0)
    }

    private static func listen(_ number: Int32, in directory: Int32) throws(HostError) {
        unlinkat(directory, name, 0)
        // On Linux the new file takes the mode of the socket, so it is 0600 from the start.
        fchmod(number, 0o600)
        let result = UnixSocket.withAddress(of: name, in: directory) { address, size in
            Glibc.bind(number, address, size)
        }
        guard result == 0 else { throw .system(call: "bind \(name)", errno: errno) }
        guard Glibc.listen(number, Int32(clientsMax)) == 0 else {
            throw .system(call: "listen", errno: errno)
        }
    }

    /// Clients connected now.
    public var clientCount: Int { clients.count { $0 != nil } }

    /// Writes what was queued from other threads; call it after every turn of the loop.
    public func drain() {
        for slot in dirty.take() {
            if let client = clients[slot] { write(client) }
        }
    }

    // MARK: Clients

    private func accept() {
        while true {
            let number = retryingInterrupted { Glibc.accept(listener.number, nil, nil) }
            guard number >= 0 else { return }
            let descriptor = FileDescriptor(owning: number)
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
            // The file is 0600 in a 0700 directory; this holds even if somebody changes that.
            guard let peer = UnixSocket.peer(of: number),
                UnixSocket.admits(peer: peer, own: geteuid()),
                let slot = freeSlot()
            else { continue }
            let client = Client(descriptor, ControlConnection(slot: slot, dirty: dirty))
            clients[slot] = client
            do {
                client.token = try loop.watch(number, for: .readable) { [unowned self] interest in
                    serve(slot, interest)
                }
            } catch {
                clients[slot] = nil
            }
        }
    }

    private func freeSlot() -> Int? {
        if let free = clients.firstIndex(where: { $0 == nil }) { return free }
        guard clients.count < ControlSocket.clientsMax else { return nil }
        clients.append(nil)
        return clients.count - 1
    }

    private func serve(_ slot: Int, _ interest: EventLoop.Interest) {
        guard let client = clients[slot] else { return }
        if interest.contains(.writable) { write(client) }
        guard interest.contains(.readable), clients[slot] === client else { return }
        switch client.phase {
        case .open: read(client)
        // Reading was not asked for, so this says that the other end hung up.
        case .answering, .closing: close(client)
        }
    }

    private func read(_ client: Client) {
        let number = client.descriptor.number
        let count = buffer.withUnsafeMutableBytes { place in
            retryingInterrupted { recv(number, place.baseAddress, place.count, 0) }
        }
        if count < 0, errno == EAGAIN { return }
        guard count >= 0 else { return close(client) }
        guard count > 0 else {
            client.phase = .answering
            return write(client)
        }
        client.input.append(contentsOf: buffer[..<count])
        var start = 0
        while let end = client.input[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard end - start <= ControlSocket.lineBytesMax else { return refuseLine(client) }
            perform(Array(client.input[start..<end]), for: client)
            guard clients[client.connection.slot] === client, client.phase == .open else { return }
            start = end + 1
        }
        client.input.removeSubrange(..<start)
        if client.input.count > ControlSocket.lineBytesMax { refuseLine(client) }
    }

    private func perform(_ line: [UInt8], for client: Client) {
        guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else {
            return
        }
        let json: JSON
        do {
            json = try JSON(decoding: line)
        } catch {
            let failure = ControlFailure.malformed("this line is no JSON: \(error)")
            return client.connection.complain(["id": nil, "error": failure.json])
        }
        do throws(ControlFailure) {
            let request = try ControlRequest(json)
            if let failure = client.connection.admit(request.id) { throw failure }
            handler(request, ControlReply(connection: client.connection, request: request.id))
        } catch {
            let id = json["id"] ?? nil
            client.connection.complain(["id": id, "error": error.json])
        }
    }

    /// There is no way back into step with a client that sends lines without end.
    private func refuseLine(_ client: Client) {
        let failure = ControlFailure.malformed(
            "a line has more than \(ControlSocket.lineBytesMax) bytes")
        client.connection.complain(["id": nil, "error": failure.json])
        client.input = []
        client.phase = .closing
        write(client)
    }

    private func write(_ client: Client) {
        let number = client.descriptor.number
        let drained = client.connection.drain { bytes in
            let flags = Int32(MSG_NOSIGNAL)
            let count = retryingInterrupted { send(number, bytes.baseAddress, bytes.count, flags) }
            if count >= 0 { return count }
            return errno == EAGAIN ? 0 : nil
        }
        switch (drained, client.phase) {
        case (.broken, _), (.empty, .closing): close(client)
        case (.empty, .answering) where !client.connection.hasOpenRequests: close(client)
        case (.empty, _): watch(client, writing: false)
        case (.waiting, _): watch(client, writing: true)
        }
    }

    private func watch(_ client: Client, writing: Bool) {
        guard let token = client.token else { return }
        var interest: EventLoop.Interest = client.phase == .open ? .readable : []
        if writing { interest.insert(.writable) }
        guard interest != client.interest else { return }
        client.interest = interest
        loop.change(token, to: interest)
    }

    private func close(_ client: Client) {
        let slot = client.connection.slot
        guard clients[slot] === client else { return }
        if let token = client.token { loop.unwatch(token) }
        clients[slot] = nil
        for abandoned in client.connection.close() { abandoned() }
    }
}
