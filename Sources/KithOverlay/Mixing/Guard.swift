public import KithWire

/// A guard, as it is kept across restarts.
public struct Guard: Sendable, Equatable {
    /// The node.
    public let node: NodeRecord
    /// Where it is.
    public let address: Address
    /// Since when it is one.
    public let chosen: UnixTime

    /// A guard that was chosen then.
    public init(node: NodeRecord, address: Address, chosen: UnixTime) {
        self.node = node
        self.address = address
        self.chosen = chosen
    }
}
