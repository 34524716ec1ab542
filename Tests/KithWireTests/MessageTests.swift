import KithCrypto
import KithWire
import Testing

@Suite("Messages")
struct MessageTests {
    private static let seen = Address(v6: 0x2001_0db8_0000_0000, low: 9, port: 5_484)

    /// What a random reply holds, to compare with what was decoded.
    private struct Reply {
        let call: UInt32
        let load: UInt8
        let seen: Address
        let nodes: [NodeRecord]
        let records: [[UInt8]]

        init(_ entropy: inout Entropy) {
            call = entropy.next32() >> UInt32(entropy.below(32))
            load = UInt8(entropy.below(101))
            seen =
                entropy.below(2) == 0
                ? Address(v4: 0x0b00_0000 | entropy.next32() >> 8, port: 1 + entropy.port())
                : MessageTests.seen
            nodes = (0..<entropy.below(17)).map { _ in NodeRecordTests.random(&entropy) }
            records = (0..<entropy.below(17)).map { _ in
                entropy.bytes(1 + Int(entropy.below(896)))
            }
        }
    }

    private static func random(_ kind: Message.Kind, _ entropy: inout Entropy) -> [UInt8] {
        let call = entropy.next32() >> UInt32(entropy.below(32))
        let point = Point(entropy.bytes32())
        let token = Bytes16(copying: entropy.bytes(16).span.bytes)
        let reply = Reply(&entropy)
        let (load, seen) = (reply.load, reply.seen)
        var writer = CBORWriter(capacity: 32_768)
        switch kind {
        case .ping: MessageWriter.ping(call: call, into: &writer)
        case .pong: MessageWriter.pong(call: call, load: load, seen: seen, into: &writer)
        case .findNode: MessageWriter.findNode(call: call, target: point, into: &writer)
        case .findRecord:
            let digest = Set((0..<entropy.below(33)).map { _ in UInt16(entropy.below(65_536)) })
                .sorted().flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
            let skip = UInt8(entropy.below(256))
            let hasDigest = entropy.below(2) == 0
            MessageWriter.findRecord(
                call: call, location: point, digest: hasDigest ? digest.span.bytes : nil,
                skip: skip, into: &writer)
        case .store:
            let record = entropy.bytes(1 + Int(entropy.below(896)))
            MessageWriter.store(
                call: call, record: record.span.bytes, token: token, into: &writer)
        case .nodes:
            MessageWriter.nodes(call: call, load: load, seen: seen, into: &writer) { list in
                for node in reply.nodes { list.append(node) }
            }
        case .records:
            MessageWriter.records(
                call: call, load: load, seen: seen, token: load > 50 ? nil : token,
                total: entropy.next32(), into: &writer,
                nodes: { list in for node in reply.nodes { list.append(node) } },
                records: { list in for record in reply.records { list.append(record) } })
        case .stored:
            MessageWriter.stored(
                call: call, load: load, seen: seen,
                expires: UnixTime(milliseconds: entropy.next()),
                signer: Ed25519.PublicKey(point.bytes),
                signature: Ed25519.Signature(copying: entropy.bytes(64).span.bytes),
                into: &writer)
        case .refused:
            let reason = entropy.element(of: Refusal.allCases) ?? .rate
            MessageWriter.refused(
                call: call, load: load, seen: seen, reason: reason, newer: entropy.next(),
                into: &writer)
        case .probe:
            if load > 50 {
                MessageWriter.probe(call: call, into: &writer)
            } else {
                let node = NodeRecordTests.random(&entropy)
                let target = node.with(v4: node.v4, v6: node.v4 == nil ? node.v6 : nil)
                MessageWriter.probe(
                    call: call, target: target, padding: Int(entropy.below(129)), into: &writer)
            }
        case .probing: MessageWriter.probing(call: call, load: load, seen: seen, into: &writer)
        case .ask:
            let (asker, skip) = (Ed25519.PublicKey(point.bytes), UInt8(entropy.below(256)))
            if load > 50 {
                let name = entropy.bytes(1 + Int(entropy.below(128)))
                MessageWriter.ask(
                    call: call, asker: asker, pass: token, name: name.span.bytes, skip: skip,
                    into: &writer)
            } else {
                let interests = (0...entropy.below(16)).map { _ in
                    entropy.bytes(1 + Int(entropy.below(32)))
                }
                MessageWriter.ask(
                    call: call, asker: asker, pass: token, interests: interests, skip: skip,
                    into: &writer)
            }
        case .relay: MessageWriter.relay(call: call, into: &writer)
        case .relaying:
            MessageWriter.relaying(
                call: call, load: load, seen: seen, key: X25519.PublicKey(entropy.bytes32()),
                seconds: 1 + UInt32(entropy.below(7_200)), into: &writer)
        case .taken: MessageWriter.taken(call: call, load: load, seen: seen, into: &writer)
        case .shown:
            MessageWriter.shown(
                call: call, load: load, seen: seen, total: entropy.next32(), into: &writer
            ) { list in
                for _ in 0..<entropy.below(4) {
                    let card = entropy.bytes(1 + Int(entropy.below(512)))
                    list.append(card.span.bytes, of: Ed25519.PublicKey(entropy.bytes32()))
                }
            }
        }
        return writer.bytes
    }

