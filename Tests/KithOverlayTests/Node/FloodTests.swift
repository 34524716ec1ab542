import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

/// Somebody with keys of its own who can name any address as its own.
struct Stranger: ~Copyable {
    let key: X25519.SecretKey
    private var entropy: Entropy

    init(seed: UInt64) {
        entropy = Entropy(seed: seed)
        key = Ed25519.SecretKey(seed: entropy.bytes32()).agreementKey()
    }

    /// An INIT to `node` with `request`, padded to the size of the answer that it hopes for.
    mutating func initiation(
        to node: NodeRecord, index: UInt32, request: Request = .ping, cookie: Bytes16? = nil
    ) throws -> [UInt8] {
        let prologue = Duo.network.prologue
        var noise = try NoiseIK.Initiator(
            prologue: prologue.span.bytes, local: key, remote: node.key,
            entropy: &entropy)
        var writer = CBORWriter(capacity: 256)
        HandshakePayload.writeHead(nonce: 0, role: .client, into: &writer)
        switch request {
        case .findRecord(let location, _, _):
            MessageWriter.findRecord(
                call: index, location: location, digest: nil, skip: 0, into: &writer)
        case .ping, .findNode, .store, .probe, .probeOther, .ask, .relay, .cell:
            MessageWriter.ping(call: index, into: &writer)
        }
        let payload = writer.bytes + [UInt8](repeating: 0, count: 120 - writer.bytes.count)
        var datagram = [UInt8](
            repeating: 0, count: Envelope.Initiation.overhead + payload.count)
        var elements = datagram.mutableSpan
        var bytes = elements.mutableBytes
        _ = try noise.writeFirst(
            payload: payload.span.bytes, into: &bytes, at: Envelope.Initiation.noiseOffset)
        Envelope.write(.initiation(sender: index), into: &bytes)
        Envelope.writeCodes(into: &bytes, macKey: Envelope.macKey(of: node.key), cookie: cookie)
        return datagram
    }
}

@Suite("A node under a flood")
struct FloodTests {
    /// What one kind of flood sends, and from where.
    private struct Flood: ~Copyable {
        var entropy: Entropy
        var stranger: Stranger
        /// An authentic DATA of the honest peer, to spoil.
        var sample: [UInt8] = []
        var count: UInt32 = 0

        init(seed: UInt64) {
            entropy = Entropy(seed: seed)
            stranger = Stranger(seed: seed ^ 1)
        }

        /// Any of a million public addresses; every eighth time the honest peer's own.
        mutating func sender(_ honest: Address) -> Address {
            if entropy.below(8) == 0 { return honest }
            let host = UInt32(0x2000_0000) + UInt32(entropy.below(1 << 20)) * 97
            return Address(v4: host, port: UInt16(1 + entropy.below(65_535)))
        }

        mutating func datagram(to node: NodeRecord) throws -> [UInt8] {
            count += 1
            switch entropy.below(8) {
            case 0: return entropy.bytes(Int(entropy.below(1_400)))
            case 1: return [UInt8(1 + entropy.below(4)), 1, 0, 0] + entropy.bytes(200)
            case 2:
                var bytes = [UInt8](repeating: 0, count: 256)
                var elements = bytes.mutableSpan
                var raw = elements.mutableBytes
                Envelope.write(.initiation(sender: count), into: &raw)
                Envelope.writeCodes(into: &raw, macKey: Envelope.macKey(of: node.key), cookie: nil)
                return bytes
            case 3 where !sample.isEmpty:
                var bytes = sample
                bytes[16 + Int(entropy.below(UInt64(bytes.count - 16)))] ^= 1
                return bytes
            case 4:
                return try stranger.initiation(
                    to: node, index: count, request: .findRecord(Point(), digest: [], skip: 0))
            case 5:
                let cookie = Bytes16(entropy.bytes(16))
                return try stranger.initiation(to: node, index: count, cookie: cookie)
            default:
                return try stranger.initiation(to: node, index: count)
            }
        }
    }

