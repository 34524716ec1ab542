import CLinux
import Glibc
import Synchronization

/// Wakes an ``EventLoop`` from any thread.
///
/// Waking twice before the loop looks costs one system call, not two.
public final class Waker: Sendable {
    private let descriptor: FileDescriptor
    private let isRung = Atomic<Bool>(false)

    /// A waker that nobody has rung.
    init() throws(HostError) {
        let flags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
        descriptor = try FileDescriptor(eventfd(0, flags), from: "eventfd")
    }

    /// What the loop watches.
    var number: Int32 { descriptor.number }

    /// Makes the loop turn once more.
    public func wake() {
        guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt64 = 1
        // Fails only when the counter is full, and then the loop is awake anyway.
        _ = write(descriptor.number, &one, 8)
    }

    /// Called by the loop before it looks at what the wakers left for it.
    func hush() {
        var count: UInt64 = 0
        _ = read(descriptor.number, &count, 8)
        isRung.store(false, ordering: .sequentiallyConsistent)
    }
}
