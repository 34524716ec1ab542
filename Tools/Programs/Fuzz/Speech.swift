import KithCrypto
import KithWire

/// What strangers say: messages of every kind, right or damaged, as a script wants them.
struct Speech {
    let network: Network
    let now: UnixTime
    /// The node that is talked to.
    let listener: NodeRecord
    /// Where a stranger's record says that it is.
    let address: Address
    /// The last STORE token that the node gave away.
    let token: Bytes16

    /// Names that are published and looked for.
    static let names = ["Marta", "Марта Ковальчук", "elena", "Zoë Smith"]
    static let interests = ["chess", "go", "Быт", "jazz"]

    /// A message of a kind that the script chooses, damaged as it wants.
    func message(_ script: inout Script, call: UInt32, only replies: Bool? = nil) -> [UInt8] {
        let kinds = Message.Kind.allCases.filter { replies == nil || $0.isRequest != replies }
        let kind = kinds[script.below(kinds.count)]
        let damage = script.byte()
        switch damage {
        case 0..<160:
            return message(of: kind, &script, call: call)
        case 160..<224:
            var bytes = message(of: kind, &script, call: call)
            for _ in 0...damage % 4 {
                let place = (Int(script.byte()) << 8 | Int(script.byte())) % bytes.count
                bytes[place] = script.byte()
            }
            return bytes
        default:
            return script.take(Int(script.byte()) * 4)
        }
    }

    /// A well-formed message of this kind.
    private func message(
        of kind: Message.Kind, _ script: inout Script, call: UInt32
    ) -> [UInt8] {
        let load = script.byte() % 101
        let seen = script.byte() < 128 ? address : Route.address(script.byte())
        switch kind {
        case .ping:
            return written { MessageWriter.ping(call: call, into: &$0) }
        case .findNode:
            let target = point(&script)
            return written { MessageWriter.findNode(call: call, target: target, into: &$0) }
        case .findRecord:
            return findRecord(&script, call: call)
        case .store:
            let record = record(&script)
            let token = script.byte() < 192 ? self.token : Bytes16()
            let keep = UInt32(script.byte()) * 300
            return written {
                MessageWriter.store(
                    call: call, record: record.span.bytes, token: token, keepSeconds: keep,
                    into: &$0)
            }
        case .pong:
            return written {
                MessageWriter.pong(call: call, load: load, seen: seen, into: &$0)
            }
        case .nodes:
            let nodes = nodes(&script)
            return written(1_200) {
                MessageWriter.nodes(call: call, load: load, seen: seen, into: &$0) { list in
                    for node in nodes { list.append(node) }
                }
            }
        case .records:
            return records(&script, call: call, load: load, seen: seen)
        case .stored:
            return stored(&script, call: call, load: load, seen: seen)
        case .refused:
            let reason = script.element(of: Refusal.allCases) ?? .rate
            let newer = script.byte() < 128 ? nil : UInt64(script.byte()) << 40
            return written {
                MessageWriter.refused(
                    call: call, load: load, seen: seen, reason: reason, newer: newer, into: &$0)
            }
        case .probe:
            return probe(&script, call: call)
        case .probing:
            return written {
                MessageWriter.probing(call: call, load: load, seen: seen, into: &$0)
            }
        case .ask:
            let name = Array(Self.names[script.below(4)].utf8)
            let interests = [Array(Self.interests[script.below(4)].utf8)]
            let asker = Ed25519.PublicKey(point(&script).bytes)
            let isName = script.byte() < 128
            return written {
                if isName {
                    MessageWriter.ask(
                        call: call, asker: asker, pass: token, name: name.span.bytes, into: &$0)
                } else {
                    MessageWriter.ask(
                        call: call, asker: asker, pass: token, interests: interests, into: &$0)
                }
            }
        case .relay:
            return written { MessageWriter.relay(call: call, into: &$0) }
        case .relaying:
            let key = X25519.PublicKey(point(&script).bytes)
            return written {
                MessageWriter.relaying(
                    call: call, load: load, seen: seen, key: key, seconds: 1 + UInt32(load),
                    into: &$0)
            }
        case .taken:
            return written { MessageWriter.taken(call: call, load: load, seen: seen, into: &$0) }
        case .shown:
            let card = script.take(Int(script.byte()) * 2 + 1)
            let person = Ed25519.PublicKey(point(&script).bytes)
            return written(1_200) {
                MessageWriter.shown(
                    call: call, load: load, seen: seen, total: UInt32(load), into: &$0
                ) { list in
                    list.append(card.span.bytes, of: person)
                }
            }
        }
    }

