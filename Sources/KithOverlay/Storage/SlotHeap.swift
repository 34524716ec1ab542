/// Slots in order of a priority that may change: a binary heap that knows where each slot stands.
///
/// Unlike ``Deadlines`` it moves and removes what is in it, so it never holds more than one entry
/// per slot whatever strangers renew, and its first entry is never stale.
struct SlotHeap: Sendable {
    /// What comes first: the smaller `major`, of equal ones the smaller `minor`.
    struct Priority: Comparable, Sendable {
        var major: UInt64
        var minor: UInt64

        static func < (a: Priority, b: Priority) -> Bool {
            a.major == b.major ? a.minor < b.minor : a.major < b.major
        }
    }

    private struct Entry: Sendable {
        var slot: Int32
        var priority: Priority
    }

    private static let nowhere: Int32 = -1

    private var heap: [Entry] = []
    /// Where in the heap each slot stands.
    private var positions: [Int32] = []

    /// How many slots are in it.
    var count: Int { heap.count }

    /// The slot with the smallest priority.
    var first: (slot: Int32, priority: Priority)? {
        heap.first.map { ($0.slot, $0.priority) }
    }

    /// Puts `slot` in, or changes its priority, in O(log ``count``).
    mutating func set(_ slot: Int32, to priority: Priority) {
        while positions.count <= Int(slot) { positions.append(Self.nowhere) }
        var index = Int(positions[Int(slot)])
        if index < 0 {
            index = heap.count
            heap.append(Entry(slot: slot, priority: priority))
        }
        settle(Entry(slot: slot, priority: priority), from: index)
    }

    /// Takes `slot` out, if it is in, in O(log ``count``).
    mutating func remove(_ slot: Int32) {
        guard Int(slot) < positions.count else { return }
        let index = Int(positions[Int(slot)])
        guard index >= 0 else { return }
        positions[Int(slot)] = Self.nowhere
        let last = heap.removeLast()
        if index < heap.count { settle(last, from: index) }
    }

    /// Moves `entry` from `index` to where it belongs, up or down.
    private mutating func settle(_ entry: Entry, from start: Int) {
        var index = start
        while index > 0, entry.priority < heap[(index - 1) / 2].priority {
            place(heap[(index - 1) / 2], at: index)
            index = (index - 1) / 2
        }
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].priority < heap[child].priority {
                child += 1
            }
            guard heap[child].priority < entry.priority else { break }
            place(heap[child], at: index)
            index = child
        }
        place(entry, at: index)
    }

    private mutating func place(_ entry: Entry, at index: Int) {
        heap[index] = entry
        positions[Int(entry.slot)] = Int32(index)
    }
}
