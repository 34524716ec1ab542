import CSodium

/// Exactly 16 bytes: a message authentication code, a cookie, a token or a salt.
public struct Bytes16: Hashable, Sendable, BitwiseCopyable {
    /// How many bytes there are.
    public static let count = 16

    /// Bytes 0…7 and 8…15, each read as a big-endian integer.
    public let bigEndianWords: (UInt64, UInt64)

    /// Sixteen zero bytes.
    public init() {
        bigEndianWords = (0, 0)
    }

    /// A copy of `span`, which must hold exactly 16 bytes.
    public init(copying span: RawSpan) {
        precondition(span.byteCount == Self.count, "16 bytes wanted, \(span.byteCount) given")
        bigEndianWords = (span.bigEndianWord(at: 0), span.bigEndianWord(at: 8))
    }

    /// A copy of `bytes`, or nil unless there are exactly 16.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.init(copying: bytes.span.bytes)
    }

    /// The bytes written as 32 hexadecimal digits of either case, or nil.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    /// The 16 bytes as an array.
    public var bytes: [UInt8] {
        withBytes { [UInt8]($0) }
    }

    /// The bytes as 32 lowercase hexadecimal digits.
    public var hex: String {
        withBytes { Hex.encode($0.bytes) }
    }

    /// Whether both are the same, in time that does not depend on where they differ.
    ///
    /// Use it, not `==`, wherever one side was made with a secret.
    public func matches(_ other: Bytes16) -> Bool {
        withBytes { mine in
            other.withBytes { theirs in
                sodium_memcmp(mine.baseAddress, theirs.baseAddress, Self.count) == 0
            }
        }
    }

    /// Writes the 16 bytes at `offset` of `span`, which must have room for them.
    @_lifetime(span: copy span)
    public func copy(into span: inout MutableRawSpan, at offset: Int) {
        span.storeBigEndian(bigEndianWords.0, at: offset)
        span.storeBigEndian(bigEndianWords.1, at: offset + 8)
    }

    /// Lends the 16 bytes in memory order; nothing is allocated.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let inMemory = (bigEndianWords.0.bigEndian, bigEndianWords.1.bigEndian)
        return try withUnsafeBytes(of: inMemory, body)
    }

    /// Whether all bytes are equal; not in constant time.
    public static func == (left: Bytes16, right: Bytes16) -> Bool {
        left.bigEndianWords == right.bigEndianWords
    }

    /// Feeds all bytes to the hasher: strangers choose them, so no part of them is enough.
    public func hash(into hasher: inout Swift.Hasher) {
        hasher.combine(bigEndianWords.0)
        hasher.combine(bigEndianWords.1)
    }
}

extension Bytes16: CustomStringConvertible {
    /// The bytes as lowercase hexadecimal digits.
    public var description: String { hex }
}

extension Bytes16 {
    /// The 16 bytes that `body` writes.
    static func written(by body: (UnsafeMutableRawPointer) -> Void) -> Bytes16 {
        var words = (UInt64(0), UInt64(0))
        return withUnsafeMutableBytes(of: &words) { buffer in
            guard let base = buffer.baseAddress else { return Bytes16() }
            body(base)
            return Bytes16(copying: RawSpan(_unsafeStart: base, byteCount: count))
        }
    }
}
