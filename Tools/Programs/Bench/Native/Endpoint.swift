import Glibc
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// One address of the load generator, with a session to the node under test that it began.
///
/// It speaks the protocol and nothing more: no table, no timers, no patience, so that what it
/// costs does not show. What it sends leaves in batches, see ``flush()``.
final class Endpoint {
    /// What a finished handshake leaves.
    private struct Session: ~Copyable {
        let transport: NoiseIK.Transport
        /// The index that the node knows the session by.
        let theirIndex: UInt32
    }

    /// The index that we know the session by; there is one.
    private static let index: UInt32 = 1
    /// How often something is asked, and how long an answer is waited for.
    private static let tries = 5
    private static let patienceMilliseconds: Int32 = 1_000

    /// Where the node finds it.
    let point: RelayPoint
    /// Where the node is.
    let node: Address
    private let socket: UDPSocket
    private let session: Session
    private var sendCounter: UInt64 = 0
    private let outgoing: UnsafeMutableRawBufferPointer
    private var filled = 0
    private let incoming: UnsafeMutableRawBufferPointer

    /// Binds a socket on loopback and does the handshake.
    init(talkingTo record: NodeRecord, _ entropy: inout Entropy) throws(Failure) {
        do {
            socket = try UDPSocket(boundTo: Address(v4: 0x7F00_0001, port: 0))
        } catch {
            throw Failure(error)
        }
        guard let node = record.v4 else {
            throw Failure("the node has no address", hint: "build kith-bench anew")
        }
        self.node = node
        let key = X25519.SecretKey.generate(from: &entropy)
        point = RelayPoint(key: key.publicKey, address: socket.local)
        session = try Self.shakeHands(socket, key, record.key, at: node, &entropy)
        outgoing = .allocate(byteCount: UDPSocket.batch * Outbox.slotBytes, alignment: 16)
        incoming = .allocate(byteCount: Outbox.slotBytes, alignment: 16)
    }

    deinit {
        outgoing.deallocate()
        incoming.deallocate()
    }

    // MARK: The handshake

    private static func shakeHands(
        _ socket: UDPSocket, _ key: borrowing X25519.SecretKey, _ remote: X25519.PublicKey,
        at node: Address, _ entropy: inout Entropy
    ) throws(Failure) -> Session {
        let prologue = Network.local.prologue
        do {
            for _ in 0..<tries {
                var noise = try NoiseIK.Initiator(
                    prologue: prologue.span.bytes, local: key, remote: remote, entropy: &entropy)
                try sendInitiation(&noise, socket, remote, to: node)
                let answer = answer(on: socket)
                guard
                    case .response(let theirIndex, index)? = try? Envelope.parse(answer.span.bytes)
                else { continue }
                let noiseBytes = Envelope.Response.noise(total: answer.count)
                var payload = [UInt8](repeating: 0, count: Outbox.slotBytes)
                var elements = payload.mutableSpan
                var span = elements.mutableBytes
                _ = try noise.readSecond(
                    answer.span.bytes.extracting(noiseBytes), local: key, payloadInto: &span)
                return Session(transport: noise.finish(), theirIndex: theirIndex)
            }
        } catch {
            throw Failure("the handshake failed: \(error)", hint: "build kith-bench anew")
        }
        throw silent
    }

    private static let silent = Failure(
        "the node does not answer", hint: "see that nothing filters datagrams on loopback")

