import KithCrypto
import KithWire

/// Messages: one good vector for every kind and shape, and one for every fault.
func messageVectors() -> [Vector] {
    goodMessages() + brokenMaps() + brokenRequests() + brokenReplies()
}

private let call: UInt32 = 0x0102_0304
private let point = Point(BLAKE2b.hash32(Array("point".utf8)))
private let token = Bytes16(copying: [UInt8](0..<16).span.bytes)
private let author = Ed25519.PublicKey(BLAKE2b.hash32(Array("author".utf8)))

private func vector(
    _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8]
) -> Vector {
    Vector(
        area: "message", name: name, expect: expect, comment: comment, headers: [], bytes: bytes,
        judge: judgeMessage)
}

/// What our decoder says about a message.
func judgeMessage(_ bytes: [UInt8]) -> String {
    outcome { () throws(DecodeError) in _ = try recodedMessage(bytes) }
}

/// A message, decoded and encoded again, and its kind.
func recodedMessage(_ bytes: [UInt8]) throws(DecodeError) -> Message.Kind {
    let span = bytes.span.bytes
    let message = try Message.decode(span)
    var writer = CBORWriter(capacity: bytes.count)
    MessageWriter.message(message, from: span, into: &writer)
    precondition(writer.bytes == bytes, "accepted, but encodes differently")
    return message.kind
}

/// An ASK of so many keys, with what follows asker and pass.
private func ask(keys: Int, _ rest: (inout CBORWriter) -> Void) -> [UInt8] {
    map(keys, kind: 13) {
        $0.uint(2)
        $0.bytes(author.bytes)
        $0.uint(3)
        $0.bytes(Bytes16())
        rest(&$0)
    }
}

/// A map of `count` keys that starts with kind and call and goes on with what `rest` writes.
private func map(
    _ count: Int, kind: UInt64, _ rest: (inout CBORWriter) -> Void = { _ in }
) -> [UInt8] {
    cbor {
        $0.map(count)
        $0.uint(0)
        $0.uint(kind)
        $0.uint(1)
        $0.uint(UInt64(call))
        rest(&$0)
    }
}

/// The end of every reply: load and address.
private func tail(_ writer: inout CBORWriter, load: UInt64 = 7) {
    writer.uint(10)
    writer.uint(load)
    writer.uint(11)
    writer.address(Cast.v4)
}

