import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Cover")
struct CoverTests {
    typealias Make = RecordMaker

    /// What a node keeps: Ada, who plays chess and go, and an entry of somebody else.
    private func store() throws -> RecordStore {
        var store = RecordStore(network: Make.network, settings: Settings.Storage(), salt: 0)
        let ada = try Profile(
            name: "Ada Byron", interests: ["chess", "go"], activeHour: Make.noon.unix.hour)
        _ = store.put(try Make.profile(1, ada), from: Make.address(1), at: Make.noon)
        _ = store.put(try Make.entry(2, under: "ben"), from: Make.address(2), at: Make.noon)
        return store
    }

    private struct Question: Hashable {
        let location: Location
        let digest: [UInt8]
    }

    @Test("asks half the time for anything, else as somebody would who searches for what is there")
    func noise() throws {
        let store = try store()
        var entropy = Entropy(seed: testSeed(default: 1_111))
        let day = Make.noon.unix.day
        var expected: Set<Question> = [
            Question(
                location: Record.ownedLocation(.profile, author: Make.author(2)), digest: [])
        ]
        for word in ["ada", "byron"] {
            expected.insert(
                Question(
                    location: Record.sharedLocation(.nameEntry, token: word, day: day), digest: []))
        }
        for word in ["chess", "go"] {
            for asked in [[word], ["chess", "go"]] {
                expected.insert(
                    Question(
                        location: Record.sharedLocation(.interestEntry, token: word, day: day),
                        digest: InterestSet.encode(digest: InterestSet(asked).digest)))
            }
        }
        // Where these records are kept themselves is near the node: it never asks for that.
        let own = [
            Record.ownedLocation(.profile, author: Make.author(1)), Make.location("ben"),
        ]
        var seen: Set<Question> = []
        var others = 0
        for _ in 0..<4_000 {
            guard
                case .find(let location, let digest, 0) = Noise.query(
                    from: store, at: Make.noon.unix, &entropy)
            else {
                Issue.record("noise that is no first read")
                return
            }
            #expect(!own.contains(location))
            let question = Question(location: location, digest: digest)
            if expected.contains(question) {
                seen.insert(question)
            } else {
                others += 1
                #expect(digest.isEmpty)
            }
        }
        #expect(seen == expected)
        // Half of all are drawn; five standard deviations are 160.
        #expect(others > 1_840 && others < 2_160, "\(others)")
    }

    @Test("asks for anything while nothing is kept")
    func nothingKept() {
        let store = RecordStore(network: Make.network, settings: Settings.Storage(), salt: 0)
        var entropy = Entropy(seed: testSeed(default: 1_112))
        var seen: Set<Location> = []
        for _ in 0..<100 {
            guard
                case .find(let location, _, _) = Noise.query(
                    from: store, at: Make.noon.unix, &entropy)
            else { continue }
            seen.insert(location)
        }
        #expect(seen.count == 100)
    }

    private func mix(_ change: (inout Settings.Mixing) -> Void = { _ in }) -> Mix {
        var settings = Settings.Mixing()
        change(&settings)
        return Mix(settings: settings, network: Make.network, guards: [])
    }

    @Test("asks two exits the same, as a query does, and echoes as often as it asks")
    func pairs() throws {
        let store = try store()
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_113))
        let exit = X25519.PublicKey(entropy.bytes32())
        var (echoes, questions) = (0, 0)
        for _ in 0..<3_000 {
            let (first, besides) = mix.nextCover(from: store, at: Make.noon.unix, &entropy)
            #expect(besides == nil)
            guard first != .echo else {
                echoes += 1
                continue
            }
            questions += 2
            mix.coverLeft(first, to: exit)
            let second = mix.nextCover(from: store, at: Make.noon.unix, &entropy)
            #expect(second.wanted == first)
            #expect(second.besides == exit)
        }
        // 2,000 of either; five standard deviations of what is drawn are 130 echoes.
        #expect(abs(echoes - 2_000) < 130 && abs(questions - 2_000) < 260)
    }

    @Test("a cell of ours leaves at the moment after the next: a long pause tells nothing")
    func ripening() throws {
        var mix = mix()
        let tag = Bytes16(Array(repeating: UInt8(1), count: 16))
        #expect(mix.enqueue([1], attempt: 1, tag: try #require(tag)))
        #expect(mix.takeOutgoing()?.attempt == nil)
        mix.slotPassed()
        #expect(mix.enqueue([2], attempt: 2, tag: try #require(tag)))
        #expect(mix.takeOutgoing()?.attempt == 1)
        #expect(mix.takeOutgoing()?.attempt == nil)
        mix.slotPassed()
        #expect(mix.takeOutgoing()?.attempt == 2)
    }

    @Test("becomes frequent without a search, about once an hour, for as long as after one")
    func pretence() {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_114))
        let idle = mix.interval(at: .start)
        var now = Instant.start + .seconds(1)
        let end = now + .seconds(1_000 * 3_600)
        var (beginnings, active) = (0, Duration.zero)
        var wasIdle = true
        while now < end {
            mix.pretendActivity(at: now, &entropy)
            let isIdle = mix.interval(at: now) == idle
            if wasIdle && !isIdle { beginnings += 1 }
            if !isIdle { active = active + .seconds(5) }
            wasIdle = isIdle
            now = now + .seconds(5)
        }
        // 1,000 of 20 s in the mean, fewer those that fall into one; looked at every 5 s.
        #expect(beginnings > 840 && beginnings < 1_160, "\(beginnings)")
        let mean = active.seconds / Double(beginnings)
        #expect(mean > 18 && mean < 26, "\(mean) s")
    }
}
