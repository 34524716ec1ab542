import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A node that joins")
struct JoiningTests {
    private func stranger(_ seed: UInt64) -> NodeRecord {
        Holder(
            seed: seed, host: 0x0707_0707, settings: Settings(),
            at: Moment(instant: .start, unix: .epoch)
        ).record
    }

    private func phase(_ holder: Holder, _ duo: Duo) -> Status.Phase {
        holder.node.status(at: duo.now.instant).phase
    }

    @Test("says that it is alone when its seeds are silent, within ten seconds")
    func silentSeeds() {
        let duo = Duo()
        duo.perform(.join([stranger(5)]), on: duo.ada)
        for _ in 0..<10 {
            duo.advance(.seconds(1))
            duo.settle()
        }
        #expect(phase(duo.ada, duo) == .alone(.seedsSilent(asked: 1)))
    }

    @Test("has joined when all its seeds are silent but somebody came to it meanwhile")
    func visited() {
        let duo = Duo()
        duo.perform(.join([stranger(5)]), on: duo.ada)
        duo.wire.removeAll()
        duo.perform(.join([duo.ada.record]), on: duo.bob)
        duo.settle()
        for _ in 0..<100 {
            duo.advance(.milliseconds(100))
            duo.settle()
        }
        #expect(phase(duo.ada, duo) == .joined)
        #expect(phase(duo.bob, duo) == .joined)
    }

    @Test("keeps its timers and its queue of newcomers within bounds under a flood of INIT")
    func flood() {
        let duo = Duo()
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        let initiation = duo.wire.removeFirst()
        for second in 0..<120 {
            for source in 0..<10 {
                let address = Address(
                    v4: 0x1000_0000 + UInt32(source) << 8 + UInt32(second % 200), port: 5_484)
                for _ in 0..<19 { duo.give(initiation.bytes, from: address, to: duo.bob) }
            }
            duo.wire.removeAll()
            duo.advance(.seconds(1))
            duo.wire.removeAll()
        }
        #expect(duo.bob.node.exceededBound == nil)
        #expect(duo.bob.node.timers.count < 1_000)
    }

    @Test("checks the proofs of one block of addresses once a second and of others beside it")
    func proofsPerBlock() {
        var gate = Gate(settings: Settings.Sessions(), network: Duo.network)
        let now = Instant.start + .seconds(5)
        let crowd = Address(v4: 0x0102_0301, port: 1)
        let neighbour = Address(v4: 0x0102_0302, port: 1)
        let elsewhere = Address(v4: 0x0102_0401, port: 1)
        let admitted = [
            gate.admitProof(of: crowd, at: now),
            gate.admitProof(of: neighbour, at: now),
            gate.admitProof(of: elsewhere, at: now),
            gate.admitProof(of: neighbour, at: now + .seconds(1)),
        ]
        #expect(admitted == [true, false, true, true])
    }

    @Test("keeps a profile withdrawn though too few replicas heard of it, and tries again")
    func failedWithdrawal() throws {
        let duo = Duo()
        duo.perform(.join([duo.bob.record]), on: duo.ada)
        duo.settle()
        let profile = try Profile(
            name: "Ada", interests: [], region: nil, bio: nil, links: [], avatar: nil,
            activeHour: 1)
        duo.perform(.start(OperationID(1), .publish(profile)), on: duo.ada)
        duo.settle()
        #expect(
            duo.ada.result(of: OperationID(1)).flatMap { try? $0.get() } == nil,
            "one replica is no majority")
        duo.perform(.start(OperationID(2), .unpublish), on: duo.ada)
        duo.settle()
        let held = duo.bob.node.store.page(after: nil, limit: 100).records
        #expect(!held.isEmpty && held.allSatisfy { $0.record.isTombstone })
        for _ in 0..<180 {
            duo.advance(.seconds(1))
            duo.settle()
        }
        #expect(duo.ada.node.status(at: duo.now.instant).publishedSequence == nil)
        let later = duo.bob.node.store.page(after: nil, limit: 100).records
        #expect(later.allSatisfy { $0.record.isTombstone })
        let before = held.map(\.record.sequence).max() ?? 0
        #expect(later.map(\.record.sequence).max() ?? 0 > before)
    }
}
