import CLinux
import Glibc
import Synchronization

/// A thread of its own for something that waits in the kernel, which the cooperative pool of
/// Swift's concurrency must never do.
final class HostThread: Sendable {
    private struct Handle {
        var thread: pthread_t
        var isJoined: Bool
    }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: Mutex<Handle>

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Parameter name: at most 15 bytes, shown by `top` and debuggers.
    init(name: String, _ body: @escaping @Sendable () -> Void) throws(HostError) {
        precondition(name.utf8.count <= 15, "a long name of a thread: \(name)")
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                pthread_setname_np(pthread_self(), start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw .system(call: "pthread_create", errno: result)
        }
        handle = Mutex(Handle(thread: thread, isJoined: false))
    }

    deinit {
        handle.withLock { handle in
            if !handle.isJoined { pthread_detach(handle.thread) }
        }
    }

    /// Waits until the thread has ended; may be called often and from several threads.
    func join() {
        handle.withLock { handle in
            guard !handle.isJoined else { return }
            pthread_join(handle.thread, nil)
            handle.isJoined = true
        }
    }
}
