import CLinux
import Glibc
public import KithWire

/// One address of one network interface of this machine.
public struct Interface: Sendable, Equatable {
    /// What it is called, such as `wlan0`.
    public let name: String
    /// The kernel's number for it.
    public let number: UInt32
    /// The address, with port 0.
    public let address: Address
    /// How many leading bits the addresses of its subnet share.
    public let prefixBits: Int
    /// Whether it reaches nobody but this machine.
    public let isLoopback: Bool
    /// Whether it is a line to one other machine, as a VPN is.
    public let isPointToPoint: Bool
    /// Whether there is a cable or signal.
    public let isConnected: Bool
    /// Whether groups can be addressed there.
    public let hasMulticast: Bool

    /// Whether hosts may be beside us there: it is neither of the two that have none.
    public var hasLink: Bool { !isLoopback && !isPointToPoint }

    /// Every address of every interface that is up, in the kernel's order; empty when the kernel
    /// does not say.
    public static func all() -> [Interface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [Interface] = []
        var next = list
        while let item = next?.pointee {
            next = item.ifa_next
            let flags = item.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, let name = item.ifa_name,
                let pointer = item.ifa_addr, let address = SocketAddress.load(from: pointer)
            else { continue }
            let mask = item.ifa_netmask.flatMap { SocketAddress.prefixBits(of: $0, address.family) }
            found.append(
                Interface(
                    name: String(cString: name), number: if_nametoindex(name),
                    address: address.withoutZone.with(port: 0),
                    prefixBits: mask ?? (address.family == .v4 ? 32 : 128),
                    isLoopback: flags & UInt32(IFF_LOOPBACK) != 0,
                    isPointToPoint: flags & UInt32(IFF_POINTOPOINT) != 0,
                    isConnected: flags & UInt32(IFF_RUNNING) != 0,
                    hasMulticast: flags & UInt32(IFF_MULTICAST) != 0))
        }
        return found
    }

    /// The name of an interface; nil when it is gone.
    public static func name(of number: UInt16) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { place in
            guard let start = place.baseAddress,
                let name = if_indextoname(UInt32(number), start)
            else { return nil }
            return String(cString: name)
        }
    }

    /// The number of the interface with this name, or of this number; nil when there is none.
    public static func number(of text: String) -> UInt16? {
        UInt16(exactly: if_nametoindex(text)).flatMap { $0 == 0 ? nil : $0 } ?? UInt16(text)
    }
}

extension SocketAddress {
    /// How many bits of a netmask are set, in front; nil for one with holes.
    static func prefixBits(of mask: UnsafeRawPointer, _ family: Address.Family) -> Int? {
        let words: [UInt64]
        switch family {
        case .v4:
            let bits = UInt32(bigEndian: mask.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            words = [UInt64(bits) << 32]
        case .v6:
            words = [8, 16].map {
                UInt64(bigEndian: mask.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
        let ones = words.reduce(0) { $0 + $1.nonzeroBitCount }
        var leading = 0
        for word in words {
            let run = (~word).leadingZeroBitCount
            leading += run
            if run < 64 { break }
        }
        return ones == leading ? ones : nil
    }
}
