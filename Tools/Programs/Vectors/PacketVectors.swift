import KithCrypto
import KithWire

/// Packets that cross three relays, and ways back.
///
/// Every secret is a header line, and so is every value that `Specs/Mixing.md` gives a name. Where
/// a packet is refused, `hop` says which relay refuses it, or, of a text that was touched, whose
/// layer was the last.
enum PacketVectors {
    static func all() -> [Vector] { packets() + brokenPackets() + replies() }

    /// Relay 1, 2 or 3 of the path; 4 is on none.
    private static func relay(_ number: Int) -> X25519.SecretKey {
        let secret = BLAKE2b.hash32([UInt8(0xc0 + number)])
        return secret.withBytes { X25519.SecretKey(copying: $0.bytes) }
    }

    /// Where relay `number` is.
    private static func point(_ number: Int, v6: Bool) -> RelayPoint {
        let v4 = Address(v4: 0xc000_0200 | UInt32(number), port: 5_484)
        let long = Address(v6: 0x2001_0db8_0000_0000, low: UInt64(number), port: .max)
        return RelayPoint(key: relay(number).publicKey, address: v6 ? long : v4)
    }

    /// What relays 1, 2 and 3 are told.
    private static func instructions(
        _ delays: [UInt16] = [250, 1_000, 0], v6: Bool = false
    ) -> [[UInt8]] {
        (0..<3).map { index in
            RelayInstruction(
                delayMilliseconds: delays[index], next: index < 2 ? point(index + 2, v6: v6) : nil
            ).encoded
        }
    }

    /// A header whose x is the first that the dice of this seed give.
    private static func header(
        seed: UInt64, _ instructions: [[UInt8]], through path: [Int] = [1, 2, 3]
    ) -> Sphinx.Header {
        var dice = Entropy(seed: seed)
        do throws(CryptoError) {
            return try Sphinx.header(
                through: path.map { relay($0).publicKey }, instructions: instructions, from: &dice)
        } catch {
            preconditionFailure("a relay of a vector has a weak key")
        }
    }

    /// A way back by relays 1 and 2 to relay 3, who made it.
    static func replyBlock(seed: UInt64 = 7) -> ReplyBlock {
        let key = Secret32(copyingBytes: BLAKE2b.hash32([0xcb]))
        return ReplyBlock(
            first: point(1, v6: false), header: header(seed: seed, instructions()).bytes, key: key)
    }
}

/// What relays make of a packet.
extension PacketVectors {
    /// What a relay made of a packet: the instruction, the tag and what it passes on.
    struct Step {
        let instruction: [UInt8]
        let tag: Bytes16
        let packet: [UInt8]
    }

    private static func peel(_ packet: [UInt8], by number: Int) throws(CryptoError) -> Step {
        try peel(packet, by: relay(number))
    }

    /// What the relay with this key makes of a packet.
    static func peel(
        _ packet: [UInt8], by key: borrowing X25519.SecretKey
    ) throws(CryptoError) -> Step {
        var bench = Sphinx.Workbench()
        var packet = packet
        let tag = try bench.open(packet.span.bytes, with: key)
        let instruction: [UInt8]
        do {
            var elements = packet.mutableSpan
            var span = elements.mutableBytes
            switch try bench.peel(&span) {
            case .onward(let told): instruction = told.indices.map { told[$0] }
            case .last(let told): instruction = told.indices.map { told[$0] }
            }
        }
        return Step(instruction: instruction, tag: tag, packet: packet)
    }

    private static func body(_ packet: [UInt8]) -> [UInt8] {
        Array(packet.suffix(Sphinx.bodyBytes))
    }

    private static func padded(_ text: [UInt8]) -> [UInt8] {
        text + [UInt8](repeating: 0, count: Sphinx.textBytes - text.count)
    }

