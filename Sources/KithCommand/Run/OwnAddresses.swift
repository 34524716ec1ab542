import KithHost
import KithWire

/// Addresses of this machine's interfaces.
enum OwnAddresses {
    /// What others should use for a node that listens on all interfaces: an address of the
    /// same family that means something on `network`, the widest scope first; nil when there is
    /// none, as behind a NAT, where only others can say how they see us.
    static func best(for wildcard: Address, in network: Network) -> Address? {
        let usable = Interface.all().map(\.address)
            .filter { $0.family == wildcard.family }
            .map { $0.with(port: wildcard.port) }
            .filter { $0.isUsable(in: network) && $0.scope != .linkLocal }
        return usable.first { $0.scope == .global } ?? usable.first { $0.scope == .privateUse }
            ?? usable.first
    }
}
