import KithCrypto
import KithWire
import Testing

@Suite("Every published vector")
struct RecordVectorTests {
    @Test("of a record has its outcome", arguments: try VectorFile.all("record"))
    func record(vector: VectorFile) throws {
        let now = UnixTime(milliseconds: try #require(UInt64(vector.headers["now"] ?? "")))
        #expect(vector.headers["network"] == Network.main.name)
        let outcome = Self.judgeRecord(vector.bytes, now: now, token: vector.headers["token"])
        #expect(outcome.word == vector.expect)
        if let detail = vector.headers["detail"] { #expect(outcome.detail == detail) }
    }

    @Test("of a profile has its outcome", arguments: try VectorFile.all("profile"))
    func profile(vector: VectorFile) {
        let outcome = Self.judgeProfile(vector.bytes)
        #expect(outcome.word == vector.expect)
        if let detail = vector.headers["detail"] { #expect(outcome.detail == detail) }
    }

    @Test("of a seed list has its outcome", arguments: try VectorFile.all("seed-list"))
    func seedList(vector: VectorFile) throws {
        let now = UnixTime(milliseconds: try #require(UInt64(vector.headers["now"] ?? "")))
        let newest = try #require(UInt64(vector.headers["newest"] ?? ""))
        let key = try #require(SeedListKey(text: vector.headers["key"] ?? ""))
        let word = Self.judgeSeedList(vector.bytes, key: key, now: now, newest: newest)
        #expect(word == vector.expect)
    }

    @Test("exists for every way to be refused")
    func coverage() throws {
        let record = try Set(VectorFile.all("record").map(\.expect))
        #expect(
            record == [
                "ok", "malformed", "tooLarge", "locationMissing", "locationUnexpected",
                "expiresBeforeCreated", "livesTooLong", "createdInFuture", "sequenceInFuture",
                "expired", "badSignature", "badProfile", "badEntry", "entryOutsideLife",
                "entryMoved",
            ])
        let profile = try Set(VectorFile.all("profile").map(\.expect))
        #expect(
            profile == [
                "ok", "malformed", "tooLarge", "empty", "tooLong", "tooMany", "notComposed",
                "forbidden", "padded", "repeated", "regionHasDigit", "linkWithoutScheme",
            ])
        // tooLarge takes 64 KiB and is tested without a file.
        let seedList = try Set(VectorFile.all("seed-list").map(\.expect))
        #expect(
            seedList == [
                "ok", "invalidText", "badHeader", "badSequence", "badExpiry", "badSeed",
                "repeatedSeed", "noSeeds", "tooManySeeds", "unsigned", "badSignatureLine",
                "tooManySignatures", "foreignNetwork", "expired", "rolledBack", "unknownSigner",
                "badSignature",
            ])
    }

    @Test("of an accepted profile comes back from its fields as the same bytes")
    func roundTrip() throws {
        let accepted = try VectorFile.all("profile").filter { $0.expect == "ok" }
        #expect(accepted.count >= 4)
        for vector in accepted {
            #expect(try Self.profile(vector.bytes).encode() == vector.bytes)
        }
    }

    private static func judgeRecord(
        _ bytes: [UInt8], now: UnixTime, token: String?
    ) -> (word: String, detail: String?) {
        do throws(RecordError) {
            let record = try Record.decode(bytes.span.bytes)
            try record.verify(network: .main, now: now)
            if let token { _ = try record.verifyEntry(token: token) }
            return ("ok", nil)
        } catch {
            switch error {
            case .malformed(let fault), .badEntry(let fault): return (error.word, fault.rawValue)
            case .badProfile(let fault): return (error.word, fault.word)
            default: return (error.word, nil)
            }
        }
    }

    private static func judgeProfile(_ bytes: [UInt8]) -> (word: String, detail: String?) {
        do throws(ProfileError) {
            _ = try Profile.decode(bytes.span.bytes)
            return ("ok", nil)
        } catch {
            switch error {
            case .malformed(let fault): return (error.word, fault.rawValue)
            case .empty(let field), .tooLong(let field, _, _), .tooMany(let field, _, _),
                .notComposed(let field), .forbidden(let field, _), .padded(let field),
                .repeated(let field, _):
                return (error.word, field.rawValue)
            default: return (error.word, nil)
            }
        }
    }

    private static func judgeSeedList(
        _ bytes: [UInt8], key: SeedListKey, now: UnixTime, newest: UInt64
    ) -> String {
        do throws(SeedListError) {
            let list = try SeedList.parse(bytes)
            guard Array(list.text.utf8) == bytes else { return "anotherSpelling" }
            try list.verify(keys: [key], network: .main, now: now, newest: newest)
            return "ok"
        } catch {
            return error.word
        }
    }

    private static func profile(_ bytes: [UInt8]) throws(ProfileError) -> Profile {
        let decoded = try Profile.decode(bytes.span.bytes)
        return try Profile(
            name: decoded.name, interests: decoded.interests, region: decoded.region,
            bio: decoded.bio, links: decoded.links, avatar: decoded.avatar,
            activeHour: decoded.activeHour)
    }
}