    private static func sendInitiation(
        _ noise: inout NoiseIK.Initiator, _ socket: UDPSocket, _ remote: X25519.PublicKey,
        to node: Address
    ) throws(CryptoError) {
        // Room for the answer, which may not be longer than the question.
        var payload = CBORWriter(capacity: Settings().sessions.smallAnswerBytes)
        HandshakePayload.writeHead(nonce: 0, role: .client, into: &payload)
        MessageWriter.ping(call: 0, into: &payload)
        payload.pad(to: payload.capacity)
        let size = Envelope.Initiation.overhead + payload.count
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        var datagram = MutableRawSpan(_unsafeBytes: memory)
        _ = try noise.writeFirst(
            payload: payload.span, into: &datagram, at: Envelope.Initiation.noiseOffset)
        Envelope.write(.initiation(sender: index), into: &datagram)
        Envelope.writeCodes(into: &datagram, macKey: Envelope.macKey(of: remote), cookie: nil)
        guard let start = memory.baseAddress else { return }
        socket.queue(start, count: size, to: node)
        socket.flush()
    }

    /// The next datagram; empty when none comes.
    private static func answer(on socket: UDPSocket) -> [UInt8] {
        var waited = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        poll(&waited, 1, patienceMilliseconds)
        guard socket.receive().count > 0 else { return [] }
        return socket.withDatagram(0) { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    // MARK: The session

    /// Seals what `write` writes and adds it to the batch that ``flush()`` sends.
    func send(_ write: (inout CBORWriter) -> Void) {
        if filled == UDPSocket.batch { flush() }
        let start = filled * Outbox.slotBytes
        let slot = UnsafeMutableRawBufferPointer(
            rebasing: outgoing[start..<start + Outbox.slotBytes])
        var writer = CBORWriter(
            borrowing: UnsafeMutableRawBufferPointer(
                rebasing: slot[Envelope.Data.headerBytes..<slot.count - ChaChaPoly.tagBytes]))
        write(&writer)
        var datagram = MutableRawSpan(_unsafeBytes: slot)
        Envelope.write(
            .data(receiver: session.theirIndex, counter: sendCounter), into: &datagram)
        ChaChaPoly.seal(
            &datagram, headerBytes: Envelope.Data.headerBytes, textBytes: writer.count,
            key: session.transport.send, nonce: sendCounter)
        sendCounter += 1
        filled += 1
        guard let base = slot.baseAddress else { return }
        socket.queue(base, count: Envelope.Data.overhead + writer.count, to: node)
    }

    /// Sends what waits.
    func flush() {
        socket.flush()
        filled = 0
    }

    /// Lends the texts of up to a batch of datagrams that came; anything but DATA of the session is
    /// passed over.
    func receive(_ body: (RawSpan) -> Void) {
        for index in 0..<socket.receive().count {
            socket.withDatagram(index) { datagram in
                guard let count = open(datagram) else { return }
                body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: incoming[..<count])))
            }
        }
    }

    /// Opens a DATA of the session into ``incoming``.
    ///
    /// - Returns: the size of its text; nil when it is none.
    private func open(_ datagram: RawSpan) -> Int? {
        guard case .data(Self.index, let counter)? = try? Envelope.parse(datagram) else {
            return nil
        }
        let header = Envelope.Data.headerBytes
        var text = MutableRawSpan(_unsafeBytes: incoming)
        return try? ChaChaPoly.open(
            datagram.extracting(header...), into: &text, key: session.transport.receive,
            nonce: counter, authenticating: datagram.extracting(..<header))
    }

    /// Asks in the session, which proves it to the node, and waits for the answer.
    func ask(_ write: (inout CBORWriter) -> Void) throws(Failure) -> Message.Body {
        for _ in 0..<Self.tries {
            send(write)
            flush()
            Endpoint.wait(for: [self], atMostMilliseconds: Self.patienceMilliseconds)
            var answer: Message?
            receive { text in answer = try? Message.decode(text) }
            if let answer, !answer.kind.isRequest { return answer.body }
        }
        throw Self.silent
    }

    /// Waits until something came for one of `endpoints`.
    static func wait(for endpoints: [Endpoint], atMostMilliseconds limit: Int32) {
        var waited = endpoints.map { endpoint in
            pollfd(fd: endpoint.socket.number, events: Int16(POLLIN), revents: 0)
        }
        poll(&waited, nfds_t(waited.count), limit)
    }
}
