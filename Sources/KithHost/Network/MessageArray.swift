import CLinux
import Glibc
import KithWire

/// The headers of one `recvmmsg` or `sendmmsg`, with everything they point to, in fixed places.
final class MessageArray {
    /// One header per datagram of a batch.
    let headers: UnsafeMutablePointer<mmsghdr>
    /// One vector per header.
    let vectors: UnsafeMutablePointer<iovec>

    private let names: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let payloads: UnsafeMutableRawPointer?
    private let family: Address.Family

    private static let nameStride = 32
    private static let controlStride = PacketInfo.bytesMax
    private static let payloadStride = UDPSocket.datagramBytesMax

    /// Headers for ``UDPSocket/batch`` datagrams of `family`, with `buffers` to receive into or
    /// without, to send from elsewhere.
    init(family: Address.Family, buffers: Bool) {
        let count = UDPSocket.batch
        self.family = family
        headers = .allocate(capacity: count)
        vectors = .allocate(capacity: count)
        names = .allocate(byteCount: count * MessageArray.nameStride, alignment: 8)
        controls = .allocate(byteCount: count * MessageArray.controlStride, alignment: 8)
        payloads =
            buffers
            ? .allocate(byteCount: count * MessageArray.payloadStride, alignment: 16) : nil
        names.initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MessageArray.nameStride)
        controls.initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MessageArray.controlStride)
        for index in 0..<count {
            vectors.advanced(by: index).initialize(to: iovec())
            if let payloads {
                vectors[index].iov_base = payloads + index * MessageArray.payloadStride
                vectors[index].iov_len = MessageArray.payloadStride
            }
            var header = mmsghdr()
            header.msg_hdr.msg_name = names + index * MessageArray.nameStride
            header.msg_hdr.msg_namelen = SocketAddress.byteCount(family)
            header.msg_hdr.msg_iov = vectors + index
            header.msg_hdr.msg_iovlen = 1
            headers.advanced(by: index).initialize(to: header)
        }
    }

    deinit {
        headers.deallocate()
        vectors.deallocate()
        names.deallocate()
        controls.deallocate()
        payloads?.deallocate()
    }

    /// The socket address of datagram `index`.
    func name(_ index: Int) -> UnsafeMutableRawPointer {
        names + index * MessageArray.nameStride
    }

    /// The ancillary data of datagram `index`.
    func control(_ index: Int) -> UnsafeMutableRawPointer {
        controls + index * MessageArray.controlStride
    }

    /// The receive buffer of datagram `index`.
    func payload(_ index: Int) -> UnsafeMutableRawPointer {
        guard let payloads else { preconditionFailure("no buffers to receive into") }
        return payloads + index * MessageArray.payloadStride
    }

    /// Sets the lengths again that the kernel overwrote at the last `recvmmsg`.
    func prepareToReceive() {
        for index in 0..<UDPSocket.batch {
            headers[index].msg_hdr.msg_namelen = socklen_t(MessageArray.nameStride)
            headers[index].msg_hdr.msg_control = control(index)
            headers[index].msg_hdr.msg_controllen = MessageArray.controlStride
        }
    }

    /// Makes header `index` send `count` bytes at `bytes`.
    func fill(
        _ index: Int, bytes: UnsafeMutableRawPointer, count: Int, destination: Address,
        from point: ArrivalPoint
    ) {
        SocketAddress.store(destination, at: name(index))
        vectors[index].iov_base = bytes
        vectors[index].iov_len = count
        if point.isUnknown {
            headers[index].msg_hdr.msg_control = nil
            headers[index].msg_hdr.msg_controllen = 0
        } else {
            let used = PacketInfo.store(point, family: family, at: control(index))
            headers[index].msg_hdr.msg_control = control(index)
            headers[index].msg_hdr.msg_controllen = used
        }
    }
}
