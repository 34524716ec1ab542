import KithHost
package import KithOverlay
import KithWire

/// Somebody on the same local network.
public struct Bystander: Sendable, Hashable {
    /// How somebody was noticed.
    public enum Medium: String, Sendable, Hashable, CaseIterable {
        /// A beacon to everybody, or the answer to ours.
        case multicast
        /// Each host of the subnet was asked.
        case sweep
        /// The network's directory of services.
        case directory = "dns-sd"
        /// Somebody typed the address.
        case hand = "by-hand"
        /// They asked us alone, by any of these ways.
        case asked
    }

    /// How the person calls them who runs this node, or how they call themselves; nil for a node
    /// that says nothing of its owner.
    public let name: String?
    /// The person's key as text: `kith1…`; nil for such a node.
    public let identity: String?
    /// Sixteen digits to compare before trusting a name; nil for such a node.
    public let fingerprint: String?
    /// Whether it is a contact, which only they could have shown.
    public let isContact: Bool
    /// Whether the node there has answered; until then it is a hint.
    public let isConfirmed: Bool
    /// The last round trip of an answer.
    public let roundTrip: Duration?
    /// Where: `ADDR:PORT`.
    public let address: String
    /// How they were noticed.
    public let medium: Medium

    package init(_ bystander: KithOverlay.Bystander, in book: ContactBook?) {
        // Who introduces themselves is believed once the node that they named has answered.
        let isKnown = bystander.isContact || bystander.isConfirmed
        let contact = isKnown ? bystander.person.flatMap { book?[$0] } : nil
        name = contact?.name ?? bystander.name
        identity = bystander.person.map(IdentityText.encode)
        fingerprint = bystander.person.map(IdentityText.fingerprint)
        isContact = contact != nil
        isConfirmed = bystander.isConfirmed
        roundTrip = bystander.roundTrip
        address = bystander.address.description
        medium =
            switch bystander.medium {
            case .multicast: .multicast
            case .sweep: .sweep
            case .directory: .directory
            case .hand: .hand
            case .asked: .asked
            }
    }
}

extension KithNode {
    /// Looks around on the local network, which takes two seconds, and a sweep seven: everybody who is
    /// near, the nearest first.
    ///
    /// - Parameter sweeps: whether every host of the IPv4 subnets is asked, where multicast does not
    ///   work; of subnets up to a /24 with private addresses.
    public func nearby(sweeping sweeps: Bool = false) async throws(KithError) -> [Bystander] {
        guard let before = await host.snapshot() else { throw .cancelled }
        let subnets = before.surroundings.networks.map(\.link).filter {
            $0.address.family == .v4
        }
        let allowed = subnets.filter { Scan.objection(toSweeping: $0) == nil }
        if sweeps, allowed.isEmpty {
            throw KithError(subnets.first.flatMap { Scan.objection(toSweeping: $0) } ?? .noSubnet)
        }
        _ = try await host.outcome(of: .scan(Scan(sweeping: sweeps ? allowed : [])))
        guard let after = await host.snapshot() else { throw .cancelled }
        return after.bystanders.map { Bystander($0, in: after.book) }
    }
}
