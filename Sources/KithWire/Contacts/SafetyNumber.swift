public import KithCrypto

/// Sixty digits that two people read to each other: equal when each has the other's true key.
public enum SafetyNumber {
    /// How many digits there are, in groups of five.
    public static let digits = 60

    /// The number of two people, in twelve groups; the order of the two does not matter.
    ///
    /// Each group is five bytes of BLAKE2b(60; "kith/safety/v1\0" ‖ smaller ‖ larger key) modulo
    /// 100,000: 199 bits, so that nobody finds a key with the same one.
    public static func text(of one: Ed25519.PublicKey, and other: Ed25519.PublicKey) -> String {
        var hasher = BLAKE2b.Hasher(outputBytes: digits)
        hasher.update("kith/safety/v1\0" as StaticString)
        hasher.update(min(one, other).bytes)
        hasher.update(max(one, other).bytes)
        let bytes = hasher.finish()
        return stride(from: 0, to: digits, by: 5).map { start in
            let value = bytes[start..<start + 5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let group = String(value % 100_000)
            return String(repeating: "0", count: 5 - group.utf8.count) + group
        }.joined(separator: " ")
    }
}
