import CLinux
import Glibc

/// Tells when an address or interface of this machine comes, goes or changes (rtnetlink(7)).
///
/// What changed is not read: whoever hears of it looks at ``Interface/all()`` again.
final class LinkNews {
    private let descriptor: FileDescriptor

    /// Listens to the kernel.
    ///
    /// - Throws: ``HostError/system(call:errno:)`` where that is not allowed, as in some sandboxes.
    init() throws(HostError) {
        let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = try FileDescriptor(
            socket(AF_NETLINK, kind, NETLINK_ROUTE), from: "socket")
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor.number, $0, size)
            }
        }
        guard result == 0 else { throw .system(call: "bind", errno: errno) }
    }

    /// What the loop watches.
    var number: Int32 { descriptor.number }

    /// Forgets what was told so far.
    func drain() {
        withUnsafeTemporaryAllocation(byteCount: 8_192, alignment: 8) { place in
            // An overrun (ENOBUFS) is news as well; the next read goes on behind it.
            while true {
                let count = recv(descriptor.number, place.baseAddress, place.count, 0)
                if count > 0 || (count < 0 && (errno == EINTR || errno == ENOBUFS)) { continue }
                return
            }
        }
    }
}
