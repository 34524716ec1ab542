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
            expected.insert(
                Question(
                    location: Record.sharedLocation(.interestEntry, token: word, day: day),
                    digest: InterestSet.encode(digest: InterestSet([word]).digest)))
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

    @Test("becomes frequent without a search, about once an hour")
    func pretence() {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_114))
        var now = Instant.start + .seconds(1)
        for _ in 0..<2_000 {
            mix.planPretence(at: now, &entropy)
            #expect(mix.nextPretence > now)
            now = mix.nextPretence
        }
        // Five standard deviations of the mean of 2,000.
        let mean = (now - .start).seconds / 2_000
        #expect(abs(mean - 3_600) < 400, "\(mean) s")
    }

    @Test("is frequent for 10 s after a query and some more, however often one asks before")
    func bursts() {
        var mix = mix()
        var entropy = Entropy(seed: testSeed(default: 1_115))
        let idle = mix.interval(at: .start)
        var now = Instant.start + .seconds(1)
        var lengths: [Double] = []
        for burst in 0..<400 {
            // Once it is asked a single time, once three times within 9 s.
            var last = now
            for _ in 0..<(burst.isMultiple(of: 2) ? 1 : 4) {
                mix.becomeActive(at: now, &entropy)
                last = now
                now = now + .seconds(3)
            }
            now = last
            while mix.interval(at: now) != idle { now = now + .milliseconds(100) }
            lengths.append((now - last).seconds)
            now = now + .seconds(60)
        }
        #expect(lengths.allSatisfy { $0 > 9.9 })
        for odd in [0, 1] {
            let tails = lengths.enumerated().filter { $0.offset % 2 == odd }.map(\.element)
            let mean = tails.reduce(0, +) / Double(tails.count) - 10
            // Exponential with a mean of 10 s; five standard deviations of the mean of 200.
            #expect(abs(mean - 10) < 3.6, "\(mean) s")
        }
    }

    @Test("takes the rest of a pause as short as all pauses are from then on")
    func rescaled() {
        var entropy = Entropy(seed: testSeed(default: 1_116))
        var sum = 0.0
        for _ in 0..<2_000 {
            var mix = mix()
            let now = Instant.start + .seconds(1)
            mix.planSlot(at: now, &entropy)
            let idle = mix.nextSlot - now
            mix.becomeActive(at: now, &entropy)
            let active = mix.nextSlot - now
            #expect(abs(idle.seconds * 0.012 - active.seconds) < 1e-6)
            sum += active.seconds
        }
        #expect(abs(sum / 2_000 - 0.06) < 0.007)
    }

    @Test("is four times as rare where data costs money")
    func metered() {
        var mix = mix()
        let usual = mix.interval(at: .start)
        mix.isMetered = true
        #expect(mix.interval(at: .start) == usual.scaled(by: 4))
    }
}
