import KithCrypto
import KithWire
import Testing

@Suite("The envelope")
struct EnvelopeTests {
    private let receiver = X25519.PublicKey(BLAKE2b.hash32([7]))
    private let address = Address(v4: 0xc000_0207, port: 5_484)

    /// Bytes of which `write` fills a part.
    private func datagram(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var elements = bytes.mutableSpan
        var span = elements.mutableBytes
        write(&span)
        return bytes
    }

    @Test("adds 136, 92 and 32 bytes, and a COOKIE has 64")
    func sizes() {
        #expect(Envelope.Initiation.overhead == 136)
        #expect(Envelope.Response.overhead == 92)
        #expect(Envelope.Data.overhead == 32)
        #expect(Envelope.Cookie.bytes == 64)
        #expect(Envelope.datagramBytes.upperBound == 1_232)
        #expect(Envelope.Data.messageBytesMax == 1_200)
        #expect(Envelope.Initiation.payloadBytesMax == 1_096)
        #expect(Envelope.Response.payloadBytesMax(answering: 136 + 100) == 144)
    }

    @Test("has the Noise messages where the layout says")
    func noise() {
        // e 32, sealed static 48, sealed payload n + 16; and e 32, sealed payload n + 16.
        #expect(Envelope.Initiation.noise(total: 136 + 64) == 8..<8 + 32 + 48 + 64 + 16)
        #expect(Envelope.Response.noise(total: 92 + 64) == 12..<12 + 32 + 64 + 16)
    }

    @Test("headers come back, and their bytes are where the layout says")
    func headers() throws {
        let cases: [(Envelope.Header, Int, String)] = [
            (.initiation(sender: 0x0102_0304), 136, "01010000 01020304"),
            (.response(sender: 0x0102_0304, receiver: 5), 92, "02010000 01020304 00000005"),
            (.cookie(receiver: 0xffff_ffff), 64, "03010000 ffffffff"),
            (
                .data(receiver: 9, counter: 0x0102_0304_0506_0708), 37,
                "04010000 00000009 0102030405060708"
            ),
        ]
        for (header, count, expected) in cases {
            let bytes = datagram(count) { Envelope.write(header, into: &$0) }
            #expect(Array(bytes.prefix(hex(expected).count)) == hex(expected))
            let parsed = try parse(bytes)
            #expect(parsed == header)
        }
    }

    private func parse(_ bytes: [UInt8]) throws(DecodeError) -> Envelope.Header {
        try Envelope.parse(bytes.span.bytes)
    }

    @Test("of any bytes at all is decided without a trap")
    func garbage() {
        var entropy = Entropy(seed: testSeed("garbage datagrams", usual: 41))
        var accepted = 0
        for _ in 0..<5_000 {
            var bytes = entropy.bytes(Int(entropy.below(1_400)))
            let known: [UInt8] = [UInt8(entropy.below(6)), 1, 0, 0]
            for index in 0..<min(4, bytes.count) where entropy.below(20) > 0 {
                bytes[index] = known[index]
            }
            if (try? parse(bytes)) != nil { accepted += 1 }
        }
        #expect(accepted > 500 && accepted < 4_500)
    }

    private func codes(_ bytes: [UInt8], cookie: Bytes16) -> (mac1: Bool, mac2: Bool) {
        let span = bytes.span.bytes
        return (
            Envelope.hasValidMac1(span, macKey: Envelope.macKey(of: receiver)),
            Envelope.hasValidMac2(span, cookie: cookie)
        )
    }

    @Test("codes cover every byte before them")
    func coverage() {
        let cookie = Bytes16(copying: [UInt8](1...16).span.bytes)
        let good = datagram(200) {
            Envelope.write(.initiation(sender: 1), into: &$0)
            Envelope.writeCodes(
                into: &$0, macKey: Envelope.macKey(of: receiver), cookie: cookie)
        }
        #expect(codes(good, cookie: cookie) == (true, true))
        for index in good.indices {
            var bad = good
            bad[index] ^= 1
            let found = codes(bad, cookie: cookie)
            #expect(found.mac1 == (index >= 184), "byte \(index)")
            #expect(!found.mac2, "byte \(index)")
        }
        #expect(codes(good, cookie: Bytes16()).mac2 == false)
    }

    @Test("has zeros in place of mac2 when there is no cookie")
    func noCookie() {
        let bytes = datagram(136) {
            Envelope.writeCodes(into: &$0, macKey: Envelope.macKey(of: receiver), cookie: nil)
        }
        #expect(bytes.suffix(16).allSatisfy { $0 == 0 })
        #expect(!bytes[104..<120].allSatisfy { $0 == 0 })
    }

    @Test("cookies belong to one secret, one address and one port")
    func cookies() {
        let secret = BLAKE2b.hash32([1])
        let cookie = Envelope.cookie(secret: secret, address: address)
        #expect(cookie == Envelope.cookie(secret: secret, address: address))
        #expect(cookie != Envelope.cookie(secret: BLAKE2b.hash32([2]), address: address))
        #expect(cookie != Envelope.cookie(secret: secret, address: address.with(port: 1)))
        let mapped = Address(v6: 0, low: 0xffff_c000_0207, port: 5_484)
        #expect(cookie == Envelope.cookie(secret: secret, address: mapped))
    }

    private func open(
        _ bytes: [UInt8], mac1: Bytes16, from node: X25519.PublicKey
    ) throws(DecodeError) -> Bytes16 {
        try Envelope.openCookie(
            bytes.span.bytes, mac1: mac1, cookieKey: Envelope.cookieKey(of: node))
    }

    @Test("a COOKIE opens for the INIT that it answers, and not when a bit is wrong")
    func cookieReply() throws {
        let cookie = Bytes16(copying: [UInt8](1...16).span.bytes)
        let mac1 = Bytes16(copying: [UInt8](17...32).span.bytes)
        let nonce = [UInt8](0..<24)
        let bytes = datagram(64) {
            Envelope.writeCookie(
                cookie, receiver: 9, mac1: mac1, cookieKey: Envelope.cookieKey(of: receiver),
                nonce: nonce.span.bytes, into: &$0)
        }
        let opened = try open(bytes, mac1: mac1, from: receiver)
        #expect(opened == cookie)
        #expect(throws: DecodeError.notAuthentic) {
            try open(bytes, mac1: cookie, from: receiver)
        }
        #expect(throws: DecodeError.notAuthentic) {
            try open(bytes, mac1: mac1, from: X25519.PublicKey(BLAKE2b.hash32([8])))
        }
        #expect(throws: DecodeError.wrongLength) {
            try open(bytes + [0], mac1: mac1, from: receiver)
        }
        for bit in 8 * 8..<64 * 8 {
            var bad = bytes
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: DecodeError.notAuthentic) { try open(bad, mac1: mac1, from: receiver) }
        }
    }
}
