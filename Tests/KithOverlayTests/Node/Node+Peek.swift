import KithCrypto
import KithWire

@testable import KithOverlay

extension Node {
    /// Opens a DATA that was sent to this node, without telling the node.
    func peek(_ datagram: [UInt8]) -> Message? {
        let span = datagram.span.bytes
        guard case .data(let index, let counter)? = try? Envelope.parse(span),
            sessions.contains(index)
        else { return nil }
        var text = [UInt8](repeating: 0, count: datagram.count)
        switch sessions[index].state {
        case .established(let transport):
            var elements = text.mutableSpan
            var output = elements.mutableBytes
            let count = try? ChaChaPoly.open(
                span.extracting(Envelope.Data.headerBytes...), into: &output,
                key: transport.receive, nonce: counter,
                authenticating: span.extracting(..<Envelope.Data.headerBytes))
            guard let count else { return nil }
            return try? Message.decode(output.bytes.extracting(..<count))
        case .initiating: return nil
        case .closed: return nil
        }
    }
}

extension Duo {
    /// Lets Ada ask Bob something in a session that they have; his answer as he wrote it, nil for
    /// silence.
    func ask(_ request: Request) -> Message? {
        outbox.clear()
        ada.node.call(
            request, of: bob.record, at: bob.address, for: .repair, now: now, &outbox)
        guard outbox.count > 0 else { return nil }
        let bytes = outbox.withDatagram(0) { $0.withUnsafeBytes { [UInt8]($0) } }
        outbox.clear()
        give(bytes, from: ada.address, to: bob)
        guard !wire.isEmpty else { return nil }
        return ada.node.peek(wire.removeFirst().bytes)
    }
}
