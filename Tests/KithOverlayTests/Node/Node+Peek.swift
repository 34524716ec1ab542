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
