public import KithWire

/// Everything that any machine of a world ever took to store, each record once: what all storers
/// together know when none of them forgets anything.
public struct Archive: Sendable {
    /// A record, and what only the world knows of it.
    public struct Item: Sendable {
        /// The record.
        public let record: Record
        /// The machine that wrote it: who stores something first has it from its writer.
        public let writer: Int
    }

    /// The records, in the order in which they came.
    public private(set) var items: [Item] = []
    private var seen: Set<Record> = []

    /// Nothing was stored yet.
    public init() {}

    /// Keeps what a machine stored, which came from machine `sender`.
    mutating func keep(_ record: Record, from sender: Int) {
        guard seen.insert(record).inserted else { return }
        items.append(Item(record: record, writer: sender))
    }

    /// The records of some kinds.
    func items(of kinds: Record.Kind...) -> [Item] {
        items.filter { kinds.contains($0.record.kind) }
    }
}
