import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("The tags of cells")
struct ReplaySetTests {
    @Test("are new once, as with a set, until there is no room")
    func oracle() {
        var entropy = Entropy(seed: testSeed(default: 81))
        var tags = ReplaySet(capacity: 3_000, salt: entropy.next())
        var known: Set<UInt64> = []
        for _ in 0..<6_000 {
            // Some come again.
            let number = entropy.below(4_000)
            var bytes = [UInt8](repeating: 0, count: 16)
            for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
            bytes[7] = 1
            // The lowest bit does not count.
            bytes[0] |= 1
            let key = number | 1
            guard let tag = Bytes16(bytes) else { return }
            switch tags.insert(tag) {
            case .new: #expect(known.insert(key).inserted && known.count <= 3_000)
            case .seen: #expect(known.contains(key))
            case .full: #expect(known.count == 3_000 && !known.contains(key))
            }
        }
        #expect(tags.count == known.count)
    }
}

@Suite("A relay")
struct RelayTests {
    /// A relay of a public network, and somebody who makes cells for it.
    final class Bench {
        var relay: Relay
        var entropy: Entropy
        var now = Instant.start + .seconds(1)
        let settings = Settings.Mixing()
        static let public1 = Address(v4: 0x0102_0304, port: 5_484)
        static let sender = Address(v4: 0x0506_0708, port: 5_484)

        init(seed: UInt64) {
            var entropy = Entropy(seed: seed)
            relay = Relay(
                own: X25519.PublicKey(entropy.bytes32()), network: .main, settings: settings,
                sourcesMax: 100, at: now, &entropy)
            self.entropy = entropy
        }

        /// A packet whose first hop is the relay, and that says to go on to `next`.
        func packet(
            to next: Address = public1, key: X25519.PublicKey? = nil, delay: UInt16 = 0
        ) throws -> [UInt8] {
            let others = (0..<2).map { _ in X25519.SecretKey.generate(from: &entropy).publicKey }
            let point = RelayPoint(key: key ?? others[0], address: next)
            let header = try Sphinx.header(
                through: [relay.keys.publicKey] + others,
                instructions: [
                    RelayInstruction(delayMilliseconds: delay, next: point).encoded,
                    RelayInstruction(delayMilliseconds: 0, next: point).encoded,
                    RelayInstruction(delayMilliseconds: 0, next: nil).encoded,
                ], from: &entropy)
            return Sphinx.packet(header, text: [])
        }

        func admits(_ sender: Address) -> Bool { relay.admits(sender, at: now) }

        func receive(_ packet: [UInt8], passesOn: Bool = true) -> String {
            switch relay.receive(
                packet.span.bytes, from: Self.sender, passesOn: passesOn, at: now, &entropy)
            {
            case .onward(_, let delay): "onward after \(delay)"
            case .here: "here"
            case .again: "again"
            case .refused(let refusal): "\(refusal)"
            }
        }
    }

    @Test("passes a cell on once, and knows it again")
    func once() throws {
        let bench = Bench(seed: 91)
        let packet = try bench.packet(delay: 70)
        #expect(bench.receive(packet) == "onward after \(Duration.milliseconds(70))")
        #expect(bench.receive(packet) == "again")
        #expect(bench.relay.queue.count == 1)
    }

    @Test("keeps no cell back for longer than it may")
    func longDelay() throws {
        let bench = Bench(seed: 92)
        let packet = try bench.packet(delay: .max)
        #expect(bench.receive(packet) == "onward after \(bench.settings.delayMax)")
    }

    @Test("sends nothing to private addresses, to itself, or while it relays nothing")
    func misdirected() throws {
        let bench = Bench(seed: 93)
        for address in [
            Address(v4: 0x7f00_0001, port: 5_484), Address(v4: 0xc0a8_0101, port: 5_484),
            Address(v4: 0x0a00_0001, port: 53), Address(v6: 0, low: 1, port: 5_484),
            Address(v6: 0xfe80 << 48, low: 1, port: 5_484),
        ] {
            #expect(bench.receive(try bench.packet(to: address)) == "misdirected")
        }
        #expect(bench.receive(try bench.packet(key: bench.ownKey)) == "misdirected")
        #expect(bench.receive(try bench.packet(), passesOn: false) == "misdirected")
        #expect(bench.relay.queue.count == 0)
    }

