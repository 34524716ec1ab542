import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("What is shared out by block of addresses")
struct BlockSharesTests {
    private func block(_ number: Int) -> Address.Block {
        Address(v4: UInt32(number) << 8, port: 1).block
    }

    @Test("agree with a plain list after any adding, using and removing")
    func model() {
        let seed = testSeed(default: 26)
        var entropy = Entropy(seed: seed)
        var shares = BlockShares()
        // The model: least recently used first, and when each block came.
        var list: [(handle: UInt32, block: Int, weight: Int, place: Int32)] = []
        var came: [Int: Int] = [:]
        for step in 0..<20_000 {
            let choice = entropy.below(10)
            if choice < 5 || list.isEmpty {
                let owner = Int(entropy.below(12))
                if !list.contains(where: { $0.block == owner }) { came[owner] = step }
                let weight = 1 + Int(entropy.below(5))
                let place = shares.add(UInt32(step), of: block(owner), weight: weight)
                list.append((UInt32(step), owner, weight, place))
            } else {
                let index = Int(entropy.below(UInt64(list.count)))
                let entry = list.remove(at: index)
                if choice < 7 {
                    shares.touch(entry.place)
                    list.append(entry)
                } else {
                    shares.remove(entry.place)
                }
            }
            let sizes = (0..<12).map { owner in
                list.reduce(0) { $0 + ($1.block == owner ? $1.weight : 0) }
            }
            let biggest = (0..<12).filter { sizes[$0] > 0 }.min {
                (-sizes[$0], came[$0] ?? 0) < (-sizes[$1], came[$1] ?? 0)
            }
            let expected = biggest.flatMap { owner in
                list.first { $0.block == owner }?.handle
            }
            let probe = Int(entropy.below(12))
            let probed = list.first { $0.block == probe }?.handle
            guard shares.count == list.count, shares.weight == sizes.reduce(0, +),
                shares.oldestOfBiggest == expected,
                shares.weight(of: block(probe)) == sizes[probe],
                shares.oldest(of: block(probe)) == probed,
                shares.blocks == sizes.count(where: { $0 > 0 })
            else {
                Issue.record("step \(step) of seed \(seed)")
                return
            }
        }
    }
}
