import CLinux
import Glibc

/// Signals as a readable descriptor instead of handlers.
///
/// A signal reaches the descriptor only when every thread blocks it: call ``block(_:)`` before
/// the process starts its second thread.
public final class SignalSource {
    /// The signals that end or reload a node.
    public static let lifecycle: [Int32] = [SIGTERM, SIGINT, SIGHUP]

    /// The signal that asks for a reload; the others of ``lifecycle`` end a node.
    static let reload = SIGHUP

    private let descriptor: FileDescriptor

    /// Collects `signals`, which must be blocked in every thread.
    public init(_ signals: [Int32]) throws(HostError) {
        var mask = SignalSource.mask(signals)
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        descriptor = try FileDescriptor(signalfd(-1, &mask, flags), from: "signalfd")
    }

    /// What the loop watches.
    public var number: Int32 { descriptor.number }

    /// Blocks `signals` in this thread and those it starts from now on.
    public static func block(_ signals: [Int32]) {
        var mask = mask(signals)
        pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    /// The next signal that arrived, or nil.
    public func next() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = retryingInterrupted { read(descriptor.number, &info, size) }
        return count == size ? Int32(bitPattern: info.ssi_signo) : nil
    }

    private static func mask(_ signals: [Int32]) -> sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in signals { sigaddset(&mask, signal) }
        return mask
    }
}