    /// Asks for a probe of itself, or of somebody else, with as much padding as is due or less.
    private func probe(_ script: inout Script, call: UInt32) -> [UInt8] {
        guard script.byte() < 128 else {
            return written { MessageWriter.probe(call: call, into: &$0) }
        }
        let other = stranger(&script).record(at: Route.address(script.byte()), in: network)
        let padding = [0, 32, 64, Message.paddingBytesMax][script.below(4)]
        return written(1_200) {
            MessageWriter.probe(call: call, target: other, padding: padding, into: &$0)
        }
    }

    /// A statement of a stranger that a location is full, for a time that may be too long.
    private func full(_ script: inout Script) -> Message.Full? {
        guard script.byte() < 96 else { return nil }
        let statement = FullStatement.sign(
            point(&script), until: now + .seconds(Int(script.byte()) * 8), network: network,
            with: stranger(&script).signing)
        return Message.Full(statement)
    }

    private func findRecord(_ script: inout Script, call: UInt32) -> [UInt8] {
        let location = point(&script)
        let skip = script.byte()
        let digest =
            skip % 2 == 0
            ? nil : InterestSet.encode(digest: InterestSet(Speech.interests).digest)
        return written { writer in
            if let digest {
                MessageWriter.findRecord(
                    call: call, location: location, digest: digest.span.bytes, skip: skip / 16,
                    into: &writer)
            } else {
                MessageWriter.findRecord(
                    call: call, location: location, digest: nil, skip: skip / 16, into: &writer)
            }
        }
    }

    private func records(
        _ script: inout Script, call: UInt32, load: UInt8, seen: Address
    ) -> [UInt8] {
        let nodes = nodes(&script)
        var records: [[UInt8]] = []
        for _ in 0..<script.below(4) { records.append(record(&script)) }
        let total = UInt32(script.byte())
        let token = script.byte() < 192 ? token : nil
        let full = full(&script)
        return written(1_200) {
            MessageWriter.records(
                call: call, load: load, seen: seen, token: token, total: total, full: full,
                into: &$0,
                nodes: { list in for node in nodes { list.append(node) } },
                records: { list in for record in records { list.append(record) } })
        }
    }

    private func stored(
        _ script: inout Script, call: UInt32, load: UInt8, seen: Address
    ) -> [UInt8] {
        let signer = stranger(&script)
        let expires = now + .seconds(Int(script.byte()) * 600)
        let receipt = Receipt.sign(
            location: point(&script), author: signer.signing.publicKey,
            sequence: UInt64(script.byte()), until: expires, network: network,
            with: signer.signing)
        return written {
            MessageWriter.stored(
                call: call, load: load, seen: seen, expires: expires, signer: receipt.signer,
                signature: receipt.signature, into: &$0)
        }
    }

    private func stranger(_ script: inout Script) -> Stranger {
        Stranger.all[script.below(Stranger.all.count)]
    }

    /// A point that matters to the node, or one that does not.
    func point(_ script: inout Script) -> Point {
        switch script.byte() % 5 {
        case 0: return listener.id
        case 1: return listener.id.flippingBit(at: script.below(256))
        case 2: return Record.ownedLocation(.profile, author: stranger(&script).signing.publicKey)
        case 3:
            let kind: Record.Kind = script.byte() < 128 ? .nameEntry : .interestEntry
            let words = kind == .nameEntry ? ["marta", "elena", "zoe"] : ["chess", "go", "jazz"]
            return Record.sharedLocation(
                kind, token: words[script.below(words.count)], day: now.day, shard: 0)
        default:
            let byte = UInt64(script.byte())
            return Point(Bytes32(bigEndianWords: (byte << 56, byte, 0, byte)))
        }
    }

