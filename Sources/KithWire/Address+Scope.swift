extension Address {
    /// How far an address reaches.
    public enum Scope: UInt8, Hashable, Sendable, BitwiseCopyable {
        /// `0.0.0.0` or `::`: no address at all.
        case unspecified
        /// This machine only: 127/8, ::1.
        case loopback
        /// One link: 169.254/16, fe80::/10.
        case linkLocal
        /// One site or one carrier's customers: 10/8, 172.16/12, 192.168/16 (RFC 1918),
        /// 100.64/10 (RFC 6598), fc00::/7 (RFC 4193), fec0::/10 (RFC 3879).
        case privateUse
        /// Groups: 224/4, ff00::/8.
        case multicast
        /// Never a host: 0/8, 240/4 with the broadcast address, and ::/96 (RFC 4291).
        case reserved
        /// Everything else. Ranges for documentation count as global: nobody answers there.
        case global
    }

    /// How far this address reaches.
    public var scope: Scope {
        if let v4 { return Address.scope(v4: v4) }
        switch (high >> 56, high >> 54 & 0x3ff) {
        case (0xff, _): return .multicast
        case (0xfc, _), (0xfd, _): return .privateUse
        case (_, 0x3fa): return .linkLocal
        case (_, 0x3fb): return .privateUse
        default: break
        }
        guard high == 0, low >> 32 == 0 else { return .global }
        switch low {
        case 0: return .unspecified
        case 1: return .loopback
        default: return .reserved
        }
    }

    private static func scope(v4: UInt32) -> Scope {
        switch (v4 >> 24, v4 >> 16 & 0xff) {
        case (0, _): v4 == 0 ? .unspecified : .reserved
        case (10, _): .privateUse
        case (100, 64...127): .privateUse
        case (127, _): .loopback
        case (169, 254): .linkLocal
        case (172, 16...31): .privateUse
        case (192, 168): .privateUse
        case (224...239, _): .multicast
        case (240..., _): .reserved
        default: .global
        }
    }

    /// Whether the address may stand in a message: it has a port, and is neither unspecified
    /// nor multicast.
    public var isReachable: Bool {
        guard port != 0 else { return false }
        switch scope {
        case .unspecified, .multicast: return false
        case .loopback, .linkLocal, .privateUse, .reserved, .global: return true
        }
    }

    /// Whether a node of `network` may be at this address.
    ///
    /// On the public network a private address would aim our packets at somebody's own site.
    public func isUsable(in network: Network) -> Bool {
        guard port != 0 else { return false }
        switch scope {
        case .unspecified, .multicast, .reserved: return false
        case .loopback, .linkLocal, .privateUse: return network.isLocal
        case .global: return true
        }
    }

    /// Whether the address means something on its own link or site only.
    public var isPrivate: Bool {
        switch scope {
        case .linkLocal, .privateUse: true
        case .unspecified, .loopback, .multicast, .reserved, .global: false
        }
    }

    /// The addresses that count as one owner's for limits: a /24 of IPv4, a /48 of IPv6; of private
    /// addresses each by itself.
    ///
    /// A /24 is the smallest IPv4 network that is routed on its own, a /48 is what one site gets
    /// (RFC 6177 section 2). On the public network, private addresses are met on one's own link only,
    /// where everybody is in one site.
    public struct Block: Hashable, Comparable, Sendable, BitwiseCopyable {
        /// The first 48 bits of IPv6, or bit 63 and the first 24 bits of IPv4; of a private
        /// address the host.
        private let bits: UInt64

        fileprivate init(_ address: Address) {
            if address.isPrivate {
                bits = address.hostBits
            } else if let v4 = address.v4 {
                bits = 1 << 63 | UInt64(v4 >> 8)
            } else {
                bits = address.high >> 16
            }
        }

        /// Whether `left` comes first; IPv6 before IPv4.
        public static func < (left: Block, right: Block) -> Bool {
            left.bits < right.bits
        }
    }

    /// The block that this address belongs to.
    public var block: Block { Block(self) }

    /// What tells a private address from the others of its site: the whole of IPv4, the lower half of
    /// IPv6, and bits that no block or subnet of global addresses has together.
    private var hostBits: UInt64 {
        if let v4 { return 0b11 << 62 | UInt64(v4) }
        return 0b01 << 62 | low & ((1 << 62) - 1)
    }

    /// What one provider may hold a large part of: the first 16 bits of IPv4 with bit 63 set, or
    /// the first 32 of IPv6; a private address is one by itself, as in ``block``.
    public var subnet: UInt64 {
        if isPrivate { return hostBits }
        if let v4 { return 1 << 63 | UInt64(v4 >> 16) }
        return high >> 32
    }
}
