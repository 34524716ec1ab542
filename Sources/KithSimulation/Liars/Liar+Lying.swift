import KithCrypto
import KithWire

// What a liar answers.
extension Liar {
    /// Writes the answer to a request.
    ///
    /// - Returns: whether there is one.
    func answer(
        _ message: Message, in body: RawSpan, to asker: Address, at now: UnixTime,
        into writer: inout CBORWriter
    ) -> Bool {
        switch message.body {
        case .ping:
            MessageWriter.pong(call: message.call, load: load, seen: asker, into: &writer)
        case .findNode(let target):
            lies += 1
            if vice == .silent { return false }
            if vice == .confused {
                nonsense(call: message.call, to: asker, into: &writer)
                return true
            }
            let named = names(near: target)
            MessageWriter.nodes(call: message.call, load: load, seen: asker, into: &writer) {
                for node in named { $0.append(node) }
            }
        case .findRecord(let location, _, _):
            lies += 1
            if vice == .silent { return false }
            if vice == .confused {
                nonsense(call: message.call, to: asker, into: &writer)
                return true
            }
            show(at: location, call: message.call, to: asker, into: &writer)
        case .store(let field, _, _):
            lies += 1
            keep(field.bytes(in: body), call: message.call, to: asker, at: now, into: &writer)
        case .probe, .probeOther:
            // It promises, and does nothing.
            lies += 1
            MessageWriter.probing(call: message.call, load: load, seen: asker, into: &writer)
        case .ask, .relay, .pong, .nodes, .records, .stored, .refused, .probing, .shown,
            .relaying, .taken:
            return false
        }
        return true
    }

    private var load: UInt8 { vice == .full ? Message.loadMax : 0 }

    /// The nodes that it claims are closest to `target`.
    private func names(near target: Location) -> [NodeRecord] {
        switch vice {
        case .inventor: (0..<Message.itemsMax).map { _ in invention(near: target) }
        case .eclipser, .usurper: conspiracy.members(near: target)
        case .misplacer: conspiracy.everyone(near: target).map(misplaced)
        case .hider, .forger, .rollback, .silent, .full, .confused, .boaster:
            conspiracy.everyone(near: target)
        }
    }

    /// An honest node's key and address under another id, with the proof for it.
    private func misplaced(_ node: NodeRecord) -> NodeRecord {
        let nonce = node.nonce &+ 1 &+ entropy.below(8)
        guard node.key != record.key,
            let id = NodeProof.id(key: node.key, nonce: nonce, network: network)
        else { return node }
        return NodeRecord(key: node.key, nonce: nonce, id: id, v4: node.v4, v6: node.v6)
    }

    /// A node that does not exist, closer to `target` than anybody who does.
    private func invention(near target: Location) -> NodeRecord {
        var address = Address(v4: entropy.next32(), port: 5_484)
        while address.scope != .global {
            address = Address(v4: entropy.next32(), port: 5_484)
        }
        return NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: entropy.next(),
            id: target.replacingSuffix(
                after: 24 + Int(entropy.below(16)), with: Point(entropy.bytes32())),
            v4: address)
    }

    /// Answers FIND_RECORD.
    private func show(
        at location: Location, call: UInt32, to asker: Address, into writer: inout CBORWriter
    ) {
        var records: [[UInt8]] = []
        switch vice {
        case .forger:
            records = conspiracy.forgeries(at: location, network: network, entropy: &entropy)
        case .rollback: records = conspiracy.firsts(at: location)
        case .inventor, .eclipser, .hider, .silent, .full, .confused, .usurper, .misplacer,
            .boaster:
            break
        }
        let named = names(near: location)
        // As many records as fit beside three nodes or so.
        var bytes = 0
        let fitting = records.prefix { one in
            bytes += CBORWriter.stringBytes(one.count)
            return bytes <= writer.room - 400
        }
        let taken = fitting.reduce(0) { $0 + CBORWriter.stringBytes($1.count) }
        MessageWriter.records(
            call: call, load: load, seen: asker, token: token,
            total: vice == .boaster ? 200 : UInt32(records.count), into: &writer,
            nodes: { list in
                for node in named where list.room - taken >= node.encodedBytes {
                    list.append(node)
                }
            },
            records: { list in for one in fitting { list.append(one) } })
    }

    /// A token for whoever wants to store; it takes any.
    private var token: Bytes16? {
        switch vice {
        case .hider, .forger, .rollback, .usurper, .confused, .silent, .boaster:
            Bytes16(copying: entropy.bytes(Bytes16.count).span.bytes)
        case .inventor, .eclipser, .full, .misplacer: nil
        }
    }

    /// Answers STORE.
    private func keep(
        _ bytes: RawSpan, call: UInt32, to asker: Address, at now: UnixTime,
        into writer: inout CBORWriter
    ) {
        guard let record = try? Record.decode(bytes) else {
            refuse(.invalidRecord, call, asker, &writer)
            return
        }
        conspiracy.take(record)
        switch vice {
        case .hider, .forger, .rollback, .usurper, .boaster:
            let receipt = Receipt.sign(
                record, until: record.expires, network: network, with: nodeKey)
            MessageWriter.stored(
                call: call, load: load, seen: asker, expires: receipt.expires,
                signer: receipt.signer, signature: receipt.signature, into: &writer)
        case .full: refuse(.storageFull, call, asker, &writer)
        case .inventor, .eclipser, .silent, .misplacer: refuse(.badToken, call, asker, &writer)
        case .confused: nonsense(call: call, to: asker, into: &writer)
        }
    }

    private func refuse(
        _ reason: Refusal, _ call: UInt32, _ asker: Address, _ writer: inout CBORWriter
    ) {
        MessageWriter.refused(
            call: call, load: load, seen: asker, reason: reason, into: &writer)
    }

    /// Writes a reply that is valid and makes no sense.
    func nonsense(call: UInt32, to asker: Address, into writer: inout CBORWriter) {
        let call = entropy.below(2) == 0 ? call : entropy.next32()
        let load = UInt8(entropy.below(101))
        switch entropy.below(6) {
        case 0: MessageWriter.pong(call: call, load: load, seen: address, into: &writer)
        case 1:
            let node = invention(near: Location(entropy.bytes32()))
            MessageWriter.nodes(call: call, load: load, seen: asker, into: &writer) {
                for _ in 0..<3 { $0.append(node) }
            }
        case 2:
            MessageWriter.records(
                call: call, load: load, seen: asker, token: nil, total: entropy.next32(),
                into: &writer, nodes: { _ in }, records: { $0.append([0xa0]) })
        case 3:
            MessageWriter.stored(
                call: call, load: load, seen: asker,
                expires: UnixTime(milliseconds: entropy.next() >> 20), signer: signer,
                signature: Ed25519.Signature(copying: entropy.bytes(64).span.bytes),
                into: &writer)
        case 4:
            MessageWriter.refused(
                call: call, load: load, seen: asker, reason: .older, newer: entropy.next(),
                into: &writer)
        default: MessageWriter.ping(call: call, into: &writer)
        }
    }
}
