import KithCrypto
import KithWire

/// What goes into packets, and what carries them: instructions, reply blocks, texts and cells.
///
/// `form` says what the bytes are. A text is written without the zeros behind it unless it is about
/// these.
enum MixingVectors {
    static func all() -> [Vector] {
        PacketVectors.all() + instructions() + blocks() + cells() + queries() + brokenQueries()
            + answers() + brokenAnswers()
    }

    private static func file(
        _ form: String, _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8],
        headers: [(String, String)] = [], judge: @escaping ([UInt8]) -> String
    ) -> Vector {
        Vector(
            area: "mixing", name: name, expect: expect, comment: comment,
            headers: [("form", form)] + headers, bytes: bytes, judge: judge)
    }
}

/// Instructions and reply blocks.
extension MixingVectors {
    private static let key = X25519.PublicKey(BLAKE2b.hash32(Array("relay".utf8)))

    /// An instruction with this address, which may be none.
    private static func forged(_ address: Address) -> [UInt8] {
        var bytes: [UInt8] = [Sphinx.onward, 0, 250] + key.bytes.bytes
        for word in [address.high, address.low] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
        return bytes + [UInt8(address.port >> 8), UInt8(address.port & 0xff)]
    }

    private static func judgeInstruction(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let read =
                if bytes.count == Sphinx.lastInstructionBytes {
                    try RelayInstruction(last: Sphinx.LastInstruction { bytes[$0] })
                } else {
                    try RelayInstruction(Sphinx.Instruction { bytes[$0] })
                }
            precondition(read.encoded == bytes, "accepted, but encodes differently")
        }
    }

    private static func instructions() -> [Vector] {
        func good(_ name: String, _ comment: String, _ told: RelayInstruction) -> Vector {
            var headers = [("delay", "\(told.delayMilliseconds)")]
            if let next = told.next {
                headers += [("next", next.key.bytes.hex), ("address", "\(next.address)")]
            }
            return file(
                "instruction", name, "ok", comment, told.encoded, headers: headers,
                judge: judgeInstruction)
        }
        func refused(
            _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8]
        ) -> Vector {
            file("instruction", name, expect, comment, bytes, judge: judgeInstruction)
        }
        let (v4, v6) = (Cast.v4, Cast.v6)
        return [
            good(
                "instruction-ipv4", "to an IPv4 address, at once",
                RelayInstruction(delayMilliseconds: 0, next: RelayPoint(key: key, address: v4))),
            good(
                "instruction-ipv6", "to an IPv6 address, as late as possible",
                RelayInstruction(delayMilliseconds: .max, next: RelayPoint(key: key, address: v6))),
            good(
                "instruction-last", "to the last relay",
                RelayInstruction(delayMilliseconds: 1_000, next: nil)),
            refused(
                "instruction-port-0", "unusableAddress", "nobody is at port 0",
                forged(v4.with(port: 0))),
            refused(
                "instruction-unspecified-ipv4", "unusableAddress", "nobody is at 0.0.0.0",
                forged(Address(v4: 0, port: 1))),
            refused(
                "instruction-unspecified-ipv6", "unusableAddress", "nobody is at ::",
                forged(Address(v6: 0, low: 0, port: 1))),
            refused(
                "instruction-multicast", "unusableAddress", "a group is at ff02::1",
                forged(Address(v6: 0xff02 << 48, low: 1, port: 1))),
        ]
            + (3..<6).map { index in
                refused(
                    "instruction-last-byte-\(index)", "notCanonical", "byte \(index) is not zero",
                    [Sphinx.last, 0, 0, 0, 0, 0].replacing(at: index, with: 1))
            }
    }

    private static func judgeBlock(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let block = try ReplyBlock(bytes.span.bytes)
            precondition(block.encoded == bytes, "accepted, but encodes differently")
        }
    }

    private static func blocks() -> [Vector] {
        let block = PacketVectors.replyBlock()
        let encoded = block.encoded
        return [
            file(
                "reply-block", "reply-block", "ok", "a way back", encoded,
                headers: [
                    ("first", block.first.key.bytes.hex), ("address", "\(block.first.address)"),
                    ("header", Hex.encode(block.header)),
                    ("key", block.key.withBytes { Hex.encode($0) }),
                ], judge: judgeBlock),
            file(
                "reply-block", "reply-block-short", "wrongLength", "273 bytes",
                encoded.dropLast(), judge: judgeBlock),
            file(
                "reply-block", "reply-block-port-0", "unusableAddress", "nobody is at port 0",
                portless(encoded), judge: judgeBlock),
        ]
    }

    /// A reply block with port 0.
    private static func portless(_ block: [UInt8]) -> [UInt8] {
        block.replacing(at: 48, with: 0).replacing(at: 49, with: 0)
    }
}

