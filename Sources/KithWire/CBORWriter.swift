public import KithCrypto

/// Writes deterministic CBOR (RFC 8949 section 4.2.1) into memory of a fixed size.
///
/// The memory is its own or lent, such as a slot of an outbox. What does not fit is left out
/// and sets ``overflowed``; nothing is ever written past the end. Keys of a map are the
/// caller's: written as ``uint(_:)`` in ascending order.
public struct CBORWriter: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private let isOwner: Bool
    /// How many bytes were written.
    public private(set) var count = 0
    /// Whether something did not fit; what was written is then worth nothing.
    public private(set) var overflowed = false

    /// A writer with memory of its own, `capacity` bytes.
    public init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 16)
        isOwner = true
    }

    /// A writer into lent memory, which must outlive it.
    public init(borrowing memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
        isOwner = false
    }

    deinit {
        if isOwner { memory.deallocate() }
    }

    /// How many bytes the memory has.
    public var capacity: Int { memory.count }

    /// How many bytes are still free.
    public var room: Int { memory.count - count }

    /// A copy of what was written.
    public var bytes: [UInt8] {
        [UInt8](UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    /// What was written, lent until the next mutation.
    public var span: RawSpan {
        @_lifetime(borrow self)
        get {
            let written = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[..<count]))
            return unsafe _overrideLifetime(written, borrowing: self)
        }
    }

    /// Forgets what was written and starts again.
    public mutating func clear() {
        count = 0
        overflowed = false
    }

    /// How many bytes the head of an item with this number takes: 1, 2, 3, 5 or 9.
    public static func headBytes(_ argument: UInt64) -> Int {
        switch argument {
        case 0..<24: 1
        case 24...0xff: 2
        case 0x100...0xffff: 3
        case 0x1_0000...0xffff_ffff: 5
        default: 9
        }
    }

    /// How many bytes a string of `count` bytes takes with its head.
    public static func stringBytes(_ count: Int) -> Int {
        headBytes(UInt64(count)) + count
    }

    /// Writes an unsigned integer.
    public mutating func uint(_ value: UInt64) {
        head(.unsigned, value)
    }

    /// Writes the negative integer -1 - n.
    public mutating func negative(_ n: UInt64) {
        head(.negative, n)
    }

    /// Writes true or false.
    public mutating func bool(_ value: Bool) {
        head(.bool, value ? 21 : 20)
    }

    /// Writes a byte string.
    public mutating func bytes(_ content: RawSpan) {
        head(.bytes, UInt64(content.byteCount))
        raw(content)
    }

    /// Writes a byte string.
    public mutating func bytes(_ content: [UInt8]) {
        bytes(content.span.bytes)
    }

    /// Writes a byte string of 32 bytes.
    public mutating func bytes(_ content: Bytes32) {
        let words = content.bigEndianWords
        head(.bytes, UInt64(Bytes32.count))
        bigEndian(words.0)
        bigEndian(words.1)
        bigEndian(words.2)
        bigEndian(words.3)
    }

    /// Writes a byte string of 16 bytes.
    public mutating func bytes(_ content: Bytes16) {
        head(.bytes, UInt64(Bytes16.count))
        content.withBytes { raw($0.bytes) }
    }

    /// Writes a byte string of 64 bytes.
    public mutating func bytes(_ content: Ed25519.Signature) {
        head(.bytes, UInt64(Ed25519.Signature.count))
        content.withBytes { raw($0.bytes) }
    }

    /// Writes a text string.
    public mutating func text(_ content: String) {
        var content = content
        content.withUTF8 { utf8 in
            head(.text, UInt64(utf8.count))
            raw(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(utf8)))
        }
    }

    /// Writes a text string from its bytes, which must be UTF-8.
    public mutating func text(utf8 content: RawSpan) {
        head(.text, UInt64(content.byteCount))
        raw(content)
    }

    /// Writes the head of an array; `count` items must follow.
    public mutating func array(_ count: Int) {
        head(.array, UInt64(count))
    }

    /// Writes the head of a map; `count` keys, each with a value, must follow.
    public mutating func map(_ count: Int) {
        head(.map, UInt64(count))
    }

    /// Writes bytes that already are an encoding, or no CBOR at all.
    public mutating func raw(_ content: RawSpan) {
        guard content.byteCount <= room, !overflowed else {
            overflowed = true
            return
        }
        content.withUnsafeBytes { source in
            guard let source = source.baseAddress, let target = memory.baseAddress else { return }
            (target + count).copyMemory(from: source, byteCount: content.byteCount)
        }
        count += content.byteCount
    }

    /// Appends zero bytes until `total` bytes are written; nothing when there are already.
    public mutating func pad(to total: Int) {
        guard total > count else { return }
        guard total <= capacity, !overflowed, let base = memory.baseAddress else {
            overflowed = true
            return
        }
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: total - count)
        count = total
    }

    /// Appends a number as big-endian bytes, as part of a byte string.
    mutating func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
        let size = MemoryLayout<Integer>.size
        guard size <= room, !overflowed else {
            overflowed = true
            return
        }
        store(value, at: count)
        count += size
    }

    private func store<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ value: Integer, at offset: Int
    ) {
        memory.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self)
    }

    /// Writes the first bytes of an item: its type and a value, length or count.
    mutating func head(_ type: CBORReader.ItemType, _ argument: UInt64) {
        let size = CBORWriter.headBytes(argument)
        guard size <= room, !overflowed else {
            overflowed = true
            return
        }
        let major = type.rawValue << 5
        guard size > 1 else {
            memory[count] = major | UInt8(argument)
            count += 1
            return
        }
        // A following number of 1, 2, 4 or 8 bytes is announced by 24, 25, 26 or 27.
        memory[count] = major | (24 + UInt8((size - 1).trailingZeroBitCount))
        switch size {
        case 2: store(UInt8(truncatingIfNeeded: argument), at: count + 1)
        case 3: store(UInt16(truncatingIfNeeded: argument), at: count + 1)
        case 5: store(UInt32(truncatingIfNeeded: argument), at: count + 1)
        default: store(argument, at: count + 1)
        }
        count += size
    }
}

/// A list whose number of items is known only at its end.
extension CBORWriter {
    /// The most items of such a list: the count must fit into the first byte of its head.
    static let openListMax = 23

    /// Starts an array of a number of items that ``closeList(_:count:)`` fills in.
    mutating func openList() -> Int {
        array(0)
        return count - 1
    }

    /// Ends the array that started at `mark`, which has `items` items.
    mutating func closeList(_ mark: Int, count items: Int) {
        precondition((0...CBORWriter.openListMax).contains(items), "a list of \(items) items")
        guard !overflowed else { return }
        memory[mark] = CBORReader.ItemType.array.rawValue << 5 | UInt8(items)
    }
}
