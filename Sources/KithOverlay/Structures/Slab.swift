/// A bounded store that names its elements with 32-bit handles and finds them without hashing.
///
/// A handle is a slot in its low 20 bits and the slot's generation in the upper 12. Each removal
/// moves the slot to its next generation, so a handle kept too long names nothing instead of a
/// stranger. Generation 0 is skipped: the handle 0 never names anything.
///
/// Freed slots rest in a queue, oldest first, and are used again only when ``restingSlots`` of
/// them wait (or no fresh slot is left). A handle therefore comes back after about
/// 4,095 x ``restingSlots`` removals, not after 4,095 removals of one busy slot.
///
/// Storage doubles until it holds ``capacity`` elements. Elements may move when it grows, so
/// nothing points into a slab except handles.
struct Slab<Element: ~Copyable>: ~Copyable {
    /// Names one element: generation in the upper 12 bits, slot in the lower 20.
    typealias Handle = UInt32

    /// The most elements it ever holds.
    let capacity: Int
    /// How many elements it holds.
    private(set) var count = 0

    private var elements: UnsafeMutablePointer<Element>
    /// Per slot: its handle while it holds an element, else generation and the next resting slot.
    ///
    /// A resting slot never follows itself, so the two cannot be confused.
    private var marks: UnsafeMutablePointer<UInt32>
    /// Slots there is memory for.
    private var reserved: Int
    /// Slots that were ever used; those above are fresh.
    private var used = 0
    private var resting = 0
    private var oldestResting = Self.none
    private var newestResting = Self.none

    private static var slotBits: UInt32 { 20 }
    private static var slotMask: UInt32 { (1 << slotBits) - 1 }
    /// The slot number that means "no slot".
    private static var none: UInt32 { slotMask }
    private static var firstReserve: Int { 16 }
    /// Freed slots that wait before one of them is used again.
    static var restingSlots: Int { 64 }
    /// The largest capacity a slab can have.
    static var capacityMax: Int { Int(slotMask) }

    /// An empty slab that grows to at most `capacity` elements (1…2^20 - 1).
    init(capacity: Int) {
        precondition(capacity > 0 && capacity <= Self.capacityMax, "a slab of \(capacity)")
        self.capacity = capacity
        reserved = min(capacity, Self.firstReserve)
        elements = .allocate(capacity: reserved)
        marks = .allocate(capacity: reserved)
    }

    deinit {
        for slot in 0..<used where marks[slot] & Self.slotMask == UInt32(slot) {
            (elements + slot).deinitialize(count: 1)
        }
        elements.deallocate()
        marks.deallocate()
    }

    /// Whether it holds no element.
    var isEmpty: Bool { count == 0 }

    /// Whether ``insert(_:)`` would refuse.
    var isFull: Bool { count == capacity }

    /// Takes an element in.
    ///
    /// - Returns: its handle; nil when the slab is full, and then the element is destroyed.
    mutating func insert(_ element: consuming Element) -> Handle? {
        guard count < capacity else { return nil }
        let handle = takeSlot()
        let slot = Int(handle & Self.slotMask)
        (elements + slot).initialize(to: element)
        marks[slot] = handle
        count += 1
        return handle
    }

    /// Whether `handle` names an element: not removed, and given out by this slab.
    func contains(_ handle: Handle) -> Bool {
        let slot = Int(handle & Self.slotMask)
        return slot < used && marks[slot] == handle
    }

    /// The element named `handle`, which must be contained.
    subscript(handle: Handle) -> Element {
        _read {
            precondition(contains(handle), "stale handle \(handle)")
            yield elements[Int(handle & Self.slotMask)]
        }
        _modify {
            precondition(contains(handle), "stale handle \(handle)")
            yield &elements[Int(handle & Self.slotMask)]
        }
    }

    /// Gives the element named `handle` back; the handle must be contained and is stale after.
    mutating func remove(_ handle: Handle) -> Element {
        precondition(contains(handle), "stale handle \(handle)")
        let slot = handle & Self.slotMask
        let generation = (handle >> Self.slotBits) &+ 1
        let next = generation > UInt32.max >> Self.slotBits ? 1 : generation
        marks[Int(slot)] = next << Self.slotBits | Self.none
        if resting == 0 {
            oldestResting = slot
        } else {
            let newest = Int(newestResting)
            marks[newest] = marks[newest] & ~Self.slotMask | slot
        }
        newestResting = slot
        resting += 1
        count -= 1
        return (elements + Int(slot)).move()
    }

    /// Visits every handle in slot order.
    func forEachHandle<Failure: Error>(_ body: (Handle) throws(Failure) -> Void) throws(Failure) {
        var handle = nextHandle(after: nil)
        while let current = handle {
            try body(current)
            handle = nextHandle(after: current)
        }
    }

    /// The next handle in slot order after `handle`, the first one for nil.
    ///
    /// The element of `handle` may have been removed meanwhile: this is how to walk and remove.
    func nextHandle(after handle: Handle?) -> Handle? {
        var slot = handle.map { Int($0 & Self.slotMask) + 1 } ?? 0
        while slot < used {
            if marks[slot] & Self.slotMask == UInt32(slot) { return marks[slot] }
            slot += 1
        }
        return nil
    }

    /// A slot to fill, as the handle it will have.
    private mutating func takeSlot() -> Handle {
        let quiet = min(Self.restingSlots, capacity)
        if resting > 0, resting >= quiet || used == capacity {
            let slot = oldestResting
            oldestResting = marks[Int(slot)] & Self.slotMask
            resting -= 1
            return marks[Int(slot)] & ~Self.slotMask | slot
        }
        if used == reserved { grow() }
        used += 1
        return 1 << Self.slotBits | UInt32(used - 1)
    }

    private mutating func grow() {
        let larger = min(capacity, reserved * 2)
        let newElements = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        let newMarks = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
        newMarks.initialize(from: marks, count: used)
        for slot in 0..<used where marks[slot] & Self.slotMask == UInt32(slot) {
            (newElements + slot).moveInitialize(from: elements + slot, count: 1)
        }
        elements.deallocate()
        marks.deallocate()
        elements = newElements
        marks = newMarks
        reserved = larger
    }
}

// The slab owns its memory and hands out no pointer, so it may cross threads when its
// elements may.
extension Slab: @unchecked Sendable where Element: Sendable & ~Copyable {}
