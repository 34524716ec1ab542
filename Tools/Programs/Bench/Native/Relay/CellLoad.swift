import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// Cells that go through the node under test: in at one endpoint, out at another.
///
/// The node is the first of three hops, the endpoint where cells come out the second. A cell has
/// passed when it was there.
final class CellLoad {
    /// What became of some cells.
    struct Outcome {
        /// Cells that were sent.
        var sent = 0
        /// Cells that came out, each counted once.
        var passed = 0
        /// Of those that were looked at, cells that are not what their maker meant to come out.
        var damaged = 0
    }

    /// Cells in the node or on their way, at most.
    ///
    /// A batch of one system call, so that the node always has work, and its socket never more
    /// than the least kernel buffer holds.
    private static let window = UDPSocket.batch
    /// Every so many cells one that came out is opened as the second hop would.
    private static let lookedAt = 64
    /// How long nothing may come out before the rest is given up; a node tries three times within
    /// less.
    private static let patience: Duration = .seconds(2)
    /// How often that is looked at, in milliseconds.
    private static let turn: Int32 = 100

    private let source: Endpoint
    private let sink: Endpoint
    /// Opens cells for the node.
    private let onionKey: X25519.PublicKey
    /// Would open them for the second hop.
    private let sinkKey: X25519.SecretKey
    private var bench = Sphinx.Workbench()
    private var entropy: Entropy

    /// Opens a session for either end, and asks for the node's onion key.
    init(through node: NodeRecord) throws(Failure) {
        entropy = KernelEntropy.entropy()
        source = try Endpoint(talkingTo: node, &entropy)
        sink = try Endpoint(talkingTo: node, &entropy)
        sinkKey = .generate(from: &entropy)
        guard
            case .relaying(let key, _) = try source.ask({ MessageWriter.relay(call: 0, into: &$0) })
        else { throw Failure("the node relays nothing", hint: "try again") }
        onionKey = key
        // The node sends nothing in a session of ours before we have used it.
        _ = try sink.ask { MessageWriter.ping(call: 0, into: &$0) }
    }

    // MARK: Making

    /// As many packets, one behind the other; each takes nine multiplications.
    func packets(_ count: Int) throws(Failure) -> [UInt8] {
        var packets: [UInt8] = []
        packets.reserveCapacity(count * Sphinx.packetBytes)
        do {
            for _ in 0..<count { packets += try packet() }
        } catch {
            throw Failure("a cell cannot be made: \(error)", hint: "build kith-bench anew")
        }
        return packets
    }

    private func packet() throws(CryptoError) -> [UInt8] {
        let third = X25519.SecretKey.generate(from: &entropy).publicKey
        let header = try Sphinx.header(
            through: [onionKey, sinkKey.publicKey, third],
            instructions: [
                RelayInstruction(delayMilliseconds: 0, next: sink.point).encoded,
                RelayInstruction(delayMilliseconds: 0, next: source.point).encoded,
                RelayInstruction(delayMilliseconds: 0, next: nil).encoded,
            ], from: &entropy)
        return Sphinx.packet(header, text: [])
    }

    // MARK: Sending

    /// Sends these packets and waits until they are through.
    func send(_ packets: [UInt8]) -> Outcome {
        let count = packets.count / Sphinx.packetBytes
        var outcome = Outcome()
        var seen: Set<UInt64> = []
        seen.reserveCapacity(count)
        var deadline = SystemClock.instant() + Self.patience
        while outcome.passed < count, SystemClock.instant() < deadline {
            while outcome.sent < count, outcome.sent - outcome.passed < Self.window {
                sendPacket(outcome.sent, of: packets)
                outcome.sent += 1
            }
            source.flush()
            Endpoint.wait(for: [source, sink], atMostMilliseconds: Self.turn)
            // That the node took a cell says nothing yet.
            source.receive { _ in }
            let before = outcome.passed
            sink.receive { text in take(text, &seen, &outcome) }
            sink.flush()
            if outcome.passed > before { deadline = SystemClock.instant() + Self.patience }
        }
        return outcome
    }

    private func sendPacket(_ index: Int, of packets: [UInt8]) {
        let start = index * Sphinx.packetBytes
        let packet = packets.span.bytes.extracting(start..<start + Sphinx.packetBytes)
        source.send { Cell.write(call: UInt32(index), packet: packet, into: &$0) }
    }

    /// Takes a cell that came out, as a relay must: who made it is told.
    private func take(_ text: RawSpan, _ seen: inout Set<UInt64>, _ outcome: inout Outcome) {
        guard Cell.isCell(text) else { return }
        sink.send {
            MessageWriter.taken(call: Cell.call(of: text), load: 0, seen: sink.node, into: &$0)
        }
        let packet = text.extracting(Cell.packetOffset...)
        // No two points are alike: one that was here before is a cell that was sent again.
        guard seen.insert(packet.unsafeLoadUnaligned(as: UInt64.self)).inserted else { return }
        outcome.passed += 1
        if outcome.passed % Self.lookedAt == 1, (try? bench.open(packet, with: sinkKey)) == nil {
            outcome.damaged += 1
        }
    }
}
