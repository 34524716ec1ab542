import CSodium

/// Bytes that nobody may find after use: one heap block, overwritten before it is freed.
///
/// It cannot be copied, only borrowed, so the block is the only place the library keeps them.
/// The block is ordinary memory, not `sodium_malloc`: a node holds thousands of session keys,
/// and three locked pages for each would pass the usual limit of locked memory (8 MiB).
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    /// How many bytes there are; never zero.
    public let count: Int

    /// The block.
    ///
    /// Unique to this value, which is why sending it elsewhere is safe.
    let base: UnsafeMutableRawPointer

    /// Shown the block after it was wiped and before it is freed.
    ///
    /// For the test of the wiping.
    private let beforeRelease: (@Sendable (UnsafeRawBufferPointer) -> Void)?

    /// `count` zero bytes; at least one.
    public init(count: Int) {
        self.init(count: count, beforeRelease: nil)
    }

    /// A copy of `span`, which must not be empty.
    ///
    /// The original is the caller's to wipe.
    public init(copying span: RawSpan) {
        self.init(count: span.byteCount)
        let base = base
        span.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            base.copyMemory(from: start, byteCount: source.count)
        }
    }

    init(count: Int, beforeRelease: (@Sendable (UnsafeRawBufferPointer) -> Void)?) {
        precondition(count > 0, "a secret has at least one byte")
        Sodium.initialise()
        self.count = count
        self.beforeRelease = beforeRelease
        // Aligned like a cache line, so that a ChaCha20 key never straddles two.
        base = .allocate(byteCount: count, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    deinit {
        sodium_memzero(base, count)
        if let beforeRelease {
            beforeRelease(UnsafeRawBufferPointer(start: base, count: count))
        }
        base.deallocate()
    }

    /// The bytes, for as long as this value is borrowed.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = RawSpan(_unsafeStart: base, byteCount: count)
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes for writing, for as long as this value is borrowed.
    public var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            let span = MutableRawSpan(_unsafeStart: base, byteCount: count)
            return _overrideLifetime(span, mutating: &self)
        }
    }

    /// Lends the bytes to `body`.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(RawSpan(_unsafeStart: base, byteCount: count))
    }

    /// Lends the bytes to `body` for writing.
    public mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = MutableRawSpan(_unsafeStart: base, byteCount: count)
        return try body(&span)
    }

    /// Whether both hold the same bytes, in time that depends on the counts only.
    public func matches(_ other: borrowing SecretBytes) -> Bool {
        count == other.count && sodium_memcmp(base, other.base, count) == 0
    }
}
