import KithCrypto
import KithWire
import Testing

/// A text that asks, without the zeros behind it.
private func recodeQuery(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    try MixedQuery.decode(bytes.span.bytes).encode()
}

/// A text that answers, without the zeros behind it.
private func recodeAnswer(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    try MixedAnswer.decode(bytes.span.bytes).encode()
}

/// An instruction of either size.
private func recodeInstruction(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    guard bytes.count == Sphinx.instructionBytes else {
        return try RelayInstruction(last: Sphinx.LastInstruction { bytes[$0] }).encoded
    }
    return try RelayInstruction(Sphinx.Instruction { bytes[$0] }).encoded
}

private func recodeBlock(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    try ReplyBlock(bytes.span.bytes).encoded
}

/// `text` with zeros behind it.
private func padded(_ text: [UInt8], to count: Int = Sphinx.textBytes) -> [UInt8] {
    text + [UInt8](repeating: 0, count: count - text.count)
}

extension Entropy {
    fileprivate mutating func address() -> Address {
        let port = 1 + port()
        guard below(2) == 0 else { return Address(v4: 0x0b00_0000 | next32() >> 8, port: port) }
        return Address(v6: 0x2001 << 48 | next() >> 16, low: next(), port: port)
    }

    fileprivate mutating func relayPoint() -> RelayPoint {
        RelayPoint(key: X25519.PublicKey(bytes32()), address: address())
    }

    fileprivate mutating func replyBlock() -> ReplyBlock {
        ReplyBlock(
            first: relayPoint(), header: bytes(Sphinx.headerBytes), key: .generate(from: &self))
    }

    fileprivate mutating func query() -> MixedQuery {
        let wanted: MixedQuery.Wanted
        switch below(3) {
        case 0:
            let values = Set((0..<below(33)).map { _ in UInt16(below(65_536)) }).sorted()
            wanted = .find(
                Location(bytes32()), digest: InterestSet.encode(digest: values),
                skip: below(2) == 0 ? 0 : UInt8(below(256)))
        case 1:
            wanted = .store(bytes(1 + Int(below(UInt64(MixedQuery.recordBytesMax)))))
        default: wanted = .echo
        }
        return MixedQuery(wanted, back: replyBlock())
    }

    fileprivate mutating func answer() -> MixedAnswer {
        switch below(4) {
        case 0:
            var room = Sphinx.textBytes - MixedAnswer.overheadBytes
            var records: [[UInt8]] = []
            for _ in 0..<below(17) where room > 4 {
                let record = bytes(1 + Int(below(UInt64(min(896, room - 3)))))
                room -= CBORWriter.stringBytes(record.count)
                records.append(record)
            }
            return .found(records, total: next32(), isFull: below(2) == 0)
        case 1:
            let promises = (0..<below(9)).map { _ in promise() }
            return .kept(promises, newer: below(2) == 0 ? nil : next() >> below(64))
        case 2: return .echo
        default: return .failed(element(of: MixedAnswer.Failure.allCases) ?? .busy)
        }
    }

    private mutating func promise() -> MixedAnswer.Promise {
        MixedAnswer.Promise(
            expires: UnixTime(milliseconds: next() >> below(64)),
            signer: Ed25519.PublicKey(bytes32()),
            signature: Ed25519.Signature(copying: bytes(64).span.bytes))
    }
}

@Suite("The texts of packets")
struct MixedTextTests {
    @Test("that ask come back as they were, with zeros behind them or without")
    func queries() throws {
        var entropy = Entropy(seed: testSeed("random queries", usual: 71))
        for _ in 0..<500 {
            let query = entropy.query()
            let text = query.encode()
            #expect(text.count <= Sphinx.textBytes)
            for bytes in [text, padded(text)] {
                let decoded = try MixedQuery.decode(bytes.span.bytes)
                #expect(decoded.wanted == query.wanted)
                #expect(decoded.back.encoded == query.back.encoded)
                #expect(decoded.encode() == text)
            }
        }
    }

