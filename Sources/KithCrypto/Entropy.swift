import CSodium

/// The seeded source of all chance: equal seeds give equal streams.
///
/// A ChaCha20 generator with fast key erasure: each refill produces 512 bytes from the current
/// key, takes the first 32 as the next key and hands out the other 480. What was handed out is
/// wiped at once, so a later look at the memory does not reveal earlier keys or numbers.
/// The security is that of the seed: the host seeds it from the kernel, tests from a number.
public struct Entropy: ~Copyable, Sendable {
    /// Bytes of one refill: eight ChaCha20 blocks, what the vectorised code makes at once.
    private static let refillBytes = 512
    private static let keyBytes = 32
    private static let end = keyBytes + refillBytes

    /// The key, then what one refill made.
    private(set) var block: SecretBytes
    /// Where the next unused byte lies; ``end`` when all are used.
    private var position: Int

    /// A generator that depends on the 32 bytes of `seed` only; the original is the caller's to
    /// wipe.
    public init(copyingSeed seed: RawSpan) {
        precondition(seed.byteCount == Self.keyBytes, "a seed has 32 bytes")
        block = SecretBytes(count: Self.end)
        position = Self.end
        let key = block.base
        seed.withUnsafeBytes { seed in
            guard let start = seed.baseAddress else { return }
            key.copyMemory(from: start, byteCount: seed.count)
        }
    }

    /// A generator that depends on `seed` only.
    ///
    /// For tests and simulations: a `Bytes32` is copied freely and never wiped.
    public init(seed: Bytes32) {
        self = seed.withBytes { Entropy(copyingSeed: $0.bytes) }
    }

    /// A generator for tests and simulations, from a number that fits on a command line.
    public init(seed: UInt64) {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/entropy/v1\0")
        hasher.update(seed)
        self.init(seed: hasher.finish32())
    }

    /// Sixty-four random bits.
    public mutating func next() -> UInt64 {
        let source = take(8)
        let value = source.loadUnaligned(as: UInt64.self)
        source.storeBytes(of: 0, as: UInt64.self)
        return UInt64(littleEndian: value)
    }

    /// Thirty-two random bits.
    public mutating func next32() -> UInt32 {
        let source = take(4)
        let value = source.loadUnaligned(as: UInt32.self)
        source.storeBytes(of: 0, as: UInt32.self)
        return UInt32(littleEndian: value)
    }

    /// A number of `0..<bound`, each equally likely; `bound` must not be zero.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval" (2019), algorithm 5: multiply,
    /// and draw again in the rare case that would favour some numbers.
    public mutating func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0, "there is no number below zero")
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold {
                product = next().multipliedFullWidth(by: bound)
            }
        }
        return product.high
    }

    /// A number of `0..<1`, one of 2^53 equally spaced ones.
    public mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Thirty-two random bytes.
    public mutating func bytes32() -> Bytes32 {
        let source = take(Bytes32.count)
        let bytes = Bytes32(reading: source)
        sodium_memzero(source, Bytes32.count)
        return bytes
    }

    /// `count` random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }

    /// Overwrites all of `span` with random bytes.
    @_lifetime(span: copy span)
    public mutating func fill(_ span: inout MutableRawSpan) {
        span.withUnsafeMutableBytes { fill($0) }
    }

    /// A generator whose stream has nothing in common with what this one hands out later:
    /// it is keyed with 32 bytes that are drawn here and never given to anybody else.
    public mutating func fork() -> Entropy {
        Entropy(seed: bytes32())
    }

    /// Puts `array` into random order, each order equally likely (Fisher and Yates).
    public mutating func shuffle<Element>(_ array: inout [Element]) {
        var remaining = array.count
        while remaining > 1 {
            let chosen = Int(below(UInt64(remaining)))
            remaining -= 1
            array.swapAt(remaining, chosen)
        }
    }

    /// One of the elements of `array`, or nil when it is empty.
    public mutating func element<Element>(of array: [Element]) -> Element? {
        array.isEmpty ? nil : array[Int(below(UInt64(array.count)))]
    }

    mutating func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard let start = target.baseAddress else { return }
        let portion = Self.refillBytes - Self.keyBytes
        var done = 0
        while done < target.count {
            let count = min(portion, target.count - done)
            let source = take(count)
            (start + done).copyMemory(from: source, byteCount: count)
            sodium_memzero(source, count)
            done += count
        }
    }

    /// `count` unused bytes, at most 480; the caller wipes them.
    private mutating func take(_ count: Int) -> UnsafeMutableRawPointer {
        if Self.end - position < count { refill() }
        let start = block.base + position
        position += count
        return start
    }

    /// Every key makes one refill, so the nonce is always zero.
    private mutating func refill() {
        let key = block.base
        let stream = block.base + Self.keyBytes
        let nonce = (UInt64(0), UInt32(0))
        withUnsafeBytes(of: nonce) { nonce in
            guard let nonce = nonce.baseAddress else { return }
            _ = crypto_stream_chacha20_ietf(stream, UInt64(Self.refillBytes), nonce, key)
        }
        key.copyMemory(from: stream, byteCount: Self.keyBytes)
        sodium_memzero(stream, Self.keyBytes)
        position = Self.keyBytes + Self.keyBytes
    }
}
