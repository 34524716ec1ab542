public import KithCrypto

/// Writes messages, one function per kind, into memory that the caller lends.
///
/// The limit of a reply is the capacity of the writer: lists stop taking items where the rest
/// of the reply would not fit any more. Nothing allocates.
public enum MessageWriter {
    /// Writes a PING.
    public static func ping(call: UInt32, into writer: inout CBORWriter) {
        head(.ping, keys: 2, call: call, &writer)
    }

    /// Writes a FIND_NODE.
    public static func findNode(call: UInt32, target: Point, into writer: inout CBORWriter) {
        head(.findNode, keys: 3, call: call, &writer)
        writer.uint(MessageKey.target)
        writer.bytes(target.bytes)
    }

    /// Writes a FIND_RECORD; `digest` has an even number of bytes up to
    /// ``Message/digestBytesMax``, pairs ascending.
    public static func findRecord(
        call: UInt32, location: Location, digest: RawSpan?, skip: UInt8 = 0,
        into writer: inout CBORWriter
    ) {
        let keys = 3 + (digest == nil ? 0 : 1) + (skip == 0 ? 0 : 1)
        head(.findRecord, keys: keys, call: call, &writer)
        writer.uint(MessageKey.target)
        writer.bytes(location.bytes)
        if let digest {
            writer.uint(MessageKey.digest)
            writer.bytes(digest)
        }
        if skip > 0 {
            writer.uint(MessageKey.skip)
            writer.uint(UInt64(skip))
        }
    }

    /// Writes a STORE.
    ///
    /// - Parameter keepSeconds: for how long a copy is wanted, at most
    ///   ``Message/keepSecondsMax``; 0 for as long as the record lives.
    public static func store(
        call: UInt32, record: RawSpan, token: Bytes16, keepSeconds: UInt32 = 0,
        into writer: inout CBORWriter
    ) {
        head(.store, keys: keepSeconds == 0 ? 4 : 5, call: call, &writer)
        writer.uint(MessageKey.record)
        writer.bytes(record)
        writer.uint(MessageKey.storeToken)
        writer.bytes(token)
        if keepSeconds > 0 {
            writer.uint(MessageKey.keep)
            writer.uint(UInt64(keepSeconds))
        }
    }

    /// Writes a PROBE for the sender itself.
    public static func probe(call: UInt32, into writer: inout CBORWriter) {
        head(.probe, keys: 2, call: call, &writer)
    }

    /// Writes a PROBE for `target`, a record with one address, with so many bytes of padding.
    public static func probe(
        call: UInt32, target: NodeRecord, padding: Int, into writer: inout CBORWriter
    ) {
        precondition(0...Message.paddingBytesMax ~= padding, "\(padding) bytes of padding")
        head(.probe, keys: 4, call: call, &writer)
        writer.uint(MessageKey.probed)
        writer.nodeRecord(target)
        writer.uint(MessageKey.padding)
        writer.bytes([UInt8](repeating: 0, count: padding).span.bytes)
    }

