import KithCrypto
import KithWire
import Testing

@Suite("Interests")
struct InterestSetTests {
    private static func drawn(_ dice: inout Entropy) -> InterestSet {
        let count = dice.below(17)
        return InterestSet((0..<count).map { _ in "interest \(dice.below(24))" })
    }

    @Test("are compared without letter case, marks, order, repetition and white space")
    func normalising() {
        let set = InterestSet([" Café", "CHESS", "chess", "cafe\u{301} ", " ", "Go"])
        #expect(set.interests == ["cafe", "chess", "go"])
        #expect(set == InterestSet(["go", "cafe", "chess"]))
    }

    @Test(
        "score the part that both have of all that either has",
        arguments: [
            (["a", "b"], ["a", "b"], 1.0), (["a", "b"], ["b", "c"], 1.0 / 3), (["a"], ["b"], 0),
            (["a", "b", "c"], ["a"], 1.0 / 3), ([], [], 0), (["a"], [], 0),
        ] as [([String], [String], Double)])
    func scores(left: [String], right: [String], score: Double) {
        #expect(InterestSet(left).jaccard(with: InterestSet(right)) == score)
    }

    @Test("score the same both ways, one for equals, and never outside of 0…1")
    func laws() {
        var dice = Entropy(seed: testSeed("InterestSet", usual: 11))
        for _ in 0..<2_000 {
            let (a, b) = (Self.drawn(&dice), Self.drawn(&dice))
            let score = a.jaccard(with: b)
            #expect(score == b.jaccard(with: a))
            #expect((0...1).contains(score))
            #expect(a.jaccard(with: a) == (a.interests.isEmpty ? 0 : 1))
            #expect((score == 1) == (a == b && !a.interests.isEmpty))
        }
    }

    @Test("agree with a plain count over sets")
    func oracle() {
        var dice = Entropy(seed: testSeed("InterestSet oracle", usual: 12))
        for _ in 0..<2_000 {
            let (a, b) = (Self.drawn(&dice), Self.drawn(&dice))
            let (left, right) = (Set(a.interests), Set(b.interests))
            let all = left.union(right).count
            let common = left.intersection(right).count
            #expect(a.jaccard(with: b) == (all == 0 ? 0 : Double(common) / Double(all)))
        }
    }

    @Test("are estimated from digests nearly as they score")
    func estimates() {
        var dice = Entropy(seed: testSeed("InterestSet estimate", usual: 13))
        var worst = 0.0
        for _ in 0..<2_000 {
            let (a, b) = (Self.drawn(&dice), Self.drawn(&dice))
            let estimate = InterestSet.estimate(a.digest, b.digest)
            worst = max(worst, abs(estimate - a.jaccard(with: b)))
        }
        // The 24 interests that are drawn have 24 different digests.
        #expect(worst == 0)
    }

    @Test("have the digest that the specification says")
    func digest() throws {
        // Computed with Python's hashlib from chess, grossvater and go.
        let set = InterestSet(["Go", "Großvater", "Chess"])
        #expect(set.digest == [0x93FE, 0xC5BA, 0xF72F])
        let bytes = InterestSet.encode(digest: set.digest)
        #expect(bytes == [0x93, 0xFE, 0xC5, 0xBA, 0xF7, 0x2F])
        #expect(try Self.decode(bytes) == set.digest)
    }

    @Test("are refused as a digest that is cut or out of order")
    func badDigests() {
        #expect(throws: DecodeError.wrongLength) { try Self.decode([1]) }
        #expect(throws: DecodeError.notCanonical) { try Self.decode([0, 2, 0, 1]) }
        #expect(throws: DecodeError.notCanonical) { try Self.decode([0, 1, 0, 1]) }
    }

    @Test("travel in an entry, which has one encoding")
    func entry() throws {
        let entry = IndexEntry(day: 20_734, shard: 300, digest: [9, 2, 9])
        #expect(entry.digest == [2, 9])
        #expect(try Self.decodeEntry(entry.encode()) == entry)
        #expect(throws: DecodeError.trailingBytes) { try Self.decodeEntry(entry.encode() + [0]) }
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodeError) -> [UInt16] {
        try InterestSet.decode(digest: bytes.span.bytes)
    }

    private static func decodeEntry(_ bytes: [UInt8]) throws(DecodeError) -> IndexEntry {
        try IndexEntry.decode(bytes.span.bytes)
    }
}
