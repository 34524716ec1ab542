import KithCrypto
import KithOverlay
import KithWire

// The liar's side of handshakes and sessions, as short as the protocol allows.
extension Liar {
    /// Takes a datagram; what it answers is in ``letters``.
    func receive(_ bytes: [UInt8], from sender: Address, at now: UnixTime) {
        guard let header = try? Envelope.parse(bytes.span.bytes) else { return }
        switch header {
        case .initiation(sender: let index):
            answerInitiation(bytes, theirIndex: index, from: sender, at: now)
        case .response(sender: let theirs, receiver: let index):
            takeResponse(bytes, theirIndex: theirs, index, from: sender)
        case .data(receiver: let index, let counter):
            takeData(bytes, index, counter, from: sender, at: now)
        case .cookie:
            // Whoever is asked for a cookie tries again in the next round.
            break
        case .beacon, .greeting:
            // Liars are far away.
            break
        }
    }

    /// Says hello to an honest node, so that it may take this one for a neighbour.
    func introduce(to node: NodeRecord) {
        guard let destination = node.v4, node.key != record.key else { return }
        conspiracy.meet(node)
        let one = converse(with: node.key, at: destination, theirIndex: 0)
        var writer = CBORWriter(capacity: Envelope.Initiation.payloadBytesMax)
        HandshakePayload.writeHead(nonce: record.nonce, role: .full, into: &writer)
        MessageWriter.ping(call: one.index, into: &writer)
        // Room for the answer, which must not be longer than the question.
        writer.pad(to: 120)
        do {
            let prologue = network.prologue
            var noise = try NoiseIK.Initiator(
                prologue: prologue.span.bytes, local: agreementKey, remote: node.key,
                entropy: &entropy)
            var datagram = [UInt8](
                repeating: 0, count: Envelope.Initiation.overhead + writer.count)
            var elements = datagram.mutableSpan
            var raw = elements.mutableBytes
            _ = try noise.writeFirst(
                payload: writer.span, into: &raw, at: Envelope.Initiation.noiseOffset)
            Envelope.write(.initiation(sender: one.index), into: &raw)
            Envelope.writeCodes(
                into: &raw, macKey: Envelope.macKey(of: node.key), cookie: nil)
            one.noise = consume noise
            letters.append(Letter(destination: destination, bytes: datagram))
        } catch {
            return
        }
    }

    private func answerInitiation(
        _ bytes: [UInt8], theirIndex: UInt32, from sender: Address, at now: UnixTime
    ) {
        let datagram = bytes.span.bytes
        guard Envelope.hasValidMac1(datagram, macKey: macKey) else { return }
        let prologue = network.prologue
        var noise = NoiseIK.Responder(prologue: prologue.span.bytes, local: agreementKey)
        var opened = [UInt8](repeating: 0, count: bytes.count)
        do {
            var elements = opened.mutableSpan
            var raw = elements.mutableBytes
            let (remote, count) = try noise.readFirst(
                datagram.extracting(Envelope.Initiation.noise(total: bytes.count)),
                local: agreementKey, payloadInto: &raw)
            let body = opened.span.bytes.extracting(0..<count)
            let payload = try HandshakePayload.decode(body)
            meet(remote, nonce: payload.nonce, role: payload.role, at: sender)
            var writer = CBORWriter(
                capacity: Envelope.Response.payloadBytesMax(answering: bytes.count))
            HandshakePayload.writeHead(nonce: record.nonce, role: .full, into: &writer)
            guard answer(payload.message, in: body, to: sender, at: now, into: &writer),
                !writer.overflowed
            else { return }
            let one = converse(with: remote, at: sender, theirIndex: theirIndex)
            var reply = [UInt8](repeating: 0, count: Envelope.Response.overhead + writer.count)
            var places = reply.mutableSpan
            var out = places.mutableBytes
            _ = try noise.writeSecond(
                payload: writer.span, into: &out, at: Envelope.Response.noiseOffset,
                entropy: &entropy)
            Envelope.write(.response(sender: one.index, receiver: theirIndex), into: &out)
            Envelope.writeCodes(into: &out, macKey: Envelope.macKey(of: remote), cookie: nil)
            one.transport = noise.finish()
            letters.append(Letter(destination: sender, bytes: reply))
        } catch {
            return
        }
    }