private func goodMessages() -> [Vector] {
    let digest = hex("0102 0304 fffe")
    let record = [UInt8](repeating: 0xa5, count: 300)
    return [
        vector("ping", "ok", "PING", cbor { MessageWriter.ping(call: call, into: &$0) }),
        vector(
            "ping-call-max", "ok", "PING with the largest call",
            cbor { MessageWriter.ping(call: .max, into: &$0) }),
        vector(
            "find-node", "ok", "FIND_NODE",
            cbor { MessageWriter.findNode(call: call, target: point, into: &$0) }),
        vector(
            "find-record", "ok", "FIND_RECORD",
            cbor {
                MessageWriter.findRecord(call: call, location: point, digest: nil, into: &$0)
            }),
        vector(
            "find-record-digest-and-skip", "ok", "FIND_RECORD, both options",
            cbor {
                MessageWriter.findRecord(
                    call: call, location: point, digest: digest.span.bytes, skip: 255, into: &$0)
            }),
        vector(
            "find-record-digest-empty", "ok", "the asker has no interests",
            cbor {
                MessageWriter.findRecord(
                    call: call, location: point, digest: RawSpan(), into: &$0)
            }),
        vector(
            "store", "ok", "STORE; the record is opaque to this layer",
            cbor {
                MessageWriter.store(
                    call: call, record: record.span.bytes, token: token, into: &$0)
            }),
        vector(
            "store-keep", "ok", "STORE of a copy for half an hour",
            cbor {
                MessageWriter.store(
                    call: call, record: record.span.bytes, token: token, keepSeconds: 1_800,
                    into: &$0)
            }),
        vector(
            "pong", "ok", "PONG",
            cbor {
                MessageWriter.pong(call: call, load: 100, seen: Cast.v6, into: &$0)
            }),
        vector(
            "nodes", "ok", "NODES with one of each kind of node record",
            cbor {
                MessageWriter.nodes(call: call, load: 0, seen: Cast.v4, into: &$0) { list in
                    for node in [Cast.ada, Cast.bob, Cast.cleo] { list.append(node) }
                }
            }),
        vector(
            "nodes-none", "ok", "NODES of a node that knows nobody",
            cbor { MessageWriter.nodes(call: call, load: 0, seen: Cast.v4, into: &$0) { _ in } }),
        vector(
            "records", "ok", "RECORDS with a node, two records and a token",
            cbor {
                MessageWriter.records(
                    call: call, load: 7, seen: Cast.v4, token: token, total: 40, into: &$0,
                    nodes: { $0.append(Cast.ada) },
                    records: {
                        $0.append(record)
                        $0.append([1])
                    })
            }),
        vector(
            "records-full", "ok", "RECORDS of a node that takes no more: no token",
            cbor {
                MessageWriter.records(
                    call: call, load: 7, seen: Cast.v4, token: nil, total: 0, into: &$0,
                    nodes: { _ in }, records: { _ in })
            }),
        vector(
            "records-location-full", "ok", "RECORDS that say the location is full, with all else",
            cbor {
                MessageWriter.records(
                    call: call, load: 7, seen: Cast.v4, token: token, total: 192,
                    full: Message.Full(
                        FullStatement(
                            location: point, until: UnixTime(milliseconds: 1_800_000_000_000),
                            signer: author,
                            signature: Ed25519.Signature(
                                copying: [UInt8](repeating: 0x5a, count: 64).span.bytes))),
                    into: &$0, nodes: { $0.append(Cast.ada) }, records: { $0.append(record) })
            }),
        vector(
            "stored", "ok", "STORED; the signature is opaque to this layer",
            cbor {
                MessageWriter.stored(
                    call: call, load: 7, seen: Cast.v4,
                    expires: UnixTime(milliseconds: 1_800_000_000_000), signer: author,
                    signature: Ed25519.Signature(
                        copying: [UInt8](repeating: 0x5a, count: 64).span.bytes), into: &$0)
            }),
        vector(
            "probe", "ok", "PROBE for the sender itself",
            cbor { MessageWriter.probe(call: call, into: &$0) }),
        vector(
            "probe-other-ipv4", "ok", "PROBE for another node, padded",
            cbor {
                MessageWriter.probe(
                    call: call, target: Cast.ada, padding: 72, into: &$0)
            }),
        vector(
            "probe-other-ipv6", "ok", "PROBE for another node without padding",
            cbor {
                MessageWriter.probe(call: call, target: Cast.bob, padding: 0, into: &$0)
            }),
        vector(
            "probing", "ok", "PROBING",
            cbor { MessageWriter.probing(call: call, load: 7, seen: Cast.v4, into: &$0) }),
        vector(
            "ask-name", "ok", "ASK for people with a name",
            cbor {
                MessageWriter.ask(
                    call: call, asker: author, pass: Bytes16(), name: Array("Zoë".utf8).span.bytes,
                    into: &$0)
            }),
        vector(
            "ask-interests", "ok", "ASK for people with interests, the second page",
            cbor {
                MessageWriter.ask(
                    call: call, asker: author, pass: Bytes16(),
                    interests: [Array("chess".utf8), Array("go".utf8)], skip: 2, into: &$0)
            }),
        vector(
            "shown", "ok", "SHOWN with one card of three",
            cbor {
                MessageWriter.shown(
                    call: call, load: 7, seen: Cast.v4, total: 3, into: &$0
                ) { list in
                    list.append([UInt8](repeating: 0xa0, count: 40).span.bytes, of: author)
                }
            }),
        vector("relay", "ok", "RELAY", cbor { MessageWriter.relay(call: call, into: &$0) }),
        vector(
            "relaying", "ok", "RELAYING, the key good for an hour",
            cbor {
                MessageWriter.relaying(
                    call: call, load: 7, seen: Cast.v4,
                    key: X25519.PublicKey(author.bytes), seconds: 3_600, into: &$0)
            }),
        vector(
            "taken", "ok", "TAKEN",
            cbor { MessageWriter.taken(call: call, load: 7, seen: Cast.v4, into: &$0) }),
        vector(
            "refused-older", "ok", "REFUSED with the newer sequence",
            cbor {
                MessageWriter.refused(
                    call: call, load: 7, seen: Cast.v4, reason: .older, newer: .max, into: &$0)
            }),
    ]
        + Refusal.allCases.map { reason in
            vector(
                "refused-\(reason.rawValue)", "ok", "REFUSED: \(reason)",
                cbor {
                    MessageWriter.refused(
                        call: call, load: 7, seen: Cast.v4, reason: reason, into: &$0)
                })
        }
}

