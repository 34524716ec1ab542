import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Ranking")
struct RankingTests {
    typealias Make = RecordMaker

    static func hit(
        _ author: UInt64, _ name: String = "Jonas", score: Double = 1, sequence: UInt64 = 1
    ) throws -> Hit {
        Hit(
            profile: try Profile(name: name, activeHour: 0), identity: Make.author(author),
            score: score, source: .network, why: [.name(name)], sequence: sequence,
            expires: Make.noon.unix + .seconds(3_600))
    }

    private func interests(
        _ typed: [String], asked: [String], minScore: Double = Ranking.minScore
    ) throws -> (score: Double, why: [Hit.Why])? {
        let profile = try Profile(name: "Jonas", interests: typed, activeHour: 0)
        return Ranking.match(
            profile, query: .interests(InterestSet(asked), minScore: minScore))
    }

    @Test("scores interests by Jaccard on what they mean, and names the shared ones")
    func jaccard() throws {
        let match = try #require(
            try interests(["Chess", "Sailing", "Äpfel"], asked: ["apfel", "CHESS"]))
        #expect(match.score == 2.0 / 3)
        #expect(match.why == [.interests(["Chess", "Äpfel"])])
        #expect(match.why[0].description == "interests Chess, Äpfel")
    }

    @Test("keeps a score above the least, not one that equals it")
    func threshold() throws {
        #expect(try interests(["a", "b"], asked: ["a"], minScore: 0.5) == nil)
        #expect(try interests(["a", "b"], asked: ["a"], minScore: 0.49)?.score == 0.5)
        #expect(try interests(["a"], asked: ["b"], minScore: -1) == nil)
        #expect(try interests([], asked: [], minScore: -1) == nil)
    }

    @Test("lists the better score first, then by name, then by identity")
    func order() throws {
        let ordered = [
            try Self.hit(1, "Zoë", score: 0.9), try Self.hit(2, "anna", score: 0.5),
            try Self.hit(3, "Bernd", score: 0.5), try Self.hit(4, "Zoe", score: 0.5),
            try Self.hit(5, "Zoë", score: 0.5),
        ]
        for (index, first) in ordered.enumerated() {
            for second in ordered[(index + 1)...] {
                #expect(Ranking.precedes(first, second))
                #expect(!Ranking.precedes(second, first))
            }
        }
        let twins = [try Self.hit(1), try Self.hit(2)]
        #expect(
            Ranking.precedes(twins[0], twins[1]) == (twins[0].identity < twins[1].identity))
    }

    @Test("marks who looks like somebody else, and nobody else")
    func lookAlikes() throws {
        let marked = Ranking.markLookAlikes([
            try Self.hit(1, "Jonas"), try Self.hit(2, "J\u{043E}nas"), try Self.hit(3, "Anna"),
            try Self.hit(4, "Jonas"), try Self.hit(3, "Anna"),
        ])
        #expect(marked.map(\.lookAlike) == [true, true, false, true, false])
    }

    @Test("makes a hit of a record and a profile that fits")
    func hits() throws {
        let profile = try Profile(name: "Jonas Weber", activeHour: 0)
        let record = try Make.profile(1, profile, sequence: 9)
        let hit = try #require(
            Ranking.hit(
                for: profile, record: record, query: .name(NameQuery("jonas")), source: .network))
        #expect(hit.identity == record.author)
        #expect(hit.sequence == 9)
        #expect(hit.expires == record.expires)
        #expect(hit.source == .network)
        #expect(
            Ranking.hit(
                for: profile, record: record, query: .name(NameQuery("maria")), source: .network)
                == nil)
    }
}

@Suite("The list of hits")
struct RankedHitsTests {
    @Test("keeps the best, each person once, in order, whatever the order they come in")
    func random() throws {
        var entropy = Entropy(seed: testSeed(default: 60))
        for limit in [1, 3, 20] {
            var list = RankedHits(limit: limit)
            var best: [Ed25519.PublicKey: Hit] = [:]
            for author in 0..<60 as Range<UInt64> {
                // No person comes twice: whoever fell off a full list is forgotten.
                let hit = try RankingTests.hit(
                    author, "Name \(entropy.below(5))", score: Double(entropy.below(8)) / 8)
                best[hit.identity] = hit
                _ = list.insert(hit)
                let wanted = best.values.sorted(by: Ranking.precedes).prefix(limit)
                #expect(list.ranked.map(\.identity) == wanted.map(\.identity))
            }
        }
    }

    @Test("prefers the higher sequence of one person, even when it scores less")
    func sequences() throws {
        var list = RankedHits(limit: 5)
        #expect(list.insert(try RankingTests.hit(1, score: 0.9, sequence: 5)) == true)
        #expect(list.insert(try RankingTests.hit(1, score: 1, sequence: 4)) == false)
        #expect(list.insert(try RankingTests.hit(1, score: 0.9, sequence: 5)) == false)
        #expect(list.insert(try RankingTests.hit(1, score: 0.2, sequence: 6)) == true)
        #expect(list.ranked.map(\.score) == [0.2])
        #expect(list.insert(try RankingTests.hit(1, score: 0.3, sequence: 6)) == true)
        #expect(list.count == 1)
    }

    @Test("lets go of who withdrew, but not of a newer profile")
    func removing() throws {
        var list = RankedHits(limit: 5)
        _ = list.insert(try RankingTests.hit(1, sequence: 5))
        list.remove(RecordMaker.author(1), asOf: 4)
        #expect(list.count == 1)
        list.remove(RecordMaker.author(1), asOf: 5)
        #expect(list.isEmpty)
    }

    @Test("says no to a hit that is not good enough for a full list")
    func full() throws {
        var list = RankedHits(limit: 2)
        #expect(list.insert(try RankingTests.hit(1, score: 0.9)) == true)
        #expect(list.insert(try RankingTests.hit(2, score: 0.8)) == true)
        #expect(list.insert(try RankingTests.hit(3, score: 0.7)) == false)
        #expect(list.insert(try RankingTests.hit(4, score: 0.85)) == true)
        #expect(list.ranked.map(\.score) == [0.9, 0.85])
    }
}
