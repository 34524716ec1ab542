import KithCrypto
import KithWire

/// A node that may carry our cells, with what is known of it.
struct KnownRelay: Sendable {
    /// What is known of its key.
    enum Key: Sendable, Equatable {
        /// It was not asked yet.
        case unknown
        /// It was asked and has not answered.
        case asked
        case known(X25519.PublicKey, until: Instant)
    }

    let node: NodeRecord
    let address: Address
    /// The first lookups that found it: no two hops of a path are known from the same one alone,
    /// so that who answered a lookup does not make the path.
    private(set) var sources: [UInt32]
    var key = Key.unknown
    /// The address that it sees us at, which is where it sends what comes back to us.
    var seesUsAt: Address?
    /// It is not used before.
    var restsUntil = Instant.start
    /// Cells in a row that went by it and did not come back.
    private(set) var losses = 0
    /// The last cells that went by it, the newest in the lowest bit: 1 for one that came back.
    private var history: UInt64 = 0
    /// How many bits of ``history`` count.
    private(set) var cells = 0

    init(node: NodeRecord, address: Address, source: UInt32) {
        self.node = node
        self.address = address
        self.sources = [source]
    }

    /// Another lookup found it, too.
    mutating func found(by source: UInt32) {
        if sources.count < Self.sourcesMax, !sources.contains(source) { sources.append(source) }
    }

    private static let sourcesMax = 2

    /// As a cell names it.
    var point: RelayPoint { RelayPoint(key: node.key, address: address) }

    /// Whether a path may go by it now.
    func isUsable(at now: Instant, margin: Duration) -> Bool {
        guard restsUntil <= now, case .known(_, let until) = key else { return false }
        return until > now + margin
    }

    /// The key that cells for it are made with.
    var onionKey: X25519.PublicKey? {
        if case .known(let key, _) = key { key } else { nil }
    }

    /// How many of the last ``cells`` came back.
    var returned: Int { (history & (cells == 64 ? .max : 1 << UInt64(cells) - 1)).nonzeroBitCount }

    /// A cell came back that went by here.
    mutating func cellReturned(counting most: Int) {
        losses = 0
        note(1, most)
    }

    /// A cell went by here and did not come back, which may be the fault of any relay of its path.
    ///
    /// - Returns: whether it is time to go without this one.
    mutating func cellLost(_ settings: Settings.Mixing) -> Bool {
        losses += 1
        note(0, settings.returnsCounted)
        return losses >= settings.lossesMax
            || cells >= settings.returnsCounted && returned < settings.returnedMin
    }

    /// Starts over after a rest.
    mutating func forgive() {
        losses = 0
        history = 0
        cells = 0
    }

    private mutating func note(_ bit: UInt64, _ most: Int) {
        history = history << 1 | bit
        cells = min(cells + 1, min(most, 64))
    }
}
