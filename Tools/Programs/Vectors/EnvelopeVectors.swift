import KithCrypto
import KithWire

/// Whole datagrams: headers, codes, cookies, and a handshake message that opens.
func envelopeVectors() -> [Vector] {
    goodDatagrams() + brokenDatagrams()
}

private func vector(
    _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8],
    headers: [(String, String)] = [], judge: @escaping ([UInt8]) -> String = judgeHeader
) -> Vector {
    Vector(
        area: "envelope", name: name, expect: expect, comment: comment, headers: headers,
        bytes: bytes, judge: judge)
}

/// What our decoder says about the header of a datagram.
func judgeHeader(_ bytes: [UInt8]) -> String {
    outcome { () throws(DecodeError) in _ = try Envelope.parse(bytes.span.bytes) }
}

/// Bytes of which `write` fills a part.
private func datagram(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var elements = bytes.mutableSpan
    var span = elements.mutableBytes
    write(&span)
    return bytes
}

/// The handshake that the vectors show: the keys, and its first message.
private struct Handshake {
    let payloadBytes = 64
    let receiver: X25519.PublicKey
    let receiverSecret: String
    let senderSecret: String
    let payload: [UInt8]
    let bytes: [UInt8]

    init(cookie: Bytes16?) {
        var entropy = Entropy(seed: 42)
        let (mine, theirs) = (entropy.bytes32(), entropy.bytes32())
        let local = X25519.SecretKey(copying: mine.bytes.span.bytes)
        let remote = X25519.SecretKey(copying: theirs.bytes.span.bytes).publicKey
        let padded = payloadBytes
        let payload = cbor {
            HandshakePayload.writeHead(nonce: 99, role: .full, into: &$0)
            MessageWriter.ping(call: 1, into: &$0)
            $0.pad(to: padded)
        }
        receiver = remote
        receiverSecret = theirs.hex
        senderSecret = mine.hex
        self.payload = payload
        let prologue = Network.local.prologue
        do {
            var noise = try NoiseIK.Initiator(
                prologue: prologue.span.bytes, local: local, remote: remote, entropy: &entropy)
            bytes = try Self.datagram(&noise, payload: payload, to: remote, cookie: cookie)
        } catch {
            preconditionFailure("the keys of the vectors do not agree: \(error)")
        }
    }

    private static func datagram(
        _ noise: inout NoiseIK.Initiator, payload: [UInt8], to remote: X25519.PublicKey,
        cookie: Bytes16?
    ) throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Envelope.Initiation.overhead + payload.count)
        var elements = bytes.mutableSpan
        var span = elements.mutableBytes
        Envelope.write(.initiation(sender: 0x0a0b_0c0d), into: &span)
        _ = try noise.writeFirst(
            payload: payload.span.bytes, into: &span, at: Envelope.Initiation.noiseOffset)
        Envelope.writeCodes(into: &span, macKey: Envelope.macKey(of: remote), cookie: cookie)
        return bytes
    }

    var headers: [(String, String)] {
        [
            ("network", Network.local.name), ("receiver", receiver.bytes.hex),
            ("receiver-secret", receiverSecret), ("sender-secret", senderSecret),
            ("payload", Hex.encode(payload)),
        ]
    }
}

