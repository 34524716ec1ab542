import KithCrypto
import KithWire

/// What comes in packets that cross relays: from strangers, and from makers who write nonsense.
let mixingTargets = [
    Target(
        name: "mixed-text", summary: "queries, answers, instructions and reply blocks, again",
        areas: ["mixing"], bytesMax: Sphinx.textBytes, run: runMixedText),
    Target(
        name: "packet", summary: "packets, whole or touched, opened by three relays",
        areas: ["mixing"], bytesMax: Sphinx.packetBytes, run: runPacket),
]

private func runMixedText(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    // No text is longer, and none that is can be written.
    if bytes.count <= Sphinx.textBytes {
        let query = accepted { () throws(DecodeError) in try MixedQuery.decode(span) }
        let answer = accepted { () throws(DecodeError) in try MixedAnswer.decode(span) }
        expect(query == nil || answer == nil, "a text that asks and answers")
        if let query { expectPadded(query.encode(), bytes, "a query") }
        if let answer { expectPadded(answer.encode(), bytes, "an answer") }
    }
    if let block = accepted({ () throws(DecodeError) in try ReplyBlock(span) }) {
        expect(block.first.address.isReachable, "an address that nobody has")
        expectSame(block.encoded, bytes, "a reply block")
    }
    if bytes.count == Sphinx.instructionBytes { runInstruction(bytes) }
    if bytes.count == Sphinx.lastInstructionBytes {
        checkLast(Sphinx.LastInstruction { bytes[$0] }, [Sphinx.last] + bytes.dropFirst())
    }
}

/// Confirms that zeros alone were left out.
private func expectPadded(_ again: [UInt8], _ bytes: [UInt8], _ what: String) {
    expect(again.count <= bytes.count, "\(what) grew")
    expectSame(again + [UInt8](repeating: 0, count: bytes.count - again.count), bytes, what)
}

/// An instruction to pass a packet on; its first byte was looked at before.
private func runInstruction(_ bytes: [UInt8]) {
    let told = Sphinx.Instruction { bytes[$0] }
    guard let read = accepted({ () throws(DecodeError) in try RelayInstruction(told) }) else {
        return
    }
    expect(read.next?.address.isReachable == true, "an address that nobody has")
    expectSame(read.encoded, [Sphinx.onward] + bytes.dropFirst(), "an instruction")
}

private func checkLast(_ told: Sphinx.LastInstruction, _ bytes: [UInt8]) {
    guard let read = accepted({ () throws(DecodeError) in try RelayInstruction(last: told) })
    else { return }
    expect(read.next == nil, "the last relay was told of another one")
    expectSame(read.encoded, bytes, "the last instruction")
}

/// The relays of the vectors, whose packets these open.
private func relay(_ number: Int) -> X25519.SecretKey {
    let secret = BLAKE2b.hash32([UInt8(0xc1 + number)])
    return secret.withBytes { X25519.SecretKey(copying: $0.bytes) }
}

/// What a relay made of a packet.
private enum Opened: Equatable {
    case refused
    case onward([UInt8])
    case last([UInt8])
}

/// Opens `packet` in place; one that is refused stays as it was.
private func open(
    _ packet: inout [UInt8], by number: Int, on bench: inout Sphinx.Workbench
) -> Opened {
    let before = packet
    do throws(CryptoError) {
        _ = try bench.open(packet.span.bytes, with: relay(number))
        var elements = packet.mutableSpan
        var span = elements.mutableBytes
        switch try bench.peel(&span) {
        case .onward(let told):
            expect(told[0] == Sphinx.onward, "an instruction of another kind")
            return .onward(told.indices.map { told[$0] })
        case .last(let told):
            expect(told[0] == Sphinx.last, "a last instruction of another kind")
            return .last(told.indices.map { told[$0] })
        }
    } catch {
        bench.wipe()
        expect(packet == before, "a packet that was refused is another one now")
        return .refused
    }
}

/// An input of the size of a packet is one; any other is a script by which one is made.
private func runPacket(_ bytes: [UInt8]) {
    var bench = Sphinx.Workbench()
    guard bytes.count != Sphinx.packetBytes else {
        runWhole(bytes, on: &bench)
        return
    }
    runMade(bytes, on: &bench)
}

