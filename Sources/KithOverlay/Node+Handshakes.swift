import KithCrypto
import KithWire

// Handshakes: INIT, RESP and COOKIE, in and out. `Specs/Wire.md` has the bytes.
extension Node {
    /// Starts a handshake with `peer` that carries the call's request, when it is a read.
    mutating func startHandshake(
        for handle: UInt32, with peer: Peer, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let slot = outbox.slot() else { return }
        let payloadBytes = writeInitiationPayload(handle)
        // The dice are lent out of the node for as long as other parts of it are read.
        var dice = entropy.fork()
        var noise: NoiseIK.Initiator
        do {
            noise = try NoiseIK.Initiator(
                prologue: network.prologue.span.bytes, local: agreementKey, remote: peer.key,
                entropy: &dice)
        } catch {
            return
        }
        let payload = UnsafeRawBufferPointer(rebasing: scratch.outgoing[..<payloadBytes])
        var datagram = MutableRawSpan(_unsafeBytes: slot)
        do {
            let written = try noise.writeFirst(
                payload: RawSpan(_unsafeBytes: payload), into: &datagram,
                at: Envelope.Initiation.noiseOffset)
            guard let index = sessions.begin(noise, with: peer, at: now.instant) else { return }
            let size = Envelope.Initiation.noiseOffset + written + Envelope.codesBytes
            datagram = MutableRawSpan(_unsafeBytes: Self.start(size, of: slot))
            Envelope.write(.initiation(sender: index), into: &datagram)
            let cookie = cookies.demanded(by: peer, at: now.instant)
            sessions[index].hasShownCookie = cookie != nil
            sessions[index].initiationMac = Envelope.writeCodes(
                into: &datagram, macKey: Envelope.macKey(of: peer.key), cookie: cookie)
            sessions[index].waiting.append(handle)
            calls[handle].state = .inHandshake(index)
            counters.handshakesStarted += 1
            outbox.commit(size, to: peer.address)
        } catch {
            return
        }
    }

    /// Writes what an INIT carries into the outgoing scratch: who we are, the request, and
    /// zeros up to the size of the answer we hope for.
    private mutating func writeInitiationPayload(_ handle: UInt32) -> Int {
        let memory = UnsafeMutableRawBufferPointer(
            rebasing: scratch.outgoing[..<Envelope.Initiation.payloadBytesMax])
        var writer = CBORWriter(borrowing: memory)
        HandshakePayload.writeHead(
            nonce: record.nonce, role: role(towards: calls[handle].address), into: &writer)
        let wanted: Int
        switch calls[handle].request {
        case .ping, .store, .probe, .probeOther, .ask, .relay, .cell:
            MessageWriter.ping(call: handle, into: &writer)
            wanted = settings.sessions.smallAnswerBytes
        case .findNode, .findRecord:
            write(calls[handle].request, call: handle, into: &writer)
            wanted = Envelope.Initiation.payloadBytesMax
        }
        writer.pad(to: wanted)
        return writer.count
    }

    /// A stranger wants to talk: cheapest checks first, public-key work last.
    ///
    /// mac1 comes before the rates, so that only who knows our key can use them up.
    mutating func receiveInitiation(
        _ datagram: RawSpan, theirIndex: UInt32, from sender: Address, at now: Moment,
        _ outbox: inout Outbox
    ) {
        counters.unprovedBytesReceived += UInt64(datagram.byteCount)
        guard Envelope.hasValidMac1(datagram, macKey: ownMacKey) else {
            counters.refusedMac += 1
            return
        }
        guard
            let standing = admit(
                datagram, theirIndex: theirIndex, from: sender, at: now, &outbox)
        else { return }
        var noise = NoiseIK.Responder(
            prologue: network.prologue.span.bytes, local: agreementKey)
        let first = datagram.extracting(Envelope.Initiation.noise(total: datagram.byteCount))
        var opened = MutableRawSpan(_unsafeBytes: scratch.incoming)
        let remote: X25519.PublicKey
        let payloadBytes: Int
        do {
            (remote, payloadBytes) = try noise.readFirst(
                first, local: agreementKey, payloadInto: &opened)
        } catch {
            counters.refusedAuthentication += 1
            return
        }
        let body = RawSpan(
            _unsafeBytes: UnsafeRawBufferPointer(rebasing: scratch.incoming[..<payloadBytes]))
        guard remote != record.key, let payload = try? HandshakePayload.decode(body),
            payload.message.kind.isRequest
        else {
            counters.refusedMessage += 1
            return
        }
        noteInitiation(from: sender, at: now)
        let verdict = budgets.chargeHandshake(
            payload.message.kind, from: sender, standing, at: now.instant)
        if verdict == .prove {
            demandCookie(of: sender, theirIndex: theirIndex, for: datagram, at: now, &outbox)
            return
        }
        respond(
            to: payload, body, Peer(key: remote, address: sender), verdict,
            theirIndex: theirIndex, noise: noise, budget: datagram.byteCount, at: now, &outbox)
    }

