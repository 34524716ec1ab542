import KithCrypto
import KithWire

// Opening what came inside a session.
extension Node {
    /// What the ciphertext of a DATA turned out to be.
    enum Opened {
        /// A text of so many bytes, now in the incoming scratch.
        case text(Int)
        case forged
        case noSession
    }

    /// Opens a DATA into the incoming scratch.
    func open(
        _ datagram: RawSpan, in index: UInt32, counter: UInt64
    ) -> Opened {
        let opened: Opened
        // One way out of the switch: with more the session would be copied to the heap.
        switch sessions[index].state {
        case .established(let transport):
            opened = Self.open(
                datagram, counter: counter, key: transport.receive, into: scratch.incoming)
        case .initiating:
            opened = .noSession
        case .closed:
            opened = .noSession
        }
        return opened
    }

    private static func open(
        _ datagram: RawSpan, counter: UInt64, key: borrowing ChaChaPoly.Key,
        into memory: UnsafeMutableRawBufferPointer
    ) -> Opened {
        var text = MutableRawSpan(_unsafeBytes: memory)
        do {
            return .text(
                try ChaChaPoly.open(
                    datagram.extracting(Envelope.Data.headerBytes...), into: &text, key: key,
                    nonce: counter,
                    authenticating: datagram.extracting(..<Envelope.Data.headerBytes)))
        } catch {
            return .forged
        }
    }
}