/// A packet of anybody's, for whom each relay is tried.
private func runWhole(_ bytes: [UInt8], on bench: inout Sphinx.Workbench) {
    var packet = bytes
    for number in 0..<Sphinx.hops {
        var again = packet
        var flipped = packet
        let said = open(&packet, by: number, on: &bench)
        expect(open(&again, by: number, on: &bench) == said, "the same packet says two things")
        expect(again == packet, "the same packet becomes two")
        guard said != .refused else { continue }
        flipped[Int(bytes[0]) % Sphinx.headerBytes] ^= 1
        expect(
            open(&flipped, by: number, on: &bench) == .refused, "a header with a bit turned over")
        if case .onward(let told) = said { runInstruction(told) }
    }
}

/// Who touches a packet, and how: before which relay, at which byte, with which bits.
private struct Touch {
    let number: Int
    let index: Int
    let bits: UInt8

    /// Past the end of a packet, or without bits, nobody does.
    init(_ script: inout Script) {
        number = script.below(Sphinx.hops)
        index = Int(script.byte()) << 8 | Int(script.byte())
        bits = script.byte()
    }

    func isAt(_ relay: Int, _ bytes: Range<Int>) -> Bool {
        relay == number && bits != 0 && bytes.contains(index)
    }
}

/// Instructions of the right sizes; one in sixteen begins with what the script says.
private func instructions(_ script: inout Script) -> [[UInt8]] {
    (0..<Sphinx.hops).map { hop in
        let isLast = hop == Sphinx.hops - 1
        let kind = script.byte()
        let usual = isLast ? Sphinx.last : Sphinx.onward
        let size = isLast ? Sphinx.lastInstructionBytes : Sphinx.instructionBytes
        let told = [kind < 0xf0 ? usual : kind & 3] + script.take(size - 1)
        return told + [UInt8](repeating: 0, count: size - told.count)
    }
}

/// A packet whose maker wrote what the script says, and which somebody touches on the way.
private func runMade(_ bytes: [UInt8], on bench: inout Sphinx.Workbench) {
    var script = Script(bytes)
    var dice = Entropy(seed: UInt64(script.byte()))
    let touch = Touch(&script)
    let instructions = instructions(&script)
    let text = script.take(Sphinx.textBytes)
    let path = (0..<Sphinx.hops).map { relay($0).publicKey }
    guard
        let header = try? Sphinx.header(through: path, instructions: instructions, from: &dice)
    else { fail("relays with weak keys") }
    var packet = Sphinx.packet(header, text: text)
    var isTouched = false
    for (number, told) in instructions.enumerated() {
        let isHeaderTouched = touch.isAt(number, 0..<Sphinx.headerBytes)
        if touch.isAt(number, 0..<Sphinx.packetBytes) {
            packet[touch.index] ^= touch.bits
            isTouched = true
        }
        switch open(&packet, by: number, on: &bench) {
        case .refused:
            let isNonsense = told[0] != Sphinx.onward && told[0] != Sphinx.last
            expect(isHeaderTouched || isNonsense, "a good packet is refused")
            return
        case .onward(let read):
            expect(!isHeaderTouched, "a header that was touched is accepted")
            // Of the last one, whose maker wants it to go on, the rest is of his filler.
            expectSame(Array(read.prefix(told.count)), told, "an instruction that came")
            runInstruction(read)
        case .last(let read):
            expect(!isHeaderTouched, "a header that was touched is accepted")
            expectSame(read, Array(told.prefix(read.count)), "the last instruction that came")
            checkLast(Sphinx.LastInstruction { read[$0] }, read)
            // Of a way that ends too early the body is still under the keys of the others.
            checkBody(packet, text, isWhole: number == Sphinx.hops - 1 && !isTouched)
            return
        }
    }
    expect(instructions[Sphinx.hops - 1][0] == Sphinx.onward, "a packet without an end")
}

private func checkBody(_ packet: [UInt8], _ text: [UInt8], isWhole: Bool) {
    let body = Array(packet.suffix(Sphinx.bodyBytes))
    expect(Sphinx.isUntouched(body.span.bytes) == isWhole, "zeros in front of a text")
    guard isWhole else { return }
    let zeros = [UInt8](repeating: 0, count: Sphinx.textBytes - text.count)
    expectSame(Array(body.suffix(Sphinx.textBytes)), text + zeros, "a text")
}
