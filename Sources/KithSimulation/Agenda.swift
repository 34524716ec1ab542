import KithOverlay
import KithWire

/// What happens when, in virtual time; equal times in the order in which they were planned.
struct Agenda {
    enum Item {
        /// A datagram reaches a machine or a liar.
        case delivery(to: Int, Datagram)
        /// A machine's node has something to do.
        case wake(machine: Int, life: Int)
        /// A machine's shell writes down which nodes it knows.
        case save(machine: Int, life: Int)
        /// The machine's churn: it comes or goes.
        case churn(machine: Int)
        /// A liar introduces itself once more.
        case scheme(liar: Int)
    }

    struct Datagram {
        /// The number of the machine or liar that sent it.
        let sender: Int
        /// Where the receiver sees it come from.
        let source: Address
        let bytes: [UInt8]
    }

    private struct Entry {
        let due: Instant
        let order: UInt64
        let item: Item

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? order < other.order : due < other.due
        }
    }

    private var heap: [Entry] = []
    private var planned: UInt64 = 0

    /// When the next item is due.
    var next: Instant { heap.first?.due ?? .never }

    mutating func plan(_ item: Item, at due: Instant) {
        heap.append(Entry(due: due, order: planned, item: item))
        planned += 1
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].isBefore(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    mutating func pop() -> (due: Instant, item: Item)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.due, first.item)
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