/// Cells.
extension MixingVectors {
    private static func judgeCell(_ bytes: [UInt8]) -> String {
        guard Cell.isCell(bytes.span.bytes) else { return "noCell" }
        let again = cbor {
            let packet = [UInt8](bytes[Cell.packetOffset...])
            Cell.write(
                call: Cell.call(of: bytes.span.bytes), packet: packet.span.bytes, into: &$0)
        }
        precondition(again == bytes, "accepted, but encodes differently")
        return "ok"
    }

    private static func cells() -> [Vector] {
        var dice = Entropy(seed: 62)
        let packet = dice.bytes(Sphinx.packetBytes)
        let cell = cbor {
            Cell.write(call: 0x0102_0304, packet: packet.span.bytes, into: &$0)
        }
        return [
            file(
                "cell", "cell", "ok", "a cell of random bytes", cell,
                headers: [("call", "\(0x0102_0304)"), ("packet", Hex.encode(packet))],
                judge: judgeCell),
            file(
                "cell", "cell-short", "noCell", "the last byte is missing", cell.dropLast(),
                judge: judgeCell),
            file(
                "cell", "cell-long", "noCell", "a zero byte follows", cell + [0],
                judge: judgeCell),
            file(
                "cell", "cell-mark-2", "noCell", "begins with 2", cell.replacing(at: 0, with: 2),
                judge: judgeCell),
        ]
    }
}

/// Queries.
extension MixingVectors {
    private static let location = Location(BLAKE2b.hash32(Array("location".utf8)))
    private static var back: [UInt8] { PacketVectors.replyBlock().encoded }

