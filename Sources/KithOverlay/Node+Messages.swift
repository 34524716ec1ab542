import KithCrypto
import KithWire

// DATA: what arrives inside a session, and what others ask of us.
extension Node {
    mutating func receiveData(
        _ datagram: RawSpan, session index: UInt32, counter: UInt64, from sender: Address,
        at now: Moment, _ outbox: inout Outbox
    ) {
        guard sessions.contains(index), sessions[index].peer.address == sender else {
            counters.refusedSession += 1
            return
        }
        guard sessions[index].window.wouldAccept(counter) else {
            counters.refusedReplay += 1
            return
        }
        let textBytes: Int
        switch open(datagram, in: index, counter: counter) {
        case .text(let bytes):
            textBytes = bytes
        case .forged:
            counters.refusedAuthentication += 1
            return
        case .noSession:
            counters.refusedSession += 1
            return
        }
        guard sessions[index].window.accept(counter) else {
            counters.refusedReplay += 1
            return
        }
        if !sessions[index].isConfirmed, sessions[index].role == .client {
            dropClient(sessions[index].peer, at: now.instant)
        }
        sessions.used(index, at: now.instant)
        let body = RawSpan(
            _unsafeBytes: UnsafeRawBufferPointer(rebasing: scratch.incoming[..<textBytes]))
        if Cell.isCell(body) {
            receiveCell(body, session: index, at: now, &outbox)
            return
        }
        let message: Message
        do {
            message = try Message.decode(body)
        } catch {
            counters.refusedMessage += 1
            return
        }
        if message.kind.isRequest {
            reply(to: message, in: body, session: index, at: now, &outbox)
        } else {
            answered(message.call, by: message, in: body, session: index, at: now, &outbox)
        }
    }

    /// Answers a request inside its session, written in place, if its sender has not used up
    /// what it may ask.
    private mutating func reply(
        to message: Message, in body: RawSpan, session index: UInt32, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let peer = sessions[index].peer
        if case .ask(let asker, let pass, _, _) = message.body,
            correspondence?.accepts(pass, of: asker, from: peer.key, to: record.key) != true
        {
            counters.refusedAsks += 1
            return
        }
        let verdict = verdict(on: message.kind, session: index, at: now.instant)
        guard verdict != .ignore else {
            counters.refusedBudget += 1
            return
        }
        guard let slot = outbox.slot() else {
            counters.dropped += 1
            return
        }
        var writer = CBORWriter(borrowing: Self.dataText(of: slot))
        var promise: Outbox.Promise?
        if verdict == .refuse {
            counters.refusedStore += 1
            refuse(message.call, .rate, peer, into: &writer)
        } else {
            let kept = answer(
                message, in: body, from: peer, inHandshake: false, at: now, into: &writer)
            promise = kept.map {
                Outbox.Promise(record: $0, session: index, call: message.call)
            }
        }
        precondition(!writer.overflowed, "an answer that does not fit: \(message.kind)")
        let size = seal(slot, textBytes: writer.count, in: index)
        counters.requestsAnswered += 1
        outbox.commit(size, to: peer.address, promising: promise)
        doFavour(at: now, &outbox)
    }

    /// Whether a request in session `index` is within what its sender may ask.
    private mutating func verdict(
        on kind: Message.Kind, session index: UInt32, at now: Instant
    ) -> Budgets.Verdict {
        let peer = sessions[index].peer
        if budgets.charge(kind, from: peer.address, at: now) { return .serve }
        if isNeighbour(peer, nonce: sessions[index].proofNonce, at: now),
            budgets.chargeNeighbour(kind, from: peer.address, at: now)
        {
            return .serve
        }
        return budgets.refusal(of: kind, from: peer.address, at: now)
    }

    /// Whether a peer is in our table, at the very address of its session.
    private mutating func isNeighbour(_ peer: Peer, nonce: UInt64, at now: Instant) -> Bool {
        guard let id = proofs.id(of: peer.key, nonce: nonce, at: now) else { return false }
        return withTable(peer.address.family) { table, _ in
            table.neighbour(id)?.address == peer.address
        }
    }

