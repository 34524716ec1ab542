import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A name match")
struct NameMatchTests {
    private func reasons(_ typed: String, _ name: String) -> [String] {
        NameMatch(NameQuery(typed), name: name)?.why.map(\.description) ?? []
    }

    private func score(_ typed: String, _ name: String) -> Double {
        NameMatch(NameQuery(typed), name: name)?.score ?? 0
    }

    @Test("says in words what fitted")
    func why() {
        #expect(reasons("jonas", "Jonas Weber") == ["name \"Jonas\""])
        #expect(reasons("JON", "Jonas") == ["name starts with \"jon\""])
        #expect(reasons("jonnas", "Jonas") == ["name like \"jonnas\" (one letter differs)"])
        #expect(
            reasons("maxomi", "Maximilian") == [
                "name starts like \"maxomi\" (one letter differs)"
            ])
        #expect(
            reasons("weber jon", "Jonas Weber") == ["name \"Weber\"", "name starts with \"jon\""])
        #expect(reasons("zoe", "Zoë O’Neil") == ["name \"Zoë\""])
        #expect(
            Hit.Why.interests(["Chess", "Sailing"]).description == "interests Chess, Sailing")
    }

    @Test("of everything scores 1; the better the fit, the higher the score")
    func order() {
        #expect(score("jonas weber", "Jonas Weber") == 1)
        #expect(score("weber jonas", "Jonas Weber") == 1)
        let ladder = [
            score("jonas", "Jonas"), score("jonas", "Jonas Weber"), score("jona", "Jonas"),
            score("jon", "Jonas"), score("jonnas", "Jonas"), score("jonnas", "Jonas Weber"),
            score("maxomil", "Maximilian"), score("maxo", "Maximilian"),
            score("jonas schmidt", "Jonas Weber"),
        ]
        #expect(ladder == ladder.sorted(by: >))
        #expect(Set(ladder).count == ladder.count)
        #expect((ladder.last ?? 0) > 0)
    }

    @Test(
        "drops who only seems to fit",
        arguments: [
            ("jonas", "Tobias"), ("jan", "Jon"), ("jn", "Jan"), ("jonas", "Joanna"),
            ("", "Jonas"), ("jonas", "…"), ("weber", "Wagner"),
        ])
    func nothing(typed: String, name: String) {
        #expect(NameMatch(NameQuery(typed), name: name) == nil)
    }

    @Test("forgives one typo in Han, Hangul and Kana names of three signs")
    func dense() {
        #expect(reasons("김민존", "김민준") == ["name like \"김민존\" (one letter differs)"])
        #expect(reasons("李", "李娜") == ["name starts with \"李\""])
        #expect(NameMatch(NameQuery("李明"), name: "李娜") == nil)
    }

    @Test("lies in 0…1 for random words")
    func range() {
        var entropy = Entropy(seed: testSeed(default: 50))
        for _ in 0..<5_000 {
            let typed = String(Alphabet.fewLatin.word(&entropy))
            let name = String(Alphabet.fewLatin.word(&entropy))
            guard let match = NameMatch(NameQuery(typed), name: name) else { continue }
            #expect(match.score > 0 && match.score <= 1)
            #expect((match.score == 1) == (typed == name))
        }
    }
}

@Suite("One edit at most")
struct EditsTests {
    /// Optimal string alignment, the textbook table.
    private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var table = Array(
            repeating: Array(repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count { table[i][0] = i }
        for j in 0...b.count { table[0][j] = j }
        for i in 0..<a.count {
            for j in 0..<b.count {
                var least = min(table[i][j + 1] + 1, table[i + 1][j] + 1)
                least = min(least, table[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, table[i - 1][j - 1] + 1)
                }
                table[i + 1][j + 1] = least
            }
        }
        return table[a.count][b.count]
    }

    @Test("is what the textbook's table says, for every pair of words of two letters up to six")
    func oracle() {
        var words: [[UInt8]] = [[]]
        var last: [[UInt8]] = [[]]
        for _ in 1...6 {
            last = last.flatMap { [$0 + [0], $0 + [1]] }
            words += last
        }
        var near = 0
        for a in words {
            for b in words {
                let isNear = Edits.atMostOne(a[...], b[...])
                #expect(isNear == (distance(a, b) <= 1), "\(a) \(b)")
                if isNear { near += 1 }
            }
        }
        #expect(words.count == 127)
        #expect(near > 500)
    }
}
