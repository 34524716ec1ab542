import KithCrypto

/// What a person types to open their identity; wiped when it goes out of use.
///
/// Bytes, as they were typed: nothing is folded or trimmed, so every terminal that sends UTF-8
/// sends the same.
public struct Passphrase: ~Copyable, Sendable {
    /// The longest one in bytes; more than anybody types, and a file named by mistake is noticed.
    public static let bytesMax = 1_024
    /// The shortest one to lock with, in bytes: each try costs a second and 256 MiB, and below
    /// this even that is too few.
    public static let bytesMin = 8

    let text: SecretBytes

    /// A copy of `typed`, or nil when it is empty or too long; the original is the caller's to
    /// wipe.
    public init?(copying typed: RawSpan) {
        guard (1...Passphrase.bytesMax).contains(typed.byteCount) else { return nil }
        text = SecretBytes(copying: typed)
    }

    /// Whether it is long enough to lock with.
    public var isLongEnough: Bool { text.count >= Passphrase.bytesMin }

    /// Whether both are the same, in constant time.
    public func matches(_ other: borrowing Passphrase) -> Bool {
        text.matches(other.text)
    }
}

/// How much work one try of a passphrase is: the cost of argon2id.
public struct PassphraseCost: Sendable, Equatable {
    /// Passes over the memory.
    public let operations: Int
    /// Memory in KiB.
    public let memoryKiB: Int

    /// What new files cost: 0.9 s on one core of a small machine, once per start.
    static let usual = PassphraseCost(operations: 3, memoryKiB: 256 << 10)

    /// The costs that a file may ask for.
    struct Bounds: Sendable {
        let operations: ClosedRange<Int>
        let memoryKiB: ClosedRange<Int>

        /// Less would let somebody who can change the file weaken it, more would let them stop
        /// the machine (RFC 9106 section 4 recommends no less than 64 MiB).
        static let usual = Bounds(operations: 2...10, memoryKiB: 64 << 10...1 << 20)
    }

    /// Whether a file may ask for it.
    func isWithin(_ bounds: Bounds) -> Bool {
        bounds.operations.contains(operations) && bounds.memoryKiB.contains(memoryKiB)
    }
}
