import KithCrypto
import Testing

@testable import KithOverlay

@Suite("A rate limiter")
struct RateLimiterTests {
    let start = Instant.start + .seconds(1_000)

    @Test("admits the burst at once, then one per interval and not a nanosecond before")
    func exactRate() {
        var limiter = RateLimiter<Int>(capacity: 8, interval: .milliseconds(50), burst: 5)
        for _ in 0..<5 { #expect(limiter.admit(1, at: start) == true) }
        #expect(limiter.admit(1, at: start) == false)
        for step in 1...20 {
            let due = start + .milliseconds(50 * step)
            #expect(limiter.admit(1, at: due - .nanoseconds(1)) == false)
            #expect(limiter.admit(1, at: due) == true)
            #expect(limiter.admit(1, at: due) == false)
        }
    }

    @Test("is full again one burst of intervals after it was emptied, not before")
    func refill() {
        var limiter = RateLimiter<Int>(capacity: 8, interval: .milliseconds(50), burst: 5)
        for _ in 0..<5 { #expect(limiter.admit(1, at: start) == true) }
        let early = start + .milliseconds(250) - .nanoseconds(1)
        var copy = limiter
        for _ in 0..<4 { #expect(copy.admit(1, at: early) == true) }
        #expect(copy.admit(1, at: early) == false)
        for _ in 0..<5 { #expect(limiter.admit(1, at: start + .milliseconds(250)) == true) }
        #expect(limiter.admit(1, at: start + .milliseconds(250)) == false)
    }

    @Test("counts each source alone and takes nothing for a refusal")
    func sources() {
        var limiter = RateLimiter<Int>(capacity: 8, interval: .seconds(1), burst: 1)
        #expect(limiter.admit(1, at: start) == true)
        for _ in 0..<100 { #expect(limiter.admit(1, at: start + .milliseconds(999)) == false) }
        #expect(limiter.admit(2, at: start) == true)
        #expect(limiter.admit(1, at: start + .seconds(1)) == true)
    }

    @Test("charges a costly thing its price, and refuses what never fits")
    func costs() {
        var limiter = RateLimiter<Int>(capacity: 8, interval: .seconds(1), burst: 10)
        #expect(limiter.admit(1, cost: 11, at: start) == false)
        #expect(limiter.admit(1, cost: 7, at: start) == true)
        #expect(limiter.admit(1, cost: 4, at: start) == false)
        #expect(limiter.admit(1, cost: 3, at: start) == true)
        #expect(limiter.admit(1, cost: 1, at: start) == false)
    }

    @Test("forgets the source heard longest ago when its table is full")
    func bounded() {
        var limiter = RateLimiter<Int>(capacity: 2, interval: .seconds(10), burst: 1)
        #expect(limiter.admit(1, at: start) == true)
        #expect(limiter.admit(2, at: start) == true)
        #expect(limiter.admit(1, at: start) == false)
        #expect(limiter.admit(3, at: start) == true)
        #expect(limiter.count == 2)
        #expect(limiter.admit(1, at: start) == false, "heard after 2, so 2 was forgotten")
    }

    @Test("never exceeds its rate over any window, and wastes nothing under steady pressure")
    func overWindows() {
        var entropy = Entropy(seed: testSeed(default: 15))
        var bucket = Bucket(interval: .nanoseconds(1_000), burst: 7)
        var admitted: [UInt64] = []
        var now: UInt64 = 0
        for _ in 0..<20_000 {
            now += entropy.below(400)
            if bucket.admit(at: Instant(nanoseconds: now)) { admitted.append(now) }
        }
        for first in stride(from: 0, to: admitted.count - 50, by: 13) {
            for count in 8...50 {
                let span = admitted[first + count - 1] - admitted[first]
                #expect(span >= UInt64(count - 7) * 1_000)
            }
        }
        #expect(admitted.count >= Int(now / 1_000))
    }
}