    /// `ok` when relays 1, 2 and 3 are told `instructions` and `read` finds `text` in the body that
    /// the last one has; else the error, with the relay that had it when that is not `hop`.
    private static func judge(
        _ packet: [UInt8], instructions: [[UInt8]], text: [UInt8], hop: Int?,
        read: ([UInt8]) throws(CryptoError) -> [UInt8]
    ) -> String {
        var packet = packet
        var number = 1
        do throws(CryptoError) {
            while number <= Sphinx.hops {
                let step = try peel(packet, by: number)
                guard step.instruction == instructions[number - 1] else {
                    return "otherInstruction"
                }
                packet = step.packet
                number += 1
            }
            return try read(body(packet)) == padded(text) ? "ok" : "otherText"
        } catch {
            let refuser = min(number, Sphinx.hops)
            return refuser == hop ? "\(error)" : "\(error) at \(refuser)"
        }
    }

    /// What the last relay reads in its body.
    private static func readText(_ body: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard Sphinx.isUntouched(body.span.bytes) else { throw .authenticationFailed }
        return Array(body.dropFirst(Sphinx.bodyBytes - Sphinx.textBytes))
    }
}

/// Header lines.
extension PacketVectors {
    /// How a header is made: x, the relays' secrets and what they are told.
    private static func ingredients(seed: UInt64, _ instructions: [[UInt8]]) -> [(String, String)] {
        var dice = Entropy(seed: seed)
        let start = X25519.SecretKey.generate(from: &dice)
        var lines = [("x", start.withBytes { Hex.encode($0) })]
        for number in 1...Sphinx.hops {
            lines.append(
                ("relay-secret-\(number)", relay(number).withBytes { Hex.encode($0) }))
        }
        for number in 1...Sphinx.hops {
            lines.append(("instruction-\(number)", Hex.encode(instructions[number - 1])))
        }
        return lines
    }

    private static func text(_ text: [UInt8]) -> [(String, String)] {
        text.isEmpty ? [] : [("text", Hex.encode(text))]
    }

    /// α, root, tag and γ of each hop, the packets that relays 2 and 3 get, and the last body.
    private static func way(_ packet: [UInt8], of header: Sphinx.Header) -> [(String, String)] {
        var lines: [(String, String)] = []
        var packet = packet
        for number in 1...Sphinx.hops {
            let root = header.roots[number - 1]
            guard let step = try? peel(packet, by: number) else {
                preconditionFailure("a good packet is refused")
            }
            lines += [
                ("alpha-\(number)", Hex.encode(Array(packet[..<32]))),
                ("root-\(number)", root.withBytes { Hex.encode($0) }),
                ("tag-\(number)", step.tag.hex),
                ("gamma-\(number)", Hex.encode(Array(packet[176..<Sphinx.headerBytes]))),
            ]
            if number > 1 { lines.append(("packet-\(number)", Hex.encode(packet))) }
            packet = step.packet
        }
        lines.append(("body", Hex.encode(body(packet))))
        return lines
    }
}

/// The packets.
extension PacketVectors {
    private static func good(
        _ name: String, _ comment: String, seed: UInt64, _ instructions: [[UInt8]], _ words: [UInt8]
    ) -> Vector {
        let header = header(seed: seed, instructions)
        let packet = Sphinx.packet(header, text: words)
        return Vector(
            area: "mixing", name: name, expect: "ok", comment: comment,
            headers: [("form", "packet")] + ingredients(seed: seed, instructions) + text(words)
                + way(packet, of: header),
            bytes: packet,
            judge: { packet in
                judge(packet, instructions: instructions, text: words, hop: nil, read: readText)
            })
    }

    private static func packets() -> [Vector] {
        let echo = MixedQuery(.echo, back: replyBlock()).encode()
        var dice = Entropy(seed: 60)
        return [
            good("packet", "an echo is asked for", seed: 1, instructions(), echo),
            good("packet-empty", "no text", seed: 2, instructions([0, 0, 0]), []),
            good(
                "packet-full", "the largest text, delays and ports, by IPv6", seed: 3,
                instructions([.max, .max, .max], v6: true), dice.bytes(Sphinx.textBytes)),
        ]
    }

