import KithCrypto
public import KithWire

/// How a person looks around.
public struct Scan: Sendable, Equatable {
    /// The largest subnet whose hosts are asked, as a prefix: 254 of them take five seconds (DESIGN
    /// section 10).
    public static let prefixBitsMin = 24

    /// The links whose hosts are asked one by one; none for a scan that asks the groups alone.
    public var sweeps: [Link]
    /// Addresses that are asked besides.
    public var addresses: [Address]

    /// Why the hosts of a subnet are not asked one by one; nil when they may be.
    public static func objection(toSweeping link: Link) -> ScanError? {
        guard link.address.family == .v4, link.prefixBits >= prefixBitsMin else {
            return .subnetTooLarge(link)
        }
        return isOfOneSite(link.address) ? nil : .subnetPublic(link)
    }

    /// Whether an address is of RFC 1918, or one that a host without any gave itself (RFC 3927); those
    /// of RFC 6598 are shared by a carrier's customers.
    private static func isOfOneSite(_ address: Address) -> Bool {
        guard address.isPrivate, let v4 = address.v4 else { return false }
        return v4 >> 22 != 0x6440_0000 >> 22
    }

    /// Ask the groups, and these.
    public init(sweeping sweeps: [Link] = [], addresses: [Address] = []) {
        self.sweeps = sweeps
        self.addresses = addresses
    }
}

/// What looking around did.
public struct ScanReport: Sendable, Equatable {
    /// The links that the groups were asked on.
    public var links: [Link]
    /// Hosts asked one by one, of ``Scan/sweeps``.
    public var swept: Int
    /// How long it took.
    public var duration: Duration
}

/// Why one cannot look around like that.
public enum ScanError: Error, Sendable, Equatable {
    /// The node is told to be seen by nobody.
    case invisible
    /// The machine is on no network where somebody could be.
    case noLink
    /// The machine is on no IPv4 network whose hosts could be asked one by one.
    case noSubnet
    /// More than 16 addresses.
    case tooManyAddresses(Int)
    /// An address that a router is in front of, or our own.
    case offLink(Address)
    /// The subnet has more than 254 hosts.
    case subnetTooLarge(Link)
    /// The subnet's addresses are public: its hosts are not ours to ask.
    case subnetPublic(Link)
}

/// A scan on its way.
struct ScanRun {
    /// What it waits for.
    enum Phase {
        /// Hosts that are still to be asked.
        case sweeping
        /// Answers.
        case listening
        /// What those say who are asked whether they are there.
        case checking
    }

    let scan: Scan
    let started: Instant
    var phase = Phase.sweeping
    /// Hosts to be asked, the next one last.
    var hosts: [Address]
    let total: Int
    /// What they are asked with.
    var ephemeral: X25519.PublicKey?
    /// How often the addresses were asked.
    var tries = 0
    /// Calls that are not answered yet.
    var open = 0
}