    @Test("that answer come back as they were, with zeros behind them or without")
    func answers() throws {
        var entropy = Entropy(seed: testSeed("random answers", usual: 72))
        for _ in 0..<500 {
            let answer = entropy.answer()
            let text = answer.encode()
            #expect(text.count <= Sphinx.textBytes)
            for bytes in [text, padded(text)] {
                let decoded = try MixedAnswer.decode(bytes.span.bytes)
                #expect(decoded == answer)
                #expect(decoded.encode() == text)
            }
        }
    }

    @Test("ask or answer, never both")
    func kinds() {
        var entropy = Entropy(seed: testSeed("kinds of texts", usual: 73))
        for _ in 0..<100 {
            #expect(outcome(entropy.query().encode(), recodeAnswer) == "unknownKind")
            #expect(outcome(entropy.answer().encode(), recodeQuery) == "unknownKind")
        }
    }

    @Test("cut off anywhere in the map are refused")
    func truncation() {
        var entropy = Entropy(seed: testSeed("texts that are cut off", usual: 74))
        for _ in 0..<20 {
            let (query, answer) = (entropy.query().encode(), entropy.answer().encode())
            for count in query.indices {
                #expect(outcome([UInt8](query[..<count]), recodeQuery) == "truncated")
            }
            for count in answer.indices {
                #expect(outcome([UInt8](answer[..<count]), recodeAnswer) == "truncated")
            }
        }
    }

    @Test("with a byte that is not zero anywhere behind the map are refused")
    func padding() {
        var entropy = Entropy(seed: testSeed("texts that go on", usual: 75))
        let (query, answer) = (
            MixedQuery(.echo, back: entropy.replyBlock()).encode(),
            MixedAnswer.failed(.nobody).encode()
        )
        for index in answer.count..<Sphinx.textBytes {
            var text = padded(answer)
            text[index] = 1 + UInt8(entropy.below(255))
            #expect(outcome(text, recodeAnswer) == "trailingBytes")
            guard index >= query.count else { continue }
            text = padded(query)
            text[index] = 1 + UInt8(entropy.below(255))
            #expect(outcome(text, recodeQuery) == "trailingBytes")
        }
    }

    @Test("with a few bytes changed are refused, or encode again to themselves")
    func mutations() {
        var entropy = Entropy(seed: testSeed("mutated texts", usual: 76))
        var accepted = 0
        for round in 0..<10_000 {
            let asks = round.isMultiple(of: 2)
            var text = asks ? entropy.query().encode() : entropy.answer().encode()
            for _ in 0...entropy.below(3) {
                // Heads and keys are in front.
                let index = Int(entropy.below(UInt64(min(text.count, 48))))
                text[index] = UInt8(truncatingIfNeeded: entropy.next())
            }
            guard let again = try? asks ? recodeQuery(text) : recodeAnswer(text) else { continue }
            accepted += 1
            let zeros = text.count - again.count
            if zeros < 0 || padded(again, to: text.count) != text {
                Issue.record("round \(round): encodes differently")
            }
        }
        #expect(accepted > 500)
    }

    @Test("hold a record of 702 bytes to the last byte, and none of 703")
    func largestRecord() throws {
        var entropy = Entropy(seed: 77)
        #expect(MixedQuery.recordBytesMax == 702)
        let back = entropy.replyBlock()
        let largest = MixedQuery(.store(entropy.bytes(702)), back: back).encode()
        #expect(largest.count == Sphinx.textBytes)
        #expect(try recodeQuery(largest) == largest)
        let larger = written {
            $0.map(3)
            for value: UInt64 in [0, 2, 2] { $0.uint(value) }
            $0.bytes([UInt8](repeating: 1, count: 703))
            $0.uint(5)
            $0.bytes(back.encoded)
        }
        #expect(larger.count == Sphinx.textBytes + 1)
        #expect(outcome(larger, recodeQuery) == "wrongLength")
    }