    @Test(
        "of every kind come back and encode again to themselves", arguments: Message.Kind.allCases)
    func roundTrip(kind: Message.Kind) throws {
        var entropy = Entropy(seed: testSeed("random \(kind)", usual: UInt64(kind.rawValue)))
        for _ in 0..<200 {
            let bytes = Self.random(kind, &entropy)
            let decoded = try decodeMessage(bytes)
            #expect(decoded.message.kind == kind)
            #expect((decoded.message.load == nil) == kind.isRequest)
            #expect((decoded.message.seen == nil) == kind.isRequest)
            let again = try recodeMessage(bytes)
            #expect(again == bytes)
        }
    }

    @Test("with a few bytes changed are refused, or encode again to themselves")
    func mutations() {
        var entropy = Entropy(seed: testSeed("mutated messages", usual: 51))
        var accepted = 0
        for round in 0..<20_000 {
            let kind = Message.Kind.allCases[round % Message.Kind.allCases.count]
            // Short ones, so that the change often hits something that means something.
            var bytes = Self.random(kind, &entropy)
            guard bytes.count < 700 else { continue }
            for _ in 0...entropy.below(3) {
                let index = Int(entropy.below(UInt64(bytes.count)))
                bytes[index] = UInt8(truncatingIfNeeded: entropy.next())
            }
            guard let again = try? recodeMessage(bytes) else { continue }
            accepted += 1
            if again != bytes { Issue.record("round \(round): encodes differently") }
        }
        // Most bytes are keys and signatures, so most changes are good messages.
        #expect(accepted > 1_000)
    }

    @Test("carry lists and fields as they were put in")
    func contents() throws {
        var entropy = Entropy(seed: testSeed("contents of RECORDS", usual: 52))
        for _ in 0..<50 {
            let reply = Reply(&entropy)
            let bytes = written(capacity: 32_768) {
                MessageWriter.records(
                    call: reply.call, load: reply.load, seen: reply.seen, token: nil, total: 77,
                    into: &$0,
                    nodes: { list in for node in reply.nodes { list.append(node) } },
                    records: { list in for record in reply.records { list.append(record) } })
            }
            let decoded = try decodeMessage(bytes)
            #expect(decoded.nodes == reply.nodes)
            #expect(decoded.fields == reply.records)
            #expect(decoded.message.call == reply.call)
            #expect(decoded.message.load == reply.load)
            #expect(decoded.message.seen == reply.seen)
            guard case .records(_, _, let token, let total, _) = decoded.message.body else {
                Issue.record("not RECORDS")
                return
            }
            #expect(token == nil && total == 77)
        }
    }

    @Test("have requests and replies of the same call")
    func requests() throws {
        let location = Point(BLAKE2b.hash32([1]))
        let digest: [UInt8] = [0, 1, 0, 2]
        let bytes = written {
            MessageWriter.findRecord(
                call: 7, location: location, digest: digest.span.bytes, skip: 3, into: &$0)
        }
        let decoded = try decodeMessage(bytes)
        guard case .findRecord(let where_, _, let skip) = decoded.message.body else {
            Issue.record("not FIND_RECORD")
            return
        }
        #expect(where_ == location && skip == 3 && decoded.message.call == 7)
        #expect(decoded.fields == [digest])
    }
}

@Suite("Replies written into a slot")
struct ReplyRoomTests {
    private static let seen = Address(v6: 0x2001_0db8_0000_0000, low: 9, port: 5_484)

    /// What a RECORDS with the longest heads takes without any item: 1 for the map, 2 + 6 for
    /// kind and call, 2 + 2 for the lists, 18 + 6 for token and total, 3 + 20 for the tail.
    private static let emptyBytes = 60

    /// RECORDS in `capacity` bytes; nil if not even an empty one fits.
    private func reply(
        capacity: Int, _ nodes: [NodeRecord], _ records: [[UInt8]]
    ) -> [UInt8]? {
        var writer = CBORWriter(capacity: capacity)
        MessageWriter.records(
            call: .max, load: 100, seen: Self.seen, token: Bytes16(), total: .max, into: &writer,
            nodes: { list in
                for node in nodes where list.room > 300 { list.append(node) }
            },
            records: { list in for record in records { list.append(record) } })
        return writer.overflowed ? nil : writer.bytes
    }

