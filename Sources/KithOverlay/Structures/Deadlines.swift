/// What is due when: a binary heap of instants, equal ones in the order they came.
///
/// The second sort key is the order of insertion; without it two timers at one instant would
/// fire in an order that depends on the heap's history, and a replay would differ.
///
/// Nothing is removed early: whoever pops a key checks whether it still means something. Owners
/// keep at most a constant number of entries per key, which bounds the heap.
struct Deadlines<Key: Sendable>: Sendable {
    private struct Entry: Sendable {
        var due: Instant
        var order: UInt64
        var key: Key

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? order < other.order : due < other.due
        }
    }

    private var heap: [Entry] = []
    private var pushes: UInt64 = 0

    /// Nothing is due.
    init() {}

    /// How many entries wait.
    var count: Int { heap.count }

    /// Whether nothing waits.
    var isEmpty: Bool { heap.isEmpty }

    /// When the first entry is due; ``Instant/never`` when nothing waits.
    var next: Instant { heap.first?.due ?? .never }

    /// The entry that is due first, left in place.
    var peek: (due: Instant, key: Key)? {
        heap.first.map { ($0.due, $0.key) }
    }

    /// Adds `key`, due at `instant`.
    ///
    /// Complexity: O(log ``count``).
    mutating func push(_ key: Key, at instant: Instant) {
        heap.append(Entry(due: instant, order: pushes, key: key))
        pushes += 1
        rise(from: heap.count - 1)
    }

    /// Takes the first entry that is due at `now` or before; nil when none is.
    ///
    /// Complexity: O(log ``count``).
    mutating func popDue(at now: Instant) -> Key? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.key
    }

    /// Forgets every entry.
    mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].isBefore(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            let left = 2 * index + 1
            guard left < heap.count else { return }
            let right = left + 1
            let first = right < heap.count && heap[right].isBefore(heap[left]) ? right : left
            guard heap[first].isBefore(heap[index]) else { return }
            heap.swapAt(index, first)
            index = first
        }
    }
}