    /// Records of strangers, some with an id or a key that is not theirs.
    private func nodes(_ script: inout Script) -> [NodeRecord] {
        var nodes: [NodeRecord] = []
        for _ in 0..<script.below(17) {
            let other = stranger(&script)
            let honest = other.record(at: Route.address(script.byte()), in: network)
            switch script.byte() % 8 {
            case 0:
                nodes.append(
                    NodeRecord(
                        key: honest.key, nonce: honest.nonce,
                        id: honest.id.flippingBit(at: script.below(256)), v4: honest.v4,
                        v6: honest.v6))
            case 1:
                nodes.append(
                    NodeRecord(
                        key: X25519.PublicKey(Bytes32(bigEndianWords: (0, 0, 0, 0))), nonce: 0,
                        id: listener.id, v4: honest.v4, v6: honest.v6))
            case 2: nodes.append(listener.with(v4: honest.v4, v6: honest.v6))
            default: nodes.append(honest)
            }
        }
        return nodes
    }

    /// A signed record of a stranger; an unsigned one when it may not be signed.
    private func record(_ script: inout Script) -> [UInt8] {
        let author = stranger(&script)
        if script.byte() < 48 { return sealed(&script, by: author) }
        let kinds = Record.Kind.allCases.filter { !$0.isSealed }
        let kind = kinds[script.below(kinds.count)]
        let age = Duration.seconds(Int(script.byte()) * 400)
        let life = Duration.seconds(Int(script.byte()) * 400)
        let created = now - age + .seconds(60)
        let word = Text.normalise(Speech.names[script.below(Speech.names.count)])
        let sequence = created.milliseconds << 16 | UInt64(script.byte())
        let hasBody = script.byte() < 200
        let profile = try? Profile(
            name: Speech.names[script.below(Speech.names.count)],
            interests: [Speech.interests[script.below(Speech.interests.count)]],
            activeHour: created.hour)
        let entry = IndexEntry(day: created.day, digest: InterestSet(["chess"]).digest)
        let body = kind.isShared ? entry.encode() : profile?.encode()
        let home = kind.isShared ? Record.sharedLocation(kind, token: word, day: created.day) : nil
        do {
            return try Record.sign(
                kind: kind, author: author.signing, sequence: sequence, created: created,
                expires: created + life, location: home,
                body: hasBody ? body : nil, network: network
            ).encoded
        } catch {
            return [0xa0]
        }
    }
}

extension Speech {
    /// A sealed record that nobody can read, or a request whose stamp does not hold.
    private func sealed(_ script: inout Script, by author: Stranger) -> [UInt8] {
        let kind: Record.Kind = script.byte() < 128 ? .sealed : .request
        let time = now - .seconds(Int(script.byte()) * 400) + .seconds(60)
        let body = [UInt8](repeating: script.byte(), count: Record.sealedBodyBytes(kind))
        return Record.seal(
            body, as: kind, author: author.signing, sequence: time.milliseconds << 16,
            location: kind.isShared ? point(&script) : nil, network: network
        ).encoded
    }
}

/// Where strangers send from: both families, several hosts of one subnet, several ports.
enum Route {
    /// One of 256 addresses: family 1 bit, scope 1, subnet 2, host 2, port 2.
    static func address(_ byte: UInt8) -> Address {
        let (subnet, host) = (UInt32(byte >> 2 & 3), UInt32(byte >> 4 & 3))
        let port = [5_484, 1_024, 65_535, 7][Int(byte >> 6)] as UInt16
        let isOdd = byte & 2 != 0
        if byte & 1 == 0 {
            let network: UInt32 = isOdd ? 0x0a00_0000 : 0x0808_0000
            // Rarely a group, which nobody may send from.
            if byte == 0xfe { return Address(v4: 0xe000_0001, port: port) }
            return Address(v4: network | subnet << 8 | host + 1, port: port)
        }
        let high: UInt64 = isOdd ? 0xfc00_0000_0000_0000 : 0x2001_0db8_0000_0000
        return Address(v6: high | UInt64(subnet) << 16, low: UInt64(host) + 1, port: port)
    }
}
