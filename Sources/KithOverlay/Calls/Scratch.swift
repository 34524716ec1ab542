import KithCrypto
import KithWire

/// The buffers that a node reuses for every datagram, so that none is allocated per packet.
struct Scratch: ~Copyable {
    /// Where a handshake payload is written before it is sealed.
    let outgoing: UnsafeMutableRawBufferPointer
    /// Where what was opened is read from.
    let incoming: UnsafeMutableRawBufferPointer

    init() {
        outgoing = .allocate(byteCount: Outbox.slotBytes, alignment: 16)
        incoming = .allocate(byteCount: Outbox.slotBytes, alignment: 16)
    }

    deinit {
        outgoing.deallocate()
        incoming.deallocate()
    }
}
