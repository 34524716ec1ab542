import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

/// Packets of each kind, as the wire has them, and the node that they are meant for.
private struct Specimen {
    let duo: Duo
    let datagram: Duo.Datagram
    let receiver: Holder

    /// A duo stopped at the moment when the wanted packet is on the wire.
    static func initiation() -> Specimen {
        let duo = Duo()
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        return Specimen(duo: duo, datagram: duo.wire.removeFirst(), receiver: duo.bob)
    }

    static func response() -> Specimen {
        let first = initiation()
        first.duo.deliver(first.datagram)
        return Specimen(
            duo: first.duo, datagram: first.duo.wire.removeFirst(), receiver: first.duo.ada)
    }

    static func data() -> Specimen {
        let second = response()
        second.duo.deliver(second.datagram)
        let duo = second.duo
        duo.perform(.start(OperationID(2), .ping(duo.bob.record)), on: duo.ada)
        return Specimen(duo: duo, datagram: duo.wire.removeFirst(), receiver: duo.bob)
    }

    static func cookie() -> Specimen {
        var settings = Settings()
        settings.sessions.handshakesPerSecond = 1
        let duo = Duo(settings: settings)
        duo.perform(.start(OperationID(1), .ping(duo.bob.record)), on: duo.ada)
        duo.settle()
        duo.ada = Holder(seed: 77, host: 0x0808_0101, settings: settings, at: duo.now)
        duo.perform(.start(OperationID(2), .ping(duo.bob.record)), on: duo.ada)
        duo.deliver(duo.wire.removeFirst())
        return Specimen(duo: duo, datagram: duo.wire.removeFirst(), receiver: duo.ada)
    }

    static let all: [(name: String, make: @Sendable () -> Specimen)] = [
        ("INIT", initiation), ("RESP", response), ("COOKIE", cookie), ("DATA", data),
    ]

    /// Gives changed bytes to the receiver; answers whether it stayed silent and kept nothing.
    func isIgnored(_ bytes: [UInt8]) -> Bool {
        let before = receiver.node.status(at: duo.now.instant)
        let refusedBefore = receiver.node.counters.refused
        let said = duo.give(bytes, from: datagram.from, to: receiver)
        let after = receiver.node.status(at: duo.now.instant)
        return said == 0 && after.sessions == before.sessions && after.records == before.records
            && receiver.node.counters.refused == refusedBefore + 1
    }
}

@Suite("A datagram that is not what it should be")
struct BadInputTests {
    /// Rates would hide what is tested here: the clock moves on between the packets.
    private func rest(_ duo: Duo) {
        duo.now = duo.now.advanced(by: .milliseconds(60))
    }

    @Test("is met with silence and a counter when any bit is flipped", arguments: 0..<4)
    func bitFlips(kind: Int) {
        let (name, make) = Specimen.all[kind]
        let specimen = make()
        var ignored = 0
        // Nobody is under load, so nobody looks at mac2 of an INIT or RESP.
        let checked = specimen.datagram.bytes.count - (name == "INIT" || name == "RESP" ? 16 : 0)
        for position in 0..<checked {
            for bit in 0..<8 {
                var bytes = specimen.datagram.bytes
                bytes[position] ^= 1 << bit
                if specimen.isIgnored(bytes) { ignored += 1 }
                rest(specimen.duo)
            }
        }
        #expect(ignored == checked * 8, "\(name)")
    }

    @Test("is met with silence and a counter when it ends early or late", arguments: 0..<4)
    func truncation(kind: Int) {
        let (name, make) = Specimen.all[kind]
        let specimen = make()
        let whole = specimen.datagram.bytes
        var ignored = 0
        for count in 0..<whole.count where specimen.isIgnored(Array(whole.prefix(count))) {
            rest(specimen.duo)
            ignored += 1
        }
        #expect(ignored == whole.count, "\(name)")
        for more in [1, 2, 16, 1_000, 65_000] {
            #expect(specimen.isIgnored(whole + [UInt8](repeating: 0, count: more)), "\(name)")
            rest(specimen.duo)
        }
    }

    @Test("of any length from 0 to 65,507 bytes is met with silence")
    func anyLength() {
        let seed = testSeed(default: 20_261_121)
        var entropy = Entropy(seed: seed)
        let specimen = Specimen.data()
        var ignored = 0
        var given = 0
        for count in Array(0...1_500) + [1_501, 4_096, 9_000, 65_506, 65_507] {
            var bytes = entropy.bytes(count)
            // Half of them look like one of ours at first sight.
            if count >= 4, entropy.below(2) == 0 {
                bytes.replaceSubrange(0..<4, with: [UInt8(1 + entropy.below(4)), 1, 0, 0])
            }
            given += 1
            if specimen.isIgnored(bytes) { ignored += 1 }
            rest(specimen.duo)
        }
        #expect(ignored == given, "seed \(seed)")
    }

    @Test("does not end a handshake that waits: the true answer still counts")
    func forgedAnswer() {
        let specimen = Specimen.response()
        var forged = specimen.datagram.bytes
        forged[20] ^= 1
        #expect(specimen.isIgnored(forged))
        specimen.duo.deliver(specimen.datagram)
        guard case .success(.ping) = specimen.duo.ada.result(of: OperationID(1)) else {
            Issue.record("the true answer was refused")
            return
        }
    }
}
