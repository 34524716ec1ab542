public import KithWire

/// Datagrams that the node wants sent, written in place and drained by the caller.
///
/// One allocation for its whole life: `capacity` slots of ``slotBytes`` bytes. When it is full
/// further datagrams are dropped and counted, as a network would.
public struct Outbox: ~Copyable {
    /// The largest datagram of the protocol, in bytes: 1,280 (the IPv6 minimum) less headers.
    public static let slotBytes = 1_232

    /// How many datagrams fit.
    public let capacity: Int
    /// How many datagrams wait.
    public private(set) var count = 0
    /// Datagrams dropped because the outbox was full.
    public private(set) var dropped: UInt64 = 0

    private let arena: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<Header>

    private struct Header {
        var destination: Address
        var byteCount: Int
        var promise: Promise?
        var link: Link?
    }

    /// What a datagram acknowledges, and how to take it back.
    struct Promise {
        /// The record that must be durable before the datagram leaves.
        let record: StoredRecord.Key
        /// The session that the datagram is sealed in.
        let session: UInt32
        /// The call that it answers.
        let call: UInt32
    }

    /// An empty outbox of `capacity` slots.
    public init(capacity: Int = 256) {
        precondition(capacity > 0)
        self.capacity = capacity
        arena = .allocate(byteCount: capacity * Outbox.slotBytes, alignment: 16)
        headers = .allocate(capacity: capacity)
    }

    deinit {
        arena.deallocate()
        headers.deallocate()
    }

    /// Forgets every datagram.
    public mutating func clear() {
        count = 0
    }

    /// Where datagram `index` goes.
    public func destination(_ index: Int) -> Address {
        precondition(index < count)
        return headers[index].destination
    }

    /// The link that datagram `index` leaves by, from our address there; nil for whichever way
    /// leads to its destination.
    public func link(_ index: Int) -> Link? {
        precondition(index < count)
        return headers[index].link
    }

    /// Whether datagram `index` promises something that must be on disk before it leaves.
    public func needsDurability(_ index: Int) -> Bool {
        precondition(index < count)
        return headers[index].promise != nil
    }

    /// How many datagrams promise something that must be on disk before they leave.
    public var promises: Int {
        var found = 0
        for index in 0..<count where headers[index].promise != nil { found += 1 }
        return found
    }

    /// What datagram `index` promises.
    func promise(_ index: Int) -> Promise? {
        precondition(index < count)
        return headers[index].promise
    }

    /// Size of datagram `index` in bytes.
    public func byteCount(_ index: Int) -> Int {
        precondition(index < count)
        return headers[index].byteCount
    }

    /// The bytes of datagram `index`, valid until the next mutation; for `sendmmsg`.
    public func pointer(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(index < count)
        return arena + index * Outbox.slotBytes
    }

    /// Lends the bytes of datagram `index`.
    public func withDatagram<R>(_ index: Int, _ body: (RawSpan) -> R) -> R {
        precondition(index < count)
        let bytes = UnsafeRawBufferPointer(
            start: arena + index * Outbox.slotBytes, count: headers[index].byteCount)
        return body(RawSpan(_unsafeBytes: bytes))
    }

    /// The slot of datagram `index`, to write another in its place; then ``replace(_:byteCount:)``.
    mutating func memory(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index < count)
        return UnsafeMutableRawBufferPointer(
            start: arena + index * Outbox.slotBytes, count: Outbox.slotBytes)
    }

    /// Records that datagram `index` was written anew and promises nothing.
    mutating func replace(_ index: Int, byteCount: Int) {
        precondition(index < count && (1...Outbox.slotBytes).contains(byteCount))
        headers[index].byteCount = byteCount
        headers[index].promise = nil
    }

    /// The next free slot, ``slotBytes`` bytes to write a datagram into, followed by
    /// ``commit(_:to:promising:)``; nil when full, and the datagram counts as dropped.
    mutating func slot() -> UnsafeMutableRawBufferPointer? {
        guard count < capacity else {
            dropped += 1
            return nil
        }
        return UnsafeMutableRawBufferPointer(
            start: arena + count * Outbox.slotBytes, count: Outbox.slotBytes)
    }

    /// Adds a datagram that leaves by `link`; one that does not fit any more is dropped and counted.
    mutating func append(_ datagram: [UInt8], to destination: Address, over link: Link) {
        guard let slot = slot() else { return }
        slot.copyBytes(from: datagram)
        commit(datagram.count, to: destination, over: link)
    }

    /// Adds the first `byteCount` bytes of the slot as a datagram.
    mutating func commit(
        _ byteCount: Int, to destination: Address, promising promise: Promise? = nil,
        over link: Link? = nil
    ) {
        precondition(count < capacity && (1...Outbox.slotBytes).contains(byteCount))
        headers.advanced(by: count).initialize(
            to: Header(
                destination: destination, byteCount: byteCount, promise: promise, link: link))
        count += 1
    }
}
