import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A session between two nodes")
struct SessionTests {
    private func ping(_ duo: Duo, _ number: UInt64) -> OperationID {
        let id = OperationID(number)
        duo.perform(.start(id, .ping(duo.bob.record)), on: duo.ada)
        return id
    }

    private func succeeded(_ result: Result<Outcome, OperationError>?) -> Bool {
        if case .success = result { true } else { false }
    }

    @Test("is made by one exchange that already carries question and answer")
    func zeroRoundTrip() {
        let duo = Duo()
        let id = ping(duo, 1)
        #expect(duo.wire.count == 1)
        #expect(duo.wire[0].bytes[0] == 1)
        duo.deliver(duo.wire.removeFirst())
        #expect(duo.wire.count == 1)
        #expect(duo.wire[0].bytes[0] == 2)
        duo.deliver(duo.wire.removeFirst())
        guard case .success(.ping(let report)) = duo.ada.result(of: id) else {
            Issue.record("no answer")
            return
        }
        #expect(report.seen == duo.ada.address)
        #expect(report.node == duo.bob.record)
    }

    @Test("is used for what follows: DATA both ways, no second handshake")
    func reuse() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        let second = ping(duo, 2)
        #expect(duo.wire.map { $0.bytes[0] } == [4])
        duo.settle()
        #expect(succeeded(duo.ada.result(of: second)))
        #expect(duo.ada.node.counters.handshakesStarted == 1)
        #expect(duo.bob.node.counters.handshakesAnswered == 1)
    }

    @Test("never answers an INIT with more bytes than it had")
    func noAmplification() {
        for operation in [
            Operation.ping(Duo().bob.record), .lookup(Point()), .get(Point()),
        ] {
            let duo = Duo()
            duo.perform(.join([duo.bob.record]), on: duo.ada)
            duo.perform(.start(OperationID(1), operation), on: duo.ada)
            let first = duo.wire.removeFirst()
            duo.deliver(first)
            let answer = duo.wire.last { $0.from == duo.bob.address }
            #expect(answer.map { $0.bytes.count <= first.bytes.count } == true)
            let counters = duo.bob.node.counters
            #expect(counters.unprovedBytesSent <= counters.unprovedBytesReceived)
        }
    }

    @Test("answers no DATA twice")
    func replay() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        _ = ping(duo, 2)
        let data = duo.wire.removeFirst()
        #expect(duo.deliver(data) == 1)
        #expect(duo.deliver(data) == 0)
        #expect(duo.bob.node.counters.refusedReplay == 1)
    }

    @Test("belongs to its address: the same bytes from elsewhere are met with silence")
    func boundToAddress() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        _ = ping(duo, 2)
        let data = duo.wire.removeFirst()
        let elsewhere = Address(v4: 0x0707_0303, port: 5_484)
        #expect(duo.give(data.bytes, from: elsewhere, to: duo.bob) == 0)
        #expect(duo.bob.node.counters.refusedSession == 1)
    }

    @Test("answers an INIT that was replayed, and the session that is in use stays in use")
    func replayedInitiation() {
        let duo = Duo()
        _ = ping(duo, 1)
        let initiation = duo.wire[0]
        duo.settle()
        let second = ping(duo, 2)
        duo.settle()
        #expect(succeeded(duo.ada.result(of: second)))
        #expect(duo.deliver(initiation) == 1)
        duo.wire.removeAll()
        // Bob asks: in the session that Ada has proved, not in the replayed one.
        duo.perform(.start(OperationID(3), .ping(duo.ada.record)), on: duo.bob)
        #expect(duo.wire.map { $0.bytes[0] } == [4])
        duo.settle()
        #expect(succeeded(duo.bob.result(of: OperationID(3))))
    }

    @Test("is made anew when the other side has forgotten it")
    func restartedPeer() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        duo.bob = Holder(seed: 1_001, host: 0x0909_0202, settings: Settings(), at: duo.now)
        let id = ping(duo, 2)
        duo.settle()
        #expect(duo.ada.result(of: id) == nil)
        duo.advance(.milliseconds(500))
        duo.settle()
        #expect(succeeded(duo.ada.result(of: id)))
        #expect(duo.ada.node.counters.handshakesStarted == 2)
    }

    @Test("is replaced by a fresh handshake after an hour")
    func rekey() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        for minute in 0..<70 {
            let id = ping(duo, UInt64(10 + minute))
            duo.settle()
            #expect(succeeded(duo.ada.result(of: id)))
            duo.advance(.seconds(60))
            duo.settle()
        }
        #expect(duo.ada.node.counters.handshakesStarted == 2)
    }

    @Test("is forgotten after fifteen minutes of silence")
    func idle() {
        let duo = Duo()
        _ = ping(duo, 1)
        duo.settle()
        _ = ping(duo, 2)
        duo.settle()
        #expect(duo.bob.node.status(at: duo.now.instant).sessions == 1)
        var settings = Settings()
        settings.routing.checkInterval = .seconds(1 << 20)
        let quiet = Duo(settings: settings)
        _ = ping(quiet, 1)
        quiet.settle()
        quiet.advance(.seconds(14))
        quiet.wire.removeAll()
        for _ in 0..<16 {
            quiet.advance(.seconds(60))
            quiet.wire.removeAll()
        }
        #expect(quiet.bob.node.status(at: quiet.now.instant).sessions == 0)
    }

    @Test("demands a cookie from strangers while handshakes come in a flood, and then works")
    func cookies() {
        var settings = Settings()
        settings.sessions.handshakesPerSecond = 1
        let duo = Duo(settings: settings)
        _ = ping(duo, 1)
        duo.settle()
        // The bucket of one handshake is used up; the next INIT meets a demand.
        duo.ada = Holder(seed: 77, host: 0x0808_0101, settings: settings, at: duo.now)
        let id = ping(duo, 2)
        duo.deliver(duo.wire.removeFirst())
        #expect(duo.wire.map { $0.bytes[0] } == [3])
        #expect(duo.wire[0].bytes.count == 64)
        #expect(duo.bob.node.counters.cookiesSent == 1)
        duo.settle()
        #expect(succeeded(duo.ada.result(of: id)))
        #expect(duo.bob.node.counters.handshakesAnswered == 2)
    }

    @Test("asks an address for a cookie that sends more than forty INIT packets at once")
    func rateOfOneAddress() {
        let duo = Duo()
        _ = ping(duo, 1)
        let initiation = duo.wire.removeFirst()
        for _ in 0..<100 { duo.deliver(initiation) }
        #expect(duo.bob.node.counters.cookiesSent == 60)
        #expect(duo.bob.node.counters.handshakesAnswered == 40)
    }

    @Test("starts a handshake again for one cookie, not for every further one")
    func oneRestart() throws {
        var settings = Settings()
        settings.sessions.handshakesPerSecond = 1
        let duo = Duo(settings: settings)
        _ = ping(duo, 1)
        duo.settle()
        duo.ada = Holder(seed: 77, host: 0x0808_0101, settings: settings, at: duo.now)
        _ = ping(duo, 2)
        duo.deliver(duo.wire.removeFirst())
        #expect(duo.deliver(duo.wire.removeFirst()) == 1)
        // Bob goes on demanding, each time another cookie for Ada's newest INIT.
        let initiation = duo.wire.removeFirst().bytes
        for round in UInt8(1)...3 {
            let demand = cookie(round, for: initiation, by: duo.bob)
            #expect(duo.give(demand, from: duo.bob.address, to: duo.ada) == 0)
        }
        #expect(duo.ada.node.counters.handshakesStarted == 2)
    }

    private func cookie(_ value: UInt8, for initiation: [UInt8], by holder: Holder) -> [UInt8] {
        let span = initiation.span.bytes
        guard case .initiation(let sender)? = try? Envelope.parse(span),
            let cookie = Bytes16([UInt8](repeating: value, count: 16))
        else { return [] }
        var datagram = [UInt8](repeating: 0, count: Envelope.Cookie.bytes)
        var elements = datagram.mutableSpan
        var bytes = elements.mutableBytes
        let nonce = [UInt8](repeating: value, count: Envelope.Cookie.nonceBytes)
        Envelope.writeCookie(
            cookie, receiver: sender, mac1: Envelope.mac1(of: span),
            cookieKey: Envelope.cookieKey(of: holder.record.key), nonce: nonce.span.bytes,
            into: &bytes)
        return datagram
    }
}
