import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Who asks too much inside a session")
struct BudgetTests {
    /// Ada and Bob with a session; answers what Bob says to each request, nil for silence.
    private final class Asker {
        let duo: Duo

        init(_ settings: Settings = Settings()) {
            duo = Duo(settings: settings)
            duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
            duo.settle()
        }

        func ask(_ request: Request) -> Message? { duo.ask(request) }
    }

    private func isRefusedForRate(_ message: Message?) -> Bool {
        if case .refused(.rate, _)? = message?.body { true } else { false }
    }

    @Test("is met with silence beyond the burst, and is served again at the rate")
    func requests() {
        var settings = Settings()
        settings.serving.requestBurst = 10
        settings.serving.requestsPerSecond = 5
        let asker = Asker(settings)
        let answered = (0..<30).count { _ in asker.ask(.ping) != nil }
        #expect(answered == 10)
        #expect(asker.duo.bob.node.counters.refusedBudget == 20)
        asker.duo.now = asker.duo.now.advanced(by: .seconds(1))
        #expect((0..<30).count { _ in asker.ask(.ping) != nil } == 5)
        let counters = asker.duo.bob.node.counters
        #expect(counters.outcomes == counters.received)
    }

    @Test("hears REFUSED 6 once a second when it wanted to store")
    func stores() {
        var settings = Settings()
        settings.serving.storeBurst = 3
        let asker = Asker(settings)
        let store = Request.store(record: [1], token: Bytes16())
        let first = (0..<3).map { _ in asker.ask(store) }
        #expect(first.allSatisfy { $0 != nil && !isRefusedForRate($0) })
        let later = (0..<10).map { _ in asker.ask(store) }
        #expect(isRefusedForRate(later[0]))
        #expect(later.dropFirst().allSatisfy { $0 == nil })
        // Other requests are still served.
        #expect(asker.ask(.ping) != nil)
    }

    @Test("reads no more than its share, but a publication and a search are within it")
    func reads() {
        let asker = Asker()
        let read = Request.findRecord(Point(), digest: [], skip: 0)
        #expect((0..<700).count { _ in asker.ask(read) != nil } == 600)
        #expect(asker.duo.bob.node.counters.refusedBudget == 100)
    }

    @Test("reads no more through handshakes: they are answered, with a refusal")
    func readsInHandshakes() throws {
        var settings = Settings()
        settings.serving.readBurst = 3
        settings.serving.readsPerSecond = 0.001
        let duo = Duo(settings: settings)
        var stranger = Stranger(seed: 9)
        let home = Address(v4: 0x0707_0101, port: 9)
        var sizes: [Int] = []
        for index in UInt32(1)...6 {
            let bytes = try stranger.initiation(
                to: duo.bob.record, index: index,
                request: .findRecord(Point(), digest: [], skip: 0))
            duo.give(bytes, from: home, to: duo.bob)
            sizes.append(duo.wire.removeFirst().bytes.count)
        }
        // A token and a total make an answer longer than a refusal.
        #expect(sizes.prefix(3).allSatisfy { $0 > sizes[5] })
        #expect(Set(sizes.dropFirst(3)).count == 1)
        #expect(duo.bob.node.counters.answeredFindRecord == 3)
    }

    @Test("makes the node say that it is busy, and a moment later that it is not")
    func load() {
        var settings = Settings()
        settings.serving.requestsPerSecondInAll = 100
        settings.serving.requestBurst = 1_000
        let asker = Asker(settings)
        for _ in 0..<100 { _ = asker.ask(.ping) }
        let beyond = asker.ask(.ping)
        #expect(beyond == nil)
        asker.duo.now = asker.duo.now.advanced(by: .milliseconds(500))
        // 100 of the 200 requests that two seconds allow.
        #expect(asker.ask(.ping)?.load == 50)
        asker.duo.now = asker.duo.now.advanced(by: .seconds(4))
        #expect(asker.ask(.ping)?.load == 0)
    }

    @Test("is told at once when the disk is full, and gets no token for a while")
    func fullDisk() throws {
        let asker = Asker()
        let duo = asker.duo
        let person = Ed25519.SecretKey(seed: Bytes32())
        let profile = try Profile(
            name: "Ada", interests: [], region: nil, bio: nil, links: [], avatar: nil,
            activeHour: duo.now.unix.hour)
        let record = try Record.sign(
            kind: .profile, author: person, sequence: duo.now.unix.milliseconds << 16 | 1,
            created: duo.now.unix, expires: duo.now.unix + .seconds(3_600), location: nil,
            body: profile.encode(), network: Duo.network)
        let read = Request.findRecord(record.location, digest: [], skip: 0)
        guard case .records(_, _, let token?, _, _)? = asker.ask(read)?.body else {
            Issue.record("no token")
            return
        }
        var outbox = Outbox(capacity: 8)
        duo.ada.node.call(
            .store(record: record.encoded, token: token), of: duo.bob.record,
            at: duo.bob.address, for: .repair, now: duo.now, &outbox)
        let store = outbox.withDatagram(0) { $0.withUnsafeBytes { [UInt8]($0) } }
        outbox.clear()
        duo.bob.node.receive(
            store.span.bytes, from: duo.ada.address, at: duo.now, into: &outbox)
        #expect(outbox.promises == 1)
        let key = StoredRecord.Key(location: record.location, author: record.author)
        duo.bob.node.perform(.storageFailed([key]), at: duo.now, into: &outbox)
        #expect(outbox.promises == 0)
        let reply = outbox.withDatagram(0) { $0.withUnsafeBytes { [UInt8]($0) } }
        guard case .refused(.storageFull, _)? = duo.ada.node.peek(reply)?.body else {
            Issue.record("not refused")
            return
        }
        #expect(duo.bob.node.status(at: duo.now.instant).records == 0)
        guard case .records(_, _, nil, _, _)? = asker.ask(read)?.body else {
            Issue.record("a token in spite of the full disk")
            return
        }
        duo.now = duo.now.advanced(by: Settings().storage.failurePause)
        guard case .records(_, _, .some, _, _)? = asker.ask(read)?.body else {
            Issue.record("no token after the pause")
            return
        }
    }
}
