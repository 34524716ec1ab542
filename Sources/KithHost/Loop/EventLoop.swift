import CLinux
import Glibc
public import KithOverlay

/// Waits for descriptors and a deadline, and calls a handler for each that is ready.
///
/// Belongs to one thread; only its ``waker`` may be used from others. Level triggered: a handler
/// that leaves something unread is called again at the next turn. The deadline is an argument
/// of `epoll_pwait2` (nanoseconds, no timer descriptor to arm); where the kernel or a sandbox
/// does not know that call, `epoll_wait` with the milliseconds rounded up serves.
public final class EventLoop {
    /// What to wait for, and what was found.
    public struct Interest: OptionSet, Sendable {
        /// One bit per kind.
        public let rawValue: UInt8

        /// An interest with these bits.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Reading will not block: data, a connection, or the end.
        public static let readable = Interest(rawValue: 1)
        /// Writing will not block.
        public static let writable = Interest(rawValue: 2)
    }

    /// Names a watched descriptor; a token of a descriptor no longer watched names nothing.
    public struct Token: Hashable, Sendable {
        fileprivate let slot: UInt32
        fileprivate let generation: UInt32
    }

    private struct Watch {
        var descriptor: Int32
        var generation: UInt32
        var handler: ((Interest) -> Void)?
    }

    /// Descriptors reported by one system call; more simply wait for the next turn.
    private static let eventsPerTurn = 64

    /// Rings from any thread.
    public let waker: Waker

    private let epoll: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private var watches: [Watch] = []
    private var vacant: [UInt32] = []
    private var hasNanosecondWait = true

    /// A loop that watches nothing but its waker.
    public init() throws(HostError) {
        epoll = try FileDescriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), from: "epoll_create1")
        waker = try Waker()
        events = .allocate(capacity: EventLoop.eventsPerTurn)
        events.initialize(repeating: epoll_event(), count: EventLoop.eventsPerTurn)
        let waker = waker
        _ = try watch(waker.number, for: .readable) { _ in waker.hush() }
    }

    deinit {
        events.deallocate()
    }

    /// Calls `handler` whenever `descriptor` is ready; an error or the far end closing counts as
    /// both readable and writable, so that the next read or write tells.
    ///
    /// - Throws: ``HostError/system(call:errno:)`` when the kernel refuses.
    public func watch(
        _ descriptor: Int32, for interest: Interest, _ handler: @escaping (Interest) -> Void
    ) throws(HostError) -> Token {
        let slot: UInt32
        if let free = vacant.popLast() {
            slot = free
        } else {
            slot = UInt32(watches.count)
            watches.append(Watch(descriptor: -1, generation: 0, handler: nil))
        }
        let token = Token(slot: slot, generation: watches[Int(slot)].generation)
        var event = EventLoop.event(interest, token)
        guard epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            vacant.append(slot)
            throw .system(call: "epoll_ctl", errno: errno)
        }
        watches[Int(slot)].descriptor = descriptor
        watches[Int(slot)].handler = handler
        return token
    }

    /// Waits for something else on a watched descriptor.
    public func change(_ token: Token, to interest: Interest) {
        guard isWatching(token) else { return }
        var event = EventLoop.event(interest, token)
        let descriptor = watches[Int(token.slot)].descriptor
        let result = epoll_ctl(epoll.number, EPOLL_CTL_MOD, descriptor, &event)
        precondition(result == 0, "epoll_ctl: \(systemMessage(errno))")
    }

    /// Stops watching; call it before the descriptor is closed.
    public func unwatch(_ token: Token) {
        guard isWatching(token) else { return }
        let slot = Int(token.slot)
        var unused = epoll_event()
        _ = epoll_ctl(epoll.number, EPOLL_CTL_DEL, watches[slot].descriptor, &unused)
        watches[slot].handler = nil
        watches[slot].descriptor = -1
        watches[slot].generation &+= 1
        vacant.append(token.slot)
    }

    /// Waits until something is ready, the waker rings, or `deadline` comes; calls the handlers.
    ///
    /// - Returns: how many descriptors were ready; 0 when the deadline came first.
    @discardableResult
    public func turn(until deadline: Instant) -> Int {
        let count = wait(until: deadline)
        for index in 0..<count {
            let event = events[index]
            let token = Token(
                slot: UInt32(truncatingIfNeeded: event.data.u64),
                generation: UInt32(truncatingIfNeeded: event.data.u64 >> 32))
            // An earlier handler of this turn may have stopped watching it.
            guard isWatching(token) else { continue }
            watches[Int(token.slot)].handler?(EventLoop.interest(event.events))
        }
        return count
    }

    private func wait(until deadline: Instant) -> Int {
        let maximum = Int32(EventLoop.eventsPerTurn)
        let left = deadline == .never ? nil : Optional(SystemClock.instant().distance(to: deadline))
        if hasNanosecondWait {
            var time = timespec()
            if let left {
                time.tv_sec = Int(left / 1_000_000_000)
                time.tv_nsec = Int(left % 1_000_000_000)
            }
            let count =
                left == nil
                ? epoll_pwait2(epoll.number, events, maximum, nil, nil)
                : epoll_pwait2(epoll.number, events, maximum, &time, nil)
            if count >= 0 { return Int(count) }
            if errno == EINTR { return 0 }
            hasNanosecondWait = false
        }
        let milliseconds = left.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
        let count = epoll_wait(epoll.number, events, maximum, milliseconds)
        precondition(count >= 0 || errno == EINTR, "epoll_wait: \(systemMessage(errno))")
        return max(0, Int(count))
    }

    private func isWatching(_ token: Token) -> Bool {
        let slot = Int(token.slot)
        return slot < watches.count && watches[slot].generation == token.generation
            && watches[slot].handler != nil
    }

    private static func event(_ interest: Interest, _ token: Token) -> epoll_event {
        var event = epoll_event()
        if interest.contains(.readable) {
            event.events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue
        }
        if interest.contains(.writable) { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = UInt64(token.slot) | UInt64(token.generation) << 32
        return event
    }

    private static func interest(_ events: UInt32) -> Interest {
        var interest: Interest = []
        let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | broken) != 0 {
            interest.insert(.readable)
        }
        if events & (EPOLLOUT.rawValue | broken) != 0 { interest.insert(.writable) }
        return interest
    }
}

extension Instant {
    /// Nanoseconds from here to `later`, 0 when that has passed; at most a year, so that every
    /// timer of the kernel can hold it.
    fileprivate func distance(to later: Instant) -> UInt64 {
        let year: UInt64 = 365 * 86_400 * 1_000_000_000
        return later <= self ? 0 : min(year, later.nanoseconds - nanoseconds)
    }
}