    /// Bytes that Bob received from an address and sent to it.
    private struct Balance {
        var received = 0
        var sent = 0
    }

    private func succeeded(_ result: Result<Outcome, OperationError>?) -> Bool {
        if case .success = result { true } else { false }
    }

    @Test("answers the honest peer, keeps its bounds, sends no stranger more than it got")
    func everyKind() throws {
        let seed = testSeed(default: 20_261_126)
        let duo = Duo(seed: seed)
        var flood = Flood(seed: seed)
        var balances: [Address: Balance] = [:]
        var (asked, exceeded, tooMuch) = (0, 0, 0)
        // Ten seconds of a thousand datagrams a second, from a million addresses.
        for millisecond in 0..<10_000 {
            duo.advance(.milliseconds(1))
            duo.settle()
            let sender = flood.sender(duo.ada.address)
            let bytes = try flood.datagram(to: duo.bob.record)
            duo.give(bytes, from: sender, to: duo.bob)
            balances[sender, default: Balance()].received += bytes.count
            while let reply = duo.wire.popLast() {
                balances[reply.to, default: Balance()].sent += reply.bytes.count
            }
            if let balance = balances[sender], balance.sent > balance.received { tooMuch += 1 }
            if duo.bob.node.exceededBound != nil { exceeded += 1 }
            guard millisecond % 50 == 0 else { continue }
            asked += 1
            duo.perform(
                .start(OperationID(UInt64(asked)), .ping(duo.bob.record)), on: duo.ada)
            flood.sample = duo.wire.first { $0.bytes[0] == 4 }?.bytes ?? flood.sample
            duo.settle()
        }
        for _ in 0..<50 {
            duo.advance(.milliseconds(100))
            duo.settle()
        }
        let answered = (1...asked).count {
            succeeded(duo.ada.result(of: OperationID(UInt64($0))))
        }
        let counters = duo.bob.node.counters
        #expect(answered == asked)
        #expect(exceeded == 0)
        #expect(tooMuch == 0)
        #expect(counters.unprovedBytesSent <= counters.unprovedBytesReceived)
        #expect(counters.outcomes == counters.received)
        #expect(duo.ada.node.counters.outcomes == duo.ada.node.counters.received)
        // Each kind was met: nothing here passes because it never happened.
        for met in [
            counters.refusedSize, counters.refusedHeader, counters.refusedSession,
            counters.refusedMac, counters.refusedAuthentication, counters.cookiesSent,
            counters.handshakesAnswered, counters.requestsAnswered,
        ] {
            #expect(met > 0)
        }
    }

