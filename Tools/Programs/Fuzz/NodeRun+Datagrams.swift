import KithCrypto
import KithOverlay
import KithWire

// What strangers send, and what they do with what they get.
extension NodeRun {
    /// Delivers one datagram.
    func give(_ bytes: [UInt8], from address: Address, remember: Bool = true) {
        let before = node.counters.refusedUnread
        let type = bytes.first
        if type == 1 || type == 5 { meter.initiated(from: address, bytes: bytes.count) }
        node.receive(bytes.span.bytes, from: address, at: now, into: &outbox)
        if type == 2 || type == 4, node.counters.refusedUnread == before {
            meter.proved(address)
        }
        settle()
        guard remember, !bytes.isEmpty else { return }
        given.append(Datagram(address: address, bytes: bytes))
        if given.count > NodeRun.kept { given.removeFirst() }
    }

    private var speech: Speech {
        Speech(
            network: network, now: now.unix, listener: node.record,
            address: Address(v4: 0x0909_0909, port: 5_484), token: token)
    }

    /// A header that is right, and bytes.
    func giveHeader() {
        let type = script.byte() % 7
        let conversation = script.element(of: conversations)
        let index = conversation?.theirs ?? UInt32(script.byte())
        let address = conversation?.address ?? Route.address(script.byte())
        let head: [UInt8] = [type, Envelope.version, 0, 0]
        let rest = withUnsafeBytes(of: index.bigEndian) { [UInt8]($0) }
        give(head + rest + script.take(Int(script.byte()) * 5), from: address)
    }

    /// A stranger knocks, with a payload that is right or not.
    func initiate() {
        let stranger = Stranger.all[script.below(Stranger.all.count)]
        let address = Route.address(script.byte())
        begin(by: stranger, from: address, payload: payload(onlyReplies: false), cookie: nil)
    }

    /// Who the stranger says that it is, a message, and padding.
    private func payload(onlyReplies: Bool, call: UInt32? = nil) -> [UInt8] {
        let style = script.byte()
        if style >= 240 { return script.take(Int(script.byte()) * 4) }
        let message = speech.message(
            &script, call: call ?? UInt32(script.byte()),
            only: style >= 200 ? nil : onlyReplies)
        let room = Envelope.Initiation.payloadBytesMax
        let total = min(room, Int(script.byte()) * 5)
        return written(room + 1_200) { writer in
            HandshakePayload.writeHead(
                nonce: UInt64(style % 8), role: style & 8 == 0 ? .full : .client, into: &writer)
            writer.raw(message.span.bytes)
            if writer.count < total { writer.pad(to: total) }
        }
    }

    private func begin(
        by stranger: Stranger, from address: Address, payload: [UInt8], cookie: Bytes16?
    ) {
        let payload = [UInt8](payload.prefix(Envelope.Initiation.payloadBytesMax))
        let index = entropy.next32()
        var bytes = [UInt8](repeating: 0, count: Envelope.Initiation.overhead + payload.count)
        let prologue = network.prologue
        do {
            var noise = try NoiseIK.Initiator(
                prologue: prologue.span.bytes, local: stranger.agreement,
                remote: node.record.key, entropy: &entropy)
            var mac1: Bytes16
            do {
                var elements = bytes.mutableSpan
                var memory = elements.mutableBytes
                _ = try noise.writeFirst(
                    payload: payload.span.bytes, into: &memory,
                    at: Envelope.Initiation.noiseOffset)
                Envelope.write(.initiation(sender: index), into: &memory)
                mac1 = Envelope.writeCodes(
                    into: &memory, macKey: Envelope.macKey(of: node.record.key), cookie: cookie)
            }
            let attempt = Attempt(
                of: stranger, from: address, index: index, payload: payload, noise: noise)
            attempt.mac1 = mac1
            attempts.append(attempt)
            if attempts.count > NodeRun.kept { attempts.removeFirst() }
        } catch {
            fail("a handshake of two good keys: \(error)")
        }
        give(bytes, from: address)
    }

    /// Does what the receiver of a datagram of the node would do with it.
    func answerMail() {
        guard let datagram = script.element(of: mail),
            let header = try? Envelope.parse(datagram.bytes.span.bytes)
        else { return }
        switch header {
        case .initiation(let sender): respond(to: datagram, sender)
        case .response(let sender, let receiver):
            complete(datagram, sender: sender, receiver: receiver)
        case .cookie(let receiver): comeBack(datagram, receiver: receiver)
        case .data, .beacon, .greeting: break
        }
    }

