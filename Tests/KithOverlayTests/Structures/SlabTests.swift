import KithCrypto
import Testing

@testable import KithOverlay

// 0 is never a handle, so `?? 0` turns a refused insertion into a trap at the next use.
@Suite("A slab")
struct SlabTests {
    /// Counts how often its owner destroyed it.
    final class Tally {
        var destroyed = 0
    }

    struct Element: ~Copyable {
        let tally: Tally
        var number: Int

        deinit { tally.destroyed += 1 }
    }

    @Test("finds by handle what was put in and changes it in place")
    func insertAndFind() {
        var slab = Slab<Element>(capacity: 4)
        let tally = Tally()
        let a = slab.insert(Element(tally: tally, number: 1)) ?? 0
        let b = slab.insert(Element(tally: tally, number: 2)) ?? 0
        slab[b].number = 20
        #expect(slab[a].number == 1)
        #expect(slab[b].number == 20)
        #expect(slab.count == 2)
        #expect(a != 0 && b != 0)
    }

    @Test("refuses a handle whose element was removed, also when the slot is used again")
    func staleHandles() {
        var slab = Slab<Int>(capacity: 1)
        let first = slab.insert(1) ?? 0
        #expect(slab.remove(first) == 1)
        #expect(slab.contains(first) == false)
        let second = slab.insert(2) ?? 0
        #expect(first & 0xFFFFF == second & 0xFFFFF)
        #expect(slab.contains(first) == false)
        #expect(slab.contains(second) == true)
    }

    @Test("never gives out the handle 0 and repeats one only after 4,095 removals of its slot")
    func generations() {
        var slab = Slab<Int>(capacity: 1)
        let first = slab.insert(0) ?? 0
        _ = slab.remove(first)
        for round in 1..<4_095 {
            let handle = slab.insert(round) ?? 0
            #expect(handle != first && handle != 0)
            #expect(slab.contains(first) == false)
            _ = slab.remove(handle)
        }
        #expect(slab.insert(0) == first)
    }

    @Test("lets freed slots rest: one busy slot does not use up its generations")
    func resting() {
        var slab = Slab<Int>(capacity: 1_000)
        var seen: Set<UInt32> = []
        for round in 0..<200_000 {
            let handle = slab.insert(round) ?? 0
            #expect(seen.insert(handle).inserted == true)
            _ = slab.remove(handle)
        }
    }

    @Test("refuses a new element at its capacity and destroys it")
    func capacity() {
        let tally = Tally()
        var slab = Slab<Element>(capacity: 2)
        let a = slab.insert(Element(tally: tally, number: 1)) ?? 0
        #expect(slab.insert(Element(tally: tally, number: 2)) != nil)
        #expect(slab.isFull == true)
        let refused = slab.insert(Element(tally: tally, number: 3))
        #expect(refused == nil)
        #expect(tally.destroyed == 1)
        _ = slab.remove(a)
        #expect(slab.insert(Element(tally: tally, number: 4)) != nil)
    }

    @Test("destroys each element exactly once")
    func lifetimes() {
        let tally = Tally()
        do {
            var slab = Slab<Element>(capacity: 500)
            var handles: [UInt32] = []
            for number in 0..<300 {
                handles.append(slab.insert(Element(tally: tally, number: number)) ?? 0)
            }
            for handle in handles.prefix(100) { _ = slab.remove(handle) }
            #expect(tally.destroyed == 100)
        }
        #expect(tally.destroyed == 300)
    }

    @Test("visits handles in slot order and may be thinned out on the way")
    func walking() {
        var slab = Slab<Int>(capacity: 100)
        for number in 0..<50 { #expect(slab.insert(number) != nil) }
        var handle = slab.nextHandle(after: nil)
        while let current = handle {
            if slab[current] % 2 == 0 { _ = slab.remove(current) }
            handle = slab.nextHandle(after: current)
        }
        var visited: [Int] = []
        slab.forEachHandle { visited.append(slab[$0]) }
        #expect(visited == (0..<50).filter { $0 % 2 == 1 })
    }

    @Test("agrees with a dictionary over random operations")
    func oracle() {
        let seed = testSeed(default: 11)
        var entropy = Entropy(seed: seed)
        var slab = Slab<UInt64>(capacity: 200)
        var expected: [(handle: UInt32, value: UInt64)] = []
        var gone: [UInt32] = []
        for _ in 0..<20_000 {
            if entropy.below(100) < 52 {
                let value = entropy.next()
                let handle = slab.insert(value)
                #expect((handle == nil) == (expected.count == 200))
                if let handle { expected.append((handle, value)) }
            } else if !expected.isEmpty {
                let index = Int(entropy.below(UInt64(expected.count)))
                let (handle, value) = expected.remove(at: index)
                #expect(slab.remove(handle) == value)
                gone.append(handle)
            }
            #expect(slab.count == expected.count)
            if let (handle, value) = entropy.element(of: expected) {
                #expect(slab.contains(handle) && slab[handle] == value)
            }
            if let handle = entropy.element(of: gone) { #expect(slab.contains(handle) == false) }
        }
    }
}