    /// Forgets records that could not be made durable and tells who brought them.
    ///
    /// The acknowledgements still wait in the outbox, since none leaves before its record is
    /// durable: there they become refusals. Writers go on to the next node at once, and for
    /// ``Settings/Storage/failurePause`` nobody gets a token.
    mutating func storageFailed(
        _ keys: [StoredRecord.Key], at now: Moment, _ outbox: inout Outbox
    ) {
        for key in keys {
            store.remove(key)
            guard let older = superseded.take(key) else { continue }
            // It is still on disk, and was promised to its author.
            let put = store.put(
                older.record, from: older.source, by: .disk, at: now, until: older.until)
            for key in put.evicted { tell(.forget(key)) }
        }
        guard !keys.isEmpty else { return }
        tokensWithheld = now.instant + settings.storage.failurePause
        for index in 0..<outbox.count {
            guard let promise = outbox.promise(index), keys.contains(promise.record),
                sessions.contains(promise.session)
            else { continue }
            let slot = outbox.memory(index)
            var writer = CBORWriter(borrowing: Self.dataText(of: slot))
            refuse(
                promise.call, .storageFull, sessions[promise.session].peer, into: &writer)
            let size = seal(slot, textBytes: writer.count, in: promise.session)
            counters.answeredStore -= 1
            counters.refusedStore += 1
            outbox.replace(index, byteCount: size)
        }
    }

    /// Sends a call's request inside a session.
    mutating func sendRequest(of handle: UInt32, in index: UInt32, _ outbox: inout Outbox) {
        guard sessions[index].isEstablished, let slot = outbox.slot() else { return }
        var writer = CBORWriter(borrowing: Self.dataText(of: slot))
        write(calls[handle].request, call: handle, into: &writer)
        precondition(!writer.overflowed, "a request that does not fit")
        let size = seal(slot, textBytes: writer.count, in: index)
        outbox.commit(size, to: sessions[index].peer.address)
        if case .cell = calls[handle].request { counters.cellsSent += 1 }
    }