    /// The stranger whom an INIT is for answers it, rightly or not.
    private func respond(to datagram: Datagram, _ theirs: UInt32) {
        let span = datagram.bytes.span.bytes
        let receiver = Stranger.all.first { Envelope.hasValidMac1(span, macKey: $0.macKey) }
        guard let stranger = receiver else { return }
        let prologue = network.prologue
        var noise = NoiseIK.Responder(
            prologue: prologue.span.bytes, local: stranger.agreement)
        var opened = [UInt8](repeating: 0, count: datagram.bytes.count)
        do {
            var call: UInt32?
            do {
                var elements = opened.mutableSpan
                var memory = elements.mutableBytes
                let first = span.extracting(
                    Envelope.Initiation.noise(total: datagram.bytes.count))
                let (remote, count) = try noise.readFirst(
                    first, local: stranger.agreement, payloadInto: &memory)
                expect(remote == node.record.key, "an INIT of somebody else")
                let read = try HandshakePayload.decode(
                    memory.bytes.extracting(0..<count))
                expect(read.message.kind.isRequest, "an INIT with a reply")
                call = read.message.call
            }
            let payload = payload(onlyReplies: true, call: call).prefix(1_100)
            let own = entropy.next32()
            var bytes = [UInt8](repeating: 0, count: Envelope.Response.overhead + payload.count)
            do {
                let text = [UInt8](payload)
                var elements = bytes.mutableSpan
                var memory = elements.mutableBytes
                _ = try noise.writeSecond(
                    payload: text.span.bytes, into: &memory, at: Envelope.Response.noiseOffset,
                    entropy: &entropy)
                Envelope.write(.response(sender: own, receiver: theirs), into: &memory)
                Envelope.writeCodes(
                    into: &memory, macKey: Envelope.macKey(of: node.record.key), cookie: nil)
            }
            remember(
                Conversation(
                    of: stranger, from: datagram.address, own: own, theirs: theirs,
                    transport: noise.finish()))
            give(bytes, from: datagram.address)
        } catch {
            fail("an INIT of the node: \(error)")
        }
    }

    /// The stranger who began reads RESP: from now on both have keys.
    private func complete(_ datagram: Datagram, sender: UInt32, receiver: UInt32) {
        guard
            let place = attempts.firstIndex(where: {
                $0.index == receiver && $0.address == datagram.address
            }), var noise = attempts[place].noise.take()
        else { return }
        let attempt = attempts[place]
        var opened = [UInt8](repeating: 0, count: datagram.bytes.count)
        do {
            var elements = opened.mutableSpan
            var memory = elements.mutableBytes
            let span = datagram.bytes.span.bytes
            expect(
                Envelope.hasValidMac1(span, macKey: attempt.stranger.macKey), "a RESP to others")
            let count = try noise.readSecond(
                span.extracting(Envelope.Response.noise(total: datagram.bytes.count)),
                local: attempt.stranger.agreement, payloadInto: &memory)
            let payload = try HandshakePayload.decode(memory.bytes.extracting(0..<count))
            expect(!payload.message.kind.isRequest, "a RESP with a request")
            if case .records(_, _, let token?, _, _) = payload.message.body { self.token = token }
        } catch {
            fail("a RESP of the node: \(error)")
        }
        remember(
            Conversation(
                of: attempt.stranger, from: attempt.address, own: receiver, theirs: sender,
                transport: noise.finish()))
    }

    private func comeBack(_ datagram: Datagram, receiver: UInt32) {
        guard
            let attempt = attempts.last(where: {
                $0.index == receiver && $0.address == datagram.address
            })
        else { return }
        do {
            let cookie = try Envelope.openCookie(
                datagram.bytes.span.bytes, mac1: attempt.mac1,
                cookieKey: Envelope.cookieKey(of: node.record.key))
            begin(
                by: attempt.stranger, from: attempt.address, payload: attempt.payload,
                cookie: cookie)
        } catch {
            fail("a COOKIE that does not open: \(error)")
        }
    }