    /// Whether an INIT with a correct mac1 is worth public-key work, and what it has shown of its
    /// sender's address; if not, a cookie is demanded or there is silence.
    private mutating func admit(
        _ datagram: RawSpan, theirIndex: UInt32, from sender: Address, at now: Moment,
        _ outbox: inout Outbox
    ) -> Gate.Standing? {
        let isAdmitted = gate.admit(sender, at: now.instant)
        guard bringsCookie(datagram, from: sender, at: now) else {
            if isAdmitted { return .unproved }
            demandCookie(of: sender, theirIndex: theirIndex, for: datagram, at: now, &outbox)
            return nil
        }
        guard isAdmitted || gate.admitProved(sender, at: now.instant) else {
            counters.refusedRate += 1
            return nil
        }
        return .proved
    }

    /// Answers an INIT with a RESP of at most `budget` bytes and keeps the session.
    private mutating func respond(
        to payload: HandshakePayload, _ body: RawSpan, _ peer: Peer, _ verdict: Budgets.Verdict,
        theirIndex: UInt32, noise: consuming NoiseIK.Responder, budget: Int, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard let slot = outbox.slot() else {
            counters.dropped += 1
            return
        }
        // What is left of INIT's size pays for the ping that may follow before the address is
        // proved: together they are not longer than INIT.
        let room =
            Envelope.Response.payloadBytesMax(answering: budget)
            - settings.sessions.admissionPingBytes
        guard room > 0 else {
            counters.refusedMessage += 1
            return
        }
        guard
            let count = writeAnswer(
                to: payload.message, body, from: peer, verdict, room: room, at: now)
        else {
            counters.refusedMessage += 1
            return
        }
        let answer = UnsafeRawBufferPointer(rebasing: scratch.outgoing[..<count])
        var datagram = MutableRawSpan(_unsafeBytes: slot)
        do {
            let written = try noise.writeSecond(
                payload: RawSpan(_unsafeBytes: answer), into: &datagram,
                at: Envelope.Response.noiseOffset, entropy: &entropy)
            guard let index = sessions.answer(peer, theirIndex: theirIndex, at: now.instant)
            else {
                counters.dropped += 1
                return
            }
            sessions[index].state = .established(noise.finish())
            sessions[index].proofNonce = payload.nonce
            sessions[index].role = payload.role
            sessions.established(index)
            let size = Envelope.Response.noiseOffset + written + Envelope.codesBytes
            datagram = MutableRawSpan(_unsafeBytes: Self.start(size, of: slot))
            Envelope.write(.response(sender: index, receiver: theirIndex), into: &datagram)
            Envelope.writeCodes(
                into: &datagram, macKey: Envelope.macKey(of: peer.key), cookie: nil)
            counters.handshakesAnswered += 1
            counters.unprovedBytesSent += UInt64(size)
            outbox.commit(size, to: peer.address)
            if payload.role == .full { admissions.add(index, of: peer.address, at: now.instant) }
        } catch {
            counters.refusedAuthentication += 1
        }
    }

