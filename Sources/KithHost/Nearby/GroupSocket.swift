import CLinux
import Glibc
import KithOverlay
import KithWire

/// Receives what is sent to Kith's group on one interface; nothing is sent here.
///
/// Bound to the group and not to an address of ours, so that what others send to our port still
/// arrives where it should, and several nodes of one user on one machine each get a copy.
final class GroupSocket {
    /// The interface.
    let interface: UInt16
    /// The group on it.
    let group: Address

    /// SO_BINDTOIFINDEX (asm-generic/socket.h), since Linux 5.1, for everybody since 5.7.
    private static let bindToInterface: Int32 = 62

    /// Datagrams taken at once, so that a flood leaves time for everything else.
    private static let batch = 64

    private let descriptor: FileDescriptor

    /// Joins the group of `link` on its interface.
    init(_ link: Link) throws(HostError) {
        interface = link.interface
        group = link.group
        let isV4 = link.address.family == .v4
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        descriptor = try FileDescriptor(
            socket(isV4 ? AF_INET : AF_INET6, Int32(kind), Int32(IPPROTO_UDP)), from: "socket")
        // Of any user's programs, those that set both may share the port of the group.
        try set(SOL_SOCKET, SO_REUSEADDR, 1)
        try set(SOL_SOCKET, SO_REUSEPORT, 1)
        // Membership alone does not tie a socket to an interface: Linux 6.18 was seen to hand what came on
        // one to the socket of another.
        try set(SOL_SOCKET, Self.bindToInterface, Int32(interface))
        if isV4 {
            // Without this the socket gets the group from every interface that anybody joined it on.
            try set(Int32(IPPROTO_IP), IP_MULTICAST_ALL, 0)
            var membership = ip_mreqn()
            membership.imr_multiaddr.s_addr = (group.v4 ?? 0).bigEndian
            membership.imr_ifindex = Int32(interface)
            try bind()
            let size = socklen_t(MemoryLayout<ip_mreqn>.size)
            try check(
                setsockopt(
                    descriptor.number, Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP, &membership, size))
        } else {
            try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
            var membership = ipv6_mreq()
            withUnsafeMutableBytes(of: &membership.ipv6mr_multiaddr) { place in
                place.storeBytes(of: group.high.bigEndian, as: UInt64.self)
                place.storeBytes(of: group.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            membership.ipv6mr_interface = UInt32(interface)
            try bind()
            let size = socklen_t(MemoryLayout<ipv6_mreq>.size)
            try check(
                setsockopt(
                    descriptor.number, Int32(IPPROTO_IPV6), IPV6_ADD_MEMBERSHIP, &membership, size))
        }
    }

    /// What the loop watches.
    var number: Int32 { descriptor.number }

    /// Hands each datagram that waits to `body`, with its sender, as long as there are not too many.
    func receive(_ body: (RawSpan, Address) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: UDPSocket.datagramBytesMax + 1, alignment: 16) {
            place in
            for _ in 0..<Self.batch {
                var name = sockaddr_in6()
                var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
                let (count, sender) = withUnsafeMutablePointer(to: &name) { pointer in
                    let count = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                        retryingInterrupted {
                            recvfrom(
                                descriptor.number, place.baseAddress, place.count, 0, name, &size)
                        }
                    }
                    return (count, SocketAddress.load(from: pointer))
                }
                guard count >= 0 else { return }
                guard count <= UDPSocket.datagramBytesMax, let sender else { continue }
                let bytes = UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(place)[..<count])
                body(RawSpan(_unsafeBytes: bytes), sender)
            }
        }
    }

    private func bind() throws(HostError) {
        var storage = sockaddr_in6()
        let size = SocketAddress.byteCount(group.family)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            SocketAddress.store(group, at: pointer)
            if group.family == .v6 { pointer.pointee.sin6_scope_id = UInt32(interface) }
            return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor.number, $0, size)
            }
        }
        guard result == 0 else {
            if errno == EADDRINUSE { throw .portInUse(group) }
            throw .system(call: "bind", errno: errno)
        }
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(HostError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        try check(setsockopt(descriptor.number, level, option, &value, size))
    }

    private func check(_ result: Int32) throws(HostError) {
        guard result == 0 else { throw .system(call: "setsockopt", errno: errno) }
    }
}
