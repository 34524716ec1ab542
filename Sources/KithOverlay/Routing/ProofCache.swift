import KithCrypto
import KithWire

/// Remembers which keys have proved which node id, so that argon2id runs once per node.
///
/// A key counts once: the same key with another nonce would be a second id for one proof of
/// work, so the first one seen stands until it is forgotten.
struct ProofCache {
    private struct Proved {
        let nonce: UInt64
        let id: NodeID
    }

    private var proved: LRU<X25519.PublicKey, Proved>
    private let life: Duration

    init(settings: Settings.Sessions) {
        proved = LRU(capacity: settings.proofsMax)
        life = settings.proofLife
    }

    /// How many keys are remembered.
    var count: Int { proved.count }

    /// The id that `key` has proved with `nonce`, nil when unknown or for another nonce.
    mutating func id(of key: X25519.PublicKey, nonce: UInt64, at now: Instant) -> NodeID? {
        guard let held = proved.value(for: key, at: now), held.nonce == nonce else { return nil }
        return held.id
    }

    /// Whether `key` has proved something already.
    mutating func knows(_ key: X25519.PublicKey, at now: Instant) -> Bool {
        proved.value(for: key, at: now) != nil
    }

    /// Remembers that `key` with `nonce` makes `id`.
    mutating func remember(
        _ key: X25519.PublicKey, nonce: UInt64, id: NodeID, at now: Instant
    ) {
        proved.insert(Proved(nonce: nonce, id: id), for: key, expires: now + life)
    }
}
