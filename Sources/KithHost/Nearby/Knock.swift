import CLinux
import Glibc
public import KithWire

/// Finds out why nobody answers at an address: whether the host, or something before it, says so.
///
/// A socket of its own sends one byte, which no node answers, and keeps what comes back as ICMP
/// (ip(7), IP_RECVERR). Anybody can forge that, so it is words for a person and nothing more.
public final class Knock {
    /// What came back.
    public enum Verdict: Sendable, Equatable {
        /// Nothing yet.
        case silence
        /// The host is there, and nobody listens on the port.
        case closed
        /// A firewall says no.
        case forbidden
        /// Nobody has the address, or no way leads there.
        case unreachable
    }

    /// The address.
    public let address: Address
    private let descriptor: FileDescriptor
    private var found = Verdict.silence

    /// Knocks at `address`.
    init(_ address: Address) throws(HostError) {
        self.address = address
        let isV4 = address.family == .v4
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        descriptor = try FileDescriptor(
            socket(isV4 ? AF_INET : AF_INET6, Int32(kind), 0), from: "socket")
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        let level = Int32(isV4 ? IPPROTO_IP : IPPROTO_IPV6)
        _ = setsockopt(
            descriptor.number, level, isV4 ? IP_RECVERR : IPV6_RECVERR, &one, size)
        var storage = sockaddr_in6()
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            SocketAddress.store(address, at: pointer)
            return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor.number, $0, SocketAddress.byteCount(address.family))
            }
        }
        guard result == 0 else { throw .system(call: "connect", errno: errno) }
        var byte: UInt8 = 0
        if send(descriptor.number, &byte, 1, 0) < 0, errno == EPERM { found = .forbidden }
    }

    /// What has come back so far.
    func verdict() -> Verdict {
        // What was read is gone from the kernel's queue.
        guard found == .silence else { return found }
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { control in
            var byte: UInt8 = 0
            while true {
                let (count, used) = withUnsafeMutablePointer(to: &byte) { byte in
                    var vector = iovec(iov_base: byte, iov_len: 1)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var header = msghdr()
                        header.msg_iov = vector
                        header.msg_iovlen = 1
                        header.msg_control = control.baseAddress
                        header.msg_controllen = control.count
                        let count = retryingInterrupted {
                            recvmsg(descriptor.number, &header, Int32(MSG_ERRQUEUE))
                        }
                        return (count, header.msg_controllen)
                    }
                }
                guard count >= 0 else { return }
                let filled = UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(control)[..<used])
                if let verdict = Self.verdict(in: filled) { found = verdict }
            }
        }
        return found
    }

    /// Reads `sock_extended_err`, which stands behind the header of its message: number 4 bytes, then
    /// origin, type and code of one byte each.
    private static func verdict(in control: UnsafeRawBufferPointer) -> Verdict? {
        let headerBytes = MemoryLayout<cmsghdr>.size
        guard control.count >= headerBytes + 7 else { return nil }
        let number = control.loadUnaligned(fromByteOffset: headerBytes, as: Int32.self)
        let origin = control[headerBytes + 4]
        let code = control[headerBytes + 6]
        switch (origin, code) {
        // RFC 1812 section 5.2.7.1: forbidden net, forbidden host, forbidden by a filter.
        case (originICMP, 9), (originICMP, 10), (originICMP, 13): return .forbidden
        // RFC 4443 section 3.1: forbidden, failed policy, rejected route.
        case (originICMP6, 1), (originICMP6, 5), (originICMP6, 6): return .forbidden
        default: return number == ECONNREFUSED ? .closed : .unreachable
        }
    }

    /// SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6 (linux/errqueue.h).
    private static let originICMP: UInt8 = 2
    private static let originICMP6: UInt8 = 3
}