    /// Writes what RESP carries into the outgoing scratch.
    ///
    /// - Returns: its size in bytes; nil when it does not fit into `room`.
    private mutating func writeAnswer(
        to message: Message, _ body: RawSpan, from peer: Peer, _ verdict: Budgets.Verdict,
        room: Int, at now: Moment
    ) -> Int? {
        let memory = UnsafeMutableRawBufferPointer(rebasing: scratch.outgoing[..<room])
        var writer = CBORWriter(borrowing: memory)
        HandshakePayload.writeHead(
            nonce: record.nonce, role: role(towards: peer.address), into: &writer)
        switch verdict {
        case .serve:
            _ = answer(message, in: body, from: peer, inHandshake: true, at: now, into: &writer)
        case .refuse, .ignore, .prove:
            refuse(message.call, .rate, peer, into: &writer)
        }
        return writer.overflowed ? nil : writer.count
    }

    private mutating func bringsCookie(
        _ datagram: RawSpan, from sender: Address, at now: Moment
    ) -> Bool {
        cookies.accepts(
            Envelope.mac2(of: datagram), over: Envelope.coveredByMac2(datagram), from: sender,
            at: now.instant, entropy: &entropy)
    }

    private mutating func demandCookie(
        of sender: Address, theirIndex: UInt32, for datagram: RawSpan, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard gate.admitCookie(at: now.instant) else {
            counters.refusedRate += 1
            return
        }
        guard let slot = outbox.slot() else {
            counters.dropped += 1
            return
        }
        let cookie = cookies.cookie(for: sender, at: now.instant, entropy: &entropy)
        let size = Envelope.Cookie.bytes
        var reply = MutableRawSpan(_unsafeBytes: Self.start(size, of: slot))
        Envelope.writeCookie(
            cookie, receiver: theirIndex, mac1: Envelope.mac1(of: datagram),
            cookieKey: ownCookieKey, nonce: entropy.bytes(Envelope.Cookie.nonceBytes).span.bytes,
            into: &reply)
        counters.cookiesSent += 1
        counters.unprovedBytesSent += UInt64(size)
        outbox.commit(size, to: sender)
    }

    /// Our INIT was answered: the session stands, and so does the answer it carries.
    mutating func receiveResponse(
        _ datagram: RawSpan, theirIndex: UInt32, session index: UInt32, from sender: Address,
        at now: Moment, _ outbox: inout Outbox
    ) {
        guard sessions.contains(index), sessions[index].origin == .ours,
            !sessions[index].isEstablished, sessions[index].peer.address == sender
        else {
            counters.refusedSession += 1
            return
        }
        guard Envelope.hasValidMac1(datagram, macKey: ownMacKey) else {
            counters.refusedMac += 1
            return
        }
        guard sessions[index].failedResponses < settings.sessions.failedResponsesMax else {
            counters.refusedRate += 1
            return
        }
        let second = datagram.extracting(Envelope.Response.noise(total: datagram.byteCount))
        var opened = MutableRawSpan(_unsafeBytes: scratch.incoming)
        let payloadBytes: Int
        do {
            payloadBytes = try sessions[index].complete(
                with: second, theirIndex: theirIndex, local: agreementKey, payload: &opened,
                at: now.instant)
        } catch {
            counters.refusedAuthentication += 1
            sessions[index].failedResponses += 1
            return
        }
        sessions.established(index)
        let body = RawSpan(
            _unsafeBytes: UnsafeRawBufferPointer(rebasing: scratch.incoming[..<payloadBytes]))
        guard let payload = try? HandshakePayload.decode(body), !payload.message.kind.isRequest
        else {
            counters.refusedMessage += 1
            sessions.close(index)
            return
        }
        counters.handshakesCompleted += 1
        sessions[index].proofNonce = payload.nonce
        sessions[index].role = payload.role
        sendWaiting(in: index, except: payload.message.call, &outbox)
        answered(
            payload.message.call, by: payload.message, in: body, session: index, at: now,
            &outbox)
    }