    private func remember(_ conversation: Conversation) {
        conversations.append(conversation)
        if conversations.count > NodeRun.kept { conversations.removeFirst() }
    }

    /// A message in a session, behind its seal.
    func speak(onlyReplies: Bool?) {
        guard let conversation = script.element(of: conversations) else { return }
        let asked = conversation.asked.isEmpty ? nil : conversation.asked.removeFirst()
        let call = onlyReplies == true ? asked : nil
        let text = speech.message(
            &script, call: call ?? UInt32(script.byte()), only: onlyReplies)
        let address =
            script.byte() < 240 ? conversation.address : Route.address(script.byte())
        give(conversation.seal(text), from: address)
    }

    /// Something said before, again, from the same address or from another one.
    func replay() {
        guard let datagram = script.element(of: given) else { return }
        let other = script.byte()
        give(
            datagram.bytes, from: other < 128 ? datagram.address : Route.address(other),
            remember: false)
    }

    /// The node's own words back at it.
    func reflect() {
        guard let datagram = script.element(of: mail) else { return }
        let other = script.byte()
        give(
            datagram.bytes, from: other < 192 ? datagram.address : Route.address(other),
            remember: false)
    }

    /// Something said before with a bit turned over.
    func flip() {
        guard let datagram = script.element(of: script.byte() < 128 ? given : mail) else {
            return
        }
        var bytes = datagram.bytes
        let place = (Int(script.byte()) << 8 | Int(script.byte())) % bytes.count
        bytes[place] ^= 1 << (script.byte() % 8)
        give(bytes, from: datagram.address, remember: false)
    }

    /// Many strangers at once.
    func flood() {
        let first = script.byte()
        let payload = payload(onlyReplies: false)
        for step in 0..<UInt8(script.below(16)) {
            let stranger = Stranger.all[Int(step) % Stranger.all.count]
            begin(
                by: stranger, from: Route.address(first &+ step &* 5), payload: payload,
                cookie: nil)
        }
    }

    /// What a person asks of the node.
    func command() {
        let choice = script.below(14)
        switch choice {
        case 0:
            var seeds: [NodeRecord] = []
            for _ in 0..<script.below(6) { seeds.append(someNode()) }
            node.perform(.join(seeds), at: now, into: &outbox)
        case 1:
            node.perform(
                .cancel(OperationID(UInt64(script.byte()))), at: now, into: &outbox)
        case 2 where script.byte() < 32:
            node.perform(.leave, at: now, into: &outbox)
        case 3:
            guard let profile = someProfile() else { return }
            node.perform(
                .keepPublished(profile, lastSequence: UInt64(script.byte()) << 40), at: now,
                into: &outbox)
        case 4:
            guard let profile = someProfile() else { return }
            node.perform(
                .keepWithdrawn(
                    profile, lastSequence: UInt64(script.byte()) << 40,
                    until: now.unix + .seconds(Int(script.byte()) * 400)),
                at: now, into: &outbox)
        default:
            guard let operation = operation(choice) else { return }
            operations += 1
            let id = OperationID(operations)
            running.insert(id)
            node.perform(.start(id, operation), at: now, into: &outbox)
        }
    }

    private func operation(_ choice: Int) -> Operation? {
        switch choice {
        case 5: .ping(someNode())
        case 6: .pingAddress(Route.address(script.byte()))
        case 7: .lookup(speech.point(&script))
        case 8: .get(speech.point(&script), via: script.byte() < 128 ? .direct : .mix)
        case 9: someProfile().map { .publish($0, via: script.byte() < 128 ? .direct : .mix) }
        case 10: .unpublish
        case 11:
            .findName(String(decoding: script.take(12), as: UTF8.self), limit: script.below(64))
        case 12: .findName(Speech.names[script.below(4)], limit: script.below(64))
        default:
            .findInterests(
                [String](Speech.interests[script.below(4)...]),
                minScore: Double(script.byte()) / 128, limit: script.below(64))
        }
    }

    private func someNode() -> NodeRecord {
        let stranger = Stranger.all[script.below(Stranger.all.count)]
        return stranger.record(at: Route.address(script.byte()), in: network)
    }

    private func someProfile() -> Profile? {
        try? Profile(
            name: Speech.names[script.below(Speech.names.count)],
            interests: [String](Speech.interests[script.below(4)...]),
            activeHour: now.unix.hour)
    }
}
