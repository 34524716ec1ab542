import Glibc
public import KithOverlay
public import KithWire

/// How the links of this machine are for meeting others.
public struct Surroundings: Sendable {
    /// One link.
    public struct Network: Sendable {
        /// The interface's name, such as `wlan0`.
        public let name: String
        /// Our address and the subnet.
        public let link: Link
        /// Why beacons are not heard there, in words; nil when they are.
        public let deafness: String?
        /// Why the last beacon did not leave, in words; nil when it did.
        public let muteness: String?
        /// Whether something between this program and the network stopped the last beacon, as a
        /// firewall does.
        public let isBlocked: Bool
    }

    /// Who may learn that the node is here.
    public let visibility: Visibility
    /// The links.
    public let networks: [Network]
    /// Interfaces on which nobody is met, and why.
    public let others: [(name: String, reason: String)]
    /// How the directory of the links stands; nil where it is not used.
    public let directory: ServiceDirectory.State?
    /// The services of others in it.
    public let services: [Service]
    /// Why nobody answered at addresses that were asked by hand, as far as somebody said so.
    public let knocks: [(address: Address, verdict: Knock.Verdict)]

    init(
        visibility: Visibility, _ watch: LinkWatch?, _ directory: ServiceDirectory?,
        _ knocks: [Knock]
    ) {
        self.visibility = visibility
        self.directory = directory?.state
        services = directory?.services ?? []
        self.knocks = knocks.map { ($0.address, $0.verdict()) }
        networks = (watch?.states ?? []).map(Network.init)
        others = watch?.others ?? []
    }
}

extension Surroundings.Network {
    init(_ state: LinkWatch.State) {
        name = state.name
        link = state.link
        deafness = state.deafness.map(\.reason)
        muteness = state.muteness.map(Self.words)
        isBlocked = state.muteness == EPERM || state.muteness == EACCES
    }

    /// Why the kernel did not send a datagram to a group.
    private static func words(_ error: Int32) -> String {
        switch error {
        case EPERM, EACCES: "a firewall on this machine stops it"
        case ENETUNREACH, EHOSTUNREACH: "there is no route for multicast"
        case ENODEV, EADDRNOTAVAIL: "the interface has just changed"
        default: systemMessage(error)
        }
    }
}

extension LinkWatch.Deafness {
    /// The reason in a few words.
    fileprivate var reason: String {
        switch self {
        case .noMulticast: "the interface has no multicast"
        case .failed(.portInUse): "another user's program has the port of the group"
        case .failed(.system(_, let error)): systemMessage(error)
        case .failed(let error): error.message
        }
    }
}
