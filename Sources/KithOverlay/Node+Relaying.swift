import KithCrypto
import KithWire

// Cells of others: passed on after a delay, or acted on as their exit. `Specs/Mixing.md`.
extension Node {
    /// Whether cells of others are taken.
    var relaysCells: Bool {
        settings.mixing.relays && serves && joining.phase == .joined
            && load <= settings.mixing.loadMax
    }

    /// Takes a cell that came inside a session.
    mutating func receiveCell(
        _ cell: RawSpan, session index: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        let sender = sessions[index].peer.address
        guard relay.value.admits(sender, at: now.instant) else {
            counters.refusedCells += 1
            return
        }
        let packet = cell.extracting(Cell.packetOffset...)
        let passesOn = relaysCells
        switch relay.value.receive(
            packet, from: sender, passesOn: passesOn, at: now.instant, &entropy)
        {
        case .refused:
            counters.refusedCells += 1
            return
        case .again:
            counters.cellsReplayed += 1
        case .onward(let handle, let delay):
            let due = now.instant + delay
            if relay.value.diary != nil {
                note(passing: packet, from: sender, at: now.instant, as: handle, until: due)
            }
            if let fault = relay.value.fault {
                misbehave(fault, with: handle, due: due)
            } else {
                timers.push(.cell(handle), at: due)
            }
        case .here(let tag, let delay):
            if let attempt = mix.take(tag) {
                answerCame(to: attempt, at: now, &outbox)
            } else if !passesOn || !beginErrand(with: packet, from: sender, after: delay, at: now) {
                counters.refusedCells += 1
                return
            }
        }
        counters.cellsTaken += 1
        acknowledge(Cell.call(of: cell), in: index, &outbox)
    }

    /// Says that a cell was taken.
    private mutating func acknowledge(
        _ call: UInt32, in index: UInt32, _ outbox: inout Outbox
    ) {
        guard let slot = outbox.slot() else {
            counters.dropped += 1
            return
        }
        var writer = CBORWriter(borrowing: Self.dataText(of: slot))
        MessageWriter.taken(
            call: call, load: load, seen: sessions[index].peer.address, into: &writer)
        let size = seal(slot, textBytes: writer.count, in: index)
        outbox.commit(size, to: sessions[index].peer.address)
    }

    /// Sends a cell to the next relay, which it was kept back for.
    mutating func passOn(_ cell: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard relay.value.queue.contains(cell) else { return }
        let next = relay.value.queue[cell].next
        let isV4 = next.address.family == .v4
        guard isV4 ? usesV4 : usesV6 else {
            cellLost(cell, at: now, &outbox)
            return
        }
        // Its id matters to nobody: a cell names whom it goes to by key and address.
        let node = NodeRecord(
            key: next.key, nonce: 0, id: NodeID(Bytes32()), v4: isV4 ? next.address : nil,
            v6: isV4 ? nil : next.address)
        let sent = call(
            .cell(cell), of: node, at: next.address, for: .cell(cell), now: now, &outbox)
        if sent == nil { cellLost(cell, end: .unsent, at: now, &outbox) }
    }

    /// The next relay said something about a cell.
    mutating func cellAnswered(
        _ cell: UInt32, by message: Message, at now: Moment, _ outbox: inout Outbox
    ) {
        guard case .taken = message.body else {
            cellLost(cell, at: now, &outbox)
            return
        }
        counters.cellsPassedOn += 1
        relay.value.queue.remove(cell)
    }

    /// The next relay did not take a cell, or there is no room to ask it.
    mutating func cellLost(
        _ cell: UInt32, end: MixReport.End = .guardSilent, at now: Moment, _ outbox: inout Outbox
    ) {
        counters.cellsLost += 1
        let lost = relay.value.queue.remove(cell)
        if let attempt = lost.attempt, mixAttempts.contains(attempt) {
            attemptLost(attempt, end: end, at: now, &outbox)
        }
    }

    /// Says under which key cells are opened here.
    mutating func answerRelay(
        _ call: UInt32, _ peer: Peer, at now: Moment, into writer: inout CBORWriter
    ) {
        guard relaysCells else {
            refuse(call, .notRelaying, peer, into: &writer)
            return
        }
        var dice = entropy.fork()
        relay.value.keys.advance(to: now.instant, &dice)
        MessageWriter.relaying(
            call: call, load: load, seen: peer.address, key: relay.value.keys.publicKey,
            seconds: relay.value.keys.seconds(at: now.instant), into: &writer)
    }

    // MARK: Being the exit

    private mutating func beginErrand(
        with packet: RawSpan, from sender: Address, after delay: Duration, at now: Moment
    ) -> Bool {
        guard let query = relay.value.query,
            let errand = relay.value.errands.insert(query)
        else { return false }
        let due = now.instant + delay
        timers.push(.errand(errand), at: due)
        if relay.value.diary != nil {
            note(errand, in: packet, from: sender, at: now.instant, acting: due)
        }
        return true
    }

