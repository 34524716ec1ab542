import KithCrypto
import KithWire

/// Cookies that we demand of strangers, without keeping anything about them, and cookies that
/// others demanded of us.
struct CookieJar {
    /// Cookies of others that we remember.
    static let capacity = 1_024

    private var current = Bytes32()
    private var previous = Bytes32()
    private var changes = Instant.start
    private let life: Duration
    private var received = LRU<Peer, Bytes16>(capacity: capacity)

    init(settings: Settings.Sessions) {
        life = settings.cookieLife
    }

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
        // After a long silence the previous secret is too old as well.
        let isFirst = changes == .start || now - changes >= life
        previous = isFirst ? entropy.bytes32() : current
        current = entropy.bytes32()
        changes = now + life
    }
}
