import KithHost
import KithOverlay
import KithWire
import Testing

@Suite("A UDP socket")
struct UDPSocketTests {
    static let loopbacks = ["127.0.0.1:0", "[::1]:0"]

    @Test(
        "carries 1,000 datagrams in batches, whole and from the right sender",
        arguments: loopbacks)
    func batches(_ text: String) throws {
        let here = try UDPSocket(boundTo: try #require(Address(text)))
        let there = try UDPSocket(boundTo: try #require(Address(text)))
        let payloads = Payloads(count: 1_000)
        for index in 0..<payloads.count {
            here.queue(payloads.pointer(index), count: payloads.size(index), to: there.local)
        }
        here.flush()

        var received: [[UInt8]] = []
        var largestBatch = 0
        try waitUntil(reading: there) {
            let (count, _) = there.receive()
            largestBatch = max(largestBatch, count)
            for index in 0..<count {
                #expect(there.sender(index) == here.local)
                received.append(there.withDatagram(index, copy))
            }
            return received.count >= payloads.count
        }
        #expect(received == (0..<payloads.count).map(payloads.bytes))
        #expect(largestBatch == UDPSocket.batch)
        #expect(here.counters.sent == 1_000)
        #expect(there.counters.received == 1_000)
        #expect(here.counters.sentBytes == there.counters.receivedBytes)
    }

    @Test("takes 1,232 bytes and drops 1,233, with a counter", arguments: loopbacks)
    func oversize(_ text: String) throws {
        let here = try UDPSocket(boundTo: try #require(Address(text)))
        let there = try UDPSocket(boundTo: try #require(Address(text)))
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 65_507, alignment: 1)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 7, count: 65_507)
        for count in [1_233, 9_000, 1_232, 0] {
            here.queue(bytes, count: count, to: there.local)
        }
        here.flush()

        var sizes: [Int] = []
        try waitUntil(reading: there) {
            let (count, _) = there.receive()
            for index in 0..<count { sizes.append(there.withDatagram(index) { $0.byteCount }) }
            return sizes.count >= 2
        }
        #expect(sizes == [1_232, 0])
        #expect(there.counters.refusedLong == 2)
    }

    @Test("says so when the port is in use", arguments: loopbacks)
    func portInUse(_ text: String) throws {
        let first = try UDPSocket(boundTo: try #require(Address(text)))
        #expect(throws: HostError.portInUse(first.local)) {
            try UDPSocket(boundTo: first.local)
        }
    }

    @Test("says so when no interface has the address")
    func foreignAddress() throws {
        let address = try #require(Address("192.0.2.1:0"))
        #expect(throws: HostError.addressUnavailable(address)) { try UDPSocket(boundTo: address) }
    }

    @Test(
        "on every address answers from the one that was asked",
        arguments: ["127.0.0.2", "127.0.0.9"])
    func answersFromTheAddressAsked(_ host: String) throws {
        let asker = try UDPSocket(boundTo: try #require(Address("127.0.0.1:0")))
        let answerer = try UDPSocket(boundTo: try #require(Address("0.0.0.0:0")))
        let asked = try #require(Address("\(host):\(answerer.local.port)"))
        let payloads = Payloads(count: 1)
        asker.queue(payloads.pointer(0), count: 3, to: asked)
        asker.flush()
        try waitUntil(reading: answerer) { answerer.receive().count == 1 }
        answerer.queue(
            payloads.pointer(0), count: 3, to: answerer.sender(0), from: answerer.arrival(0))
        answerer.flush()
        try waitUntil(reading: asker) { asker.receive().count == 1 }
        #expect(asker.sender(0) == asked)
    }

    @Test("of IPv6 on every address answers from the one that was asked and takes no IPv4")
    func wildcardV6() throws {
        let asker = try UDPSocket(boundTo: try #require(Address("[::1]:0")))
        let answerer = try UDPSocket(boundTo: try #require(Address("[::]:0")))
        // The same port of IPv4 is still free, because the socket is for IPv6 only.
        let other = try UDPSocket(
            boundTo: try #require(Address("0.0.0.0:\(answerer.local.port)")))
        #expect(other.local.port == answerer.local.port)
        let asked = try #require(Address("[::1]:\(answerer.local.port)"))
        let payloads = Payloads(count: 1)
        asker.queue(payloads.pointer(0), count: 3, to: asked)
        asker.flush()
        try waitUntil(reading: answerer) { answerer.receive().count == 1 }
        answerer.queue(
            payloads.pointer(0), count: 3, to: answerer.sender(0), from: answerer.arrival(0))
        answerer.flush()
        try waitUntil(reading: asker) { asker.receive().count == 1 }
        #expect(asker.sender(0) == asked)
    }

    @Test("goes on after sending to a port where nobody listens, and counts what has no route")
    func refusals() throws {
        let here = try UDPSocket(boundTo: try #require(Address("127.0.0.1:0")))
        let there = try UDPSocket(boundTo: try #require(Address("127.0.0.1:0")))
        let gone = try UDPSocket(boundTo: try #require(Address("127.0.0.1:0"))).local
        let payloads = Payloads(count: 1)
        for _ in 0..<20 { here.queue(payloads.pointer(0), count: 10, to: gone) }
        // From a loopback address there is no way to a documentation address (RFC 5737).
        here.queue(payloads.pointer(0), count: 10, to: try #require(Address("192.0.2.1:9")))
        here.queue(payloads.pointer(0), count: 10, to: there.local)
        here.flush()
        try waitUntil(reading: there) { there.receive().count == 1 }
        #expect(here.receive().count == 0)
        #expect(here.counters.droppedFailed == 1)
        #expect(here.counters.sent == 21)
    }

    @Test("drops instead of waiting when the kernel takes no more")
    func fullBuffer() throws {
        var buffers = UDPSocket.BufferSizes()
        buffers.receive = 4_096
        let here = try UDPSocket(boundTo: try #require(Address("127.0.0.1:0")))
        let there = try UDPSocket(
            boundTo: try #require(Address("127.0.0.1:0")), buffers: buffers)
        let payloads = Payloads(count: 1_000)
        for index in 0..<payloads.count {
            here.queue(payloads.pointer(index), count: payloads.size(index), to: there.local)
        }
        here.flush()
        // Whether the sender or the receiver drops is the kernel's choice; nobody may hang.
        #expect(here.counters.sent + here.counters.droppedFull == 1_000)
        var count = 0
        while case let (taken, _) = there.receive(), taken > 0 { count += taken }
        #expect(count > 0)
        #expect(count < 1_000)
    }
}

/// Distinct datagrams of different sizes at fixed places in memory.
private final class Payloads {
    let count: Int
    private let memory: UnsafeMutableRawPointer

    init(count: Int) {
        self.count = count
        memory = .allocate(byteCount: count * UDPSocket.datagramBytesMax, alignment: 16)
        for index in 0..<count {
            for offset in 0..<UDPSocket.datagramBytesMax {
                let byte = UInt8(truncatingIfNeeded: index &* 31 &+ offset)
                pointer(index).storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            }
        }
    }

    deinit {
        memory.deallocate()
    }

    func pointer(_ index: Int) -> UnsafeMutableRawPointer {
        memory + index * UDPSocket.datagramBytesMax
    }

    func size(_ index: Int) -> Int { 48 + index }

    func bytes(_ index: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: pointer(index), count: size(index)))
    }
}

private func copy(_ span: RawSpan) -> [UInt8] {
    span.withUnsafeBytes { Array($0) }
}

/// Turns a loop on `socket` and asks `isDone` after each turn, for at most ten seconds.
private func waitUntil(reading socket: UDPSocket, _ isDone: () -> Bool) throws {
    let loop = try EventLoop()
    _ = try loop.watch(socket.number, for: .readable) { _ in }
    let deadline = SystemClock.instant() + .seconds(10)
    while SystemClock.instant() < deadline {
        loop.turn(until: deadline)
        if isDone() { return }
    }
    Issue.record("nothing more arrived within ten seconds")
}
