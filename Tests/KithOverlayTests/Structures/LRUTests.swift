import KithCrypto
import Testing

@testable import KithOverlay

@Suite("An LRU cache")
struct LRUTests {
    /// The same rules with one list, the newest last.
    struct Oracle {
        var list: [(key: UInt64, value: Int, expires: Instant)] = []
        let capacity: Int

        mutating func value(for key: UInt64, at now: Instant) -> Int? {
            guard let index = list.firstIndex(where: { $0.key == key }) else { return nil }
            let entry = list.remove(at: index)
            guard entry.expires > now else { return nil }
            list.append(entry)
            return entry.value
        }

        mutating func insert(_ value: Int, for key: UInt64, expires: Instant) -> UInt64? {
            list.removeAll { $0.key == key }
            list.append((key, value, expires))
            return list.count > capacity ? list.removeFirst().key : nil
        }
    }

    @Test("forgets what was used longest ago")
    func eviction() {
        var cache = LRU<String, Int>(capacity: 2)
        cache.insert(1, for: "a")
        cache.insert(2, for: "b")
        #expect(cache.value(for: "a", at: .start) == 1)
        #expect(cache.insert(3, for: "c")?.key == "b")
        #expect(cache.value(for: "b", at: .start) == nil)
        #expect(cache.value(for: "a", at: .start) == 1)
    }

    @Test("peeking is not a use")
    func peeking() {
        var cache = LRU<String, Int>(capacity: 2)
        cache.insert(1, for: "a")
        cache.insert(2, for: "b")
        #expect(cache.peek("a", at: .start) == 1)
        #expect(cache.insert(3, for: "c")?.key == "a")
    }

    @Test("does not show an entry at its expiry or later")
    func expiry() {
        var cache = LRU<String, Int>(capacity: 2)
        let end = Instant.start + .seconds(300)
        cache.insert(1, for: "a", expires: end)
        #expect(cache.value(for: "a", at: end - .nanoseconds(1)) == 1)
        #expect(cache.peek("a", at: end) == nil)
        #expect(cache.value(for: "a", at: end) == nil)
        #expect(cache.count == 0)
    }

    @Test("agrees with a list over random operations", arguments: [1, 2, 7, 50])
    func oracle(capacity: Int) {
        var entropy = Entropy(seed: testSeed(default: 14))
        var cache = LRU<UInt64, Int>(capacity: capacity)
        var oracle = Oracle(capacity: capacity)
        var now = Instant.start
        for round in 0..<20_000 {
            now = now + .nanoseconds(Int64(entropy.below(3)))
            let key = entropy.below(UInt64(capacity) * 2 + 1)
            switch entropy.below(100) {
            case 0..<45:
                #expect(cache.value(for: key, at: now) == oracle.value(for: key, at: now))
            case 45..<90:
                let expires =
                    entropy.below(3) == 0
                    ? Instant.never : now + .nanoseconds(Int64(entropy.below(200)))
                let evicted = cache.insert(round, for: key, expires: expires)
                #expect(evicted?.key == oracle.insert(round, for: key, expires: expires))
            case 90..<97:
                let place = oracle.list.firstIndex { $0.key == key }
                #expect(cache.remove(key) == place.map { oracle.list.remove(at: $0).value })
            case 97..<99:
                let oldest = oracle.list.isEmpty ? nil : oracle.list.removeFirst().value
                #expect(cache.removeOldest()?.value == oldest)
            default:
                cache.removeExpired(at: now)
                oracle.list.removeAll { $0.expires <= now }
            }
            #expect(cache.count == oracle.list.count)
            var order: [UInt64] = []
            cache.forEach(at: .start) { key, _ in order.append(key) }
            #expect(order == oracle.list.reversed().filter { $0.expires > .start }.map(\.key))
        }
    }
}