    @Test("opens cells of the key before for ten minutes, replays refused all the while")
    func keyChange() throws {
        let bench = Bench(seed: 94)
        let first = try bench.packet()
        let second = try bench.packet()
        let third = try bench.packet()
        let key = bench.relay.keys.publicKey
        #expect(bench.receive(first).hasPrefix("onward"))
        bench.now = bench.now + bench.settings.keyLife
        #expect(bench.receive(first) == "again")
        #expect(bench.relay.keys.publicKey != key)
        #expect(bench.receive(second).hasPrefix("onward"))
        #expect(bench.receive(second) == "again")
        #expect(bench.receive(try bench.packet()).hasPrefix("onward"))
        bench.now = bench.now + bench.settings.keyGrace
        for old in [first, second, third] { #expect(bench.receive(old) == "forged") }
        #expect(bench.receive(try bench.packet()).hasPrefix("onward"))
    }

    @Test("announces its key for no longer than it opens cells")
    func announcement() {
        let bench = Bench(seed: 95)
        bench.now = bench.now + .seconds(3_000)
        #expect(bench.relay.keys.seconds(at: bench.now) == 1_200)
    }

    @Test("takes nothing more of who replays")
    func shunned() throws {
        let bench = Bench(seed: 96)
        let packet = try bench.packet()
        #expect(bench.admits(Bench.sender))
        for _ in 0...bench.settings.replaysMax + 1 { _ = bench.receive(packet) }
        #expect(!bench.admits(Bench.sender))
        #expect(bench.admits(Bench.public1))
        bench.now = bench.now + bench.settings.shunned
        #expect(bench.admits(Bench.sender))
    }

    @Test("has no room beyond its bound, and takes cells again when some are gone")
    func full() throws {
        let bench = Bench(seed: 97)
        for _ in 0..<bench.settings.waitingMax - bench.settings.waitingOwn {
            #expect(bench.receive(try bench.packet()).hasPrefix("onward"))
        }
        #expect(bench.receive(try bench.packet()) == "full")
    }
}

extension RelayTests.Bench {
    fileprivate var ownKey: X25519.PublicKey { relay.own }
}

@Suite("Known relays")
struct RelayDirectoryTests {
    private func node(_ number: UInt8, at address: UInt32) -> (NodeRecord, Address) {
        let address = Address(v4: address, port: 5_484)
        let key = X25519.PublicKey(Bytes32([UInt8](repeating: number, count: 32)) ?? Bytes32())
        return (
            NodeRecord(key: key, nonce: 0, id: NodeID(key.bytes), v4: address), address
        )
    }

    /// A directory of these, found by the lookups with these numbers, all with a key.
    private func directory(_ relays: [(UInt32, UInt32)]) -> RelayDirectory {
        var directory = RelayDirectory(settings: Settings.Mixing(), network: .main)
        for (index, (address, source)) in relays.enumerated() {
            let (node, address) = node(UInt8(index + 1), at: address)
            _ = directory.learn(node, at: address, source: source, now: .start, keeping: [])
            directory.learnKey(
                X25519.PublicKey(node.key.bytes), for: 3_600, of: node.key, seen: nil, at: .start)
        }
        return directory
    }

    @Test("of one /16, or of one lookup alone, do not stand in one path")
    func apart() throws {
        var entropy = Entropy(seed: testSeed(default: 82))
        var directory = directory([
            (0x0101_0101, 1), (0x0101_ff01, 2), (0x0202_0101, 1), (0x0303_0101, 3),
        ])
        let first = directory.relays[0]
        var drawn: Set<UInt32> = []
        for _ in 0..<100 {
            let relay = try #require(directory.relay(besides: [first], at: .start, &entropy))
            drawn.insert(relay.address.v4 ?? 0)
        }
        #expect(drawn == [0x0303_0101])
        // Another lookup found the third as well.
        let third = directory.relays[2]
        _ = directory.learn(
            third.node, at: third.address, source: 9, now: .start, keeping: [])
        drawn = []
        for _ in 0..<100 {
            let relay = try #require(directory.relay(besides: [first], at: .start, &entropy))
            drawn.insert(relay.address.v4 ?? 0)
        }
        #expect(drawn == [0x0303_0101, 0x0202_0101])
    }

    @Test("rest after losses in a row, the one that stands out alone")
    func losses() {
        var directory = directory((1...6).map { (UInt32($0) << 16 | 0x0100_0001, UInt32($0)) })
        let keys = directory.relays.map(\.node.key)
        let bad = keys[0]
        // The bad one with changing others, who do well elsewhere.
        for round in 0..<5 {
            directory.lost([bad, keys[1 + round % 5]], at: .start)
            if round < 4 { #expect(directory[bad]?.losses == round + 1) }
        }
        #expect(directory[bad]?.restsUntil ?? .start > .start)
        #expect(keys.dropFirst().allSatisfy { directory[$0]?.restsUntil == .start })
        #expect(keys.dropFirst().allSatisfy { directory.losses(of: $0) <= 1 })
        #expect(directory.suspect(of: [keys[1], keys[5]]) == 0)
        directory.returned([keys[1]])
        #expect(directory.losses(of: keys[1]) == 0)
    }

    @Test("with fewer than four in five cells back rest, too")
    func shares() {
        var directory = directory([(0x0101_0101, 1)])
        let key = directory.relays[0].node.key
        for round in 0..<200 where directory[key]?.restsUntil == .start {
            if round % 4 == 3 {
                directory.lost([key], at: .start)
            } else {
                directory.returned([key])
            }
        }
        #expect(directory[key]?.restsUntil ?? .start > .start)
    }
}
