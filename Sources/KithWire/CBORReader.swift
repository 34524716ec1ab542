public import KithCrypto

/// Takes deterministic CBOR (RFC 8949 section 4.2.1) apart, item by item and without copying.
///
/// Unsigned and negative integers, byte and text strings, arrays, maps and booleans; definite
/// lengths and shortest heads only. Maps are read with ``CBORMap``, which checks the keys.
/// A call that throws leaves the reader where it was.
public struct CBORReader: ~Escapable {
    private let input: RawSpan
    /// How many bytes have been read; also where the next item starts in the input.
    public private(set) var offset = 0

    /// The types that the protocol uses.
    public enum ItemType: UInt8, Sendable {
        /// An integer of 0…2^64 - 1.
        case unsigned = 0
        /// An integer of -2^64…-1.
        case negative = 1
        /// A byte string.
        case bytes = 2
        /// A text string.
        case text = 3
        /// An array.
        case array = 4
        /// A map.
        case map = 5
        /// True or false.
        case bool = 7
    }

    /// The first bytes of an item: its type, a number (value, length or count) and their size.
    struct Head {
        let type: ItemType
        let argument: UInt64
        let byteCount: Int
    }

    /// A reader at the start of `input`.
    @_lifetime(copy input)
    public init(_ input: RawSpan) {
        self.input = input
    }

    /// A reader at `offset` of `input`; what it answers counts from the start of `input`.
    @_lifetime(copy input)
    init(_ input: RawSpan, from offset: Int) {
        precondition((0...input.byteCount).contains(offset), "a reader at \(offset)")
        self.input = input
        self.offset = offset
    }

    /// How many bytes are left.
    public var remaining: Int {
        input.byteCount - offset
    }

    /// Confirms that everything was read.
    ///
    /// - Throws: ``DecodeError/trailingBytes``.
    public func finish() throws(DecodeError) {
        guard remaining == 0 else { throw .trailingBytes }
    }

    /// Confirms that nothing but zeros follows.
    ///
    /// - Throws: ``DecodeError/trailingBytes``.
    func finishPadded() throws(DecodeError) {
        for index in offset..<input.byteCount {
            guard input.unsafeLoad(fromByteOffset: index, as: UInt8.self) == 0 else {
                throw .trailingBytes
            }
        }
    }

    /// The type of the next item, which is not consumed.
    public func nextType() throws(DecodeError) -> ItemType {
        try head().type
    }

    /// Takes an unsigned integer of at most `bound`.
    ///
    /// - Throws: ``DecodeError/outOfRange`` when it is larger.
    @_lifetime(self: copy self)
    public mutating func uint(upTo bound: UInt64 = .max) throws(DecodeError) -> UInt64 {
        let head = try head(of: .unsigned)
        guard head.argument <= bound else { throw .outOfRange }
        offset += head.byteCount
        return head.argument
    }

    /// Takes a negative integer -1 - n and answers n.
    @_lifetime(self: copy self)
    public mutating func negative() throws(DecodeError) -> UInt64 {
        let head = try head(of: .negative)
        offset += head.byteCount
        return head.argument
    }

    /// Takes true or false.
    @_lifetime(self: copy self)
    public mutating func bool() throws(DecodeError) -> Bool {
        let head = try head(of: .bool)
        offset += head.byteCount
        return head.argument != 0
    }

    /// Takes a byte string and answers its content, a view into the input.
    @_lifetime(copy self)
    public mutating func bytes() throws(DecodeError) -> RawSpan {
        let content = try content(of: .bytes)
        offset = content.upperBound
        return input.extracting(content)
    }

    /// Takes a byte string whose length is in `lengths` and answers where its content is.
    ///
    /// - Throws: ``DecodeError/wrongLength`` for another length.
    @_lifetime(self: copy self)
    public mutating func byteRange(
        _ lengths: ClosedRange<Int>
    ) throws(DecodeError) -> Range<Int> {
        let content = try content(of: .bytes)
        guard lengths.contains(content.count) else { throw .wrongLength }
        offset = content.upperBound
        return content
    }

    /// Takes a byte string of 32 bytes.
    @_lifetime(self: copy self)
    public mutating func bytes32() throws(DecodeError) -> Bytes32 {
        let content = try byteRange(Bytes32.count...Bytes32.count)
        return Bytes32(copying: input.extracting(content))
    }

    /// Takes a byte string of 16 bytes.
    @_lifetime(self: copy self)
    public mutating func bytes16() throws(DecodeError) -> Bytes16 {
        let content = try byteRange(Bytes16.count...Bytes16.count)
        return Bytes16(copying: input.extracting(content))
    }

