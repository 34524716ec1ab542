import Testing

@testable import KithCrypto

@Suite("Sphinx: three relays and a way back")
struct SphinxTests {
    /// Three relays, the instructions of a path through them, and dice.
    struct Path: ~Copyable {
        let first: X25519.SecretKey
        let second: X25519.SecretKey
        let third: X25519.SecretKey
        let instructions: [[UInt8]]
        var entropy: Entropy

        /// A path, of which relay `relay` is told to do `kind`.
        init(seed: UInt64, kind: UInt8? = nil, of relay: Int = 0) {
            entropy = Entropy(seed: seed)
            first = .generate(from: &entropy)
            second = .generate(from: &entropy)
            third = .generate(from: &entropy)
            var instructions = [
                [Sphinx.onward] + entropy.bytes(Sphinx.instructionBytes - 1),
                [Sphinx.onward] + entropy.bytes(Sphinx.instructionBytes - 1),
                [Sphinx.last] + entropy.bytes(Sphinx.lastInstructionBytes - 1),
            ]
            if let kind { instructions[relay][0] = kind }
            self.instructions = instructions
        }

        mutating func header() throws -> Sphinx.Header {
            try Sphinx.header(
                through: [first.publicKey, second.publicKey, third.publicKey],
                instructions: instructions, from: &entropy)
        }
    }

    enum Said: Equatable {
        case onward([UInt8])
        case last([UInt8], Bytes16)
    }

    static func peel(
        _ packet: inout [UInt8], _ key: borrowing X25519.SecretKey
    ) throws(CryptoError) -> Said {
        var bench = Sphinx.Workbench()
        let tag = try bench.open(packet.span.bytes, with: key)
        var elements = packet.mutableSpan
        var span = elements.mutableBytes
        switch try bench.peel(&span) {
        case .onward(let bytes): return .onward(bytes.indices.map { bytes[$0] })
        case .last(let bytes): return .last(bytes.indices.map { bytes[$0] }, tag)
        }
    }

    static func peel(
        _ packet: inout [UInt8], _ path: borrowing Path, _ index: Int
    ) throws(CryptoError) -> Said {
        switch index {
        case 0: try peel(&packet, path.first)
        case 1: try peel(&packet, path.second)
        default: try peel(&packet, path.third)
        }
    }

    @Test("each relay reads its own instruction, and the last one the text", arguments: 1...8)
    func wholeWay(seed: UInt64) throws {
        var path = Path(seed: seed)
        let text = path.entropy.bytes(Sphinx.textBytes)
        let header = try path.header()
        var packet = Sphinx.packet(header, text: text)
        #expect(packet.count == Sphinx.packetBytes)
        #expect(try Self.peel(&packet, path.first) == .onward(path.instructions[0]))
        #expect(try Self.peel(&packet, path.second) == .onward(path.instructions[1]))
        let said = try Self.peel(&packet, path.third)
        #expect(said == .last(path.instructions[2], header.lastTag))
        let body = Array(packet.suffix(Sphinx.bodyBytes))
        #expect(isUntouched(body))
        #expect(Array(body.dropFirst(Sphinx.checkBytes)) == text)
    }