private func brokenMaps() -> [Vector] {
    let ping = cbor { MessageWriter.ping(call: call, into: &$0) }
    return [
        vector("empty", "truncated", "no bytes", []),
        vector("array", "wrongType", "an array is no message", cbor { $0.array(0) }),
        vector("no-kind", "missingKey", "an empty map", cbor { $0.map(0) }),
        vector(
            "no-call", "missingKey", "a map with the kind alone",
            cbor {
                $0.map(1)
                $0.uint(0)
                $0.uint(1)
            }),
        vector("kind-0", "unknownKind", "no kind has the number 0", map(2, kind: 0)),
        vector("kind-10", "unknownKind", "no kind has the number 10", map(2, kind: 10)),
        vector("kind-257", "unknownKind", "257 is not 1", map(2, kind: 257)),
        vector(
            "call-too-large", "outOfRange", "2^32",
            cbor {
                $0.map(2)
                for value: UInt64 in [0, 1, 1, 1 << 32] { $0.uint(value) }
            }),
        vector(
            "call-before-kind", "missingKey", "key 1 comes where key 0 must be",
            cbor {
                $0.map(2)
                for value: UInt64 in [1, 7, 0, 1] { $0.uint(value) }
            }),
        vector(
            "kind-twice", "notCanonical", "key 0 twice",
            cbor {
                $0.map(3)
                for value: UInt64 in [0, 1, 0, 1, 1, 7] { $0.uint(value) }
            }),
        vector(
            "call-in-too-many-bytes", "notCanonical", "a call of 7 in two bytes",
            hex("a2 0001 01 1807")),
        vector(
            "map-indefinite", "notCanonical", "a map that ends with a break",
            hex("bf 0001 0107 ff")),
        vector("text-key", "wrongType", "a key of text", hex("a2 0001 6131 07")),
        vector("trailing", "trailingBytes", "a byte after PING", ping + [0]),
        vector("cut", "truncated", "the last byte of PING is missing", ping.dropLast()),
        vector(
            "ping-with-target", "unknownKey", "PING has no key 2",
            map(3, kind: 1) {
                $0.uint(2)
                $0.bytes(point.bytes)
            }),
        vector(
            "ping-with-load", "unknownKey", "a request has no load", map(4, kind: 1) { tail(&$0) }),
    ]
}

private func brokenRequests() -> [Vector] {
    func find(_ count: Int, _ rest: (inout CBORWriter) -> Void) -> [UInt8] {
        map(count, kind: 5) {
            $0.uint(2)
            $0.bytes(point.bytes)
            rest(&$0)
        }
    }
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        find(4) {
            $0.uint(3)
            $0.bytes(bytes)
        }
    }
    func skip(_ value: UInt64) -> [UInt8] {
        find(4) {
            $0.uint(4)
            $0.uint(value)
        }
    }
    func store(record: Int, token: Int, keep: UInt64? = nil) -> [UInt8] {
        map(keep == nil ? 4 : 5, kind: 7) {
            $0.uint(2)
            $0.bytes([UInt8](repeating: 1, count: record))
            $0.uint(3)
            $0.bytes([UInt8](repeating: 2, count: token))
            if let keep {
                $0.uint(4)
                $0.uint(keep)
            }
        }
    }
    let ascending = (0..<33).flatMap { [UInt8(0), UInt8($0)] }
    return [
        vector("find-node-no-target", "missingKey", "FIND_NODE for nothing", map(2, kind: 3)),
        vector(
            "find-node-short-target", "wrongLength", "a point of 31 bytes",
            map(3, kind: 3) {
                $0.uint(2)
                $0.bytes([UInt8](repeating: 0, count: 31))
            }),
        vector(
            "find-node-text-target", "wrongType", "a point as text",
            map(3, kind: 3) {
                $0.uint(2)
                $0.text(String(repeating: "a", count: 32))
            }),
        vector("digest-odd", "wrongLength", "half of a digest value", digest([1, 2, 3])),
        vector("digest-66", "wrongLength", "33 digest values", digest(ascending)),
        vector("digest-descending", "notCanonical", "values out of order", digest([2, 0, 1, 0])),
        vector("digest-twice", "notCanonical", "a value twice", digest([1, 0, 1, 0])),
        vector("skip-0", "notCanonical", "nothing to skip is said by no key", skip(0)),
        vector("skip-256", "outOfRange", "skip fits into one byte", skip(256)),
        vector(
            "skip-before-digest", "notCanonical", "key 4 and then key 3",
            find(5) {
                $0.uint(4)
                $0.uint(1)
                $0.uint(3)
                $0.bytes([])
            }),
        vector("store-record-empty", "wrongLength", "no record", store(record: 0, token: 16)),
        vector("store-record-897", "wrongLength", "too large", store(record: 897, token: 16)),
        vector("store-record-896", "ok", "the largest record", store(record: 896, token: 16)),
        vector(
            "store-keep-0", "notCanonical", "no limit is said by no key",
            store(record: 1, token: 16, keep: 0)),
        vector(
            "store-keep-86400", "ok", "a copy for a day", store(record: 1, token: 16, keep: 86_400)),
        vector(
            "store-keep-86401", "outOfRange", "a copy for longer than a record lives",
            store(record: 1, token: 16, keep: 86_401)),
        vector("store-token-15", "wrongLength", "a short token", store(record: 1, token: 15)),
        vector(
            "store-no-token", "missingKey", "STORE without a token",
            map(3, kind: 7) {
                $0.uint(2)
                $0.bytes([1])
            }),
    ] + brokenProbes()
}

