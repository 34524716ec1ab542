import Testing

@testable import KithCrypto

@Suite("Entropy")
struct EntropyTests {
    /// Computed with an independent ChaCha20 from the description of the generator.
    @Test("is the ChaCha20 stream it says it is, across a refill")
    func known() {
        var entropy = Entropy(seed: 1)
        var words: [UInt64] = []
        for _ in 0..<61 { words.append(entropy.next()) }
        #expect(words[0] == 0x2957_7188_9fba_bd34)
        #expect(words[1] == 0xb4e1_9b83_51e9_306b)
        #expect(words[2] == 0x0b31_b770_48d4_ec72)
        #expect(words[60] == 0x028a_5b85_c14e_45b4)
    }

    @Test("keeps neither what it handed out nor the key that made it")
    func erasure() {
        var entropy = Entropy(seed: 16)
        let oldKey = Array(memory(of: entropy).prefix(32))
        var handedOut = [entropy.bytes32().bytes, entropy.bytes(100)]
        let word = entropy.next()
        handedOut.append((0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) })
        let left = memory(of: entropy)
        #expect(!contains(left, oldKey))
        for secret in handedOut { #expect(!contains(left, Array(secret.prefix(8)))) }
        // The control: what comes next is still there.
        let next = entropy.bytes32().bytes
        #expect(contains(left, next))
    }

    private func memory(of entropy: borrowing Entropy) -> [UInt8] {
        entropy.block.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
    }

    private func contains(_ memory: [UInt8], _ part: [UInt8]) -> Bool {
        memory.indices.dropLast(part.count - 1).contains { start in
            memory[start..<start + part.count].elementsEqual(part)
        }
    }

    @Test("gives equal streams for equal seeds and others for others")
    func determinism() {
        var first = Entropy(seed: 7)
        var second = Entropy(seed: 7)
        var third = Entropy(seed: 8)
        let left = first.bytes(5_000)
        let right = second.bytes(5_000)
        let other = third.bytes(5_000)
        #expect(left == right)
        #expect(left != other)
    }

    @Test("never repeats itself, whatever sizes are asked for")
    func noRepetition() {
        var entropy = Entropy(seed: seed(9))
        var seen: Set<[UInt8]> = []
        var asked = 0
        for round in 0..<3_000 {
            switch round % 4 {
            case 0: seen.insert(entropy.bytes32().bytes)
            case 1: seen.insert(Array(entropy.bytes(16 + Int(entropy.below(900))).prefix(16)))
            case 2:
                let word = entropy.next()
                seen.insert((0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) })
            default:
                _ = entropy.next32()
                asked -= 1
            }
            asked += 1
        }
        #expect(seen.count == asked)
    }

    @Test("gives a fork a stream that neither the parent nor another fork ever has")
    func forking() {
        var parent = Entropy(seed: seed(10))
        var first = parent.fork()
        var second = parent.fork()
        var grandchild = first.fork()
        var seen: Set<UInt64> = []
        for _ in 0..<2_000 {
            seen.insert(parent.next())
            seen.insert(first.next())
            seen.insert(second.next())
            seen.insert(grandchild.next())
        }
        #expect(seen.count == 8_000)
    }

    @Test(
        "draws every number below a bound equally often", arguments: [1, 2, 3, 10, 100] as [UInt64])
    func evenness(bound: UInt64) {
        var entropy = Entropy(seed: seed(11))
        let expected = 1_000.0
        var counts = [Int](repeating: 0, count: Int(bound))
        for _ in 0..<(Int(expected) * Int(bound)) { counts[Int(entropy.below(bound))] += 1 }
        let chiSquare = counts.reduce(0.0) { sum, count in
            let off = Double(count) - expected
            return sum + off * off / expected
        }
        // Five standard deviations above the mean of the distribution.
        let freedom = Double(bound - 1)
        #expect(chiSquare <= freedom + 5 * (2 * freedom).squareRoot())
    }

    /// Below three quarters of 2^64, a remainder would give the lowest third twice as often, and
    /// a multiplication without drawing again the multiples of three.
    @Test("is not biased where a remainder or a plain multiplication would be")
    func bias() {
        var entropy = Entropy(seed: seed(12))
        let third: UInt64 = 1 << 62
        var low = 0
        var multiples = 0
        for _ in 0..<9_000 {
            let number = entropy.below(3 * third)
            if number < third { low += 1 }
            if number.isMultiple(of: 3) { multiples += 1 }
        }
        // Five standard deviations of 9,000 coins that fall one time in three are 224.
        #expect(abs(low - 3_000) < 224)
        #expect(abs(multiples - 3_000) < 224)
    }

    @Test("draws fractions evenly from nothing up to but without one")
    func fractions() {
        var entropy = Entropy(seed: seed(13))
        var sum = 0.0
        for _ in 0..<10_000 {
            let fraction = entropy.unit()
            #expect(fraction >= 0 && fraction < 1)
            sum += fraction
        }
        // Five standard deviations of the mean: 5 / sqrt(12 * 10,000).
        #expect(abs(sum / 10_000 - 0.5) < 0.0145)
    }

    @Test("shuffles into every order equally often")
    func shuffling() {
        var entropy = Entropy(seed: seed(14))
        var counts: [[Int]: Int] = [:]
        for _ in 0..<6_000 {
            var array = [1, 2, 3]
            entropy.shuffle(&array)
            counts[array, default: 0] += 1
        }
        #expect(counts.count == 6)
        // Five standard deviations of a count of 1,000 in 6,000.
        #expect(counts.values.allSatisfy { abs($0 - 1_000) < 145 })
    }

    @Test("fills all of a span")
    func filling() {
        let array = filled(2_000)
        #expect(array.split(separator: 0).allSatisfy { !$0.isEmpty })
        #expect(!array.suffix(16).allSatisfy { $0 == 0 })
        #expect(!array.prefix(16).allSatisfy { $0 == 0 })
    }

    private func filled(_ count: Int) -> [UInt8] {
        var entropy = Entropy(seed: 15)
        var array = [UInt8](repeating: 0, count: count)
        var elements = array.mutableSpan
        var span = elements.mutableBytes
        entropy.fill(&span)
        return array
    }
}