    /// Takes a byte string of 64 bytes.
    @_lifetime(self: copy self)
    public mutating func signature() throws(DecodeError) -> Ed25519.Signature {
        let content = try byteRange(Ed25519.Signature.count...Ed25519.Signature.count)
        return Ed25519.Signature(copying: input.extracting(content))
    }

    /// Takes a text string, checks that it is UTF-8, and answers its bytes, a view into the input.
    @_lifetime(copy self)
    public mutating func utf8() throws(DecodeError) -> RawSpan {
        let content = try content(of: .text)
        let span = input.extracting(content)
        do {
            _ = try UTF8Span(validating: Span<UInt8>(_bytes: span))
        } catch {
            throw .invalidText
        }
        offset = content.upperBound
        return span
    }

    /// Takes a text string; allocates when it is longer than 15 bytes.
    @_lifetime(self: copy self)
    public mutating func text() throws(DecodeError) -> String {
        let content = try content(of: .text)
        let text: String
        do {
            text = String(
                copying: try UTF8Span(validating: Span<UInt8>(_bytes: input.extracting(content))))
        } catch {
            throw .invalidText
        }
        offset = content.upperBound
        return text
    }

    /// Takes the head of an array and answers how many items follow.
    ///
    /// - Throws: ``DecodeError/outOfRange`` unless `counts` contains it,
    ///   ``DecodeError/truncated`` when there are fewer bytes than items.
    @_lifetime(self: copy self)
    public mutating func array(
        _ counts: ClosedRange<Int> = 0...Int.max
    ) throws(DecodeError) -> Int {
        let head = try head(of: .array)
        guard head.argument <= UInt64(Int.max), counts.contains(Int(head.argument)) else {
            throw .outOfRange
        }
        guard head.argument <= UInt64(remaining - head.byteCount) else { throw .truncated }
        offset += head.byteCount
        return Int(head.argument)
    }

    /// Takes the head of a map, whose keys ``CBORMap`` then checks.
    ///
    /// - Throws: ``DecodeError/truncated`` when there are fewer bytes than keys and values.
    @_lifetime(self: copy self)
    public mutating func map() throws(DecodeError) -> CBORMap {
        let head = try head(of: .map)
        guard head.argument <= UInt64(remaining - head.byteCount) / 2 else { throw .truncated }
        offset += head.byteCount
        return CBORMap(count: Int(head.argument))
    }

    /// The bytes of the input in `range`, which must lie in it.
    @_lifetime(copy self)
    public func view(_ range: Range<Int>) -> RawSpan {
        input.extracting(range)
    }

    /// Where the content of the next item lies, which must be a string of this type.
    private func content(of type: ItemType) throws(DecodeError) -> Range<Int> {
        let head = try head(of: type)
        let start = offset + head.byteCount
        guard head.argument <= UInt64(input.byteCount - start) else { throw .truncated }
        return start..<start + Int(head.argument)
    }

    /// The head of the next item, which must be of this type.
    private func head(of type: ItemType) throws(DecodeError) -> Head {
        let head = try head()
        guard head.type == type else { throw .wrongType }
        return head
    }

    /// The head of the next item.
    private func head() throws(DecodeError) -> Head {
        guard remaining > 0 else { throw .truncated }
        let first = byte(at: offset)
        let (major, information) = (first >> 5, first & 0x1f)
        switch information {
        case 20...21 where major == ItemType.bool.rawValue:
            return Head(type: .bool, argument: UInt64(information - 20), byteCount: 1)
        case 28...30:
            throw .malformed
        case 31:
            // Strings, arrays and maps may be of indefinite length in CBOR, not here.
            throw (2...5).contains(major) ? .notCanonical : .malformed
        default:
            break
        }
        guard major < 6, let type = ItemType(rawValue: major) else { throw .unsupported }
        if information < 24 {
            return Head(type: type, argument: UInt64(information), byteCount: 1)
        }
        return try longHead(type, width: 1 << Int(information - 24))
    }

    /// A head whose number is in the `width` bytes (1, 2, 4 or 8) after the first one.
    private func longHead(_ type: ItemType, width: Int) throws(DecodeError) -> Head {
        guard remaining > width else { throw .truncated }
        let argument =
            switch width {
            case 1: UInt64(byte(at: offset + 1))
            case 2: UInt64(input.bigEndian(at: offset + 1, as: UInt16.self))
            case 4: UInt64(input.bigEndian(at: offset + 1, as: UInt32.self))
            default: input.bigEndian(at: offset + 1, as: UInt64.self)
            }
        guard CBORWriter.headBytes(argument) == 1 + width else { throw .notCanonical }
        return Head(type: type, argument: argument, byteCount: 1 + width)
    }

    /// The byte at `index`; traps past the end of the input.
    private func byte(at index: Int) -> UInt8 {
        input.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