private func brokenProbes() -> [Vector] {
    func probe(_ target: NodeRecord, padding: [UInt8]?) -> [UInt8] {
        map(padding == nil ? 3 : 4, kind: 11) {
            $0.uint(2)
            $0.nodeRecord(target)
            guard let padding else { return }
            $0.uint(3)
            $0.bytes(padding)
        }
    }
    return [
        vector(
            "probe-two-addresses", "wrongLength", "one handshake goes to one address",
            probe(Cast.cleo, padding: [])),
        vector(
            "probe-no-padding", "missingKey", "a node to probe, and no key 3",
            probe(Cast.ada, padding: nil)),
        vector(
            "probe-padding-not-zero", "notCanonical", "padding says nothing",
            probe(Cast.ada, padding: [0, 1])),
        vector(
            "probe-padding-129", "wrongLength", "too much padding",
            probe(Cast.ada, padding: [UInt8](repeating: 0, count: 129))),
        vector(
            "probe-padding-alone", "unknownKey", "padding without a node to probe",
            map(3, kind: 11) {
                $0.uint(3)
                $0.bytes([0])
            }),
        vector("probing-no-tail", "missingKey", "PROBING is a reply", map(2, kind: 12)),
        vector(
            "ask-nothing", "missingKey", "neither a name nor interests",
            ask(keys: 4) { _ in }),
        vector(
            "ask-name-and-interests", "unknownKey", "both at once",
            ask(keys: 6) {
                $0.uint(5)
                $0.bytes([97])
                $0.uint(6)
                $0.array(1)
                $0.bytes([97])
            }),
        vector(
            "ask-no-interest", "outOfRange", "an empty list of interests",
            ask(keys: 5) {
                $0.uint(6)
                $0.array(0)
            }),
        vector("shown-no-tail", "missingKey", "SHOWN is a reply", map(2, kind: 14)),
    ]
}

