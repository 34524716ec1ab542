import KithCrypto
import KithWire

@testable import KithHost

/// Decoders of what arrives in datagrams.
let wireTargets = [
    Target(
        name: "cbor", summary: "any item, encoded again",
        areas: ["cbor", "message", "record", "profile"], bytesMax: 1_232, run: runCBOR),
    Target(
        name: "envelope", summary: "header, offsets, codes and cookies of a datagram",
        areas: ["envelope"], bytesMax: 1_300, run: runEnvelope),
    Target(
        name: "message", summary: "a message, its lists, encoded again",
        areas: ["message"], bytesMax: 1_232, run: runMessage),
    Target(
        name: "handshake-payload", summary: "a padded payload, encoded again",
        areas: ["message", "fuzz"], bytesMax: 1_232, run: runHandshakePayload),
    Target(
        name: "node-record", summary: "a node record as CBOR and as text",
        areas: ["node-record", "fuzz"], bytesMax: 256, run: runNodeRecord),
    Target(
        name: "address", summary: "an address as CBOR, as text and as stored",
        areas: ["address", "fuzz"], bytesMax: 64, run: runAddress),
]

private func runCBOR(_ bytes: [UInt8]) {
    var reader = CBORReader(bytes.span.bytes)
    var writer = CBORWriter(capacity: bytes.count)
    do throws(DecodeError) {
        try writer.copyItem(from: &reader)
    } catch {
        return
    }
    expect(!writer.overflowed, "an item grew")
    expectSame(writer.bytes, [UInt8](bytes[..<reader.offset]), "an item")
}

private func runEnvelope(_ bytes: [UInt8]) {
    let datagram = bytes.span.bytes
    guard let header = accepted({ () throws(DecodeError) in try Envelope.parse(datagram) }) else {
        return
    }
    var copy = bytes
    var isSessionless = false
    if case .beacon = header { isSessionless = true }
    if case .greeting = header { isSessionless = true }
    let headerBytes = isSessionless ? 4 : 8
    copy.replaceSubrange(0..<headerBytes, with: repeatElement(0xa5, count: headerBytes))
    let key = Bytes32(bigEndianWords: (1, 2, 3, 4))
    var elements = copy.mutableSpan
    var memory = elements.mutableBytes
    Envelope.write(header, into: &memory)
    expectSame(copy, bytes, "a header")
    switch header {
    case .initiation, .response:
        let isInitiation = if case .initiation = header { true } else { false }
        let noise =
            isInitiation
            ? Envelope.Initiation.noise(total: bytes.count)
            : Envelope.Response.noise(total: bytes.count)
        let overhead =
            isInitiation ? NoiseIK.firstOverheadBytes : NoiseIK.secondOverheadBytes
        expect(noise.count >= overhead, "a handshake of \(noise.count) bytes")
        expect(noise.upperBound + Envelope.codesBytes == bytes.count, "bytes between the parts")
        runCodes(bytes, key)
    case .cookie:
        let mac1 = Bytes16(copying: datagram.extracting(last: Bytes16.count))
        let opened = accepted { () throws(DecodeError) in
            try Envelope.openCookie(datagram, mac1: mac1, cookieKey: key)
        }
        expect(opened == nil, "a cookie of nobody opens")
    case .data:
        expect(bytes.count > Envelope.Data.overhead, "a DATA without text")
    case .beacon, .greeting:
        break
    }
}

/// Codes that were written fit, and a flipped bit anywhere makes both misfit.
private func runCodes(_ bytes: [UInt8], _ key: Bytes32) {
    let cookie = Bytes16(copying: bytes.span.bytes.extracting(first: Bytes16.count))
    var copy = bytes
    do {
        var elements = copy.mutableSpan
        var memory = elements.mutableBytes
        let mac1 = Envelope.writeCodes(into: &memory, macKey: key, cookie: cookie)
        expect(mac1 == Envelope.mac1(of: memory.bytes), "mac1 is elsewhere")
    }
    expect(Envelope.hasValidMac1(copy.span.bytes, macKey: key), "mac1 does not fit")
    expect(Envelope.hasValidMac2(copy.span.bytes, cookie: cookie), "mac2 does not fit")
    copy[Int(bytes[4]) % (copy.count - Envelope.codesBytes)] ^= 1 << (bytes[5] % 8)
    expect(!Envelope.hasValidMac1(copy.span.bytes, macKey: key), "mac1 of other bytes fits")
    expect(!Envelope.hasValidMac2(copy.span.bytes, cookie: cookie), "mac2 of other bytes fits")
}

