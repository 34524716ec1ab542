import Glibc
import KithCrypto
import KithHost
import KithOverlay
import KithWire
import Testing

@Suite("An event loop")
struct EventLoopTests {
    @Test("turns no earlier than its deadline when nothing happens")
    func deadline() throws {
        let loop = try EventLoop()
        let start = SystemClock.instant()
        #expect(loop.turn(until: start + .milliseconds(3)) == 0)
        #expect(SystemClock.instant() - start >= .milliseconds(3))
    }

    @Test("does not wait for a deadline that has passed")
    func pastDeadline() throws {
        let loop = try EventLoop()
        #expect(loop.turn(until: .start) == 0)
    }

    @Test("turns when another thread rings, once for many rings")
    func waking() throws {
        let loop = try EventLoop()
        let waker = loop.waker
        for _ in 0..<100 { waker.wake() }
        #expect(loop.turn(until: .never) == 1)
        #expect(loop.turn(until: .start) == 0)
        waker.wake()
        #expect(loop.turn(until: .never) == 1)
    }

    @Test("calls the handler of a readable descriptor and none that was removed meanwhile")
    func handlers() throws {
        let loop = try EventLoop()
        let (a, b) = (try Pipe(), try Pipe())
        var calls: [String] = []
        var tokens: [EventLoop.Token] = []
        for (name, pipe) in [("a", a), ("b", b)] {
            tokens.append(
                try loop.watch(pipe.reader, for: .readable) { _ in
                    calls.append(name)
                    for token in tokens { loop.unwatch(token) }
                })
        }
        a.fill()
        b.fill()
        #expect(loop.turn(until: .never) == 2)
        #expect(calls.count == 1)
        #expect(loop.turn(until: .start) == 0)
    }

    @Test("tells the handler of a new descriptor nothing about the one whose place it took")
    func reuse() throws {
        let loop = try EventLoop()
        let (old, new) = (try Pipe(), try Pipe())
        var calls: [String] = []
        let first = try loop.watch(old.reader, for: .readable) { _ in calls.append("old") }
        loop.unwatch(first)
        let second = try loop.watch(new.reader, for: .readable) { _ in calls.append("new") }
        #expect(first != second)
        old.fill()
        loop.change(first, to: .readable)
        #expect(loop.turn(until: .start) == 0)
        new.fill()
        loop.turn(until: .never)
        #expect(calls == ["new"])
    }

    @Test("reports the end of a stream as readable")
    func hangUp() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        var found: EventLoop.Interest = []
        _ = try loop.watch(pipe.reader, for: .readable) { found = $0 }
        pipe.closeWriter()
        loop.turn(until: .never)
        #expect(found.contains(.readable))
    }
}

@Suite("The clocks")
struct SystemClockTests {
    @Test("never go back and agree with the kernel on the year")
    func clocks() {
        let first = SystemClock.now()
        let second = SystemClock.now()
        #expect(second.instant >= first.instant)
        #expect(first.unix.milliseconds > 1_700_000_000_000)
        #expect(first.unix.milliseconds < 4_000_000_000_000)
    }

    @Test("have dice beside them that do not repeat")
    func entropy() {
        var drawn: Set<Bytes32> = []
        for _ in 0..<100 {
            var entropy = KernelEntropy.entropy()
            drawn.insert(entropy.bytes32())
        }
        #expect(drawn.count == 100)
    }
}

/// Two ends of a pipe, closed with their owner.
private final class Pipe {
    let reader: Int32
    private var writer: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        close(reader)
        closeWriter()
    }

    func fill() {
        _ = write(writer, "x", 1)
    }

    func closeWriter() {
        guard writer >= 0 else { return }
        close(writer)
        writer = -1
    }
}