private func brokenReplies() -> [Vector] {
    /// NODES with a list of `count` items that `items` writes.
    func nodes(_ count: Int, _ items: (inout CBORWriter) -> Void) -> [UInt8] {
        map(5, kind: 4) {
            $0.uint(5)
            $0.array(count)
            items(&$0)
            tail(&$0)
        }
    }
    /// RECORDS with records of these sizes.
    func records(_ sizes: [Int]) -> [UInt8] {
        map(7, kind: 6) {
            $0.uint(5)
            $0.array(0)
            $0.uint(6)
            $0.array(sizes.count)
            for size in sizes { $0.bytes([UInt8](repeating: 1, count: size)) }
            $0.uint(8)
            $0.uint(UInt64(sizes.count))
            tail(&$0)
        }
    }
    /// RECORDS that say with a list of `count` items that the location is full.
    func full(_ count: Int, _ items: (inout CBORWriter) -> Void) -> [UInt8] {
        map(8, kind: 6) {
            $0.uint(5)
            $0.array(0)
            $0.uint(6)
            $0.array(0)
            $0.uint(8)
            $0.uint(192)
            $0.uint(9)
            $0.array(count)
            items(&$0)
            tail(&$0)
        }
    }
    /// RELAYING with a key of so many bytes, or none.
    func relaying(_ seconds: UInt64, key: Int? = 32) -> [UInt8] {
        map(key == nil ? 5 : 6, kind: 16) {
            if let key {
                $0.uint(2)
                $0.bytes([UInt8](repeating: 7, count: key))
            }
            $0.uint(3)
            $0.uint(seconds)
            tail(&$0)
        }
    }
    func refused(_ reason: UInt64, newer: UInt64? = nil) -> [UInt8] {
        map(newer == nil ? 5 : 6, kind: 9) {
            $0.uint(2)
            $0.uint(reason)
            if let newer {
                $0.uint(3)
                $0.uint(newer)
            }
            tail(&$0)
        }
    }
    let ada = Cast.ada
    return [
        vector("pong-no-tail", "missingKey", "a reply without load", map(2, kind: 2)),
        vector(
            "pong-no-address", "missingKey", "a reply without the address seen",
            map(3, kind: 2) {
                $0.uint(10)
                $0.uint(7)
            }),
        vector(
            "pong-load-101", "outOfRange", "more than all", map(4, kind: 2) { tail(&$0, load: 101) }
        ),
        vector(
            "pong-seen-multicast", "unusableAddress", "nobody is seen at 224.0.0.1",
            map(4, kind: 2) {
                $0.uint(10)
                $0.uint(7)
                $0.uint(11)
                $0.address(Address(v4: 0xe000_0001, port: 5_484))
            }),
        vector(
            "pong-key-12", "unknownKey", "a key after the last",
            map(5, kind: 2) {
                tail(&$0)
                $0.uint(12)
                $0.uint(0)
            }),
        vector(
            "nodes-16", "ok", "the most node records",
            nodes(16) { for _ in 0..<16 { $0.nodeRecord(ada) } }),
        vector(
            "nodes-17", "outOfRange", "one node record too many",
            nodes(17) { for _ in 0..<17 { $0.nodeRecord(ada) } }),
        vector(
            "nodes-bad-address", "unusableAddress", "the last node record has port 0",
            nodes(2) {
                $0.nodeRecord(ada)
                $0.nodeRecord(ada.with(v4: Address(v4: 0xc000_0207, port: 0), v6: nil))
            }),
        vector(
            "nodes-count-too-small", "wrongType", "a list of 1 with two items",
            nodes(1) { for _ in 0..<2 { $0.nodeRecord(ada) } }),
        vector("records-16", "ok", "the most records", records([Int](repeating: 1, count: 16))),
        vector("records-17", "outOfRange", "too many", records([Int](repeating: 1, count: 17))),
        vector("records-empty-one", "wrongLength", "a record of no bytes", records([1, 0])),
        vector("records-large-one", "wrongLength", "a record of 897 bytes", records([897])),
        vector(
            "records-no-total", "missingKey", "how many there are is missing",
            map(6, kind: 6) {
                $0.uint(5)
                $0.array(0)
                $0.uint(6)
                $0.array(0)
                tail(&$0)
            }),
        vector(
            "records-full-two-items", "outOfRange", "full by a key without a signature",
            full(2) {
                $0.uint(1_800_000_000_000)
                $0.bytes(author.bytes)
            }),
        vector(
            "records-full-until-text", "wrongType", "full until a text",
            full(3) {
                $0.text("1800000000000")
                $0.bytes(author.bytes)
                $0.bytes([UInt8](repeating: 0x5a, count: 64))
            }),
        vector(
            "records-full-signature-short", "wrongLength", "full by a signature of 63 bytes",
            full(3) {
                $0.uint(1_800_000_000_000)
                $0.bytes(author.bytes)
                $0.bytes([UInt8](repeating: 0x5a, count: 63))
            }),
        vector("relaying-seconds-0", "outOfRange", "a key that is good no more", relaying(0)),
        vector("relaying-seconds-7200", "ok", "a key that is good for two hours", relaying(7_200)),
        vector(
            "relaying-seconds-7201", "outOfRange", "a key that is good for longer than keys are",
            relaying(7_201)),
        vector(
            "relaying-no-key", "missingKey", "how long a key is good, and no key",
            relaying(3_600, key: nil)),
        vector(
            "relaying-key-short", "wrongLength", "a key of 31 bytes", relaying(3_600, key: 31)),
        vector("refused-reason-0", "outOfRange", "no reason has the number 0", refused(0)),
        vector("refused-reason-9", "outOfRange", "no reason has the number 9", refused(9)),
        vector(
            "refused-newer-misplaced", "unknownKey", "only reason 3 has a sequence",
            refused(1, newer: 9)),
    ]
}
