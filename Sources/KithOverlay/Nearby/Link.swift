public import KithWire

/// One address of this machine with its subnet: a network whose hosts are reached without a router.
public struct Link: Hashable, Sendable, CustomStringConvertible {
    /// The interface's number on this machine.
    public let interface: UInt16
    /// Our own address there, with the port of the socket that serves it; a link-local IPv6 address has
    /// its zone.
    public let address: Address
    /// How many leading bits the addresses of the subnet share: up to 32 for IPv4, 128 for IPv6.
    public let prefixBits: Int

    /// A link.
    public init(interface: UInt16, address: Address, prefixBits: Int) {
        let width = address.family == .v4 ? 32 : 128
        precondition((0...width).contains(prefixBits), "a prefix of \(prefixBits) bits")
        self.interface = interface
        self.address = address.scope == .linkLocal ? address.with(zone: interface) : address
        self.prefixBits = prefixBits
    }

    /// Where beacons on this link go, on port ``Beacon/port``: 239.255.54.84, in the block for
    /// one's own site (RFC 2365 section 6.1), or ff12::5484, of the scope of one link (RFC 4291
    /// section 2.7).
    public var group: Address {
        switch address.family {
        case .v4: Address(v4: 0xefff_3654, port: Beacon.port)
        case .v6: Address(v6: 0xff12 << 48, low: 0x5484, port: Beacon.port)
        }
    }

    /// Whether beacons are sent here: of IPv6, from addresses that have no meaning elsewhere, since
    /// each interface has such a one beside the others.
    var carriesBeacons: Bool { address.family == .v4 || address.isPrivate }

    /// Whether `other` may be a host on this link: in the subnet, and neither the subnet itself nor
    /// its broadcast address.
    public func contains(_ other: Address) -> Bool {
        let mask = mask
        guard other.family == address.family, address.zone == other.zone,
            (address.high ^ other.high) & mask.high == 0,
            (address.low ^ other.low) & mask.low == 0
        else { return false }
        let host = other.low & ~mask.low
        return address.family == .v6 || prefixBits > 30 || (host != 0 && host != ~mask.low)
    }

    /// The bits that all addresses of the subnet share; an IPv4 address is the end of one of IPv6.
    private var mask: (high: UInt64, low: UInt64) {
        let bits = address.family == .v4 ? 96 + prefixBits : prefixBits
        let ones = { (count: Int) -> UInt64 in count == 0 ? 0 : ~0 << UInt64(64 - count) }
        return (ones(min(bits, 64)), ones(max(0, bits - 64)))
    }

    /// The subnet, such as `192.168.1.0/24`.
    public var description: String {
        let mask = mask
        let masked = Address(
            v6: address.high & mask.high, low: address.low & mask.low, port: 0)
        return "\(masked.host)/\(prefixBits)"
    }

    /// Every host of an IPv4 subnet but ourselves, with this port.
    func hosts(port: UInt16) -> [Address] {
        guard let own = address.v4, prefixBits >= 16 else { return [] }
        let count = UInt32(1) << UInt32(32 - prefixBits)
        let first = own & ~(count - 1)
        return (0..<count).map { Address(v4: first + $0, port: port) }
            .filter { contains($0) && !$0.isSameHost(as: address) }
    }
}

extension Beacon {
    /// The port of Kith, K-I-T-H on the keys of a telephone: that of the groups, and where a node
    /// is looked for whose port is not known.
    public static let port: UInt16 = 5484
}

/// The links of a machine, as the shell sees them now.
public struct OwnLinks: Equatable, Sendable {
    /// More are not looked at; a machine has a handful.
    public static let max = 64

    /// The links, in the order of the shell.
    public let all: [Link]

    /// These links, the first ``max`` of them.
    public init(_ links: [Link] = []) {
        all = Array(links.prefix(OwnLinks.max))
    }

    /// The link that `address` is on; nil when a router is between, or it is our own.
    public func link(of address: Address) -> Link? {
        var found: Link?
        for link in all where link.contains(address) {
            if link.address == address { return nil }
            if link.prefixBits > found?.prefixBits ?? -1 { found = link }
        }
        return found
    }

    /// Whether a node of `network` may be at `address`: the network allows it, or it is on a link.
    func allow(_ address: Address, in network: Network) -> Bool {
        address.isUsable(in: network) || (address.port != 0 && contains(address))
    }

    /// Whether a host at `address` is reached without a router.
    public func contains(_ address: Address) -> Bool {
        all.contains { $0.contains(address) }
    }
}