    @Test("never outgrow it, whatever is offered")
    func room() throws {
        for capacity in Self.emptyBytes - 20...1_232 {
            var entropy = Entropy(seed: UInt64(capacity))
            let nodes = (0..<20).map { _ in NodeRecordTests.random(&entropy) }
            let records = (0..<20).map { _ in entropy.bytes(1 + Int(entropy.below(200))) }
            let bytes = reply(capacity: capacity, nodes, records)
            guard let bytes else {
                #expect(capacity < Self.emptyBytes)
                continue
            }
            #expect(capacity >= Self.emptyBytes)
            let decoded = try decodeMessage(bytes)
            #expect(decoded.nodes == Array(nodes.prefix(decoded.nodes.count)))
            // Whatever was left out would not have fitted any more.
            let left = capacity - bytes.count
            let omitted = records.filter { !decoded.fields.contains($0) }
            #expect(
                decoded.fields.count == 16
                    || omitted.allSatisfy { CBORWriter.stringBytes($0.count) > left })
        }
    }

    @Test("take 16 items and no more, and only nodes that can be reached")
    func limits() throws {
        var entropy = Entropy(seed: 3)
        let node = NodeRecordTests.random(&entropy)
        var added = 0
        let bytes = written(capacity: 8_192) {
            MessageWriter.nodes(call: 1, load: 0, seen: Self.seen, into: &$0) { list in
                let mute = list.append(node.with(v4: nil, v6: nil))
                let nowhere = list.append(node.with(v4: Address(v4: 1, port: 0), v6: nil))
                if mute || nowhere { added = -100 }
                while list.append(node) { added += 1 }
                if list.count != 16 || list.room != 0 { added = -100 }
            }
        }
        #expect(added == 16)
        let decoded = try decodeMessage(bytes)
        #expect(decoded.nodes.count == 16)
    }

    @Test("leave out records of no bytes and of more than 896")
    func records() throws {
        let bytes = written(capacity: 8_192) {
            MessageWriter.records(
                call: 1, load: 0, seen: Self.seen, token: nil, total: 0, into: &$0,
                nodes: { _ in },
                records: { list in
                    for size in [0, 897, 896] { list.append([UInt8](repeating: 1, count: size)) }
                })
        }
        let decoded = try decodeMessage(bytes)
        #expect(decoded.fields.map(\.count) == [896])
    }
}

@Suite("Handshake payloads")
struct HandshakePayloadTests {
    private func payload(padded: Int, _ role: HandshakePayload.Role = .full) -> [UInt8] {
        written {
            HandshakePayload.writeHead(nonce: 1_000, role: role, into: &$0)
            MessageWriter.findNode(call: 5, target: Point(BLAKE2b.hash32([1])), into: &$0)
            $0.pad(to: padded)
        }
    }

    @Test("come back with and without padding")
    func roundTrip() throws {
        for padded in [0, 45, 100, 1_096] {
            for role in [HandshakePayload.Role.client, .full] {
                let bytes = payload(padded: padded, role)
                let again = try recodePayload(bytes)
                #expect(again == bytes)
            }
        }
    }

    private func nodes(_ bytes: [UInt8]) throws(DecodeError) -> [NodeRecord] {
        let span = bytes.span.bytes
        let payload = try HandshakePayload.decode(span)
        var found: [NodeRecord] = []
        if case .nodes(let items) = payload.message.body {
            var cursor = items.nodes(in: span)
            while let node = cursor.next() { found.append(node) }
        }
        return found
    }

    @Test("have lists whose offsets count from the start of the payload")
    func offsets() throws {
        var entropy = Entropy(seed: 61)
        let node = NodeRecordTests.random(&entropy)
        let bytes = written {
            HandshakePayload.writeHead(nonce: .max, role: .client, into: &$0)
            MessageWriter.nodes(
                call: 5, load: 1, seen: NodeRecordTests.v4, into: &$0
            ) { $0.append(node) }
            $0.pad(to: 300)
        }
        let found = try nodes(bytes)
        #expect(found == [node])
    }

    @Test("are refused for padding that is not zero, another role, or another count")
    func refusals() {
        var bytes = payload(padded: 100)
        bytes[99] = 1
        #expect(outcome(bytes, recodePayload) == "trailingBytes")
        bytes = payload(padded: 0)
        bytes[4] = 2
        #expect(outcome(bytes, recodePayload) == "outOfRange")
        bytes = payload(padded: 0)
        bytes[0] = 0x82
        #expect(outcome(bytes, recodePayload) == "outOfRange")
    }

    @Test("cut off anywhere before the padding are refused")
    func truncation() {
        let bytes = payload(padded: 0)
        for count in bytes.indices {
            let cut = [UInt8](bytes[..<count])
            #expect(outcome(cut, recodePayload) == "truncated", "\(count) bytes")
        }
    }
}