    private static func query(
        _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8]
    ) -> Vector {
        file("query", name, expect, comment, bytes, judge: judgeQuery)
    }

    /// What our decoder says about a text that asks.
    static func judgeQuery(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let again = try MixedQuery.decode(bytes.span.bytes).encode()
            precondition(padded(again, to: bytes.count) == bytes, "encodes differently")
        }
    }

    private static func query(
        _ name: String, _ comment: String, _ wanted: MixedQuery.Wanted
    ) -> Vector {
        let bytes = MixedQuery(wanted, back: PacketVectors.replyBlock()).encode()
        return query(name, "ok", comment, bytes)
    }

    private static func padded(_ text: [UInt8], to count: Int) -> [UInt8] {
        text + [UInt8](repeating: 0, count: count - text.count)
    }

    private static func queries() -> [Vector] {
        let digest = (1...32).flatMap { [UInt8($0), UInt8(0xa5)] }
        let echo = MixedQuery(.echo, back: PacketVectors.replyBlock()).encode()
        let largest = [UInt8](repeating: 0xa5, count: MixedQuery.recordBytesMax)
        return [
            query("find", "records at a location", .find(location, digest: [], skip: 0)),
            query(
                "find-digest", "those like one interest first",
                .find(location, digest: [1, 2], skip: 0)),
            query(
                "find-digest-and-skip", "the largest digest and the largest skip",
                .find(location, digest: digest, skip: 255)),
            query("find-skip", "without the first", .find(location, digest: [], skip: 1)),
            query("store", "a record of one byte, opaque here", .store([0])),
            query("store-702", "the largest record: no zero follows", .store(largest)),
            query("echo", "an echo", .echo),
            query(
                "echo-padded", "ok", "with the zeros that follow it in a packet",
                padded(echo, to: Sphinx.textBytes)),
        ]
    }

    /// A query put together by hand; a reply block follows `pairs` unless told otherwise.
    private static func broken(
        _ pairs: [(UInt64, Forged)], back: Forged? = .bytes(back)
    ) -> [UInt8] {
        guard let back else { return Forged.map(pairs) }
        return Forged.map(pairs + [(5, back)])
    }

    private static func find(_ key: UInt64, _ value: Forged) -> [UInt8] {
        broken([(0, .uint(1)), (2, .bytes(location.bytes.bytes)), (key, value)])
    }

    private static func echo(back: Forged?) -> [UInt8] {
        broken([(0, .uint(3))], back: back)
    }

    private static func brokenQueries() -> [Vector] {
        let echo = echo(back: .bytes(back))
        let place = Forged.bytes(location.bytes.bytes)
        let zeros = [UInt8](repeating: 0, count: 703)
        return [
            query("query-empty", "truncated", "no bytes", []),
            query("query-zeros", "wrongType", "zeros and no map", padded([], to: 987)),
            query("query-cut", "truncated", "the last byte is missing", echo.dropLast()),
            query("query-trailing", "trailingBytes", "a byte behind the map is 1", echo + [1]),
            query(
                "query-trailing-last", "trailingBytes", "the last byte behind the map is 1",
                padded(echo, to: 986) + [1]),
            query("query-array", "wrongType", "an array is no text", cbor { $0.array(0) }),
            query("query-no-kind", "missingKey", "a reply block alone", broken([])),
            query(
                "query-kind-0", "unknownKind", "no kind has the number 0", broken([(0, .uint(0))])),
            query("query-kind-4", "unknownKind", "kind 4 is an answer", broken([(0, .uint(4))])),
            query(
                "query-kind-259", "unknownKind", "259 is not 3", broken([(0, .uint(259))])),
            query(
                "query-kind-long", "notCanonical", "kind 3 in two bytes",
                broken([(0, .encoded([0x18, 3]))])),
            query(
                "query-kind-twice", "notCanonical", "key 0 twice",
                broken([(0, .uint(3)), (0, .uint(3))])),
            query(
                "query-key-6", "unknownKey", "a key behind the reply block",
                Forged.map([(0, .uint(3)), (5, .bytes(back)), (6, .uint(0))])),
            query(
                "echo-with-location", "unknownKey", "an echo is nowhere",
                broken([(0, .uint(3)), (2, place)])),
            query("echo-no-way-back", "missingKey", "no reply block", Self.echo(back: nil)),
            query(
                "echo-back-273", "wrongLength", "a reply block of 273 bytes",
                Self.echo(back: .bytes(back.dropLast()))),
            query(
                "echo-back-275", "wrongLength", "a reply block of 275 bytes",
                Self.echo(back: .bytes(back + [0]))),
            query(
                "echo-back-text", "wrongType", "a reply block as text",
                Self.echo(back: .text(String(repeating: "a", count: 274)))),
            query(
                "echo-back-port-0", "unusableAddress", "nobody is at port 0",
                Self.echo(back: .bytes(portless(back)))),
            query("find-no-location", "missingKey", "nowhere", broken([(0, .uint(1))])),
            query(
                "find-location-31", "wrongLength", "a location of 31 bytes",
                broken([(0, .uint(1)), (2, .bytes([UInt8](zeros[..<31])))])),
            query("find-digest-odd", "wrongLength", "half of a value", find(3, .bytes([1, 2, 3]))),
            query(
                "find-digest-0", "wrongLength", "no interests are said by no key",
                find(3, .bytes([]))),
            query(
                "find-digest-66", "wrongLength", "33 values",
                find(3, .bytes((1...33).flatMap { [UInt8(0), UInt8($0)] }))),
            query(
                "find-digest-descending", "notCanonical", "values out of order",
                find(3, .bytes([2, 0, 1, 0]))),
            query(
                "find-digest-twice", "notCanonical", "a value twice",
                find(3, .bytes([1, 0, 1, 0]))),
            query("find-skip-0", "notCanonical", "nothing to skip is no key", find(4, .uint(0))),
            query("find-skip-256", "outOfRange", "skip fits into one byte", find(4, .uint(256))),
            query("store-no-record", "missingKey", "no key 2", broken([(0, .uint(2))])),
            query(
                "store-record-0", "wrongLength", "a record of no bytes",
                broken([(0, .uint(2)), (2, .bytes([]))])),
            query(
                "store-record-703", "wrongLength", "a record that leaves no room for the way back",
                broken([(0, .uint(2)), (2, .bytes(zeros))])),
        ]
    }
}

