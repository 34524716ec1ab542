import Glibc
import KithHost
import KithOverlay
import KithWire
import Synchronization

/// Something that happens once, on any thread.
final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
    }

    /// Waits until it is raised, for at most `patience`.
    func isRaised(within patience: Duration) -> Bool {
        waitUntil(within: patience) { isRaised }
    }
}

/// Values handed from one thread to another.
final class Mailbox<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
    }

    /// Everything so far.
    var all: [Value] { values.withLock { $0 } }

    /// Waits for the first value.
    func take() throws -> Value {
        var taken: Value?
        let came = waitUntil(within: .seconds(10)) {
            taken = values.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            return taken != nil
        }
        guard came, let taken else { throw NothingCame() }
        return taken
    }
}

struct NothingCame: Error {}

/// Looks every millisecond whether `condition` holds, for at most `patience`; in between the
/// processor belongs to the threads that make it true.
func waitUntil(within patience: Duration, _ condition: () -> Bool) -> Bool {
    let deadline = SystemClock.instant() + patience
    while !condition() {
        guard SystemClock.instant() < deadline else { return false }
        poll(nil, 0, 1)
    }
    return true
}

/// A thread that nobody waits for.
enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        precondition(result == 0)
        pthread_detach(thread)
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
