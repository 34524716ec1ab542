import KithCrypto
import KithWire

/// Cookies that we demand of strangers, without keeping anything about them, and cookies that
/// others demanded of us.
struct CookieJar: ~Copyable {
    private var current = SecretBytes(count: Bytes32.count)
    private var previous = SecretBytes(count: Bytes32.count)
    private var changes = Instant.start
    private let life: Duration
    private var received: LRU<Peer, Bytes16>

    init(settings: Settings.Sessions) {
        life = settings.cookieLife
        received = LRU(capacity: settings.cookiesMax)
    }

    /// How many cookies of others are kept.
    var count: Int { received.count }

    /// The cookie of `address` now.
    mutating func cookie(
        for address: Address, at now: Instant, entropy: inout Entropy
    ) -> Bytes16 {
        turn(at: now, &entropy)
        return Envelope.cookie(secret: current, address: address)
    }

    /// Whether `mac2` over `covered` was made with a cookie of `address` that still counts.
    mutating func accepts(
        _ mac2: Bytes16, over covered: RawSpan, from address: Address, at now: Instant,
        entropy: inout Entropy
    ) -> Bool {
        // Most bring none, and none is worth two hashes to find that out.
        guard mac2 != Bytes16() else { return false }
        turn(at: now, &entropy)
        let fresh = Envelope.cookie(secret: current, address: address)
        if BLAKE2b.mac16(key: fresh, over: covered).matches(mac2) { return true }
        let old = Envelope.cookie(secret: previous, address: address)
        return BLAKE2b.mac16(key: old, over: covered).matches(mac2)
    }

    /// Keeps a cookie that `peer` demanded.
    mutating func keep(_ cookie: Bytes16, from peer: Peer, at now: Instant) {
        received.insert(cookie, for: peer, expires: now + life)
    }

    /// The cookie to show to `peer`, if it demanded one lately.
    mutating func demanded(by peer: Peer, at now: Instant) -> Bytes16? {
        received.value(for: peer, at: now)
    }

    private mutating func turn(at now: Instant, _ entropy: inout Entropy) {
        guard now >= changes else { return }
        swap(&current, &previous)
        current = Self.fresh(&entropy)
        // At the start, and after a long silence, the previous secret is not to be used either.
        if changes == .start || now - changes >= life { previous = Self.fresh(&entropy) }
        changes = now + life
    }

    private static func fresh(_ entropy: inout Entropy) -> SecretBytes {
        var secret = SecretBytes(count: Bytes32.count)
        secret.withMutableBytes { entropy.fill(&$0) }
        return secret
    }
}
