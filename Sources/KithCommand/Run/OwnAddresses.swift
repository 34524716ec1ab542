import Glibc
import KithWire

/// Addresses of this machine's interfaces.
enum OwnAddresses {
    /// What others should use for a node that listens on all interfaces: an address of the
    /// same family that means something on `network`, the widest scope first; nil when there is
    /// none, as behind a NAT, where only others can say how they see us.
    static func best(for wildcard: Address, in network: Network) -> Address? {
        let usable = all()
            .filter { $0.family == wildcard.family }
            .map { $0.with(port: wildcard.port) }
            .filter { $0.isUsable(in: network) && $0.scope != .linkLocal }
        return usable.first { $0.scope == .global } ?? usable.first { $0.scope == .privateUse }
            ?? usable.first
    }

    /// Every address of every interface that is up, in the kernel's order, with port 0.
    private static func all() -> [Address] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [Address] = []
        var next = list
        while let item = next?.pointee {
            next = item.ifa_next
            guard item.ifa_flags & UInt32(IFF_UP) != 0, let pointer = item.ifa_addr
            else { continue }
            switch Int32(pointer.pointee.sa_family) {
            case AF_INET:
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    let bits = UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
                    addresses.append(Address(v4: bits, port: 0))
                }
            case AF_INET6:
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    let words = withUnsafeBytes(of: $0.pointee.sin6_addr) {
                        (
                            $0.loadUnaligned(as: UInt64.self),
                            $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                        )
                    }
                    addresses.append(
                        Address(
                            v6: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1),
                            port: 0))
                }
            default: continue
            }
        }
        return addresses
    }
}
