import KithWire
import Testing

@Suite("A profile")
struct ProfileTests {
    @Test("keeps interests as typed, trimmed, the first of those that mean the same")
    func interests() throws {
        let profile = try Profile(
            name: "Marta", interests: [" Café ", "chess", "CAFE", "Chess"], activeHour: 1)
        #expect(profile.interests == ["Café", "chess"])
        #expect(profile.interestSet == InterestSet(["cafe", "chess"]))
    }

    @Test("is refused with the field and the numbers that a person needs")
    func refusals() {
        #expect(throws: ProfileError.tooLong(.name, bytes: 65, bytesMax: 64)) {
            try Profile(name: String(repeating: "a", count: 65), activeHour: 1)
        }
        #expect(throws: ProfileError.padded(.name)) { try Profile(name: "a ", activeHour: 1) }
        #expect(throws: ProfileError.forbidden(.name, "\u{202E}")) {
            try Profile(name: "a\u{202E}b", activeHour: 1)
        }
        #expect(throws: ProfileError.notComposed(.name)) {
            try Profile(name: "e\u{301}", activeHour: 1)
        }
        #expect(throws: ProfileError.empty(.interest)) {
            try Profile(name: "a", interests: ["chess", " "], activeHour: 1)
        }
        #expect(throws: ProfileError.tooMany(.interest, count: 17, countMax: 16)) {
            try Profile(name: "a", interests: (0..<17).map { "i\($0)" }, activeHour: 1)
        }
        #expect(throws: ProfileError.regionHasDigit) {
            try Profile(name: "a", region: "8010 Graz", activeHour: 1)
        }
        #expect(throws: ProfileError.linkWithoutScheme("example.org")) {
            try Profile(name: "a", links: ["example.org"], activeHour: 1)
        }
        #expect(throws: ProfileError.tooLarge(bytes: 786)) {
            try Profile(
                name: "Marta",
                interests: (10..<26).map { String(repeating: "x", count: 27) + "\($0)" },
                bio: String(repeating: "a", count: 270), activeHour: 497_619)
        }
    }

    @Test("may have 17 interests when two of them mean the same")
    func repetition() throws {
        let typed = (0..<16).map { "interest \($0)" } + ["INTEREST 3"]
        #expect(try Profile(name: "a", interests: typed, activeHour: 1).interests.count == 16)
    }

    @Test("says in a sentence what is wrong with it")
    func sentences() {
        #expect(
            ProfileError.tooLong(.region, bytes: 70, bytesMax: 64).description
                == "the region takes 70 bytes, 64 are allowed")
        #expect(
            ProfileError.forbidden(.name, "\u{1B}").description
                == "the name has the character U+001B, which is not allowed")
        #expect(
            ProfileError.tooMany(.link, count: 5, countMax: 4).description
                == "5 links, 4 are allowed")
    }
}