    @Test("what goes back by somebody's header is read by its maker alone")
    func wayBack() throws {
        var path = Path(seed: 3)
        let header = try path.header()
        let key = Secret32.generate(from: &path.entropy)
        let text = Array("found".utf8)
        var packet = Sphinx.packet(backBy: header.bytes, text: text, key: key)
        for index in 0..<3 {
            let before = packet
            _ = try Self.peel(&packet, path, index)
            #expect(packet != before)
        }
        let body = Array(packet.suffix(Sphinx.bodyBytes))
        let back = try open(body, header, key)
        #expect(back.prefix(text.count) == text[...])
        #expect(back.dropFirst(text.count).allSatisfy { $0 == 0 })
        let other = Secret32.generate(from: &path.entropy)
        #expect(throws: CryptoError.authenticationFailed) {
            try open(body, header, other)
        }
    }

    @Test(
        "a flipped bit of the header is refused by the next relay and leaves the packet as it was")
    func flippedHeader() throws {
        var path = Path(seed: 4)
        let packet = Sphinx.packet(try path.header(), text: [1, 2, 3])
        for bit in 0..<Sphinx.headerBytes * 8 {
            var flipped = packet
            flipped[bit / 8] ^= 1 << (bit % 8)
            // RFC 7748 ignores the highest bit of a point; the keys are made of its bytes.
            let sent = flipped
            #expect(throws: CryptoError.self) { try Self.peel(&flipped, path.first) }
            #expect(flipped == sent)
        }
    }

    @Test("a flipped bit of the body leaves nothing of the text, wherever it happens")
    func taggedBody() throws {
        for relay in 0..<3 {
            var path = Path(seed: 5)
            let text = [UInt8](repeating: 0, count: Sphinx.textBytes)
            var packet = Sphinx.packet(try path.header(), text: text)
            for index in 0..<3 {
                if index == relay { packet[Sphinx.headerBytes + 500] ^= 1 }
                _ = try Self.peel(&packet, path, index)
            }
            let body = Array(packet.suffix(Sphinx.bodyBytes))
            #expect(!isUntouched(body))
            // Of random bytes one in 256 is zero; 1,003 of them hold fewer than 30.
            #expect(body.count { $0 == 0 } < 30)
        }
    }

    @Test("what is touched on the way back is not read by its maker, wherever it happens")
    func taggedReply() throws {
        for relay in 0..<3 {
            var path = Path(seed: 10)
            let header = try path.header()
            let key = Secret32.generate(from: &path.entropy)
            var packet = Sphinx.packet(backBy: header.bytes, text: [1, 2, 3], key: key)
            for index in 0..<3 {
                if index == relay { packet[Sphinx.packetBytes - 1] ^= 1 }
                _ = try Self.peel(&packet, path, index)
            }
            let body = Array(packet.suffix(Sphinx.bodyBytes))
            #expect(throws: CryptoError.authenticationFailed) { try open(body, header, key) }
        }
    }

    @Test("the largest text goes back too, and an empty one comes as zeros")
    func sizesOfReplies() throws {
        for count in [0, 1, Sphinx.textBytes] {
            var path = Path(seed: 11)
            let header = try path.header()
            let key = Secret32.generate(from: &path.entropy)
            let text = path.entropy.bytes(count)
            var packet = Sphinx.packet(backBy: header.bytes, text: text, key: key)
            for index in 0..<3 { _ = try Self.peel(&packet, path, index) }
            let back = try open(Array(packet.suffix(Sphinx.bodyBytes)), header, key)
            #expect(back == text + [UInt8](repeating: 0, count: Sphinx.textBytes - count))
        }
    }

    @Test(
        "an instruction of an unknown kind is refused and leaves the packet as it was",
        arguments: [0, 3, 255] as [UInt8], [0, 1, 2])
    func unknownInstruction(kind: UInt8, relay: Int) throws {
        var path = Path(seed: 12, kind: kind, of: relay)
        var packet = Sphinx.packet(try path.header(), text: [1])
        for index in 0..<relay { _ = try Self.peel(&packet, path, index) }
        let before = packet
        #expect(throws: CryptoError.authenticationFailed) {
            try Self.peel(&packet, path, relay)
        }
        #expect(packet == before)
    }

    @Test("a way that ends at the first relay shows it no text")
    func earlyEnd() throws {
        var path = Path(seed: 13, kind: Sphinx.last, of: 0)
        var packet = Sphinx.packet(try path.header(), text: [1])
        let told = Array(path.instructions[0].prefix(Sphinx.lastInstructionBytes))
        guard case .last(let read, _) = try Self.peel(&packet, path, 0) else {
            Issue.record("not the last")
            return
        }
        #expect(read == told)
        let body = Array(packet.suffix(Sphinx.bodyBytes))
        #expect(!isUntouched(body))
    }

    @Test("a bench on which a packet was refused opens the next one like a new one")
    func benchAfterRefusal() throws {
        var path = Path(seed: 14)
        let packet = Sphinx.packet(try path.header(), text: [1])
        var bench = Sphinx.Workbench()
        let tag = try bench.open(packet.span.bytes, with: path.first)
        #expect(throws: CryptoError.authenticationFailed) {
            try bench.open(packet.span.bytes, with: path.second)
        }
        let again = try bench.open(packet.span.bytes, with: path.first)
        #expect(again == tag)
        var (one, other) = (packet, packet)
        var elements = one.mutableSpan
        var span = elements.mutableBytes
        guard case .onward = try bench.peel(&span) else {
            Issue.record("not onward")
            return
        }
        _ = try Self.peel(&other, path.first)
        #expect(one == other)
    }

    @Test("no header is made for a relay whose key has low order", arguments: 0..<3)
    func weakRelay(index: Int) {
        var path = Path(seed: 15)
        var keys = [path.first.publicKey, path.second.publicKey, path.third.publicKey]
        keys[index] = X25519.PublicKey(Bytes32())
        let instructions = path.instructions
        #expect(throws: CryptoError.weakKey) {
            try Sphinx.header(through: keys, instructions: instructions, from: &path.entropy)
        }
    }

    @Test("a packet that comes twice has the same tag, and no two packets have")
    func tags() throws {
        var path = Path(seed: 6)
        var bench = Sphinx.Workbench()
        let packet = Sphinx.packet(try path.header(), text: [])
        let once = try bench.open(packet.span.bytes, with: path.first)
        bench.wipe()
        let again = try bench.open(packet.span.bytes, with: path.first)
        let next = Sphinx.packet(try path.header(), text: [])
        let other = try bench.open(next.span.bytes, with: path.first)
        #expect(once == again)
        #expect(once != other)
    }

    @Test("a packet for another relay, and a point of low order, are refused")
    func refused() throws {
        var path = Path(seed: 7)
        var packet = Sphinx.packet(try path.header(), text: [])
        #expect(throws: CryptoError.authenticationFailed) { try Self.peel(&packet, path.second) }
        for index in 0..<32 { packet[index] = 0 }
        #expect(throws: CryptoError.weakKey) { try Self.peel(&packet, path.first) }
    }

    @Test("packets of one path have nothing in common")
    func unlinkable() throws {
        var path = Path(seed: 8)
        let one = Sphinx.packet(try path.header(), text: [1])
        let other = Sphinx.packet(try path.header(), text: [1])
        let same = zip(one, other).count { $0 == $1 }
        // 1,195 pairs of random bytes: 4.7 are equal on average.
        #expect(same < 20)
    }

    @Test("the wide block changes every byte and comes back")
    func wideBlock() {
        var entropy = Entropy(seed: 9)
        let key = entropy.bytes(WideBlock.keyBytes)
        let text = entropy.bytes(Sphinx.bodyBytes)
        var once = text
        var flipped = text
        flipped[Sphinx.bodyBytes - 1] ^= 128
        apply(WideBlock.encrypt, to: &once, key)
        apply(WideBlock.encrypt, to: &flipped, key)
        #expect(zip(once, flipped).count { $0 == $1 } < 20)
        apply(WideBlock.decrypt, to: &once, key)
        #expect(once == text)
    }

    private func isUntouched(_ body: [UInt8]) -> Bool { Sphinx.isUntouched(body.span.bytes) }

    private func open(
        _ body: [UInt8], _ header: Sphinx.Header, _ key: Secret32
    ) throws -> [UInt8] {
        try Sphinx.openReply(body.span.bytes, roots: header.roots, key: key)
    }

    private func apply(
        _ permutation: (UnsafeMutableRawPointer, Int, UnsafeRawPointer) -> Void,
        to bytes: inout [UInt8], _ key: [UInt8]
    ) {
        key.withUnsafeBytes { key in
            bytes.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress, let key = key.baseAddress {
                    permutation(base, bytes.count, key)
                }
            }
        }
    }
}
