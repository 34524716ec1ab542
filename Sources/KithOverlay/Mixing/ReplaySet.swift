import KithCrypto

/// The tags of the cells that were opened with one onion key.
///
/// A hash table with open addresses of the first 64 bits of each tag. Two tags that agree in them
/// are taken for one, with 2^19 in the table once in 10^13 cells. Grows by doubling, so that a relay that
/// nobody uses costs nothing.
struct ReplaySet: Sendable {
    /// What became of a tag.
    enum Outcome {
        case new
        case seen
        /// It cannot be remembered, so its cell must not pass.
        case full
    }

    private static let firstSlots = 1_024

    private let capacity: Int
    /// Who makes a cell can choose its tag, but not where that falls.
    private let salt: UInt64
    private var slots: [UInt64] = []
    private(set) var count = 0

    /// An empty set of at most `capacity` tags.
    init(capacity: Int, salt: UInt64) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.salt = salt | 1
    }

    /// Takes a tag in.
    mutating func insert(_ tag: Bytes16) -> Outcome {
        let key = tag.withBytes { $0.loadUnaligned(as: UInt64.self) } | 1
        if !slots.isEmpty, slots[place(of: key)] == key { return .seen }
        guard count < capacity else { return .full }
        if 2 * (count + 1) > slots.count { grow() }
        slots[place(of: key)] = key
        count += 1
        return .new
    }

    /// Where `key` is, or would be; 0 is a free slot.
    private func place(of key: UInt64) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: (key &* salt) >> 24) & mask
        while slots[index] != 0, slots[index] != key { index = (index + 1) & mask }
        return index
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(Self.firstSlots, 2 * old.count))
        for key in old where key != 0 { slots[place(of: key)] = key }
    }
}
