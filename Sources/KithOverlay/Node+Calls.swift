import KithCrypto
import KithWire

// What we ask of others: one call from its first try to its answer or its failure.
extension Node {
    /// Asks `node` at `address`.
    ///
    /// - Returns: the handle of the call, or nil when too many are in flight.
    @discardableResult
    mutating func call(
        _ request: Request, of node: NodeRecord, at address: Address, for purpose: Call.Purpose,
        now: Moment, _ outbox: inout Outbox
    ) -> UInt32? {
        let call = Call(
            purpose: purpose, request: request, node: node, address: address,
            started: now.instant, sent: now.instant, state: .inSession(0), tries: 0)
        guard let handle = calls.insert(call) else { return nil }
        transmit(handle, at: now, &outbox)
        return handle
    }

    /// Sends the next try of a call: in the session if there is one, and from the second try on
    /// in a fresh handshake, since a peer that restarted has forgotten the session.
    mutating func transmit(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        let peer = Peer(key: calls[handle].node.key, address: calls[handle].address)
        let isFirst = calls[handle].tries == 0
        calls[handle].tries += 1
        calls[handle].sent = now.instant
        counters.requestsSent += 1
        let tries = calls[handle].tries
        var patience = settings.calls.handshakePatience
        var staysInSession = isFirst
        if case .cell = calls[handle].purpose { staysInSession = tries < settings.mixing.linkTries }
        if staysInSession, !calls[handle].purpose.wantsHandshake,
            let session = usableSession(with: peer, for: handle, at: now.instant)
        {
            patience = settings.calls.patience
            if case .cell = calls[handle].purpose { patience = settings.mixing.linkPatience }
            calls[handle].state = .inSession(session)
            sendRequest(of: handle, in: session, &outbox)
        } else if calls[handle].purpose == .admission {
            // Its session is gone; a handshake of ours would be more than an INIT paid for.
        } else if let index = youngInitiation(with: peer, at: now.instant) {
            calls[handle].state = .inHandshake(index)
            sessions[index].waiting.append(handle)
        } else {
            startHandshake(for: handle, with: peer, at: now, &outbox)
        }
        if case .lookup = calls[handle].purpose {
            timers.push(
                .slow(call: handle, tries: tries), at: now.instant + settings.calls.slow)
        }
        timers.push(.call(handle, tries: tries), at: now.instant + patience)
    }

    /// The session to ask in.
    ///
    /// One that the peer has not proved carries nothing but the ping that is to prove it: whoever
    /// forged an INIT must not make us send more than it sent.
    private mutating func usableSession(
        with peer: Peer, for handle: UInt32, at now: Instant
    ) -> UInt32? {
        guard let index = sessions.usable(with: peer, at: now) else { return nil }
        return sessions[index].isConfirmed || calls[handle].purpose == .admission ? index : nil
    }

    /// A handshake with `peer` that may still be answered; an older one is given up.
    private mutating func youngInitiation(with peer: Peer, at now: Instant) -> UInt32? {
        guard let index = sessions.initiation(with: peer) else { return nil }
        if now - sessions[index].since < settings.calls.patience { return index }
        sessions.close(index)
        return nil
    }

    /// Lets a lookup ask someone else while this try waits on.
    mutating func callIsSlow(
        _ handle: UInt32, tries: Int, at now: Moment, _ outbox: inout Outbox
    ) {
        guard calls.contains(handle), calls[handle].tries == tries,
            case .lookup(let run) = calls[handle].purpose, lookups.contains(run)
        else { return }
        lookups[run].lookup.slow(calls[handle].node.id)
        stepLookup(run, at: now, &outbox)
    }

    /// Tries again or gives up.
    mutating func callTimedOut(
        _ handle: UInt32, tries: Int, at now: Moment, _ outbox: inout Outbox
    ) {
        guard calls.contains(handle), calls[handle].tries == tries else { return }
        if tries < calls[handle].purpose.tries(settings.calls) {
            transmit(handle, at: now, &outbox)
            return
        }
        let call = calls.remove(handle)
        counters.callsFailed += 1
        // One datagram may just have been lost; two in a row say something about the node.
        if call.tries > 1 { blame(call, at: now.instant) }
        fail(call, at: now, &outbox)
    }

    /// Draws the conclusions of a call that nobody answered.
    private mutating func blame(_ call: Call, at now: Instant) {
        let peer = Peer(key: call.node.key, address: call.address)
        sessions.closeUsable(with: peer)
        silent.insert(now, for: peer, expires: now + settings.calls.silence)
        withTable(call.address.family) { table, _ in
            // A false address in somebody's hint is not the fault of the node it names.
            guard table.neighbour(call.node.id)?.address == call.address else { return }
            _ = table.failed(call.node.id, at: now)
        }
    }

    /// Tells whoever waits that the call failed.
    private mutating func fail(_ call: Call, at now: Moment, _ outbox: inout Outbox) {
        switch call.purpose {
        case .lookup(let run):
            guard lookups.contains(run) else { return }
            lookups[run].failures += 1
            lookups[run].lookup.failed(call.node.id)
            noteStep(of: run, call, roundTrip: nil)
            stepLookup(run, at: now, &outbox)
        case .placement(let run):
            guard placements.contains(run) else { return }
            placements[run].placement.failed(call.node.id)
            stepPlacement(run, at: now, &outbox)
        case .ping(let id):
            finish(id, .failure(.noAnswer))
        case .seed:
            seedFailed(at: now, &outbox)
        case .offer(let errand), .handOver(let errand):
            endErrand(errand, at: now, &outbox)
        case .sharing(let search, _):
            askEnded(search, at: now, &outbox)
        case .audit(let index, let sequence):
            auditFailed(call.node, index: index, sequence: sequence, at: now)
        case .relayKey:
            mix.directory.rest(call.node.key, at: now.instant)
        case .cell(let cell):
            cellLost(cell, at: now, &outbox)
        case .nearby(let scan):
            checked(call, for: scan, roundTrip: nil, at: now, &outbox)
        case .liveness, .admission, .repair, .cache, .reunion, .announcement, .ownProbe,
            .passedOn, .probe:
            break
        }
    }

