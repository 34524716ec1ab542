import KithCrypto
import KithWire

/// What becomes of bytes: they are refused, or they encode again to what is given here.
///
/// Helpers of the tests: a span may not appear inside of `#expect`.
typealias Recoding = ([UInt8]) throws(DecodeError) -> [UInt8]

/// One item of any type.
func recodeItem(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    var reader = CBORReader(bytes.span.bytes)
    var writer = CBORWriter(capacity: bytes.count + 64)
    try writer.copyItem(from: &reader)
    try reader.finish()
    return writer.bytes
}

/// An address.
func recodeAddress(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    var reader = CBORReader(bytes.span.bytes)
    let address = try reader.address()
    try reader.finish()
    var writer = CBORWriter(capacity: 64)
    writer.address(address)
    return writer.bytes
}

/// A node record.
func recodeNodeRecord(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    try NodeRecord.decode(bytes.span.bytes).encoded
}

/// A message.
func recodeMessage(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    let span = bytes.span.bytes
    let message = try Message.decode(span)
    var writer = CBORWriter(capacity: bytes.count)
    MessageWriter.message(message, from: span, into: &writer)
    return writer.bytes
}

/// A handshake payload with its padding.
func recodePayload(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    let span = bytes.span.bytes
    let payload = try HandshakePayload.decode(span)
    var writer = CBORWriter(capacity: bytes.count)
    HandshakePayload.writeHead(nonce: payload.nonce, role: payload.role, into: &writer)
    MessageWriter.message(payload.message, from: span, into: &writer)
    writer.pad(to: bytes.count)
    return writer.bytes
}

/// The header of a datagram; the rest is copied.
func recodeHeader(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    let header = try Envelope.parse(bytes.span.bytes)
    var bytes = bytes
    // Of a beacon or a greeting it ends behind the zeros.
    for index in 0..<(bytes[0] < 5 ? 8 : 4) { bytes[index] = 0 }
    var elements = bytes.mutableSpan
    var span = elements.mutableBytes
    Envelope.write(header, into: &span)
    return bytes
}

/// The name of the error that bytes are refused with, or `ok`.
func outcome(_ bytes: [UInt8], _ recode: Recoding) -> String {
    do {
        _ = try recode(bytes)
        return "ok"
    } catch {
        return error.rawValue
    }
}

/// Decodes a message, with what its lists and fields hold copied out.
func decodeMessage(_ bytes: [UInt8]) throws(DecodeError) -> DecodedMessage {
    let span = bytes.span.bytes
    let message = try Message.decode(span)
    var decoded = DecodedMessage(message: message)
    switch message.body {
    case .nodes(let items): decoded.nodes = copyNodes(items, span)
    case .records(let nodes, let records, _, _, _):
        decoded.nodes = copyNodes(nodes, span)
        var cursor = records.strings(in: span)
        while let field = cursor.next() { decoded.fields.append(copy(field.bytes(in: span))) }
    case .store(let record, _, _): decoded.fields = [copy(record.bytes(in: span))]
    case .findRecord(_, let digest?, _): decoded.fields = [copy(digest.bytes(in: span))]
    default: break
    }
    return decoded
}

/// A message whose lists and fields were copied out.
struct DecodedMessage {
    let message: Message
    var nodes: [NodeRecord] = []
    var fields: [[UInt8]] = []
}

private func copyNodes(_ items: Items, _ span: RawSpan) -> [NodeRecord] {
    var cursor = items.nodes(in: span)
    var nodes: [NodeRecord] = []
    while let node = cursor.next() { nodes.append(node) }
    return nodes
}

/// The bytes of a span.
func copy(_ span: RawSpan) -> [UInt8] {
    span.withUnsafeBytes { [UInt8]($0) }
}

/// The bytes that `write` writes into `capacity` bytes.
func written(capacity: Int = 4_096, _ write: (inout CBORWriter) -> Void) -> [UInt8] {
    var writer = CBORWriter(capacity: capacity)
    write(&writer)
    return writer.bytes
}

/// The bytes of hexadecimal digits; blanks are for the reader.
func hex(_ text: String) -> [UInt8] {
    Hex.decode(String(text.filter { $0 != " " })) ?? []
}
