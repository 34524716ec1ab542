import Glibc
import KithCrypto
import KithOverlay
import KithWire

/// A whole node under a script of datagrams, time and commands.
let nodeTarget = Target(
    name: "node", summary: "a whole node under scripts of datagrams, time and commands",
    areas: ["node"], bytesMax: 4_096, run: runNode)

/// Inputs since the start; every 16th runs twice.
nonisolated(unsafe) private var inputs: UInt64 = 0

/// What all nodes counted, to see how far behind the seals the scripts got.
nonisolated(unsafe) private var reached = Counters()

private func runNode(_ bytes: [UInt8]) {
    if inputs == 0 { atexit(printReached) }
    let run = NodeRun(bytes)
    let first = run.finish()
    reached = reached.adding(run.node.counters)
    inputs += 1
    guard inputs.isMultiple(of: 16) else { return }
    expect(NodeRun(bytes).finish() == first, "equal inputs, other datagrams or events")
}

private func printReached() {
    let figures = Mirror(reflecting: reached).children.compactMap { child in
        (child.value as? UInt64).flatMap { $0 > 0 ? "\(child.label ?? "") \($0)" : nil }
    }
    print("reached: " + figures.joined(separator: ", "))
}

/// One node and the strangers around it, driven by a script.
final class NodeRun {
    /// Datagrams and sessions that are remembered, so that scripts can come back to them.
    static let kept = 24

    /// A datagram and where it came from or goes.
    struct Datagram {
        let address: Address
        let bytes: [UInt8]
    }

    var script: Script
    let network: Network
    var node: Node
    var now = Moment(
        instant: .start + .seconds(1), unix: UnixTime(milliseconds: 1_795_262_400_000))
    var outbox = Outbox(capacity: 64)
    /// The dice of the strangers.
    var entropy: Entropy
    var meter = Meter()
    var trace = Trace()
    /// What the node sent lately.
    var mail: [Datagram] = []
    /// What the node was given lately.
    var given: [Datagram] = []
    var attempts: [Attempt] = []
    var conversations: [Conversation] = []
    /// How often the node answered the INIT with an index; a replayed one makes more sessions,
    /// of which the stranger knows one.
    private var answers: [UInt32: Int] = [:]
    var token = Bytes16()
    var persisted: [StoredRecord.Key] = []
    var running: Set<OperationID> = []
    var operations: UInt64 = 0

