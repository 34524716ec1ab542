/// Exactly 32 bytes: a key, a hash, a seed or an identifier.
///
/// Held as four words and without heap storage, so that it can be copied, compared and used as
/// a dictionary key for nanoseconds. The order is that of the bytes, first byte first.
/// Comparison is not constant-time: compare secrets elsewhere.
public struct Bytes32: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// How many bytes there are.
    public static let count = 32

    /// Bytes 0…7, 8…15, 16…23 and 24…31, each read as a big-endian integer.
    public let bigEndianWords: (UInt64, UInt64, UInt64, UInt64)

    /// Thirty-two zero bytes.
    public init() {
        bigEndianWords = (0, 0, 0, 0)
    }

    /// The bytes whose big-endian words are `bigEndianWords`.
    public init(bigEndianWords: (UInt64, UInt64, UInt64, UInt64)) {
        self.bigEndianWords = bigEndianWords
    }

    /// A copy of `span`, which must hold exactly 32 bytes.
    public init(copying span: RawSpan) {
        precondition(span.byteCount == Self.count, "32 bytes wanted, \(span.byteCount) given")
        bigEndianWords = (
            span.bigEndianWord(at: 0), span.bigEndianWord(at: 8),
            span.bigEndianWord(at: 16), span.bigEndianWord(at: 24)
        )
    }

    /// A copy of `bytes`, or nil unless there are exactly 32.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.init(copying: bytes.span.bytes)
    }

    /// The bytes written as 64 hexadecimal digits of either case, or nil.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    /// The 32 bytes as an array.
    public var bytes: [UInt8] {
        withBytes { [UInt8]($0) }
    }

    /// The bytes as 64 lowercase hexadecimal digits.
    public var hex: String {
        withBytes { Hex.encode($0.bytes) }
    }

    /// Writes the 32 bytes at `offset` of `span`, which must have room for them.
    @_lifetime(span: copy span)
    public func copy(into span: inout MutableRawSpan, at offset: Int) {
        span.storeBigEndian(bigEndianWords.0, at: offset)
        span.storeBigEndian(bigEndianWords.1, at: offset + 8)
        span.storeBigEndian(bigEndianWords.2, at: offset + 16)
        span.storeBigEndian(bigEndianWords.3, at: offset + 24)
    }

    /// Lends the 32 bytes in memory order; nothing is allocated.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let inMemory = (
            bigEndianWords.0.bigEndian, bigEndianWords.1.bigEndian,
            bigEndianWords.2.bigEndian, bigEndianWords.3.bigEndian
        )
        return try withUnsafeBytes(of: inMemory, body)
    }

    /// Whether all bytes are equal; not in constant time.
    public static func == (left: Bytes32, right: Bytes32) -> Bool {
        left.bigEndianWords == right.bigEndianWords
    }

    /// Whether `left` comes first in byte order.
    public static func < (left: Bytes32, right: Bytes32) -> Bool {
        left.bigEndianWords < right.bigEndianWords
    }

    /// Feeds all bytes to the hasher: strangers choose them, so no part of them is enough.
    public func hash(into hasher: inout Swift.Hasher) {
        hasher.combine(bigEndianWords.0)
        hasher.combine(bigEndianWords.1)
        hasher.combine(bigEndianWords.2)
        hasher.combine(bigEndianWords.3)
    }
}

extension Bytes32: CustomStringConvertible {
    /// The bytes as lowercase hexadecimal digits.
    public var description: String { hex }
}

extension Bytes32 {
    /// Copies 32 bytes from what a C function filled.
    init(reading pointer: UnsafeRawPointer) {
        self.init(copying: RawSpan(_unsafeStart: pointer, byteCount: Self.count))
    }

    /// Lends the 32 bytes to a C function, which is never handed nil.
    func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        withBytes { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("32 bytes at nil") }
            return body(base)
        }
    }

    /// The 32 bytes that `body` writes.
    static func written(by body: (UnsafeMutableRawPointer) -> Void) -> Bytes32 {
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        return withUnsafeMutableBytes(of: &words) { buffer in
            guard let base = buffer.baseAddress else { return Bytes32() }
            body(base)
            return Bytes32(reading: base)
        }
    }
}