    private static func broken(
        _ name: String, _ expect: String, hop: Int, _ comment: String, _ packet: [UInt8]
    ) -> Vector {
        let secrets = (1...3).map { number in
            ("relay-secret-\(number)", relay(number).withBytes { Hex.encode($0) })
        }
        return Vector(
            area: "mixing", name: name, expect: expect, comment: comment,
            headers: [("form", "packet"), ("hop", "\(hop)")] + secrets, bytes: packet,
            judge: { packet in
                judge(packet, instructions: instructions(), text: [1], hop: hop, read: readText)
            })
    }

    private static func brokenPackets() -> [Vector] {
        let right = header(seed: 4, instructions())
        let packet = Sphinx.packet(right, text: [1])
        func flipped(_ index: Int, _ bit: UInt8) -> [UInt8] {
            packet.replacing(at: index, with: packet[index] ^ bit)
        }
        var nonsense = instructions()
        nonsense[1][0] = 3
        let other = header(seed: 4, instructions(), through: [4, 2, 3])
        let zeros = [UInt8](repeating: 0, count: 32)
        return [
            broken(
                "packet-point-zero", "weakKey", hop: 1, "α has low order",
                zeros + packet.dropFirst(32)),
            broken(
                "packet-point-highest-bit", "authenticationFailed", hop: 1,
                "the bit of α that X25519 ignores, and the root does not", flipped(31, 0x80)),
            broken(
                "packet-route-flipped", "authenticationFailed", hop: 1,
                "the last bit of the route", flipped(175, 1)),
            broken(
                "packet-code-flipped", "authenticationFailed", hop: 1, "the first bit of γ",
                flipped(176, 0x80)),
            broken(
                "packet-for-another", "authenticationFailed", hop: 1,
                "made for another first relay", Sphinx.packet(other, text: [1])),
            broken(
                "packet-instruction-3", "authenticationFailed", hop: 2,
                "an instruction that begins with 3",
                Sphinx.packet(header(seed: 4, nonsense), text: [1])),
            broken(
                "packet-body-flipped", "authenticationFailed", hop: 3,
                "the last bit of the body was turned over before the first relay",
                flipped(Sphinx.packetBytes - 1, 1)),
        ]
    }
}

/// What goes back.
extension PacketVectors {
    /// The packet that an exit sends back with `words`: whole, or as `damage` left it.
    private static func reply(
        _ name: String, _ expect: String, _ comment: String, _ words: [UInt8],
        hop: Int? = nil, damage: (inout [UInt8]) -> Void = { _ in }
    ) -> Vector {
        let (block, instructions) = (replyBlock(), instructions())
        let header = header(seed: 7, instructions)
        let packet = block.packet(words)
        var sent = packet
        damage(&sent)
        var headers = [("form", "reply")] + ingredients(seed: 7, instructions)
        headers += [
            ("key", block.key.withBytes { Hex.encode($0) }), ("block", Hex.encode(block.encoded)),
        ]
        if let hop { headers.append(("hop", "\(hop)")) }
        headers += text(words) + (expect == "ok" ? way(packet, of: header) : [])
        return Vector(
            area: "mixing", name: name, expect: expect, comment: comment, headers: headers,
            bytes: sent,
            judge: { packet in
                judge(packet, instructions: instructions, text: words, hop: hop) {
                    body throws(CryptoError) in
                    try Sphinx.openReply(body.span.bytes, roots: header.roots, key: block.key)
                }
            })
    }

    private static func replies() -> [Vector] {
        var dice = Entropy(seed: 61)
        return [
            reply("reply", "ok", "an echo comes back", MixedAnswer.echo.encode()),
            reply("reply-full", "ok", "the largest text", dice.bytes(Sphinx.textBytes)),
            reply(
                "reply-body-flipped", "authenticationFailed", "the first bit of the body", [1],
                hop: 3, damage: { $0[Sphinx.headerBytes] ^= 0x80 }),
            reply(
                "reply-code-flipped", "authenticationFailed", "the last bit of γ", [1], hop: 1,
                damage: { $0[Sphinx.headerBytes - 1] ^= 1 }),
        ]
    }
}

extension Secret32 {
    /// The secret that is written in `bytes`; of vectors, which are none.
    fileprivate init(copyingBytes bytes: Bytes32) {
        self = bytes.withBytes { Secret32(copying: $0.bytes) }
    }
}