/// Answers.
extension MixingVectors {
    private static func answer(
        _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8]
    ) -> Vector {
        file("answer", name, expect, comment, bytes, judge: judgeAnswer)
    }

    /// What our decoder says about a text that answers.
    static func judgeAnswer(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let again = try MixedAnswer.decode(bytes.span.bytes).encode()
            precondition(padded(again, to: bytes.count) == bytes, "encodes differently")
        }
    }

    private static func answer(_ name: String, _ comment: String, _ what: MixedAnswer) -> Vector {
        answer(name, "ok", comment, what.encode())
    }

    private static let promise = MixedAnswer.Promise(
        expires: UnixTime(milliseconds: 1_800_000_000_000),
        signer: Ed25519.PublicKey(BLAKE2b.hash32(Array("author".utf8))),
        signature: Ed25519.Signature(copying: [UInt8](repeating: 0x5a, count: 64).span.bytes))

    private static func answers() -> [Vector] {
        let record = [UInt8](repeating: 0xa5, count: 300)
        let largest = [UInt8](repeating: 0xa5, count: Message.recordBytesMax)
        let many = [[UInt8]](repeating: [UInt8](repeating: 1, count: 58), count: 16)
        return [
            answer(
                "found", "two records of forty", .found([record, [1]], total: 40, isFull: false)),
            answer("found-none", "no records", .found([], total: 0, isFull: false)),
            answer(
                "found-896", "the largest record", .found([largest], total: 1, isFull: false)),
            answer(
                "found-16", "the most records, and the location is full",
                .found(many, total: .max, isFull: true)),
            answer(
                "found-padded", "ok", "with the zeros that follow it in a packet",
                padded(
                    MixedAnswer.found([record], total: 1, isFull: false).encode(),
                    to: Sphinx.textBytes)),
            answer("kept", "one promise", .kept([promise], newer: nil)),
            answer("kept-nowhere", "no promise", .kept([], newer: nil)),
            answer(
                "kept-8", "the most promises, and a newer record",
                .kept([MixedAnswer.Promise](repeating: promise, count: 8), newer: .max)),
            answer("echoed", "the answer to an echo", .echo),
        ]
            + MixedAnswer.Failure.allCases.map { failure in
                answer("failed-\(failure.rawValue)", "\(failure)", .failed(failure))
            }
    }

    /// FOUND with records of these sizes.
    private static func found(
        _ sizes: [Int], total: UInt64 = 0, more: [(UInt64, Forged)] = []
    ) -> [UInt8] {
        let list = cbor {
            $0.array(sizes.count)
            for size in sizes { $0.bytes([UInt8](repeating: 1, count: size)) }
        }
        return Forged.map([(0, .uint(4)), (6, .encoded(list)), (8, .uint(total))] + more)
    }

    /// KEPT with one promise of these items, `count` times.
    private static func kept(_ count: Int, _ items: [Forged]) -> [UInt8] {
        let list = cbor {
            $0.array(count)
            for _ in 0..<count { $0.raw(Forged.array(items).span.bytes) }
        }
        return Forged.map([(0, .uint(5)), (5, .encoded(list))])
    }

    private static func promise(
        until: Forged = .uint(1_800_000_000_000), signer: Int = 32, signature: Int = 64
    ) -> [Forged] {
        [
            until, .bytes([UInt8](repeating: 7, count: signer)),
            .bytes([UInt8](repeating: 0x5a, count: signature)),
        ]
    }

    private static func brokenAnswers() -> [Vector] {
        [
            answer("answer-empty", "truncated", "no bytes", []),
            answer(
                "answer-trailing", "trailingBytes", "a byte behind the map is 1", found([]) + [1]),
            answer(
                "answer-kind-3", "unknownKind", "kind 3 is a query", Forged.map([(0, .uint(3))])),
            answer(
                "answer-kind-8", "unknownKind", "no kind has the number 8",
                Forged.map([(0, .uint(8))])),
            answer(
                "echoed-with-reason", "unknownKey", "an echo has no key 2",
                Forged.map([(0, .uint(6)), (2, .uint(1))])),
            answer("found-17", "outOfRange", "too many", found([Int](repeating: 1, count: 17))),
            answer("found-record-0", "wrongLength", "a record of no bytes", found([1, 0])),
            answer("found-record-897", "wrongLength", "a record of 897 bytes", found([897])),
            answer(
                "found-no-records", "missingKey", "no key 6",
                Forged.map([(0, .uint(4)), (8, .uint(0))])),
            answer(
                "found-no-total", "missingKey", "no key 8",
                Forged.map([(0, .uint(4)), (6, .texts([]))])),
            answer("found-total-2-32", "outOfRange", "a total of 2^32", found([], total: 1 << 32)),
            answer(
                "found-full-0", "outOfRange", "not full is said by no key",
                found([], more: [(9, .uint(0))])),
            answer(
                "found-full-2", "outOfRange", "nothing is fuller than full",
                found([], more: [(9, .uint(2))])),
            answer(
                "found-full-true", "wrongType", "true is not 1",
                found([], more: [(9, .encoded([0xf5]))])),
            answer("kept-9", "outOfRange", "nine promises", kept(9, promise(until: .uint(0)))),
            answer(
                "kept-no-promises", "missingKey", "no key 5", Forged.map([(0, .uint(5))])),
            answer(
                "kept-promise-2", "outOfRange", "a promise without a signature",
                kept(1, promise().dropLast())),
            answer(
                "kept-until-text", "wrongType", "a promise until a text",
                kept(1, promise(until: .text("1800000000000")))),
            answer(
                "kept-signer-31", "wrongLength", "a signer of 31 bytes",
                kept(1, promise(signer: 31))),
            answer(
                "kept-signature-63", "wrongLength", "a signature of 63 bytes",
                kept(1, promise(signature: 63))),
            answer("failed-0", "outOfRange", "no reason has the number 0", failed(0)),
            answer("failed-4", "outOfRange", "no reason has the number 4", failed(4)),
            answer("failed-wordless", "missingKey", "no reason", Forged.map([(0, .uint(7))])),
        ]
    }

    private static func failed(_ reason: UInt64) -> [UInt8] {
        Forged.map([(0, .uint(7)), (2, .uint(reason))])
    }
}