    /// Does what somebody asks through the mix, in our own name.
    mutating func act(on errand: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard relay.value.errands.contains(errand) else { return }
        switch relay.value.errands[errand].wanted {
        case .echo:
            end(errand, .echo, at: now, &outbox)
        case .find(let location, let digest, let skip):
            let lookup = startLookup(
                location, asking: .findRecord(location, digest: digest, skip: skip),
                width: settings.operations.recordWidth, for: .exit(errand), at: now, &outbox)
            if let lookup {
                stepLookup(lookup, at: now, &outbox)
            } else {
                end(errand, .failed(.busy), at: now, &outbox)
            }
        case .store(let bytes):
            guard let record = try? Record.decode(bytes.span.bytes),
                (try? record.verify(network: network, now: now.unix)) != nil
            else {
                counters.invalidRecords += 1
                end(errand, .failed(.invalid), at: now, &outbox)
                return
            }
            let run = PublicationRun(
                publication: Publication(records: [record], walks: [], started: now.instant),
                operation: nil, withdrawing: false, isSecond: false, digest: [], errand: errand)
            if let handle = publications.insert(run) {
                stepPublication(handle, at: now, &outbox)
            } else {
                end(errand, .failed(.busy), at: now, &outbox)
            }
        }
    }

    /// Answers a mixed read with what a lookup found: of each author the newest that is valid.
    ///
    /// Those that most nodes showed come first, as many as fit.
    mutating func found(
        _ run: LookupRun, for errand: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        var records = store.entries(at: run.target)
        var total = records.count
        if run.lookup.closest(1).isEmpty, records.isEmpty {
            end(errand, .failed(.nobody), at: now, &outbox)
            return
        }
        var votes = [Int](repeating: 1, count: records.count)
        for answer in run.answers {
            total = max(total, answer.total)
            for record in answer.records where record.location == run.target {
                take(record, into: &records, &votes, at: now.unix)
            }
        }
        if let first = records.first, !first.kind.isShared,
            let newest = newestRecord(of: run, at: now, &outbox)
        {
            (records, votes) = ([newest], [1])
        }
        let order = records.indices.sorted { (votes[$0], -$0) > (votes[$1], -$1) }
        var room = Sphinx.textBytes - MixedAnswer.overheadBytes
        var chosen: [[UInt8]] = []
        for index in order where chosen.count < MixedAnswer.recordsMax {
            let bytes = records[index].encoded
            guard CBORWriter.stringBytes(bytes.count) <= room else { continue }
            room -= CBORWriter.stringBytes(bytes.count)
            chosen.append(bytes)
        }
        let isFull = isFull(run, at: now)
        end(
            errand, .found(chosen, total: UInt32(total), isFull: isFull), at: now, &outbox)
    }

    private mutating func take(
        _ record: Record, into records: inout [Record], _ votes: inout [Int], at now: UnixTime
    ) {
        let known = records.firstIndex { $0.author == record.author }
        if let known, records[known].sequence >= record.sequence {
            if records[known] == record { votes[known] += 1 }
            return
        }
        do {
            try record.verify(network: network, now: now)
        } catch {
            counters.invalidRecords += 1
            return
        }
        if let known {
            records[known] = record
            votes[known] = 1
        } else {
            records.append(record)
            votes.append(1)
        }
    }

    /// Answers a mixed write with the promises that were given.
    mutating func stored(
        _ report: PublishReport, newer: UInt64?, for errand: UInt32, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let promises = report.receipts.prefix(MixedAnswer.promisesMax).map {
            MixedAnswer.Promise(
                expires: $0.expires, signer: $0.signer, signature: $0.signature)
        }
        end(errand, .kept(promises, newer: newer), at: now, &outbox)
    }

    /// Sends the one cell that answers a query.
    private mutating func end(
        _ errand: UInt32, _ answer: MixedAnswer, at now: Moment, _ outbox: inout Outbox
    ) {
        guard relay.value.errands.contains(errand) else { return }
        let done = relay.value.errands.remove(errand)
        let packet = done.back.packet(answer.encode())
        counters.errandsDone += 1
        // Who sends queries with ways back to nowhere must not keep us from asking.
        let room = settings.mixing.waitingMax - settings.mixing.waitingOwn / 2
        guard relay.value.queue.count < room,
            let cell = relay.value.queue.insert(packet.span.bytes, to: done.back.first)
        else { return }
        if relay.value.diary != nil { note(answer: cell, of: errand, at: now.instant) }
        passOn(cell, at: now, &outbox)
    }
}
