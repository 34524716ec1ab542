import Synchronization

/// What waits to be written to one client, and which of its requests wait for an answer.
///
/// The loop's thread reads and writes the socket; answers may come from any thread.
final class ControlConnection: Sendable {
    /// Bytes kept for a client that does not read; more closes the connection.
    static let outputBytesMax = 4 << 20
    /// Unanswered requests of one client.
    static let requestsMax = 16

    /// Where the socket keeps this connection.
    let slot: Int

    private struct State {
        var output: [UInt8] = []
        var written = 0
        var open: [Int64: (@Sendable () -> Void)?] = [:]
        var isClosed = false
        var hasOverflowed = false
    }

    private let state = Mutex(State())
    private let dirty: ControlDirtyList

    /// A connection without output.
    init(slot: Int, dirty: ControlDirtyList) {
        self.slot = slot
        self.dirty = dirty
    }

    // MARK: From any thread

    /// Queues one line and rings the loop.
    ///
    /// - Parameter ending: the request that this line answers for good.
    /// - Returns: false when the client is gone, or the request was answered already.
    @discardableResult
    func send(_ json: JSON, about request: Int64, ending: Bool) -> Bool {
        let line = json.encodedBytes
        let isQueued = state.withLock { state in
            guard !state.isClosed, !state.hasOverflowed, state.open[request] != nil else {
                return false
            }
            if ending { state.open[request] = nil }
            ControlConnection.append(line, to: &state)
            return true
        }
        if isQueued { dirty.add(slot) }
        return isQueued
    }

    /// Queues a line that belongs to no open request.
    func complain(_ json: JSON) {
        let line = json.encodedBytes
        state.withLock { ControlConnection.append(line, to: &$0) }
        dirty.add(slot)
    }

    /// Whether the client still waits for the answer to `request`.
    func isWaiting(for request: Int64) -> Bool {
        state.withLock { !$0.isClosed && $0.open[request] != nil }
    }

    /// Calls `body` once if the client goes away before `request` is answered; at once when it
    /// is gone already.
    func whenAbandoned(_ request: Int64, _ body: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            guard state.open[request] != nil else { return state.isClosed }
            state.open[request] = .some(body)
            return false
        }
        if isGone { body() }
    }

    private static func append(_ line: [UInt8], to state: inout State) {
        guard state.output.count - state.written + line.count < outputBytesMax else {
            state.hasOverflowed = true
            return
        }
        state.output.append(contentsOf: line)
        state.output.append(UInt8(ascii: "\n"))
    }

    // MARK: From the loop's thread

    /// Notes a request as unanswered.
    func admit(_ request: Int64) -> ControlFailure? {
        state.withLock { state in
            guard state.open[request] == nil else { return .repeatedID }
            guard state.open.count < ControlConnection.requestsMax else {
                return .tooManyRequests
            }
            state.open[request] = .some(nil)
            return nil
        }
    }

    /// Whether a request waits for its answer.
    var hasOpenRequests: Bool {
        state.withLock { !$0.open.isEmpty }
    }

    /// What became of the output.
    enum Drained {
        /// Everything is written.
        case empty
        /// The socket takes no more for now.
        case waiting
        /// The client is gone, or read too slowly.
        case broken
    }

    /// Writes as much as `write` takes; it answers how many bytes, 0 when the socket is full, or
    /// nil when the connection is broken.
    func drain(_ write: (UnsafeRawBufferPointer) -> Int?) -> Drained {
        state.withLock { state in
            while state.written < state.output.count {
                let left = state.written..<state.output.count
                let count = state.output.withUnsafeBytes {
                    write(UnsafeRawBufferPointer(rebasing: $0[left]))
                }
                guard let count else { return .broken }
                guard count > 0 else { return state.hasOverflowed ? .broken : .waiting }
                state.written += count
            }
            state.output.removeAll(keepingCapacity: state.output.count <= 1 << 16)
            state.written = 0
            return state.hasOverflowed ? .broken : .empty
        }
    }

    /// Marks the client as gone.
    ///
    /// - Returns: what to call about its unanswered requests, in the order of their ids.
    func close() -> [@Sendable () -> Void] {
        state.withLock { state in
            state.isClosed = true
            let abandoned = state.open.sorted { $0.key < $1.key }.compactMap { $0.value }
            state.open = [:]
            state.output = []
            state.written = 0
            return abandoned
        }
    }
}

/// Connections with something to write, noted from any thread.
final class ControlDirtyList: Sendable {
    private let slots = Mutex<[Int]>([])
    private let waker: Waker

    /// An empty list that rings `waker`.
    init(waker: Waker) {
        self.waker = waker
    }

    /// Notes a connection.
    func add(_ slot: Int) {
        slots.withLock { slots in
            if !slots.contains(slot) { slots.append(slot) }
        }
        waker.wake()
    }

    /// Takes everything noted.
    func take() -> [Int] {
        slots.withLock { slots in
            defer { slots.removeAll(keepingCapacity: true) }
            return slots
        }
    }
}

/// The way back to whoever sent a ``ControlRequest``; usable from any thread.
///
/// Any number of events, then exactly one of ``finish(_:)`` and ``fail(_:)``.
public struct ControlReply: Sendable {
    let connection: ControlConnection
    let request: Int64

    /// Sends `{"id":…,"event":…}`.
    ///
    /// - Returns: false when nobody waits any more.
    @discardableResult
    public func event(_ event: JSON) -> Bool {
        send("event", event, ending: false)
    }

    /// Sends `{"id":…,"result":…}` and ends the request.
    @discardableResult
    public func finish(_ result: JSON) -> Bool {
        send("result", result, ending: true)
    }

    /// Sends `{"id":…,"error":…}` and ends the request.
    @discardableResult
    public func fail(_ failure: ControlFailure) -> Bool {
        send("error", failure.json, ending: true)
    }

    /// Whether somebody still waits.
    public var isWaiting: Bool { connection.isWaiting(for: request) }

    /// Calls `body` once, on any thread, if the client goes away before the request ends; so
    /// that what it asked for can be cancelled.
    public func whenAbandoned(_ body: @escaping @Sendable () -> Void) {
        connection.whenAbandoned(request, body)
    }

    private func send(_ name: String, _ value: JSON, ending: Bool) -> Bool {
        let line: JSON = .object([
            JSON.Member("id", .integer(request)), JSON.Member(name, value),
        ])
        return connection.send(line, about: request, ending: ending)
    }
}