    /// A node with little room or with a lot, in a network with subnet limits or without.
    init(_ bytes: [UInt8]) {
        script = Script(bytes)
        let choice = script.byte()
        network = Stranger.networks[Int(choice & 1)]
        var dice = Entropy(seed: UInt64(choice))
        let signing = Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (1, 1, 1, 1)))
        let key = signing.agreementKey().publicKey
        let id = NodeProof.id(key: key, nonce: 1, network: network) ?? NodeID()
        let address = Address(v4: 0x0909_0909, port: 5_484)
        node = Node(
            settings: choice & 2 == 0 ? NodeRun.narrow : Settings(), network: network,
            role: choice & 4 == 0 ? .full : choice & 32 == 0 ? .client : .automatic,
            nodeKey: signing, proofNonce: 1, id: id,
            identity: choice & 8 == 0
                ? Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (2, 2, 2, 2))) : nil,
            addresses: choice & 16 == 0 ? [address] : [], families: [.v4, .v6],
            entropy: dice.fork(), at: now)
        entropy = dice.fork()
        if choice & 64 != 0 {
            node.perform(.links(Self.links), at: now, into: &outbox)
            node.perform(.beVisible(.everybody(name: "Ada")), at: now, into: &outbox)
        }
    }

    /// Bounds so small that a script of a few hundred bytes reaches them.
    private static let narrow: Settings = {
        var settings = Settings()
        settings.sessions.provedMax = 6
        settings.sessions.knockersMax = 4
        settings.sessions.initiationsMax = 4
        settings.sessions.admissionsMax = 4
        settings.sessions.handshakesPerSecond = 3
        settings.sessions.cookiesMax = 4
        settings.sessions.sourcesMax = 8
        settings.calls.capacity = 16
        settings.calls.silentMax = 4
        settings.operations.capacity = 4
        settings.storage.bytesMax = 8_192
        settings.storage.sourceBytesMax = 4_096
        settings.storage.locationRecordsMax = 4
        settings.routing.bucketSize = 2
        settings.discovery.profilesMax = 4
        settings.discovery.queriesMax = 4
        return settings
    }()

    /// Runs the script to its end.
    ///
    /// - Returns: the trace of all that the node said.
    func finish() -> UInt64 {
        while !script.isOver { step() }
        // Whatever waits ends by itself.
        for _ in 0..<8 { advanceToDeadline() }
        _ = node.status(at: now.instant)
        _ = node.neighbourStatuses(at: now.instant)
        _ = node.reliableNodes(limit: 16)
        return trace.value
    }

    private func step() {
        switch script.below(16) {
        case 0: advance(by: NodeRun.pauses[script.below(NodeRun.pauses.count)])
        case 1: give(script.take(Int(script.byte()) * 5), from: Route.address(script.byte()))
        case 2: giveHeader()
        case 3: initiate()
        case 4: answerMail()
        case 5: speak(onlyReplies: nil)
        case 6: replay()
        case 7: reflect()
        case 8: flip()
        case 9: command()
        case 10: speak(onlyReplies: true)
        case 11: advanceToDeadline()
        case 12: flood()
        case 14: neighbourly()
        case 13: node.perform(.storageFailed(persisted), at: now, into: &outbox)
        default: speak(onlyReplies: false)
        }
        settle()
    }

    // MARK: Time

    private static let pauses: [Duration] = [
        .zero, .nanoseconds(1), .milliseconds(1), .milliseconds(50), .milliseconds(250),
        .milliseconds(500), .seconds(1), .seconds(2), .seconds(10), .seconds(60), .seconds(300),
        .seconds(900), .seconds(3_600), .seconds(7 * 3_600), .seconds(25 * 3_600),
    ]

    private func advance(by pause: Duration) {
        now = now.advanced(by: pause)
        node.advance(to: now, into: &outbox)
        expect(
            node.nextDeadline > now.instant,
            "after \(now.instant.nanoseconds) comes \(node.nextDeadline.nanoseconds) again")
        settle()
    }

    private func advanceToDeadline() {
        guard node.nextDeadline != .never else { return }
        advance(by: max(.zero, node.nextDeadline - now.instant))
    }

    // MARK: After each input

    /// Looks at all that the node said, and whether it keeps its bounds.
    func settle() {
        while let event = node.nextEvent() { absorb(event) }
        if let bound = node.exceededBound { fail("more than the bound: \(bound)") }
        expect(outbox.count <= outbox.capacity, "\(outbox.count) datagrams")
        var sent: [Datagram] = []
        for index in 0..<outbox.count {
            let bytes = outbox.withDatagram(index) { $0.withUnsafeBytes { [UInt8]($0) } }
            sent.append(Datagram(address: outbox.destination(index), bytes: bytes))
        }
        outbox.clear()
        for datagram in sent { collect(datagram) }
        let counters = node.counters
        expect(
            counters.unprovedBytesSent <= counters.unprovedBytesReceived,
            "\(counters.unprovedBytesSent) bytes for \(counters.unprovedBytesReceived)")
        trace.add(UInt64(node.nextDeadline.nanoseconds))
    }

    private func collect(_ datagram: Datagram) {
        let bytes = datagram.bytes
        trace.add(bytes)
        trace.add(datagram.address.high ^ datagram.address.low ^ UInt64(datagram.address.port))
        expect(Envelope.datagramBytes.contains(bytes.count), "a datagram of \(bytes.count) bytes")
        expect(maySend(to: datagram.address), "a datagram to \(datagram.address)")
        guard let header = try? Envelope.parse(bytes.span.bytes) else {
            fail("a datagram without a header")
        }
        switch header {
        case .initiation, .beacon: break
        case .response, .cookie, .data, .greeting:
            meter.answered(to: datagram.address, bytes: bytes.count)
        }
        if case .response(_, let receiver) = header { answers[receiver, default: 0] += 1 }
        if case .data(let receiver, let counter) = header {
            hear(bytes, to: datagram.address, receiver: receiver, counter: counter)
        }
        mail.append(datagram)
        if mail.count > NodeRun.kept { mail.removeFirst() }
    }

    /// What the node seals for a stranger opens, and is a message.
    private func hear(_ bytes: [UInt8], to address: Address, receiver: UInt32, counter: UInt64) {
        let match = conversations.last { $0.own == receiver && $0.address == address }
        guard let conversation = match else { return }
        guard let text = conversation.open(bytes, counter: counter) else {
            if answers[receiver, default: 0] > 1 { return }
            fail("a DATA that its receiver cannot open")
        }
        guard let message = try? Message.decode(text.span.bytes) else {
            fail("the node says what no node accepts: \(Hex.encode(text))")
        }
        if message.kind.isRequest { conversation.asked.append(message.call) }
        if case .records(_, _, let token?, _, _) = message.body { self.token = token }
    }

    private func absorb(_ event: Event) {
        switch event {
        case .persist(let stored):
            trace.add(stored.record.encoded)
            let again = try? Record.decode(stored.record.encoded.span.bytes)
            expect(again == stored.record, "a record to keep that cannot be read")
            do {
                try stored.record.verify(network: network, now: now.unix)
            } catch {
                fail("a record to keep that does not verify: \(error)")
            }
            expect(node.holds(stored.key, sequence: stored.record.sequence), "not kept")
            persisted.append(stored.key)
            if persisted.count > NodeRun.kept { persisted.removeFirst() }
        case .forget(let key):
            trace.add(key.author.bytes.bytes)
        case .published(let sequence):
            trace.add(sequence)
        case .hit(let id, let hit):
            expect(running.contains(id), "a hit of no operation")
            trace.add("\(hit)".utf8)
        case .progress(let id, let progress):
            expect(running.contains(id), "progress of no operation")
            expect(progress.done <= progress.total, "\(progress)")
        case .finished(let id, _):
            expect(running.remove(id) != nil, "an operation ends twice")
            trace.add(id.number)
        case .joined, .alone: trace.add(7)
        default: trace.add("\(event)".utf8)
        }
    }
}