    /// Takes the answer to a call that came in session `session`.
    ///
    /// An answer counts only when it comes from the key and address that were asked, and when
    /// that key has proved its place.
    mutating func answered(
        _ handle: UInt32, by message: Message, in body: RawSpan, session: UInt32, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard calls.contains(handle), calls[handle].node.key == sessions[session].peer.key,
            calls[handle].address == sessions[session].peer.address
        else {
            counters.refusedUnsolicited += 1
            return
        }
        if !calls[handle].request.isRead, case .pong = message.body,
            case .inHandshake = calls[handle].state
        {
            // The handshake is done; what changes something travels inside the session only.
            counters.answersTaken += 1
            calls[handle].state = .inSession(session)
            sendRequest(of: handle, in: session, &outbox)
            return
        }
        let call = calls.remove(handle)
        if case .cell(let cell) = call.purpose {
            // Whoever made the cell says who is next; nothing is learnt about that one here.
            counters.answersTaken += 1
            cellAnswered(cell, by: message, at: now, &outbox)
            return
        }
        // A hint may name somebody else's key with a nonce of the informant's making, which would
        // move that node to an id of the informant's choice: only its own word counts.
        guard sessions[session].proofNonce == call.node.nonce, proves(call.node, at: now.instant)
        else {
            counters.refusedProof += 1
            fail(call, at: now, &outbox)
            return
        }
        counters.answersTaken += 1
        let roundTrip = now.instant - call.sent
        _ = silent.remove(Peer(key: call.node.key, address: call.address))
        if sessions[session].role == .full {
            heard(call.node, at: call.address, roundTrip: roundTrip, load: message.load, now)
        } else {
            dropClient(sessions[session].peer, at: now.instant)
        }
        if let seen = message.seen { noteSeen(seen, from: call.address, at: now, &outbox) }
        deliver(message, in: body, to: call, roundTrip: roundTrip, at: now, &outbox)
    }

    private mutating func deliver(
        _ message: Message, in body: RawSpan, to call: Call, roundTrip: Duration, at now: Moment,
        _ outbox: inout Outbox
    ) {
        switch call.purpose {
        case .lookup(let run):
            guard lookups.contains(run) else { return }
            noteStep(of: run, call, roundTrip: roundTrip)
            lookupAnswered(run, by: call, message, in: body, at: now)
            stepLookup(run, at: now, &outbox)
        case .placement(let run):
            guard placements.contains(run) else { return }
            placementAnswered(run, by: call, message, at: now)
            stepPlacement(run, at: now, &outbox)
        case .ping(let id):
            finish(
                id,
                .success(
                    .ping(
                        PingReport(
                            node: call.node, roundTrip: roundTrip, seen: message.seen,
                            load: message.load))))
        case .seed:
            seedAnswered(message, in: body, at: now, &outbox)
        case .reunion:
            reunite(by: message, in: body, from: call.address, at: now, &outbox)
        case .repair:
            if case .stored = message.body { counters.repairs += 1 }
        case .cache:
            if case .stored = message.body { counters.cached += 1 }
        case .offer(let errand):
            offerAnswered(errand, message, in: body, at: now, &outbox)
        case .handOver(let errand):
            handOverAnswered(errand, message, at: now, &outbox)
        case .audit(let index, let sequence):
            auditAnswered(call.node, message, in: body, index: index, sequence: sequence, at: now)
        case .announcement:
            // The first DATA of a session proves it to the other side, which believes it then.
            self.call(.ping, of: call.node, at: call.address, for: .liveness, now: now, &outbox)
        case .sharing(let search, let skip):
            cardsShown(message, in: body, by: call, to: search, skip: skip, at: now, &outbox)
        case .relayKey:
            relayAnswered(call, message, at: now, &outbox)
        case .nearby(let scan):
            checked(call, for: scan, roundTrip: roundTrip, at: now, &outbox)
        case .ownProbe:
            guard case .probing = message.body else { return }
            reach[call.address.family].promised(askedAt: call.started)
        case .liveness, .admission, .passedOn, .probe, .cell:
            break
        }
    }

    /// Whether the record's id follows from its key and nonce; argon2id runs once per node.
    mutating func proves(_ node: NodeRecord, at now: Instant) -> Bool {
        if let id = proofs.id(of: node.key, nonce: node.nonce, at: now) { return id == node.id }
        guard !proofs.knows(node.key, at: now), node.proves(in: network) else { return false }
        proofs.remember(node.key, nonce: node.nonce, id: node.id, at: now)
        return true
    }

    /// Where we can reach `node` over one of `wanted`: IPv4 when we have it, else IPv6.
    func reachable(_ node: NodeRecord, over wanted: Lookup.Families = .both) -> Address? {
        if let v4 = node.v4, usesV4, wanted.contains(.v4), isUsable(v4) { return v4 }
        if let v6 = node.v6, usesV6, wanted.contains(.v6), isUsable(v6) { return v6 }
        return nil
    }
}
