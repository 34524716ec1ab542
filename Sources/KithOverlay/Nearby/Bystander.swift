public import KithCrypto
public import KithWire

/// Somebody on the same link, at one address.
public struct Bystander: Sendable, Equatable {
    /// How somebody was noticed.
    public enum Medium: String, Sendable, CaseIterable {
        /// A beacon to everybody, or the answer to ours.
        case multicast
        /// Each host of the subnet was asked.
        case sweep
        /// A service of the link's directory (RFC 6763).
        case directory = "dns-sd"
        /// Somebody typed the address.
        case hand = "by-hand"
        /// They asked us alone, by any of these ways.
        case asked
    }

    /// Where they are.
    public let address: Address
    /// The number of the interface on our side.
    public let interface: UInt16
    /// How they were noticed first.
    public internal(set) var medium: Medium
    /// Which node is there; nil while nothing but a beacon was heard.
    public internal(set) var node: NodeRecord?
    /// Whether the node says that others may route and store through it.
    public internal(set) var role: HandshakePayload.Role?
    /// Who it is: a contact that only they could have shown themselves as, or who they say they are
    /// to everybody.
    public internal(set) var person: Ed25519.PublicKey?
    /// Whether the person is a contact of ours, which only they could have shown.
    public internal(set) var isContact = false
    /// Whether the node is being asked whether it is there.
    var isAsked = false
    /// How they introduce themselves to everybody.
    public internal(set) var name: String?
    /// Whether ``node`` has answered in a session at this address; until then all is a hint.
    public internal(set) var isConfirmed = false
    /// The last round trip of an answer.
    public internal(set) var roundTrip: Duration?
    /// When they were noticed.
    public let since: Instant
    /// When they were last heard of.
    public internal(set) var lastHeard: Instant

    /// Forgets which node is there, and what it said.
    mutating func forgetNode() {
        node = nil
        role = nil
        isConfirmed = false
        isAsked = false
        roundTrip = nil
    }

    /// Whether `self` is shown before `other`: who answered before who did not, the nearest first,
    /// then by address.
    public func isStronger(than other: Bystander) -> Bool {
        if isConfirmed != other.isConfirmed { return isConfirmed }
        switch (roundTrip, other.roundTrip) {
        case (.some(let own), .some(let its)) where own != its: return own < its
        default: return address < other.address
        }
    }
}