    /// Sends the calls that waited for a handshake.
    private mutating func sendWaiting(
        in index: UInt32, except answered: UInt32, _ outbox: inout Outbox
    ) {
        let waiting = sessions[index].waiting
        sessions[index].waiting = []
        for handle in waiting where handle != answered {
            guard calls.contains(handle), calls[handle].state == .inHandshake(index) else {
                continue
            }
            calls[handle].state = .inSession(index)
            sendRequest(of: handle, in: index, &outbox)
        }
    }

    /// A busy node wants our address proved: the handshake starts again with its cookie.
    mutating func receiveCookie(
        _ datagram: RawSpan, session index: UInt32, from sender: Address, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard sessions.contains(index), sessions[index].origin == .ours,
            !sessions[index].isEstablished, sessions[index].peer.address == sender
        else {
            counters.refusedSession += 1
            return
        }
        let peer = sessions[index].peer
        guard
            let cookie = try? Envelope.openCookie(
                datagram, mac1: sessions[index].initiationMac,
                cookieKey: Envelope.cookieKey(of: peer.key))
        else {
            counters.refusedAuthentication += 1
            return
        }
        counters.cookiesTaken += 1
        cookies.keep(cookie, from: peer, at: now.instant)
        // One restart per handshake: more would let the peer drive us at line rate.
        guard !sessions[index].hasShownCookie else { return }
        let waiting = sessions[index].waiting.filter { calls.contains($0) }
        sessions.close(index)
        guard let first = waiting.first else { return }
        startHandshake(for: first, with: peer, at: now, &outbox)
        guard let again = sessions.initiation(with: peer) else { return }
        for handle in waiting.dropFirst() {
            calls[handle].state = .inHandshake(again)
            sessions[again].waiting.append(handle)
        }
    }

    private static func start(
        _ size: Int, of slot: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: slot[..<size])
    }

    /// Forgets silent sessions and admits nodes that came to us.
    mutating func tendSessions(at now: Moment, _ outbox: inout Outbox) {
        sessions.sweep(settings.sessions.sweep, at: now.instant)
        for index in admissions.takeDue(at: now.instant) {
            considerAdmission(index, at: now, &outbox)
        }
    }

    /// A node that came to us gets a ping of ours before it may become a neighbour.
    ///
    /// Its proof is checked when there is room for that; until then it waits.
    private mutating func considerAdmission(
        _ index: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard sessions.contains(index) else { return }
        let peer = sessions[index].peer
        let nonce = sessions[index].proofNonce
        let id: NodeID
        switch proof(of: peer, nonce: nonce, at: now.instant) {
        case .holds(let proved): id = proved
        case .fails: return
        case .later:
            if now.instant - sessions[index].since < settings.sessions.admissionPatience {
                admissions.add(index, of: peer.address, at: now.instant)
            }
            return
        }
        guard id != record.id,
            // A neighbour that moved comes from elsewhere, and is one there once it answered.
            withTable(
                peer.address.family,
                { table, _ in
                    table.neighbour(id)?.address != peer.address
                })
        else { return }
        if !sessions[index].isConfirmed {
            counters.unprovedBytesSent += UInt64(settings.sessions.admissionPingBytes)
        }
        let node = NodeRecord(key: peer.key, nonce: nonce, id: id, at: peer.address)
        call(.ping, of: node, at: peer.address, for: .admission, now: now, &outbox)
    }

    /// What is known of a peer's proof of work.
    enum Proof {
        case holds(NodeID)
        case fails
        case later
    }

    /// Checks a peer's proof of work, when there is room for that; for somebody known there is.
    mutating func proof(
        of peer: Peer, nonce: UInt64, isKnown: Bool = false, at now: Instant
    ) -> Proof {
        if let id = proofs.id(of: peer.key, nonce: nonce, at: now) { return .holds(id) }
        guard !proofs.knows(peer.key, at: now) else { return .fails }
        guard isKnown || gate.admitProof(of: peer.address, at: now) else { return .later }
        guard let id = NodeProof.id(key: peer.key, nonce: nonce, network: network) else {
            counters.refusedVisitors += 1
            return .fails
        }
        proofs.remember(peer.key, nonce: nonce, id: id, at: now)
        return .holds(id)
    }
}
