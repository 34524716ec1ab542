import KithCrypto
import KithWire

/// Cells on their way to the next relay: kept back until their moment, then until they are taken.
///
/// One block of memory for all, so that no cell allocates anything.
struct CellQueue: ~Copyable {
    /// Where a cell goes.
    struct Cell {
        let next: RelayPoint
        /// Where its packet is.
        fileprivate let place: Int32
        /// The attempt of ours that waits for it to be taken; nil for a cell of somebody else.
        let attempt: UInt32?
    }

    private var cells: Slab<Cell>
    private var free: [Int32]
    private let memory: UnsafeMutableRawPointer

    /// An empty queue of at most `capacity` cells.
    init(capacity: Int) {
        cells = Slab(capacity: capacity)
        free = (0..<Int32(capacity)).reversed()
        memory = .allocate(byteCount: capacity * Sphinx.packetBytes, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// How many cells there are.
    var count: Int { cells.count }

    /// Takes a cell in.
    ///
    /// - Returns: its handle; nil when there is no room.
    mutating func insert(
        _ packet: RawSpan, to next: RelayPoint, attempt: UInt32? = nil
    ) -> UInt32? {
        precondition(packet.byteCount == Sphinx.packetBytes)
        guard let place = free.popLast() else { return nil }
        packet.withUnsafeBytes { packet in
            guard let base = packet.baseAddress else { return }
            (memory + Int(place) * Sphinx.packetBytes).copyMemory(
                from: base, byteCount: Sphinx.packetBytes)
        }
        return cells.insert(Cell(next: next, place: place, attempt: attempt))
    }

    /// Whether the handle names a cell.
    func contains(_ handle: UInt32) -> Bool { cells.contains(handle) }

    /// Where a cell goes.
    subscript(handle: UInt32) -> Cell { cells[handle] }

    /// Writes a cell that is sent with this call.
    func write(_ handle: UInt32, call: UInt32, into writer: inout CBORWriter) {
        let start = memory + Int(cells[handle].place) * Sphinx.packetBytes
        KithWire.Cell.write(
            call: call, packet: RawSpan(_unsafeStart: start, byteCount: Sphinx.packetBytes),
            into: &writer)
    }

    /// The first bytes of a cell's packet, by which the next relay knows it again; for the simulator.
    func mark(of handle: UInt32) -> Bytes16 {
        let start = memory + Int(cells[handle].place) * Sphinx.packetBytes
        return Bytes16(copying: RawSpan(_unsafeStart: start, byteCount: Bytes16.count))
    }

    /// Takes in the same cell once more; for the simulator.
    mutating func copy(_ handle: UInt32) -> UInt32? {
        let cell = cells[handle]
        let start = memory + Int(cell.place) * Sphinx.packetBytes
        return insert(
            RawSpan(_unsafeStart: start, byteCount: Sphinx.packetBytes), to: cell.next)
    }

    /// Flips a bit of a cell's packet; for the simulator.
    mutating func flip(_ bit: Int, of handle: UInt32) {
        let byte = memory + Int(cells[handle].place) * Sphinx.packetBytes + bit / 8
        byte.storeBytes(of: byte.load(as: UInt8.self) ^ 1 << (bit % 8), as: UInt8.self)
    }

    /// Forgets a cell.
    @discardableResult
    mutating func remove(_ handle: UInt32) -> Cell {
        let cell = cells.remove(handle)
        free.append(cell.place)
        return cell
    }
}
