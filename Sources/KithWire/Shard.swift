public import KithCrypto

/// How the entries of one token and day spread over several locations when one is too small.
///
/// A tree with a fan-out of ``fanOut``, numbered like a heap: depth 0 is shard 0, depth *d* has
/// 16^d shards from (16^d − 1) / 15 on, and the children of shard *n* are 16 n + 1 … 16 n + 16.
/// Each author has one shard at each depth, by hash, so that nobody chooses.
public enum Shard {
    /// Children of one shard; 4 bits of the hash choose among them.
    public static let fanOut = 16
    /// The deepest shards: 4,369 shards in all, for 838,848 people at 192 each.
    public static let depthMax = 3

    /// The shard at `depth` in which an author's entry of `token` stands that day.
    ///
    /// The first 4 · depth bits of BLAKE2b(32; "kith/shard/v1\0" ‖ author ‖ BLAKE2b(32; token) ‖
    /// day4) tell which of that depth.
    ///
    /// - Parameters:
    ///   - depth: 0…``depthMax``.
    ///   - token: a word or an interest, already normalised.
    public static func number(
        at depth: Int, author: Ed25519.PublicKey, token: String, day: UInt32
    ) -> UInt16 {
        precondition((0...depthMax).contains(depth), "no shard at depth \(depth)")
        guard depth > 0 else { return 0 }
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/shard/v1\0" as StaticString)
        hasher.update(author.bytes)
        hasher.update(BLAKE2b.hash32(Array(token.utf8)))
        hasher.update(day)
        let bits = hasher.finish32().bigEndianWords.0 >> (64 - 4 * UInt64(depth))
        return first(at: depth) + UInt16(bits)
    }

    /// The number of the first shard at `depth`: 0, 1, 17, 273.
    public static func first(at depth: Int) -> UInt16 {
        var first: UInt16 = 0
        for _ in 0..<depth { first = first * UInt16(fanOut) + 1 }
        return first
    }

    /// The depth at which a shard is; nil for a number that no shard has.
    public static func depth(of number: UInt16) -> Int? {
        (0...depthMax).first { number < first(at: $0 + 1) }
    }

    /// The shards below one; empty for the deepest.
    public static func children(of number: UInt16) -> Range<UInt16> {
        guard let depth = depth(of: number), depth < depthMax else { return 0..<0 }
        let first = number * UInt16(fanOut) + 1
        return first..<first + UInt16(fanOut)
    }

    /// Whether an author's entry of `token` may stand in shard `number` that day.
    public static func holds(
        _ number: UInt16, author: Ed25519.PublicKey, token: String, day: UInt32
    ) -> Bool {
        guard let depth = depth(of: number) else { return false }
        return self.number(at: depth, author: author, token: token, day: day) == number
    }
}
