import CLinux
import Glibc
import KithOverlay
import KithWire

/// The kernel's socket addresses, read and written in place.
///
/// A `sockaddr_in6` is large enough for both families.
enum SocketAddress {
    /// Room for either family, in bytes.
    static let bytesMax = MemoryLayout<sockaddr_in6>.size

    /// Size of a `sockaddr` of this family, in bytes.
    static func byteCount(_ family: Address.Family) -> socklen_t {
        switch family {
        case .v4: socklen_t(MemoryLayout<sockaddr_in>.size)
        case .v6: socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
    }

    /// Writes `address` at `place`, which has ``bytesMax`` bytes.
    static func store(_ address: Address, at place: UnsafeMutableRawPointer) {
        switch address.v4 {
        case .some(let v4):
            var plain = sockaddr_in()
            plain.sin_family = sa_family_t(AF_INET)
            plain.sin_port = address.port.bigEndian
            plain.sin_addr.s_addr = v4.bigEndian
            place.storeBytes(of: plain, as: sockaddr_in.self)
        case .none:
            var plain = sockaddr_in6()
            plain.sin6_family = sa_family_t(AF_INET6)
            plain.sin6_port = address.port.bigEndian
            plain.sin6_scope_id = UInt32(address.zone)
            place.storeBytes(of: plain, as: sockaddr_in6.self)
            let high = address.withoutZone.high
            place.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
            place.storeBytes(of: address.low.bigEndian, toByteOffset: 16, as: UInt64.self)
        }
    }

    /// Reads the address that the kernel wrote at `place`, nil when it is of another family.
    static func load(from place: UnsafeRawPointer) -> Address? {
        let family = place.loadUnaligned(as: sa_family_t.self)
        let port = UInt16(bigEndian: place.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        switch Int32(family) {
        case AF_INET:
            let v4 = UInt32(bigEndian: place.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            return Address(v4: v4, port: port)
        case AF_INET6:
            let high = UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let zone = place.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
            // Whoever is on no numbered interface has no zone and cannot be answered.
            return Address(v6: high, low: low, port: port)
                .with(zone: UInt16(exactly: zone) ?? 0)
        default:
            return nil
        }
    }
}

/// The address of this machine that a datagram was sent to, so that the answer leaves from it.
///
/// Matters on machines with several addresses: a node that is asked at one and answers from
/// another is not understood. Known only on sockets bound to a wildcard; elsewhere every
/// datagram leaves from the bound address anyway.
public struct ArrivalPoint: Sendable, Equatable, BitwiseCopyable {
    /// The address as sixteen bytes in the kernel's order, `::ffff:` for IPv4.
    let address: (UInt64, UInt64)
    /// The interface, needed only on link-local addresses and for groups; else 0.
    let interface: UInt32

    /// Nothing is known: the kernel chooses.
    public static let unknown = ArrivalPoint(address: (0, 0), interface: 0)

    /// Whether the kernel is to choose.
    var isUnknown: Bool { address.0 == 0 && address.1 == 0 }

    /// Whether both name the same address and interface.
    public static func == (a: ArrivalPoint, b: ArrivalPoint) -> Bool {
        a.address == b.address && a.interface == b.interface
    }
}

extension ArrivalPoint {
    /// Our own address on a link.
    init(_ link: Link) {
        let plain = link.address.withoutZone
        self.init(
            address: (plain.high.bigEndian, plain.low.bigEndian),
            interface: UInt32(link.interface))
    }
}

/// The one ancillary message used here: `IP_PKTINFO` or `IPV6_PKTINFO`.
///
/// The CMSG macros of C are not visible to Swift; `cmsghdr` is a length, a level and a type
/// (16 bytes), then the data, and everything is aligned to 8 (cmsg(3)).
enum PacketInfo {
    /// Room for one message of either family, in bytes.
    static let bytesMax = headerBytes + (MemoryLayout<in6_pktinfo>.size + 7) & ~7

    private static let headerBytes = MemoryLayout<cmsghdr>.size

    /// Finds the arrival point in `count` bytes of ancillary data.
    static func load(from place: UnsafeRawPointer, count: Int) -> ArrivalPoint {
        guard count >= headerBytes else { return .unknown }
        let header = place.loadUnaligned(as: cmsghdr.self)
        let data = place + headerBytes
        switch (header.cmsg_level, header.cmsg_type) {
        case (Int32(IPPROTO_IP), Int32(IP_PKTINFO)):
            guard count >= headerBytes + MemoryLayout<in_pktinfo>.size else { return .unknown }
            // ipi_spec_dst: the local address to answer from (ip(7)).
            let info = data.loadUnaligned(as: in_pktinfo.self)
            let low = 0xffff << 32 | UInt64(UInt32(bigEndian: info.ipi_spec_dst.s_addr))
            return ArrivalPoint(address: (0, low.bigEndian), interface: 0)
        case (Int32(IPPROTO_IPV6), Int32(IPV6_PKTINFO)):
            guard count >= headerBytes + MemoryLayout<in6_pktinfo>.size else { return .unknown }
            let high = data.loadUnaligned(as: UInt64.self)
            let low = data.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let isLinkLocal = UInt64(bigEndian: high) >> 54 == 0x3fa
            let interface = data.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            return ArrivalPoint(address: (high, low), interface: isLinkLocal ? interface : 0)
        default:
            return .unknown
        }
    }

    /// Writes the message that makes a datagram leave from `point`.
    ///
    /// - Returns: bytes written.
    static func store(
        _ point: ArrivalPoint, family: Address.Family, at place: UnsafeMutableRawPointer
    ) -> Int {
        var header = cmsghdr()
        let data = place + headerBytes
        switch family {
        case .v4:
            let size = MemoryLayout<in_pktinfo>.size
            header.cmsg_len = headerBytes + size
            header.cmsg_level = Int32(IPPROTO_IP)
            header.cmsg_type = Int32(IP_PKTINFO)
            var info = in_pktinfo()
            info.ipi_ifindex = Int32(point.interface)
            info.ipi_spec_dst.s_addr =
                UInt32(truncatingIfNeeded: UInt64(bigEndian: point.address.1)).bigEndian
            data.storeBytes(of: info, as: in_pktinfo.self)
            place.storeBytes(of: header, as: cmsghdr.self)
            return headerBytes + (size + 7) & ~7
        case .v6:
            let size = MemoryLayout<in6_pktinfo>.size
            header.cmsg_len = headerBytes + size
            header.cmsg_level = Int32(IPPROTO_IPV6)
            header.cmsg_type = Int32(IPV6_PKTINFO)
            data.storeBytes(of: point.address.0, as: UInt64.self)
            data.storeBytes(of: point.address.1, toByteOffset: 8, as: UInt64.self)
            data.storeBytes(of: point.interface, toByteOffset: 16, as: UInt32.self)
            place.storeBytes(of: header, as: cmsghdr.self)
            return headerBytes + (size + 7) & ~7
        }
    }
}
