public import KithCrypto
public import KithOverlay
public import KithWire
import Synchronization

/// A running node: its own thread, its sockets, its state on disk.
///
/// Usable from any thread and any task. Everything asked of it goes through one mailbox; what it
/// answers comes on its own thread, where nothing may wait. It runs until ``stop()``, whether or
/// not somebody holds it.
public final class NodeHost: Sendable {
    /// What goes to the node's thread.
    enum Letter {
        /// Start an operation.
        case start(OperationID, Operation, @Sendable (OperationEvent) -> Void)
        /// Give a command to the node.
        case perform(Command)
        /// Say how everything is; nil when it has ended.
        case snapshot(@Sendable (Snapshot?) -> Void)
        /// Lend the store; nil when it has ended.
        case store(@Sendable (Store?) -> Void)
        /// Open the identity with this seed; says how that went.
        case unlock(Secret32, @Sendable (UnlockAnswer) -> Void)
        /// Leave the network and end; at once when asked again.
        case stop
    }

    private struct Mail {
        var letters: [Letter] = []
        var isClosed = false
    }

    /// Where it listens, with the ports that the kernel chose.
    public let listening: [Address]

    private let mail = Mutex(Mail())
    private let waker: Waker
    private let nextOperation = Atomic<UInt64>(1)
    private let thread = Mutex<HostThread?>(nil)

    private init(waker: Waker, listening: [Address]) {
        self.waker = waker
        self.listening = listening
    }

    /// Opens the home, binds the sockets, and starts the node, which joins at once.
    ///
    /// - Parameter notice: told about the node as a whole, on the node's thread.
    /// - Throws: ``HostError/homeMissing(path:)``, ``HostError/portInUse(_:)``,
    ///   ``StoreError/locked(byProcess:)`` and others, with nothing left running.
    public static func start(
        home: Home, options: Options, notice: @escaping @Sendable (Notice) -> Void = { _ in }
    ) throws(HostError) -> NodeHost {
        if options.takesSignals { SignalSource.block(SignalSource.lifecycle) }
        let runner = try NodeRunner(home: home, options: options, notice: notice)
        let host = NodeHost(waker: runner.waker, listening: runner.listening)
        try runner.open(for: host)
        let handover = Handover(runner)
        let thread = try HostThread(name: "kith-node") { handover.runner.run() }
        host.thread.withLock { $0 = thread }
        return host
    }

    /// Carries the runner to its thread; whoever made it does not touch it again.
    private final class Handover: @unchecked Sendable {
        let runner: NodeRunner

        init(_ runner: NodeRunner) {
            self.runner = runner
        }
    }

    // MARK: Asking

    /// Starts an operation; `sink` hears about it until it has finished.
    ///
    /// - Returns: its id, for ``cancel(_:)``.
    @discardableResult
    public func start(
        _ operation: Operation, _ sink: @escaping @Sendable (OperationEvent) -> Void
    ) -> OperationID {
        let id = OperationID(nextOperation.add(1, ordering: .relaxed).oldValue)
        if !post(.start(id, operation, sink)) { sink(.finished(.failure(.cancelled))) }
        return id
    }

    /// Ends an operation early, with ``OperationError/cancelled``.
    public func cancel(_ id: OperationID) {
        post(.perform(.cancel(id)))
    }

    /// Gives a command to the node; operations go through ``start(_:_:)``.
    ///
    /// - Returns: false when the node has ended.
    @discardableResult
    public func submit(_ command: Command) -> Bool {
        if case .start = command { preconditionFailure("start(_:_:) starts operations") }
        return post(.perform(command))
    }

    /// Says how everything is, to `body` on the node's thread; nil when it has ended.
    public func snapshot(_ body: @escaping @Sendable (Snapshot?) -> Void) {
        if !post(.snapshot(body)) { body(nil) }
    }

    /// How everything is, or nil when it has ended.
    public func snapshot() async -> Snapshot? {
        await withCheckedContinuation { continuation in
            snapshot { continuation.resume(returning: $0) }
        }
    }

    /// Lends the store to `body` on the node's thread, which waits meanwhile; nil when the node
    /// has ended.
    public func withStore(_ body: @escaping @Sendable (Store?) -> Void) {
        if !post(.store(body)) { body(nil) }
    }

    /// Opens the identity of a node that runs locked, and says to `body` on the node's thread how
    /// that went; what was published before is kept published from then on.
    public func unlock(
        with seed: Secret32, _ body: @escaping @Sendable (UnlockAnswer) -> Void
    ) {
        if !post(.unlock(seed, body)) { body(.ended) }
    }

    // MARK: Ending

    /// How long a leaving node may take to finish what it sends.
    public static let leaveMax: Duration = .seconds(5)

    /// Leaves the network and ends within ``leaveMax``; asked again, ends at once.
    public func stop() {
        post(.stop)
    }

    /// Waits until the node has ended; never call it on the node's own thread.
    public func join() {
        let thread = thread.withLock { $0 }
        thread?.join()
    }

    // MARK: The mailbox

    @discardableResult
    private func post(_ letter: Letter) -> Bool {
        let isTaken = mail.withLock { mail in
            guard !mail.isClosed else { return false }
            mail.letters.append(letter)
            return true
        }
        if isTaken { waker.wake() }
        return isTaken
    }

    /// Takes everything that was posted; for the node's thread.
    func takeLetters() -> [Letter] {
        mail.withLock { mail in
            guard !mail.letters.isEmpty else { return [] }
            defer { mail.letters = [] }
            return mail.letters
        }
    }

    /// Takes no more letters, and answers those that came too late.
    func closeMail() {
        let late = mail.withLock { mail in
            mail.isClosed = true
            defer { mail.letters = [] }
            return mail.letters
        }
        for letter in late {
            switch letter {
            case .start(_, _, let sink): sink(.finished(.failure(.cancelled)))
            case .snapshot(let body): body(nil)
            case .store(let body): body(nil)
            case .unlock(_, let body): body(.ended)
            case .perform, .stop: break
            }
        }
    }
}
