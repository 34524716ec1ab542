/// Token buckets keyed by where traffic comes from, in a table that cannot grow without bound.
///
/// Each source may send `burst` at once and one more per `interval` in the long run. A bucket is
/// one instant, the time at which it will be full again (the "theoretical arrival time" of the
/// generic cell rate algorithm, ITU-T I.371): exact to the nanosecond, no floating point, and a
/// full bucket needs no memory, so forgetting it changes nothing.
///
/// When the table is full the source heard longest ago is forgotten. A flood from more blocks
/// than the table holds therefore gets past the limit of each; a limit over all sources
/// (``Bucket``) must stand behind it.
struct RateLimiter<Source: Hashable & Sendable>: Sendable {
    /// Average time between admissions once the burst is used up.
    let interval: Duration
    /// How many are admitted at once after a long silence.
    let burst: Int

    private var buckets: LRU<Source, Bucket>

    /// Buckets for at most `capacity` sources.
    init(capacity: Int, interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
        buckets = LRU(capacity: capacity)
    }

    /// Sources that are remembered.
    var count: Int { buckets.count }

    /// Whether `source` may send something that costs `cost` tokens now; takes them if so.
    ///
    /// A refusal takes nothing: who is refused need not wait longer. Complexity: O(1).
    mutating func admit(_ source: Source, cost: Int = 1, at now: Instant) -> Bool {
        var bucket = buckets.value(for: source, at: now) ?? Bucket(interval: interval, burst: burst)
        guard bucket.admit(cost: cost, at: now) else { return false }
        buckets.insert(bucket, for: source, expires: bucket.full)
        return true
    }

    /// Forgets the sources whose buckets are full again; changes no answer.
    mutating func forgetIdle(at now: Instant) {
        buckets.removeExpired(at: now)
    }
}

/// One token bucket: so many at once, then one per interval.
struct Bucket: Sendable {
    private let intervalNanoseconds: UInt64
    private let depthNanoseconds: UInt64
    /// When the bucket will be full again; at that instant or later it is.
    private(set) var full = Instant.start

    /// A full bucket of `burst` tokens (at least 1) that regains one per `interval`.
    init(interval: Duration, burst: Int) {
        precondition(interval > .zero && burst > 0, "a bucket of \(burst) per \(interval)")
        intervalNanoseconds = UInt64(interval.wholeNanoseconds)
        depthNanoseconds = intervalNanoseconds * UInt64(burst)
    }

    /// Takes `cost` tokens if that many are there; takes nothing otherwise.
    mutating func admit(cost: Int = 1, at now: Instant) -> Bool {
        precondition(cost >= 0, "a cost of \(cost)")
        let (price, overflow) = intervalNanoseconds.multipliedReportingOverflow(by: UInt64(cost))
        guard !overflow else { return false }
        let missing = full > now ? full.nanoseconds - now.nanoseconds : 0
        guard price <= depthNanoseconds, missing <= depthNanoseconds - price else { return false }
        full = Instant(nanoseconds: max(full.nanoseconds, now.nanoseconds) + price)
        return true
    }
}
