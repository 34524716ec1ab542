public import KithCrypto

/// Work that a request to a stranger costs its sender, so that a mailbox is not filled for free.
///
/// A nonce of eight bytes with which BLAKE2b(32; "kith/stamp/v1\0" ‖ nonce ‖ digest) has
/// ``Network/stampBits`` leading zero bits, the digest being that of everything that is sent.
/// To make it takes a tenth of a second on the public network, to check it a microsecond.
public struct Stamp: Sendable {
    private let digest: Bytes32
    private let bits: Int
    private var next: UInt64

    /// A search for a stamp of what has this digest.
    ///
    /// - Parameter start: where to begin; equal starts find equal nonces.
    public init(digest: Bytes32, network: Network, start: UInt64) {
        self.digest = digest
        bits = network.stampBits
        next = start
    }

    /// Tries so many nonces.
    ///
    /// - Returns: the first that is good, or nil: then more tries are needed.
    public mutating func find(tries: Int) -> UInt64? {
        for _ in 0..<tries {
            let nonce = next
            next &+= 1
            if Self.zeros(nonce, digest) >= bits { return nonce }
        }
        return nil
    }

    /// Whether `nonce` is a stamp of what has this digest.
    public static func holds(_ nonce: UInt64, digest: Bytes32, network: Network) -> Bool {
        zeros(nonce, digest) >= network.stampBits
    }

    private static func zeros(_ nonce: UInt64, _ digest: Bytes32) -> Int {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/stamp/v1\0" as StaticString)
        hasher.update(nonce)
        hasher.update(digest)
        return hasher.finish32().bigEndianWords.0.leadingZeroBitCount
    }
}