private func goodDatagrams() -> [Vector] {
    let plain = Handshake(cookie: nil)
    let secret = BLAKE2b.hash32(Array("secret of the receiver".utf8))
    let cookie = Envelope.cookie(secret: secret, address: Cast.v4)
    let shown = Handshake(cookie: cookie)
    let key = Envelope.cookieKey(of: plain.receiver)
    let mac1 = Envelope.mac1(of: plain.bytes.span.bytes)
    let nonce = [UInt8](0..<24)
    let demand = datagram(Envelope.Cookie.bytes) {
        Envelope.writeCookie(
            cookie, receiver: 0x0a0b_0c0d, mac1: mac1, cookieKey: key, nonce: nonce.span.bytes,
            into: &$0)
    }
    let cookieHeaders = [
        ("receiver", plain.receiver.bytes.hex), ("mac1", mac1.hex), ("secret", secret.hex),
        ("address", Cast.v4.description), ("cookie", cookie.hex),
    ]
    func judgeMac1(_ bytes: [UInt8]) -> String {
        let key = Envelope.macKey(of: plain.receiver)
        let isOurs = Envelope.hasValidMac1(bytes.span.bytes, macKey: key)
        return isOurs ? judgeHeader(bytes) : DecodeError.notAuthentic.rawValue
    }
    func judgeMac2(_ bytes: [UInt8]) -> String {
        let isShown = Envelope.hasValidMac2(bytes.span.bytes, cookie: cookie)
        return isShown ? judgeMac1(bytes) : DecodeError.notAuthentic.rawValue
    }
    func judgeCookie(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let opened = try Envelope.openCookie(bytes.span.bytes, mac1: mac1, cookieKey: key)
            precondition(opened == cookie, "another cookie came out")
        }
    }
    return [
        vector(
            "init", "ok", "INIT that carries PING; mac2 is zero", plain.bytes,
            headers: plain.headers, judge: judgeMac1),
        vector(
            "init-with-cookie", "ok", "the same INIT with mac2", shown.bytes,
            headers: shown.headers + [("cookie", cookie.hex)], judge: judgeMac2),
        vector(
            "init-wrong-mac1", "notAuthentic", "a bit of mac1 is wrong",
            plain.bytes.replacing(
                at: plain.bytes.count - 32, with: ~plain.bytes[plain.bytes.count - 32]),
            headers: plain.headers, judge: judgeMac1),
        vector(
            "init-wrong-mac2", "notAuthentic", "mac2 was made with another cookie",
            Handshake(cookie: Bytes16()).bytes,
            headers: shown.headers + [("cookie", cookie.hex)], judge: judgeMac2),
        vector(
            "cookie", "ok", "COOKIE for that INIT", demand, headers: cookieHeaders,
            judge: judgeCookie),
        vector(
            "cookie-wrong-seal", "notAuthentic", "a bit of the sealed cookie is wrong",
            demand.replacing(at: 40, with: ~demand[40]), headers: cookieHeaders,
            judge: judgeCookie),
        vector(
            "resp-least", "ok", "the header of a RESP without payload",
            datagram(Envelope.Response.overhead) {
                Envelope.write(.response(sender: 1, receiver: 2), into: &$0)
            }),
        vector(
            "data-least", "ok", "the header of the least DATA",
            datagram(Envelope.datagramBytes.lowerBound) {
                Envelope.write(.data(receiver: 7, counter: .max), into: &$0)
            }),
        vector(
            "data-largest", "ok", "the header of the largest DATA",
            datagram(Envelope.datagramBytes.upperBound) {
                Envelope.write(.data(receiver: 7, counter: 0), into: &$0)
            }),
    ]
}

private func brokenDatagrams() -> [Vector] {
    let data = datagram(64) { Envelope.write(.data(receiver: 7, counter: 1), into: &$0) }
    let cookie = datagram(64) { Envelope.write(.cookie(receiver: 7), into: &$0) }
    let initiation = datagram(136) { Envelope.write(.initiation(sender: 7), into: &$0) }
    let response = datagram(92) {
        Envelope.write(.response(sender: 7, receiver: 8), into: &$0)
    }
    return [
        vector("empty", "truncated", "no bytes", []),
        vector("data-36", "truncated", "below the least datagram", [UInt8](data.prefix(36))),
        vector(
            "data-1233", "wrongLength", "above the largest datagram",
            data + [UInt8](repeating: 0, count: 1_233 - data.count)),
        vector("type-0", "unknownKind", "no type has the number 0", data.replacing(at: 0, with: 0)),
        vector("type-7", "unknownKind", "no type has the number 7", data.replacing(at: 0, with: 7)),
        vector("version-0", "unknownVersion", "version 0", data.replacing(at: 1, with: 0)),
        vector("version-2", "unknownVersion", "version 2", data.replacing(at: 1, with: 2)),
        vector(
            "reserved-first", "notCanonical", "the first reserved byte is 1",
            data.replacing(at: 2, with: 1)),
        vector(
            "reserved-second", "notCanonical", "the second reserved byte is 1",
            data.replacing(at: 3, with: 1)),
        vector("init-cut", "truncated", "135 bytes are no INIT", initiation.dropLast()),
        vector("resp-cut", "truncated", "91 bytes are no RESP", response.dropLast()),
        vector("cookie-cut", "truncated", "63 bytes are no COOKIE", cookie.dropLast()),
        vector("cookie-long", "wrongLength", "65 bytes are no COOKIE", cookie + [0]),
    ]
}
