import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

/// A script to make random names from: folded letters that stay apart.
struct Alphabet: CustomTestStringConvertible {
    let testDescription: String
    let letters: [Character]
    let lengths: ClosedRange<UInt64>

    static let latin = Alphabet(
        testDescription: "Latin", letters: Array("abcdefghijklmnopqrstuvwxyz"), lengths: 4...12)
    static let fewLatin = Alphabet(
        testDescription: "Latin, three letters", letters: Array("abn"), lengths: 4...9)
    static let cyrillic = Alphabet(
        testDescription: "Cyrillic", letters: Array("абвгдежзиклмнопрстуфхцчшщэюя"),
        lengths: 4...10)
    static let greek = Alphabet(
        testDescription: "Greek", letters: Array("αβγδεζηθικλμνξοπρτυφχψω"), lengths: 4...10)
    static let hangul = Alphabet(
        testDescription: "Hangul", letters: Array("김민준이서연박지호최예은정현우"), lengths: 3...4)
    static let han = Alphabet(
        testDescription: "Han", letters: Array("王小明李娜张伟陈静刘洋赵磊周"), lengths: 3...4)
    static let kana = Alphabet(
        testDescription: "Kana", letters: Array("さくらはるかみつゆきのあいとま"), lengths: 3...6)

    static let all = [latin, fewLatin, cyrillic, greek, hangul, han, kana]

    func letter(_ entropy: inout Entropy) -> Character {
        letters[Int(entropy.below(UInt64(letters.count)))]
    }

    func word(_ entropy: inout Entropy) -> [Character] {
        let length = lengths.lowerBound + entropy.below(UInt64(lengths.count))
        return (0..<length).map { _ in letter(&entropy) }
    }

    /// `word` with one letter added, left out, replaced or swapped with its neighbour.
    func edited(_ word: [Character], from first: Int, _ entropy: inout Entropy) -> [Character] {
        var word = word
        let index = first + Int(entropy.below(UInt64(word.count - first)))
        switch entropy.below(4) {
        case 0: word.insert(letter(&entropy), at: index + Int(entropy.below(2)))
        case 1: word.remove(at: index)
        case 2: word[index] = letter(&entropy)
        default: word.swapAt(index, index + 1 < word.count ? index + 1 : index)
        }
        return word
    }
}

@Suite("Somebody")
struct FindabilityTests {
    private func meets(_ query: NameQuery, _ plan: IndexPlan) -> Bool {
        let indexed = plan.strings(of: .nameEntry)
        return (query.exact + query.near).contains { indexed.contains($0) }
    }

    private func interests(_ count: UInt64) -> [String] {
        (0..<count).map { "interest \($0)" }
    }

    @Test("whose whole plan fits is found with any one typo", arguments: Alphabet.all)
    func oneTypo(alphabet: Alphabet) {
        let seed = testSeed(default: 40)
        var entropy = Entropy(seed: seed)
        var (tried, found, matched) = (0, 0, 0)
        while tried < 2_000 {
            let words = (0...entropy.below(2)).map { _ in alphabet.word(&entropy) }
            let name = words.map { String($0) }.joined(separator: " ")
            let plan = IndexPlan(name: name, interests: interests(entropy.below(10)))
            guard plan.isComplete else { continue }
            let target = words[Int(entropy.below(UInt64(words.count)))]
            let query = NameQuery(String(alphabet.edited(target, from: 0, &entropy)))
            tried += 1
            if meets(query, plan) { found += 1 }
            if NameMatch(query, name: name) != nil { matched += 1 }
        }
        print("\(alphabet.testDescription): \(found) of \(tried) met, \(matched) matched")
        #expect(found == tried)
        #expect(matched == tried)
    }

    @Test("with too much for 32 entries is found with a typo behind the head")
    func cutPlans() {
        let seed = testSeed(default: 41)
        var entropy = Entropy(seed: seed)
        var (tried, found, cut) = (0, 0, 0)
        while tried < 2_000 {
            let words = (0..<1 + entropy.below(5)).map { _ in Alphabet.latin.word(&entropy) }
            let name = words.map { String($0) }.joined(separator: " ")
            let plan = IndexPlan(name: name, interests: interests(16))
            let target = words[Int(entropy.below(UInt64(words.count)))]
            let typed = Alphabet.latin.edited(target, from: 3, &entropy)
            guard typed.count > 3 else { continue }
            tried += 1
            if !plan.isComplete { cut += 1 }
            if meets(NameQuery(String(typed)), plan) { found += 1 }
        }
        print("\(found) of \(tried) met, \(cut) plans cut")
        #expect(found == tried)
        #expect(cut > tried / 2)
    }

    @Test("with sixteen interests and up to three words is found with any one typo")
    func threeWords() {
        let seed = testSeed(default: 42)
        var entropy = Entropy(seed: seed)
        var (found, cut) = (0, 0)
        for _ in 0..<2_000 {
            let words = (0..<1 + entropy.below(3)).map { _ in Alphabet.latin.word(&entropy) }
            let name = words.map { String($0) }.joined(separator: " ")
            let plan = IndexPlan(name: name, interests: interests(16))
            let target = words[Int(entropy.below(UInt64(words.count)))]
            let query = NameQuery(String(Alphabet.latin.edited(target, from: 0, &entropy)))
            if !plan.isComplete { cut += 1 }
            if meets(query, plan) { found += 1 }
        }
        print("\(found) of 2000 met, \(cut) plans cut")
        #expect(found == 2_000)
        #expect(cut > 1_000)
    }

    @Test("is found by every prefix of three letters and more, however much there is")
    func prefixes() {
        let seed = testSeed(default: 43)
        var entropy = Entropy(seed: seed)
        var tried = 0
        for _ in 0..<300 {
            let words = (0..<1 + entropy.below(5)).map { _ in Alphabet.latin.word(&entropy) }
            let name = words.map { String($0) }.joined(separator: " ")
            let plan = IndexPlan(name: name, interests: interests(entropy.below(17)))
            for word in words {
                for count in 3...word.count {
                    tried += 1
                    let query = NameQuery(String(word.prefix(count)))
                    #expect(meets(query, plan), "\(query.exact) for \(name), seed \(seed)")
                    #expect(NameMatch(query, name: name) != nil)
                }
            }
        }
        print("\(tried) prefixes met")
    }

    @Test("is found by one sign of a Han, Hangul or Kana name")
    func densePrefixes() {
        for name in ["김민준", "王小明", "さくら はるか"] {
            let plan = IndexPlan(name: name, interests: interests(16))
            #expect(meets(NameQuery(String(name.prefix(1))), plan))
            #expect(meets(NameQuery(String(name.prefix(2))), plan))
        }
        #expect(meets(NameQuery("민준"), IndexPlan(name: "김민준", interests: interests(16))))
    }
}