    @Test("hold what the overhead of an answer leaves room for")
    func overhead() {
        let small = [UInt8](repeating: 1, count: 57)
        // Sixteen records with heads of two bytes, the last one as long as fits.
        let room = Sphinx.textBytes - MixedAnswer.overheadBytes - 15 * 59
        let records = [[UInt8]](repeating: small, count: 15)
        let last = [UInt8](repeating: 2, count: room - 2)
        let text = MixedAnswer.found(records + [last], total: .max, isFull: true).encode()
        #expect(text.count == Sphinx.textBytes)
    }

    @Test("hold eight promises")
    func promises() throws {
        let promise = MixedAnswer.Promise(
            expires: UnixTime(milliseconds: .max), signer: Ed25519.PublicKey(Bytes32()),
            signature: Ed25519.Signature(copying: [UInt8](repeating: 9, count: 64).span.bytes))
        let all = [MixedAnswer.Promise](repeating: promise, count: MixedAnswer.promisesMax)
        let text = MixedAnswer.kept(all, newer: .max).encode()
        #expect(text.count <= Sphinx.textBytes)
        #expect(try MixedAnswer.decode(text.span.bytes) == .kept(all, newer: .max))
    }
}

@Suite("What relays are told")
struct RelayInstructionTests {
    @Test("comes back as it was, with any delay")
    func roundTrip() throws {
        var entropy = Entropy(seed: testSeed("random instructions", usual: 81))
        for round in 0..<500 {
            let delay = UInt16(truncatingIfNeeded: entropy.next())
            let point = round.isMultiple(of: 3) ? nil : entropy.relayPoint()
            let told = RelayInstruction(delayMilliseconds: delay, next: point)
            let bytes = told.encoded
            if point == nil {
                #expect(bytes.count == Sphinx.lastInstructionBytes)
                let last = Sphinx.LastInstruction { bytes[$0] }
                #expect(bytes[0] == Sphinx.last)
                #expect(try RelayInstruction(last: last) == told)
            } else {
                #expect(bytes.count == Sphinx.instructionBytes)
                let onward = Sphinx.Instruction { bytes[$0] }
                #expect(bytes[0] == Sphinx.onward)
                #expect(try RelayInstruction(onward) == told)
            }
        }
    }

    @Test("is laid out as the specification says")
    func layout() {
        let key = X25519.PublicKey(Bytes32(bigEndianWords: (1, 2, 3, 4)))
        let point = RelayPoint(key: key, address: Address(v4: 0xc000_0207, port: 0x156c))
        let told = RelayInstruction(delayMilliseconds: 0x0102, next: point).encoded
        let end = hex("0000000000000000 0000ffffc0000207 156c")
        #expect(told == [1, 1, 2] + key.bytes.bytes + end)
        #expect(
            RelayInstruction(delayMilliseconds: 0x0102, next: nil).encoded == [2, 1, 2, 0, 0, 0])
    }

    @Test("is refused with an address that nobody has")
    func unusable() {
        let start = [UInt8](repeating: 1, count: 35)
        for end in [
            "2001 0db8 0000 0000 0000 0000 0000 0007 0000",
            "0000 0000 0000 0000 0000 0000 0000 0000 0001",
            "0000 0000 0000 0000 0000 ffff 0000 0000 0001",
            "0000 0000 0000 0000 0000 ffff e000 0001 0001",
            "ff02 0000 0000 0000 0000 0000 0000 0001 0001",
        ] {
            #expect(outcome(start + hex(end), recodeInstruction) == "unusableAddress")
        }
    }

    @Test("is refused with any bit of the last three bytes, when it is the last", arguments: 0..<24)
    func lastZeros(bit: Int) {
        var bytes: [UInt8] = [2, 0, 0, 0, 0, 0]
        bytes[3 + bit / 8] = 1 << UInt8(bit % 8)
        #expect(outcome(bytes, recodeInstruction) == "notCanonical")
    }
}