    /// Writes a PROBING.
    public static func probing(
        call: UInt32, load: UInt8, seen: Address, into writer: inout CBORWriter
    ) {
        head(.probing, keys: 4, call: call, &writer)
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a RELAY.
    public static func relay(call: UInt32, into writer: inout CBORWriter) {
        head(.relay, keys: 2, call: call, &writer)
    }

    /// Writes a RELAYING: `key` opens cells for `seconds` more, 1…``Message/relaySecondsMax``.
    public static func relaying(
        call: UInt32, load: UInt8, seen: Address, key: X25519.PublicKey, seconds: UInt32,
        into writer: inout CBORWriter
    ) {
        head(.relaying, keys: 6, call: call, &writer)
        writer.uint(MessageKey.relayKey)
        writer.bytes(key.bytes)
        writer.uint(MessageKey.seconds)
        writer.uint(UInt64(seconds))
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a TAKEN; `call` is that of the cell.
    public static func taken(
        call: UInt32, load: UInt8, seen: Address, into writer: inout CBORWriter
    ) {
        head(.taken, keys: 4, call: call, &writer)
        tail(load: load, seen: seen, &writer)
    }

    /// Writes an ASK for people with a name, 1…``Message/askedNameBytesMax`` bytes of UTF-8.
    public static func ask(
        call: UInt32, asker: Ed25519.PublicKey, pass: Bytes16, name: RawSpan, skip: UInt8 = 0,
        into writer: inout CBORWriter
    ) {
        askHead(call: call, asker: asker, pass: pass, skip: skip, &writer)
        writer.uint(MessageKey.name)
        writer.bytes(name)
    }

    /// Writes an ASK for people with interests, 1…``Profile/interestsMax`` of
    /// 1…``Profile/interestBytesMax`` bytes.
    public static func ask(
        call: UInt32, asker: Ed25519.PublicKey, pass: Bytes16, interests: [[UInt8]],
        skip: UInt8 = 0, into writer: inout CBORWriter
    ) {
        askHead(call: call, asker: asker, pass: pass, skip: skip, &writer)
        writer.uint(MessageKey.interests)
        writer.array(interests.count)
        for interest in interests { writer.bytes(interest) }
    }

    private static func askHead(
        call: UInt32, asker: Ed25519.PublicKey, pass: Bytes16, skip: UInt8,
        _ writer: inout CBORWriter
    ) {
        head(.ask, keys: skip == 0 ? 5 : 6, call: call, &writer)
        writer.uint(MessageKey.asker)
        writer.bytes(asker.bytes)
        writer.uint(MessageKey.pass)
        writer.bytes(pass)
        if skip > 0 {
            writer.uint(MessageKey.skip)
            writer.uint(UInt64(skip))
        }
    }

    /// Writes a SHOWN with the cards that `fill` appends.
    public static func shown(
        call: UInt32, load: UInt8, seen: Address, total: UInt32, into writer: inout CBORWriter,
        _ fill: (inout CardList) -> Void
    ) {
        head(.shown, keys: 6, call: call, &writer)
        writer.uint(MessageKey.cards)
        let rest = 1 + CBORWriter.headBytes(UInt64(total)) + tailBytes(load: load, seen: seen)
        var list = CardList(OpenList(in: writer, reserve: rest))
        fill(&list)
        writer = list.finish()
        writer.uint(MessageKey.total)
        writer.uint(UInt64(total))
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a PONG.
    public static func pong(
        call: UInt32, load: UInt8, seen: Address, into writer: inout CBORWriter
    ) {
        head(.pong, keys: 4, call: call, &writer)
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a NODES with the node records that `fill` appends.
    public static func nodes(
        call: UInt32, load: UInt8, seen: Address, into writer: inout CBORWriter,
        _ fill: (inout NodeList) -> Void
    ) {
        head(.nodes, keys: 5, call: call, &writer)
        writer.uint(MessageKey.nodes)
        var list = NodeList(
            OpenList(in: writer, reserve: tailBytes(load: load, seen: seen)))
        fill(&list)
        writer = list.finish()
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a RECORDS with the node records and records that the closures append.
    ///
    /// `nodes` runs first: to keep room for records, let it look at ``NodeList/room``.
    public static func records(
        call: UInt32, load: UInt8, seen: Address, token: Bytes16?, total: UInt32,
        full: Message.Full? = nil, into writer: inout CBORWriter,
        nodes fillNodes: (inout NodeList) -> Void, records fillRecords: (inout RecordList) -> Void
    ) {
        head(
            .records, keys: 7 + (token == nil ? 0 : 1) + (full == nil ? 0 : 1), call: call, &writer)
        let rest =
            (token == nil ? 0 : 1 + CBORWriter.stringBytes(Bytes16.count))
            + 1 + CBORWriter.headBytes(UInt64(total)) + (full?.encodedBytes ?? 0)
            + tailBytes(load: load, seen: seen)
        writer.uint(MessageKey.nodes)
        // Two more bytes: the key and the head of the list of records.
        var nodes = NodeList(OpenList(in: writer, reserve: rest + 2))
        fillNodes(&nodes)
        writer = nodes.finish()
        writer.uint(MessageKey.records)
        var records = RecordList(OpenList(in: writer, reserve: rest))
        fillRecords(&records)
        writer = records.finish()
        if let token {
            writer.uint(MessageKey.token)
            writer.bytes(token)
        }
        writer.uint(MessageKey.total)
        writer.uint(UInt64(total))
        if let full {
            writer.uint(MessageKey.full)
            writer.array(3)
            writer.uint(full.until.milliseconds)
            writer.bytes(full.signer.bytes)
            writer.bytes(full.signature)
        }
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a STORED.
    public static func stored(
        call: UInt32, load: UInt8, seen: Address, expires: UnixTime, signer: Ed25519.PublicKey,
        signature: Ed25519.Signature, into writer: inout CBORWriter
    ) {
        head(.stored, keys: 7, call: call, &writer)
        writer.uint(MessageKey.expires)
        writer.uint(expires.milliseconds)
        writer.uint(MessageKey.signer)
        writer.bytes(signer.bytes)
        writer.uint(MessageKey.signature)
        writer.bytes(signature)
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a REFUSED; `newer` counts for ``Refusal/older`` only.
    public static func refused(
        call: UInt32, load: UInt8, seen: Address, reason: Refusal, newer: UInt64? = nil,
        into writer: inout CBORWriter
    ) {
        let newer = reason == .older ? newer : nil
        head(.refused, keys: newer == nil ? 5 : 6, call: call, &writer)
        writer.uint(MessageKey.reason)
        writer.uint(UInt64(reason.rawValue))
        if let newer {
            writer.uint(MessageKey.newer)
            writer.uint(newer)
        }
        tail(load: load, seen: seen, &writer)
    }

    /// Writes a message again that was decoded from `source`; the result is the same bytes.
    public static func message(
        _ message: Message, from source: RawSpan, into writer: inout CBORWriter
    ) {
        let call = message.call
        switch message.body {
        case .ping: ping(call: call, into: &writer)
        case .findNode(let target): findNode(call: call, target: target, into: &writer)
        case .findRecord(let location, let digest, let skip):
            findRecord(
                call: call, location: location, digest: digest?.bytes(in: source), skip: skip,
                into: &writer)
        case .store(let record, let token, let keepSeconds):
            store(
                call: call, record: record.bytes(in: source), token: token,
                keepSeconds: keepSeconds, into: &writer)
        case .probe: probe(call: call, into: &writer)
        case .probeOther(let target, let padding):
            var cursor = target.nodes(in: source)
            guard let record = cursor.next() else { preconditionFailure("a list of one is empty") }
            probe(call: call, target: record, padding: padding.byteCount, into: &writer)
        case .ask(let asker, let pass, .name(let name), let skip):
            ask(
                call: call, asker: asker, pass: pass, name: name.bytes(in: source), skip: skip,
                into: &writer)
        case .ask(let asker, let pass, .interests(let items), let skip):
            var cursor = items.strings(in: source)
            var interests: [[UInt8]] = []
            while let interest = cursor.next() {
                interests.append([UInt8](copying: interest.bytes(in: source)))
            }
            ask(
                call: call, asker: asker, pass: pass, interests: interests, skip: skip,
                into: &writer)
        case .relay:
            relay(call: call, into: &writer)
        case .pong, .nodes, .records, .stored, .refused, .probing, .shown, .relaying, .taken:
            guard let load = message.load, let seen = message.seen else {
                preconditionFailure("a reply without load or address")
            }
            reply(message, load: load, seen: seen, from: source, into: &writer)
        }
    }

    private static func reply(
        _ message: Message, load: UInt8, seen: Address, from source: RawSpan,
        into writer: inout CBORWriter
    ) {
        let call = message.call
        switch message.body {
        case .ping, .findNode, .findRecord, .store, .probe, .probeOther, .ask, .relay: break
        case .shown(let items, let total):
            shown(call: call, load: load, seen: seen, total: total, into: &writer) { list in
                var cursor = items.cards(in: source)
                while let (identity, card) = cursor.next() {
                    list.append(card.bytes(in: source), of: identity)
                }
            }
        case .probing: probing(call: call, load: load, seen: seen, into: &writer)
        case .taken: taken(call: call, load: load, seen: seen, into: &writer)
        case .relaying(let key, let seconds):
            relaying(
                call: call, load: load, seen: seen, key: key, seconds: seconds, into: &writer)
        case .pong: pong(call: call, load: load, seen: seen, into: &writer)
        case .nodes(let items):
            nodes(call: call, load: load, seen: seen, into: &writer) {
                copy(items, from: source, into: &$0)
            }
        case .records(let items, let kept, let token, let total, let full):
            records(
                call: call, load: load, seen: seen, token: token, total: total, full: full,
                into: &writer,
                nodes: { copy(items, from: source, into: &$0) },
                records: { copy(kept, from: source, into: &$0) })
        case .stored(let expires, let signer, let signature):
            stored(
                call: call, load: load, seen: seen, expires: expires, signer: signer,
                signature: signature, into: &writer)
        case .refused(let reason, let newer):
            refused(
                call: call, load: load, seen: seen, reason: reason, newer: newer, into: &writer)
        }
    }

    private static func copy(_ items: Items, from source: RawSpan, into list: inout NodeList) {
        var cursor = items.nodes(in: source)
        while let record = cursor.next() { list.append(record) }
    }

    private static func copy(_ items: Items, from source: RawSpan, into list: inout RecordList) {
        var cursor = items.strings(in: source)
        while let record = cursor.next() { list.append(record.bytes(in: source)) }
    }

    private static func head(
        _ kind: Message.Kind, keys: Int, call: UInt32, _ writer: inout CBORWriter
    ) {
        writer.map(keys)
        writer.uint(MessageKey.kind)
        writer.uint(UInt64(kind.rawValue))
        writer.uint(MessageKey.call)
        writer.uint(UInt64(call))
    }

    private static func tail(load: UInt8, seen: Address, _ writer: inout CBORWriter) {
        writer.uint(MessageKey.load)
        writer.uint(UInt64(min(load, Message.loadMax)))
        writer.uint(MessageKey.seen)
        writer.address(seen)
    }

    /// How many bytes load and address take with their keys.
    private static func tailBytes(load: UInt8, seen: Address) -> Int {
        1 + CBORWriter.headBytes(UInt64(min(load, Message.loadMax))) + 1 + seen.encodedBytes
    }
}
