import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A node that is asked to keep a record")
struct StoreTests {
    private let day: Duration = .seconds(24 * 3_600)

    /// Ada and Bob with a session, and what Bob answered to Ada's questions.
    private final class Desk {
        let duo = Duo()
        let person = Ed25519.SecretKey(seed: Bytes32())

        init() {
            duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
            duo.settle()
        }

        /// Asks Bob and answers his reply as he wrote it.
        func ask(_ request: Request) -> Message? { duo.ask(request) }

        func token(for location: Location) -> Bytes16? {
            guard
                case .records(_, _, let token, _, _)? = ask(
                    .findRecord(location, digest: [], skip: 0))?.body
            else { return nil }
            return token
        }

        func profile(_ name: String, sequence: UInt64, life: Duration) throws -> Record {
            let profile = try Profile(
                name: name, interests: [], region: nil, bio: nil, links: [], avatar: nil,
                activeHour: duo.now.unix.hour)
            return try Record.sign(
                kind: .profile, author: person, sequence: sequence, created: duo.now.unix,
                expires: duo.now.unix + life, location: nil, body: profile.encode(),
                network: Duo.network)
        }

        func sequence(_ counter: UInt64) -> UInt64 {
            duo.now.unix.milliseconds << 16 | counter
        }

        func store(_ record: Record, token: Bytes16? = nil) -> Message.Body? {
            let granted = token ?? self.token(for: record.location) ?? Bytes16()
            return ask(.store(record: record.encoded, token: granted))?.body
        }
    }

    private func refusal(_ body: Message.Body?) -> Refusal? {
        if case .refused(let reason, _)? = body { reason } else { nil }
    }

    @Test("keeps it, tells the shell to make it durable, and signs a receipt anyone can check")
    func receipt() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: day)
        guard case .stored(let expires, let signer, let signature)? = desk.store(record) else {
            Issue.record("refused")
            return
        }
        let receipt = Receipt(
            location: record.location, author: record.author, sequence: record.sequence,
            expires: expires, signer: signer, signature: signature)
        try receipt.verify(network: Duo.network, node: desk.duo.bob.record.key)
        let persisted = desk.duo.bob.events.compactMap { event in
            if case .persist(let stored) = event { stored.record.encoded } else { nil }
        }
        #expect(persisted == [record.encoded])
    }

    @Test("shows the largest record there is")
    func largest() throws {
        let desk = Desk()
        let links = (0..<4).map { number in
            "kith:\(number)" + String(repeating: "x", count: number == 3 ? 68 : 122)
        }
        let profile = try Profile(
            name: "Ada", interests: [], region: nil, bio: String(repeating: "x", count: 270),
            links: links, avatar: nil, activeHour: desk.duo.now.unix.hour)
        let body = profile.encode()
        #expect((Profile.bytesMax - 4...Profile.bytesMax).contains(body.count))
        let record = try Record.sign(
            kind: .profile, author: desk.person, sequence: desk.sequence(1),
            created: desk.duo.now.unix, expires: desk.duo.now.unix + day, location: nil,
            body: body, network: Duo.network)
        _ = desk.store(record)
        let answer = desk.ask(.findRecord(record.location, digest: [], skip: 0))
        guard case .records(_, let records, _, let total, _)? = answer?.body else {
            Issue.record("no RECORDS")
            return
        }
        #expect(total == 1)
        #expect(records.count == 1)
    }

    @Test("refuses a token that it did not give, gave to another location, or gave long ago")
    func tokens() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: day)
        #expect(refusal(desk.store(record, token: Bytes16())) == .badToken)
        let other = desk.token(for: Point())
        #expect(refusal(desk.store(record, token: other)) == .badToken)
        let old = desk.token(for: record.location)
        desk.duo.now = desk.duo.now.advanced(by: .seconds(601))
        #expect(refusal(desk.store(record, token: old)) == .badToken)
        #expect(desk.duo.bob.node.status(at: desk.duo.now.instant).records == 0)
    }

    @Test("refuses what is older than it has, and says what it has")
    func older() throws {
        let desk = Desk()
        let newer = try desk.profile("Ada", sequence: desk.sequence(2), life: day)
        let older = try desk.profile("Adah", sequence: desk.sequence(1), life: day)
        _ = desk.store(newer)
        guard case .refused(.older, let held)? = desk.store(older) else {
            Issue.record("an older record was kept")
            return
        }
        #expect(held == newer.sequence)
    }

    @Test("refuses other bytes under the same sequence, and takes the same bytes again")
    func sameSequence() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: day)
        let other = try desk.profile("Eve", sequence: desk.sequence(1), life: day)
        _ = desk.store(record)
        #expect(refusal(desk.store(other)) == .older)
        guard case .stored? = desk.store(record) else {
            Issue.record("the same bytes were refused")
            return
        }
    }

    @Test("refuses a record with any bit changed")
    func forged() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: day)
        let token = desk.token(for: record.location) ?? Bytes16()
        var kept = 0
        for position in 0..<record.encoded.count {
            var bytes = record.encoded
            bytes[position] ^= 0x10
            if case .stored? = desk.ask(.store(record: bytes, token: token))?.body { kept += 1 }
        }
        #expect(kept == 0)
        #expect(desk.duo.bob.node.status(at: desk.duo.now.instant).records == 0)
    }

    @Test("refuses what comes from more than two minutes in the future")
    func future() throws {
        let desk = Desk()
        desk.duo.now = desk.duo.now.advanced(by: .seconds(121))
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: .seconds(3_600))
        desk.duo.now = desk.duo.now.advanced(by: .seconds(-121))
        #expect(refusal(desk.store(record)) == .invalidRecord)
        desk.duo.now = desk.duo.now.advanced(by: .seconds(2))
        guard case .stored? = desk.store(record) else {
            Issue.record("119 seconds of clock error were refused")
            return
        }
    }

    @Test("forgets it when it expires, and tells the shell")
    func expiry() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: .seconds(600))
        _ = desk.store(record)
        desk.duo.advance(.seconds(599))
        #expect(desk.duo.bob.node.status(at: desk.duo.now.instant).records == 1)
        desk.duo.advance(.seconds(62))
        #expect(desk.duo.bob.node.status(at: desk.duo.now.instant).records == 0)
        let forgotten = desk.duo.bob.events.contains { event in
            if case .forget(let key) = event { key.author == record.author } else { false }
        }
        #expect(forgotten)
    }

    @Test("keeps a tombstone, so that what was withdrawn does not come back")
    func tombstone() throws {
        let desk = Desk()
        let record = try desk.profile("Ada", sequence: desk.sequence(1), life: day)
        _ = desk.store(record)
        let withdrawn = try Record.sign(
            kind: .profile, author: desk.person, sequence: desk.sequence(2),
            created: desk.duo.now.unix, expires: record.expires, location: nil, body: nil,
            network: Duo.network)
        _ = desk.store(withdrawn)
        #expect(refusal(desk.store(record)) == .older)
    }
}