@Suite("A reply block")
struct ReplyBlockTests {
    @Test("comes back as it was")
    func roundTrip() throws {
        var entropy = Entropy(seed: testSeed("random reply blocks", usual: 91))
        for _ in 0..<200 {
            let block = entropy.replyBlock()
            let bytes = block.encoded
            #expect(bytes.count == 274)
            let again = try ReplyBlock(bytes.span.bytes)
            #expect(again.first == block.first)
            #expect(again.header == block.header)
            #expect(again.key == block.key)
            #expect(Array(bytes[50..<242]) == block.header)
        }
    }

    @Test("of any other size is refused")
    func sizes() {
        let ones = [UInt8](repeating: 1, count: 400)
        for count in 0...400 where count != ReplyBlock.bytes {
            #expect(outcome([UInt8](ones[..<count]), recodeBlock) == "wrongLength")
        }
        #expect(outcome([UInt8](ones[..<ReplyBlock.bytes]), recodeBlock) == "ok")
    }

    @Test("is refused when its first relay is nowhere")
    func nowhere() {
        var entropy = Entropy(seed: 92)
        var bytes = entropy.replyBlock().encoded
        for index in 48..<50 { bytes[index] = 0 }
        #expect(outcome(bytes, recodeBlock) == "unusableAddress")
    }
}

@Suite("A cell")
struct CellTests {
    private func cell(_ call: UInt32, _ packet: [UInt8]) -> [UInt8] {
        written { Cell.write(call: call, packet: packet.span.bytes, into: &$0) }
    }

    private func isCell(_ bytes: [UInt8]) -> Bool { Cell.isCell(bytes.span.bytes) }

    @Test("has 1,200 bytes, its call and its packet")
    func parts() {
        var entropy = Entropy(seed: 101)
        let packet = entropy.bytes(Sphinx.packetBytes)
        let bytes = cell(0x0102_0304, packet)
        #expect(bytes == [1, 1, 2, 3, 4] + packet)
        #expect(bytes.count == 1_200 && bytes.count == Cell.bytes)
        #expect(isCell(bytes))
        #expect(Cell.call(of: bytes.span.bytes) == 0x0102_0304)
    }

    @Test("is no message, and no message is one")
    func messages() throws {
        var entropy = Entropy(seed: 102)
        let bytes = cell(7, entropy.bytes(Sphinx.packetBytes))
        #expect(outcome(bytes, recodeMessage) == "wrongType")
        for vector in try VectorFile.all("message") { #expect(!isCell(vector.bytes), "\(vector)") }
        // A message of the very size of a cell begins with the head of a map.
        let largest = written {
            MessageWriter.records(
                call: 1, load: 0, seen: NodeRecordTests.v4, token: nil, total: 2, into: &$0,
                nodes: { _ in },
                records: {
                    $0.append([UInt8](repeating: 1, count: 896))
                    $0.append([UInt8](repeating: 1, count: 277))
                })
        }
        #expect(largest.count == Cell.bytes)
        #expect(outcome(largest, recodeMessage) == "ok")
        #expect(!isCell(largest))
    }

    @Test("of another size or with another first byte is none")
    func others() {
        var bytes = cell(7, [UInt8](repeating: 1, count: Sphinx.packetBytes))
        for count in 0..<bytes.count where isCell([UInt8](bytes[..<count])) {
            Issue.record("\(count) bytes are a cell")
        }
        #expect(!isCell(bytes + [0]))
        for first in UInt8.min...UInt8.max {
            bytes[0] = first
            #expect(isCell(bytes) == (first == 1))
        }
    }
}

@Suite("The vectors of mixing")
struct MixingVectorTests {
    private static func recoding(_ form: String) -> Recoding? {
        switch form {
        case "query": recodeQuery
        case "answer": recodeAnswer
        case "instruction": recodeInstruction
        case "reply-block": recodeBlock
        default: nil
        }
    }

    private static func vectors() throws -> [(VectorFile, Recoding)] {
        try VectorFile.all("mixing").compactMap { vector in
            recoding(vector.headers["form"] ?? "").map { (vector, $0) }
        }
    }

