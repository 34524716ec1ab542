import KithCrypto
import Testing

@testable import KithOverlay

@Suite("A slot heap")
struct SlotHeapTests {
    @Test("agrees with a sorted list over random changes", arguments: [1, 5, 200] as [UInt64])
    func random(slots: UInt64) {
        var entropy = Entropy(seed: testSeed(default: 30 + slots))
        var heap = SlotHeap()
        var model: [Int32: SlotHeap.Priority] = [:]
        for step in 0..<5_000 {
            let slot = Int32(entropy.below(slots))
            if entropy.below(3) == 0 {
                heap.remove(slot)
                model[slot] = nil
            } else {
                let priority = SlotHeap.Priority(
                    major: entropy.below(50), minor: UInt64(step))
                heap.set(slot, to: priority)
                model[slot] = priority
            }
            #expect(heap.count == model.count)
            let first = model.min { $0.value < $1.value }
            #expect(heap.first?.slot == first?.key)
            #expect(heap.first?.priority == first?.value)
        }
    }
}