    private func meet(
        _ key: X25519.PublicKey, nonce: UInt64, role: HandshakePayload.Role, at address: Address
    ) {
        guard role == .full, !conspiracy.knows(key),
            let id = NodeProof.id(key: key, nonce: nonce, network: network)
        else { return }
        conspiracy.meet(NodeRecord(key: key, nonce: nonce, id: id, v4: address))
    }

    private func takeResponse(
        _ bytes: [UInt8], theirIndex: UInt32, _ index: UInt32, from sender: Address
    ) {
        guard let one = conversation(index, from: sender), var noise = one.noise.take() else {
            return
        }
        var opened = [UInt8](repeating: 0, count: bytes.count)
        do {
            var elements = opened.mutableSpan
            var raw = elements.mutableBytes
            _ = try noise.readSecond(
                bytes.span.bytes.extracting(Envelope.Response.noise(total: bytes.count)),
                local: agreementKey, payloadInto: &raw)
            one.transport = noise.finish()
            one.theirIndex = theirIndex
        } catch {
            return
        }
        // What is sealed in the session proves the address, as an honest node would.
        send(in: one) { MessageWriter.ping(call: one.index, into: &$0) }
    }

    private func takeData(
        _ bytes: [UInt8], _ index: UInt32, _ counter: UInt64, from sender: Address,
        at now: UnixTime
    ) {
        guard let one = conversation(index, from: sender) else { return }
        var opened = [UInt8](repeating: 0, count: bytes.count)
        let datagram = bytes.span.bytes
        var count = 0
        switch one.transport {
        case .none: return
        case .some(let transport):
            do {
                var elements = opened.mutableSpan
                var raw = elements.mutableBytes
                count = try ChaChaPoly.open(
                    datagram.extracting(Envelope.Data.headerBytes...), into: &raw,
                    key: transport.receive, nonce: counter,
                    authenticating: datagram.extracting(..<Envelope.Data.headerBytes))
            } catch {
                return
            }
        }
        let body = opened.span.bytes.extracting(0..<count)
        guard let message = try? Message.decode(body), message.kind.isRequest else { return }
        send(in: one) { writer in
            let answers = answer(message, in: body, to: sender, at: now, into: &writer)
            if !answers { writer.clear() }
        }
        if vice == .confused, entropy.below(4) == 0 {
            send(in: one) { nonsense(call: message.call &+ 1, to: sender, into: &$0) }
        }
    }

    /// Seals what `write` writes and sends it, unless that is nothing.
    func send(in one: Conversation, _ write: (inout CBORWriter) -> Void) {
        var writer = CBORWriter(capacity: Envelope.Data.messageBytesMax)
        write(&writer)
        guard writer.count > 0, !writer.overflowed else { return }
        let counter = one.sendCounter
        one.sendCounter += 1
        var datagram = [UInt8](repeating: 0, count: Envelope.Data.headerBytes)
        datagram += writer.bytes
        datagram += [UInt8](repeating: 0, count: ChaChaPoly.tagBytes)
        var elements = datagram.mutableSpan
        var raw = elements.mutableBytes
        Envelope.write(.data(receiver: one.theirIndex, counter: counter), into: &raw)
        switch one.transport {
        case .none: return
        case .some(let transport):
            ChaChaPoly.seal(
                &raw, headerBytes: Envelope.Data.headerBytes, textBytes: writer.count,
                key: transport.send, nonce: counter)
        }
        letters.append(Letter(destination: one.address, bytes: datagram))
    }
}