private func runMessage(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    guard let message = accepted({ () throws(DecodeError) in try Message.decode(span) }) else {
        return
    }
    expect(Message.Kind.allCases.contains(message.kind), "no kind")
    expect(message.kind.isRequest == (message.load == nil), "a request with a load")
    expect(message.kind.isRequest == (message.seen == nil), "a request with an address")
    expect(message.load ?? 0 <= Message.loadMax, "a load above 100")
    expect(message.seen?.isReachable ?? true, "an address that nobody has")
    let again = written(bytes.count) { MessageWriter.message(message, from: span, into: &$0) }
    expectSame(again, bytes, "a message")
}

private func runHandshakePayload(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    guard
        let payload = accepted({ () throws(DecodeError) in try HandshakePayload.decode(span) })
    else { return }
    let again = written(bytes.count) { writer in
        HandshakePayload.writeHead(nonce: payload.nonce, role: payload.role, into: &writer)
        MessageWriter.message(payload.message, from: span, into: &writer)
        writer.pad(to: bytes.count)
    }
    expectSame(again, bytes, "a handshake payload")
}

private func runNodeRecord(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    if let record = accepted({ () throws(DecodeError) in try NodeRecord.decode(span) }) {
        expectSame(record.encoded, bytes, "a node record")
        expect(record.encodedBytes == bytes.count, "\(record.encodedBytes) bytes")
        expect(bytes.count <= NodeRecord.encodedBytesMax, "a record of \(bytes.count) bytes")
        expect(record.isReachable, "a record that others refuse")
        expect((try? NodeRecord(text: record.text)) == record, "its text is another record")
    }
    // With a checksum that fits: what is behind it is judged as if it had come as CBOR.
    let text = sealedText(NodeRecord.textPrefix, bytes, label: nil)
    let isRecord = (try? NodeRecord.decode(span)) != nil
    expect(((try? NodeRecord(text: text)) != nil) == isRecord, "text and CBOR disagree")
    let typed = String(decoding: bytes, as: UTF8.self)
    if let record = try? NodeRecord(text: typed) {
        expectSame(record.text, typed, "the text of a node record")
    }
}

/// `prefix`, then base64url of `bytes` and four bytes of BLAKE2b of them.
func sealedText(_ prefix: String, _ bytes: [UInt8], label: StaticString?) -> String {
    var hasher = BLAKE2b.Hasher(outputBytes: 4)
    if let label { hasher.update(label) }
    hasher.update(bytes.span.bytes)
    return prefix + Base64URL.encode(bytes + hasher.finish())
}

private func runAddress(_ bytes: [UInt8]) {
    var reader = CBORReader(bytes.span.bytes)
    if let address = accepted({ () throws(DecodeError) in try reader.address() }) {
        expect(address.isReachable, "an address that nobody has")
        let again = written { $0.address(address) }
        expectSame(again, [UInt8](bytes[..<reader.offset]), "an address")
        checkText(of: address)
    }
    if let address = Address(stored: bytes) {
        expectSame(address.storedBytes, bytes, "a stored address")
        checkText(of: address)
    }
    let typed = String(decoding: bytes, as: UTF8.self)
    // Text has several spellings (RFC 4291 section 2.2), the one that we write is read again.
    if let address = Address(typed) { checkText(of: address) }
}

private func checkText(of address: Address) {
    expect(Address(address.description) == address, "\(address) is read as another address")
    expect(address.block == address.with(port: 1).block, "a port changes the block")
    expect((address.v4 == nil) == (address.family == .v6), "an address of both families")
    for network in [Network.main, .local] where address.isUsable(in: network) {
        expect(address.isReachable, "usable, but nobody is there")
    }
}