    @Test("are decided as they say, and encode again to themselves where they are good")
    func outcomes() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count >= 80)
        for (vector, recode) in vectors {
            #expect(outcome(vector.bytes, recode) == vector.expect, "\(vector)")
            guard vector.expect == "ok" else { continue }
            let again = try recode(vector.bytes)
            #expect(padded(again, to: vector.bytes.count) == vector.bytes, "\(vector)")
        }
    }

    @Test("with any bit turned over are refused, or encode again to themselves")
    func flippedBits() throws {
        for (vector, recode) in try Self.vectors() {
            // The first byte of an instruction is looked at before it is read.
            let skipped = vector.headers["form"] == "instruction" ? 8 : 0
            for bit in skipped..<max(skipped, vector.bytes.count * 8) {
                var bytes = vector.bytes
                bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                guard let again = try? recode(bytes) else { continue }
                let isSame = again.count <= bytes.count && padded(again, to: bytes.count) == bytes
                if !isSame { Issue.record("\(vector) with bit \(bit) turned over") }
            }
        }
    }

    @Test("of packets are opened by the relays whose secrets they name")
    func packets() throws {
        for vector in try VectorFile.all("mixing") {
            let form = try #require(vector.headers["form"])
            guard form == "packet" || form == "reply" else { continue }
            let found = try Self.way(of: vector)
            let hop = vector.headers["hop"].flatMap { Int($0) }
            // What the third notices is a touched text, when all have opened the packet.
            #expect(found.opened == (hop.map { $0 < 3 ? $0 - 1 : 3 } ?? 3), "\(vector)")
            #expect((vector.expect == "ok") == found.isWhole, "\(vector)")
        }
    }

    /// How many relays opened the packet of a vector, and whether its text arrived; where it is
    /// good, everything that it names is as it says.
    private static func way(of vector: VectorFile) throws -> (opened: Int, isWhole: Bool) {
        func named(_ name: String) -> [UInt8] { hex(vector.headers[name] ?? "") }
        var packet = vector.bytes
        var bench = Sphinx.Workbench()
        for number in 1...Sphinx.hops {
            let secret = named("relay-secret-\(number)")
            let key = X25519.SecretKey(copying: secret.span.bytes)
            if vector.expect == "ok", number > 1 {
                #expect(packet == named("packet-\(number)"), "\(vector)")
            }
            let isOpened = { (told: [UInt8], tag: Bytes16) in
                guard vector.expect == "ok" else { return }
                #expect(told == named("instruction-\(number)"), "\(vector)")
                #expect(tag.bytes == named("tag-\(number)"), "\(vector)")
            }
            do throws(CryptoError) {
                let tag = try bench.open(packet.span.bytes, with: key)
                var elements = packet.mutableSpan
                var span = elements.mutableBytes
                switch try bench.peel(&span) {
                case .onward(let told): isOpened(told.indices.map { told[$0] }, tag)
                case .last(let told): isOpened(told.indices.map { told[$0] }, tag)
                }
            } catch {
                #expect("\(error)" == vector.expect, "\(vector)")
                return (number - 1, false)
            }
        }
        let body = Array(packet.suffix(Sphinx.bodyBytes))
        if vector.expect == "ok" { #expect(body == named("body"), "\(vector)") }
        guard vector.headers["form"] == "reply" else {
            let text = Array(body.suffix(Sphinx.textBytes))
            return (3, Sphinx.isUntouched(body.span.bytes) && text == padded(named("text")))
        }
        guard vector.expect == "ok" else { return (3, false) }
        let roots = (1...Sphinx.hops).map { number in
            Secret32(copying: named("root-\(number)").span.bytes)
        }
        let block = try ReplyBlock(named("block").span.bytes)
        let text = try Sphinx.openReply(body.span.bytes, roots: roots, key: block.key)
        #expect(block.packet(named("text")) == vector.bytes, "\(vector)")
        return (3, text == padded(named("text")))
    }
}