    @Test("lets no forger of its address keep an honest peer out")
    func forgedAddress() throws {
        let duo = Duo()
        var stranger = Stranger(seed: 5)
        for round in 0..<200 {
            duo.advance(.milliseconds(10))
            duo.wire.removeAll()
            // A forger names Ada's address, a hundred times as often as one address may.
            for step in 0..<20 {
                let bytes = try stranger.initiation(
                    to: duo.bob.record, index: UInt32(1 + round * 20 + step))
                duo.give(bytes, from: duo.ada.address, to: duo.bob)
                duo.wire.removeAll()
            }
        }
        #expect(duo.bob.node.counters.cookiesSent > 3_900)
        let id = OperationID(1)
        duo.perform(.start(id, .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        #expect(succeeded(duo.ada.result(of: id)))
        // It took a cookie, which only who receives at the address can show.
        #expect(duo.ada.node.counters.cookiesTaken == 1)
    }

    @Test("lets no forger of its address use up what an honest peer may read")
    func forgedReads() throws {
        var settings = Settings()
        settings.serving.readBurst = 20
        let duo = Duo(settings: settings)
        var stranger = Stranger(seed: 6)
        let request = Request.findRecord(Point(), digest: [], skip: 0)
        // Fewer handshakes than one address may begin, more reads than it may make.
        for step in 0..<60 {
            duo.advance(.milliseconds(67))
            let bytes = try stranger.initiation(
                to: duo.bob.record, index: UInt32(1 + step), request: request)
            duo.give(bytes, from: duo.ada.address, to: duo.bob)
            duo.wire.removeAll()
        }
        #expect(duo.bob.node.counters.cookiesSent > 10)
        let answered = duo.bob.node.counters.answeredFindRecord
        let sent = duo.ada.node.call(
            request, of: duo.bob.record, at: duo.bob.address, for: .repair, now: duo.now,
            &duo.outbox)
        #expect(sent != nil)
        duo.collect(from: duo.ada)
        duo.settle()
        #expect(duo.bob.node.counters.answeredFindRecord == answered + 1)
        #expect(duo.ada.node.counters.cookiesTaken == 1)
    }

    @Test("reads few answers to one handshake that do not fit")
    func forgedResponses() {
        let duo = Duo()
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        let initiation = duo.wire.removeFirst()
        guard
            case .initiation(sender: let index)? = try? Envelope.parse(
                initiation.bytes.span.bytes)
        else {
            Issue.record("no INIT")
            return
        }
        var entropy = Entropy(seed: 7)
        for number in 0..<100 as Range<UInt32> {
            var bytes = entropy.bytes(160)
            var elements = bytes.mutableSpan
            var raw = elements.mutableBytes
            Envelope.write(.response(sender: number, receiver: index), into: &raw)
            Envelope.writeCodes(
                into: &raw, macKey: Envelope.macKey(of: duo.ada.record.key), cookie: nil)
            duo.give(bytes, from: duo.bob.address, to: duo.ada)
        }
        let max = Settings().sessions.failedResponsesMax
        #expect(duo.ada.node.counters.refusedAuthentication == UInt64(max))
        #expect(duo.ada.node.counters.refusedRate == UInt64(100 - max))
        #expect(duo.wire.isEmpty)
    }

    @Test("gives one block of addresses its share of sessions, and those of others stay")
    func oneBlock() throws {
        var settings = Settings()
        settings.sessions.provedPerBlock = 8
        settings.sessions.knockersPerBlock = 4
        let duo = Duo(settings: settings)
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        duo.perform(.start(OperationID(2), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        for host in UInt32(0)..<40 {
            let crowd = Holder(
                seed: 5_000 + UInt64(host), host: 0x0707_0700 + host, settings: Settings(),
                at: duo.now)
            let honest = duo.ada
            duo.ada = crowd
            for number in UInt64(1)...2 {
                duo.perform(.start(OperationID(number), .ping(duo.bob.record)), on: crowd)
                duo.settle()
            }
            duo.ada = honest
            duo.advance(.milliseconds(100))
            duo.wire.removeAll()
            #expect(duo.bob.node.exceededBound == nil)
        }
        let crowded = Address(v4: 0x0707_0700, port: 1).block
        #expect(duo.bob.node.sessions.provedCount(of: crowded) == 8)
        #expect(duo.bob.node.sessions.provedCount(of: duo.ada.address.block) == 1)
        duo.perform(.start(OperationID(3), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        #expect(succeeded(duo.ada.result(of: OperationID(3))))
        #expect(duo.ada.node.counters.handshakesStarted == 1)
    }

    @Test("keeps few sessions with one peer, and a replayed INIT pushes out none that is in use")
    func onePeer() {
        let duo = Duo()
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        let initiation = duo.wire[0]
        duo.settle()
        duo.perform(.start(OperationID(2), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        for _ in 0..<30 { duo.deliver(initiation) }
        duo.wire.removeAll()
        #expect(duo.bob.node.sessions.count == 1 + Settings().sessions.knockersPerPeer)
        duo.perform(.start(OperationID(3), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        #expect(succeeded(duo.ada.result(of: OperationID(3))))
        #expect(duo.ada.node.counters.handshakesStarted == 1)
    }
}