    /// Where the text of a DATA goes in its slot.
    static func dataText(
        of slot: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: slot[Envelope.Data.headerBytes..<slot.count - ChaChaPoly.tagBytes])
    }

    /// Writes the header of a DATA and seals its text; answers its size.
    mutating func seal(
        _ slot: UnsafeMutableRawBufferPointer, textBytes: Int, in index: UInt32
    ) -> Int {
        let counter = sessions[index].sendCounter
        sessions[index].sendCounter += 1
        var datagram = MutableRawSpan(_unsafeBytes: slot)
        Envelope.write(
            .data(receiver: sessions[index].theirIndex, counter: counter), into: &datagram)
        switch sessions[index].state {
        case .established(let transport):
            ChaChaPoly.seal(
                &datagram, headerBytes: Envelope.Data.headerBytes, textBytes: textBytes,
                key: transport.send, nonce: counter)
        case .initiating:
            preconditionFailure("sealing before the handshake is done")
        case .closed:
            preconditionFailure("sealing in a closed session")
        }
        return Envelope.Data.headerBytes + textBytes + ChaChaPoly.tagBytes
    }

    /// Writes a request.
    func write(_ request: Request, call: UInt32, into writer: inout CBORWriter) {
        switch request {
        case .ping:
            MessageWriter.ping(call: call, into: &writer)
        case .findNode(let target):
            MessageWriter.findNode(call: call, target: target, into: &writer)
        case .findRecord(let location, let digest, let skip):
            MessageWriter.findRecord(
                call: call, location: location, digest: digest.isEmpty ? nil : digest.span.bytes,
                skip: skip, into: &writer)
        case .probe:
            MessageWriter.probe(call: call, into: &writer)
        case .probeOther(let target):
            let padding = settings.reachability.probePadding(of: target)
            MessageWriter.probe(call: call, target: target, padding: padding, into: &writer)
        case .store(let record, let token, let keepSeconds):
            MessageWriter.store(
                call: call, record: record.span.bytes, token: token, keepSeconds: keepSeconds,
                into: &writer)
        case .relay:
            MessageWriter.relay(call: call, into: &writer)
        case .cell(let cell):
            relay.value.queue.write(cell, call: call, into: &writer)
        case .ask(let asker, let pass, .name(let name), let skip):
            MessageWriter.ask(
                call: call, asker: asker, pass: pass, name: name.span.bytes, skip: skip,
                into: &writer)
        case .ask(let asker, let pass, .interests(let interests), let skip):
            MessageWriter.ask(
                call: call, asker: asker, pass: pass, interests: interests, skip: skip,
                into: &writer)
        }
    }

    /// Does what a request asks and writes the answer.
    ///
    /// - Returns: the record that must be on disk before the answer leaves, if it promises one.
    mutating func answer(
        _ message: Message, in body: RawSpan, from peer: Peer, inHandshake: Bool, at now: Moment,
        into writer: inout CBORWriter
    ) -> StoredRecord.Key? {
        switch message.body {
        case .ping:
            counters.answeredPing += 1
            MessageWriter.pong(
                call: message.call, load: load, seen: peer.address, into: &writer)
        case .findNode(let target):
            counters.answeredFindNode += 1
            answerFindNode(message.call, target, peer, into: &writer)
        case .findRecord(let location, let digest, let skip):
            counters.answeredFindRecord += 1
            if relay.value.diary != nil { note(read: location, by: peer.address, at: now.instant) }
            var ranking = body.extracting(first: 0)
            if let digest { ranking = digest.bytes(in: body) }
            answerFindRecord(
                message.call, location, ranking, skip: Int(skip), peer, at: now, into: &writer)
        case .store(let field, let token, let keepSeconds):
            guard !inHandshake else {
                counters.refusedStore += 1
                refuse(message.call, .notInHandshake, peer, into: &writer)
                return nil
            }
            let limit = keepSeconds == 0 ? nil : now.unix + .seconds(Int64(keepSeconds))
            return answerStore(
                message.call, field.bytes(in: body), token, until: limit, peer, at: now,
                into: &writer)
        case .probe, .probeOther:
            guard !inHandshake else {
                refuse(message.call, .notInHandshake, peer, into: &writer)
                return nil
            }
            answerProbe(message, in: body, from: peer, at: now, into: &writer)
        case .ask(let asker, _, let wanted, let skip):
            guard !inHandshake else {
                refuse(message.call, .notInHandshake, peer, into: &writer)
                return nil
            }
            counters.answeredAsk += 1
            showCards(
                to: asker, wanted: wanted, in: body, skip: Int(skip), call: message.call, peer,
                at: now, into: &writer)
        case .relay:
            guard !inHandshake else {
                refuse(message.call, .notInHandshake, peer, into: &writer)
                return nil
            }
            answerRelay(message.call, peer, at: now, into: &writer)
        case .pong, .nodes, .records, .stored, .refused, .probing, .shown, .relaying, .taken:
            preconditionFailure("an answer in place of a request")
        }
        return nil
    }

    func refuse(
        _ call: UInt32, _ reason: Refusal, newer: UInt64? = nil, _ peer: Peer,
        into writer: inout CBORWriter
    ) {
        MessageWriter.refused(
            call: call, load: load, seen: peer.address, reason: reason, newer: newer,
            into: &writer)
    }

    private func answerFindNode(
        _ call: UInt32, _ target: Location, _ peer: Peer, into writer: inout CBORWriter
    ) {
        MessageWriter.nodes(call: call, load: load, seen: peer.address, into: &writer) { list in
            appendNodes(near: target, for: peer, leaving: 0, to: &list)
        }
    }

    /// Adds the closest live neighbours of the asker's family, as many as fit.
    private func appendNodes(
        near target: Location, for peer: Peer, leaving reserve: Int, to list: inout NodeList
    ) {
        switch peer.address.family {
        case .v4: appendNodes(of: tableV4, near: target, for: peer, leaving: reserve, to: &list)
        case .v6: appendNodes(of: tableV6, near: target, for: peer, leaving: reserve, to: &list)
        }
    }

    private func appendNodes(
        of table: borrowing RoutingTable, near target: Location, for peer: Peer,
        leaving reserve: Int, to list: inout NodeList
    ) {
        let nearest = table.nearest(to: target)
        for position in 0..<nearest.count {
            let record = table.neighbours[nearest[position]].record
            if record.key == peer.key || !mayBeNamed(record, to: peer.address) { continue }
            guard list.room - reserve >= record.encodedBytes else { return }
            list.append(record)
        }
    }

    private mutating func answerFindRecord(
        _ call: UInt32, _ location: Location, _ digest: RawSpan, skip: Int, _ peer: Peer,
        at now: Moment, into writer: inout CBORWriter
    ) {
        var token: Bytes16?
        if role(towards: peer.address) == .full, tokensWithheld <= now.instant,
            store.hasRoom(for: location, from: peer.address, by: bearer(peer, at: location))
        {
            token = tokens.issue(to: peer, for: location, at: now.instant, entropy: &entropy)
        }
        var room = writer.room - settings.operations.answerOverheadBytes
        var full: Message.Full?
        if skip == 0, room >= settings.operations.answerNodesBytes + Message.Full.bytesMax {
            full = fullStatement(about: location, at: now).map { Message.Full($0) }
            if full != nil { room -= Message.Full.bytesMax }
        }
        let budget = room - settings.operations.answerNodesBytes
        // Nodes come first on the wire, so what the records will take is summed up before.
        var count = 0
        var bytes = 0
        let total = store.visit(location, ranking: digest, skipping: skip, at: now.unix) { one in
            let size = CBORWriter.stringBytes(one.byteCount)
            // A large one that is the first takes the place of nodes; else nobody could read it.
            let limit = count == 0 ? room : budget
            guard count < Message.itemsMax, bytes + size <= limit else { return false }
            count += 1
            bytes += size
            return true
        }
        MessageWriter.records(
            call: call, load: load, seen: peer.address, token: token, total: UInt32(total),
            full: full, into: &writer,
            nodes: { list in appendNodes(near: location, for: peer, leaving: bytes, to: &list) },
            records: { list in
                store.visit(location, ranking: digest, skipping: skip, at: now.unix) { one in
                    guard list.count < count else { return false }
                    return list.append(one)
                }
            })
    }

    /// Keeps a record: token first, then what the slot holds, the signature last.
    private mutating func answerStore(
        _ call: UInt32, _ bytes: RawSpan, _ token: Bytes16, until limit: UnixTime?,
        _ peer: Peer, at now: Moment, into writer: inout CBORWriter
    ) -> StoredRecord.Key? {
        guard let record = try? Record.decode(bytes) else {
            counters.refusedStore += 1
            refuse(call, .invalidRecord, peer, into: &writer)
            return nil
        }
        guard role(towards: peer.address) == .full,
            tokens.accepts(
                token, from: peer, for: record.location, at: now.instant, entropy: &entropy)
        else {
            counters.refusedStore += 1
            refuse(call, .badToken, peer, into: &writer)
            return nil
        }
        let held = store.record(at: record.location, author: record.author)
        if let held, held.sequence > record.sequence {
            counters.refusedStore += 1
            refuse(call, .older, newer: held.sequence, peer, into: &writer)
            return nil
        }
        do {
            // The very same bytes were verified when they came first.
            if held?.encoded != record.encoded {
                try record.verify(network: network, now: now.unix)
            }
        } catch {
            counters.refusedStore += 1
            refuse(call, .invalidRecord, peer, into: &writer)
            return nil
        }
        return keep(call, record, until: limit, peer, at: now, into: &writer)
    }

    private mutating func keep(
        _ call: UInt32, _ record: Record, until limit: UnixTime?, _ peer: Peer, at now: Moment,
        into writer: inout CBORWriter
    ) -> StoredRecord.Key? {
        let put = store.put(
            record, from: peer.address, by: bearer(peer, at: record.location), at: now,
            until: limit)
        persist(record, from: peer.address, after: put)
        let until: UnixTime
        switch put.outcome {
        case .refused(let reason, let newer):
            counters.refusedStore += 1
            refuse(call, reason, newer: newer, peer, into: &writer)
            return nil
        case .stored(let kept), .lengthened(let kept), .refreshed(let kept):
            until = kept
        }
        counters.answeredStore += 1
        let receipt = Receipt.sign(record, until: until, network: network, with: nodeKey)
        MessageWriter.stored(
            call: call, load: load, seen: peer.address, expires: receipt.expires,
            signer: receipt.signer, signature: receipt.signature, into: &writer)
        return StoredRecord.Key(location: record.location, author: record.author)
    }

    /// Has the shell write down what keeping a record changed.
    mutating func persist(
        _ record: Record, from source: Address, after put: RecordStore.Result
    ) {
        for key in put.evicted { tell(.forget(key)) }
        switch put.outcome {
        case .stored(let until):
            tell(.persist(StoredRecord(record: record, source: source, until: until)))
        case .lengthened(let until):
            let charged = put.replaced?.source ?? source
            tell(.persist(StoredRecord(record: record, source: charged, until: until)))
        case .refreshed, .refused:
            return
        }
        if let replaced = put.replaced { superseded.note(replaced) }
    }

    /// Who brings a record: a neighbour that stands among the closest to it hands over what it
    /// keeps, everybody else writes or repairs.
    ///
    /// Looked up only where it matters, since it takes a walk over the table.
    private mutating func bearer(_ peer: Peer, at location: Location) -> RecordStore.Bearer {
        guard store.isCrowded(location, by: peer.address) else { return .writer }
        return isGuardian(peer, of: location) ? .replica : .writer
    }

    /// How full or how busy we are, whichever is more, 0…100.
    var load: UInt8 { max(store.load, budgets.load) }

    mutating func restore(_ records: [StoredRecord], at now: Moment) {
        for stored in records where stored.until > now.unix {
            _ = store.put(
                stored.record, from: stored.source, by: .disk, at: now, until: stored.until)
        }
    }

    mutating func expireRecords(at now: Moment) {
        for key in store.expire(at: now.unix) { tell(.forget(key)) }
        timers.push(.expiry, at: now.instant + settings.operations.expiryInterval)
    }
}
