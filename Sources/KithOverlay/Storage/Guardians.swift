import KithCrypto
import KithWire

/// The nodes that, as far as we know, are to keep a location, besides ourselves.
///
/// Only the first eight bytes of their ids: enough to see that somebody is new among them.
struct Guardians: Sendable, Equatable {
    /// The most that are remembered: the copies that one record has.
    static let capacity = 8

    private var marks: [8 of UInt64] = .init(repeating: 0)
    private(set) var count = 0
    /// Whether one of the closest of them showed, or took, all that we keep of the location.
    var haveIt = false

    /// Nobody was looked for yet.
    init() {}

    /// These nodes; those beyond ``capacity`` are left out.
    init(_ ids: some Sequence<NodeID>) {
        for id in ids where count < Self.capacity {
            marks[count] = Self.mark(of: id)
            count += 1
        }
    }

    /// Whether `id` is one of them.
    func contains(_ id: NodeID) -> Bool {
        let mark = Self.mark(of: id)
        for index in 0..<count where marks[index] == mark { return true }
        return false
    }

    static func == (a: Guardians, b: Guardians) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a.marks[index] != b.marks[index] { return false }
        return true
    }

    private static func mark(of id: NodeID) -> UInt64 { id.bytes.bigEndianWords.0 }
}
