import KithCrypto
import KithWire

/// Records, profiles and seed lists.
func recordVectors() -> [Vector] {
    RecordVectors.all() + ProfileVectors.all() + SeedListVectors.all()
}

/// Records: whether their bytes decode, hold at a given time and, with a token, are at home.
///
/// `detail` is the word of the error inside of the error.
enum RecordVectors {
    /// 2026-10-08 03:46:40 UTC.
    static let now: UInt64 = 1_791_431_200_000
    private static let hour: UInt64 = 3_600_000
    private static let day = UInt32(now / 86_400_000)

    static func all() -> [Vector] {
        accepted() + malformed() + untimely() + unsigned() + wrongBody()
    }

    /// The key pair number `byte`; its seed is BLAKE2b-256 of that byte.
    static func key(_ byte: UInt8) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: BLAKE2b.hash32([byte]))
    }

    private static func file(
        _ name: String, _ expect: String, _ comment: String, detail: String? = nil,
        token: String? = nil, _ content: [UInt8]
    ) -> Vector {
        var headers: [(String, String)] = []
        if let detail { headers.append(("detail", detail)) }
        headers += [("network", "kith"), ("now", "\(now)")]
        if let token { headers.append(("token", token)) }
        return Vector(
            area: "record", name: name, expect: expect, comment: comment, headers: headers,
            bytes: content, judge: { judge($0, token: token) })
    }

    private static func judge(_ bytes: [UInt8], token: String?) -> String {
        do throws(RecordError) {
            let record = try Record.decode(bytes.span.bytes)
            try record.verify(network: .main, now: UnixTime(milliseconds: now))
            if let token { _ = try record.verifyEntry(token: token) }
            return "ok"
        } catch {
            return error.word
        }
    }
}

/// The parts of a good record.
extension RecordVectors {
    private static func profileBody() -> [UInt8] {
        Forged.map([
            (0, .text("Marta Кольцова")), (1, .texts(["chess", "Großväter"])),
            (2, .text("Graz")), (6, .uint(now / hour)),
        ])
    }

    private static func entryBody(
        day: UInt32 = day, shard: UInt16 = 0, digest: [UInt8] = [0, 7, 0x12, 0x34]
    ) -> [UInt8] {
        Forged.map([(0, .uint(UInt64(day))), (1, .uint(UInt64(shard))), (2, .bytes(digest))])
    }

    /// Keys 0…6 of an entry at depth 1, in its author's shard or in the one beside it.
    private static func deepEntry(isOthers: Bool) -> [(UInt64, Forged)] {
        let own = Shard.number(at: 1, author: key(1).publicKey, token: "marta", day: day)
        let shard = isOthers ? own % 16 + 1 : own
        let location = Record.sharedLocation(.nameEntry, token: "marta", day: day, shard: shard)
        return entry(location: location.bytes.bytes, body: entryBody(shard: shard))
    }

    private static func entryLocation(_ kind: Record.Kind = .nameEntry) -> [UInt8] {
        Record.sharedLocation(kind, token: "marta", day: day).bytes.bytes
    }

    /// Keys 0…6 of a good profile record.
    private static func profile(
        sequence: UInt64 = now << 16, created: UInt64 = now, expires: UInt64 = now + 2 * hour,
        body: [UInt8]? = profileBody()
    ) -> [(UInt64, Forged)] {
        var pairs: [(UInt64, Forged)] = [
            (0, .uint(1)), (1, .bytes(key(1).publicKey.bytes.bytes)), (2, .uint(sequence)),
            (3, .uint(created)), (4, .uint(expires)),
        ]
        if let body { pairs.append((6, .bytes(body))) }
        return pairs
    }

    /// Keys 0…6 of a good entry record.
    private static func entry(
        kind: UInt64 = 2, location: [UInt8]? = entryLocation(), body: [UInt8]? = entryBody()
    ) -> [(UInt64, Forged)] {
        var pairs = profile(body: nil)
        pairs[0] = (0, .uint(kind))
        if let location { pairs.append((5, .bytes(location))) }
        if let body { pairs.append((6, .bytes(body))) }
        return pairs
    }

    private static func signature(
        over pairs: [(UInt64, Forged)], by signer: UInt8 = 1, network: String = "kith"
    ) -> [UInt8] {
        let statement =
            Array("kith/record/v1\0".utf8) + Array(network.utf8) + [0] + Forged.map(pairs)
        return key(signer).sign(statement.span.bytes).bytes
    }

    private static func signed(
        _ pairs: [(UInt64, Forged)], by signer: UInt8 = 1, network: String = "kith"
    ) -> [UInt8] {
        let signature = signature(over: pairs, by: signer, network: network)
        return Forged.map(pairs + [(7, .bytes(signature))])
    }
}

/// The vectors.
extension RecordVectors {
    private static func accepted() -> [Vector] {
        [
            file("profile", "ok", "a profile", signed(profile())),
            file("tombstone", "ok", "a withdrawn profile", signed(profile(body: nil))),
            file("name-entry", "ok", "a name entry", token: "marta", signed(entry())),
            file(
                "interest-entry", "ok", "an interest entry", token: "marta",
                signed(entry(kind: 3, location: entryLocation(.interestEntry)))),
            file(
                "entry-in-shard", "ok", "an entry at depth 1", token: "marta",
                signed(deepEntry(isOthers: false))),
            file(
                "life-of-a-day", "ok", "lives exactly 24 hours",
                signed(profile(expires: now + 24 * hour))),
            file(
                "clock-ahead", "ok", "created exactly 120 s ahead",
                signed(profile(sequence: (now + 120_000) << 16 | 0xffff, created: now + 120_000))),
        ]
    }

    private static func malformed() -> [Vector] {
        let good = signed(profile())
        var longHead = profile()
        longHead[0] = (0, .encoded([0x18, 1]))
        var shortAuthor = profile()
        shortAuthor[1] = (1, .bytes([UInt8](repeating: 9, count: 31)))
        var textSequence = profile()
        textSequence[2] = (2, .text("1"))
        var unknownKind = profile()
        unknownKind[0] = (0, .uint(6))
        var swapped = profile()
        swapped.swapAt(3, 4)
        var twice = profile()
        twice.insert(twice[2], at: 2)
        let signature = signature(over: profile())
        func refused(
            _ name: String, _ detail: String, _ comment: String, _ content: [UInt8]
        ) -> Vector {
            file(name, "malformed", comment, detail: detail, content)
        }
        return [
            refused("truncated", "truncated", "the last byte is missing", good.dropLast()),
            refused("trailing-byte", "trailingBytes", "a zero byte follows", good + [0]),
            refused(
                "indefinite-map", "notCanonical", "a map of indefinite length",
                good.replacing(at: 0, with: 0xbf) + [0xff]),
            refused("long-head", "notCanonical", "kind 1 in two bytes", signed(longHead)),
            refused("keys-swapped", "missingKey", "key 4 where key 3 must be", signed(swapped)),
            refused("key-twice", "notCanonical", "key 2 twice", signed(twice)),
            refused("unknown-kind", "unknownKind", "kind 6", signed(unknownKind)),
            refused(
                "unknown-key", "unknownKey", "a key 8",
                Forged.map(profile() + [(7, .bytes(signature)), (8, .uint(0))])),
            refused(
                "author-missing", "missingKey", "no key 1",
                signed(profile().filter { $0.0 != 1 })),
            refused("author-short", "wrongLength", "an author of 31 bytes", signed(shortAuthor)),
            refused(
                "signature-short", "wrongLength", "a signature of 63 bytes",
                Forged.map(profile() + [(7, .bytes(signature.dropLast()))])),
            refused("sequence-text", "wrongType", "the sequence as text", signed(textSequence)),
            refused("no-map", "wrongType", "an array", [0x80]),
            refused("empty", "truncated", "no byte at all", []),
        ]
    }

    private static func untimely() -> [Vector] {
        [
            file(
                "expires-first", "expiresBeforeCreated", "expires 1 ms before it was created",
                signed(profile(expires: now - 1))),
            file(
                "life-too-long", "livesTooLong", "lives 24 hours and 1 ms",
                signed(profile(expires: now + 24 * hour + 1))),
            file(
                "life-without-end", "livesTooLong", "expires with the largest number",
                signed(profile(created: 0, expires: .max))),
            file(
                "created-ahead", "createdInFuture", "created 120,001 ms ahead",
                signed(profile(created: now + 120_001))),
            file(
                "sequence-ahead", "sequenceInFuture", "the sequence is 120,001 ms ahead",
                signed(profile(sequence: (now + 120_001) << 16))),
            file(
                "expired", "expired", "expires now",
                signed(profile(created: now - hour, expires: now))),
        ]
    }

    private static func unsigned() -> [Vector] {
        let good = signed(profile())
        var low = profile()
        let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        low[1] = (1, .bytes(neutral))
        let empty = neutral + [UInt8](repeating: 0, count: 32)
        let elsewhere = Record.sharedLocation(.nameEntry, token: "jonas", day: day).bytes.bytes
        let moved = entry(location: elsewhere) + [(7, .bytes(signature(over: entry())))]
        return [
            file(
                "signature-flipped", "badSignature", "the last bit is wrong",
                good.replacing(at: good.count - 1, with: good[good.count - 1] ^ 1)),
            file(
                "foreign-network", "badSignature", "signed for the network local",
                signed(profile(), network: "local")),
            file(
                "foreign-signer", "badSignature", "signed by somebody else",
                signed(profile(), by: 2)),
            file(
                "low-order-author", "badSignature",
                "the author is the neutral point, for which R = 1, S = 0 always fits",
                Forged.map(low + [(7, .bytes(empty))])),
            file(
                "second-signature", "badSignature", "S is larger by the group order",
                Forged.map(profile() + [(7, .bytes(secondSignature()))])),
            file(
                "entry-carried-off", "badSignature",
                "a signed entry with another location put in", Forged.map(moved)),
        ]
    }

    /// The right signature of the profile with the group order added to S (RFC 8032 section 5.1).
    private static func secondSignature() -> [UInt8] {
        var signature = signature(over: profile())
        let order = hex(
            "edd3f55c1a631258 d69cf7a2def9de14 0000000000000000 0000000000000010")
        var carry = 0
        for index in order.indices {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 0xff)
            carry = sum >> 8
        }
        return signature
    }

    private static func wrongBody() -> [Vector] {
        let filler = [UInt8](repeating: 0x20, count: 758)
        let large = signed(profile(body: filler))
        precondition(large.count == Record.bytesMax + 1, "\(large.count) bytes")
        func badEntry(
            _ name: String, _ detail: String, _ comment: String, _ body: [UInt8]
        ) -> Vector {
            file(name, "badEntry", comment, detail: detail, signed(entry(body: body)))
        }
        return [
            file("too-large", "tooLarge", "897 bytes", large),
            file(
                "location-missing", "locationMissing", "an entry without key 5",
                signed(entry(location: nil))),
            file(
                "location-surplus", "locationUnexpected", "a profile with key 5",
                signed(entry(kind: 1, body: profileBody()))),
            file(
                "bad-profile", "badProfile", "the body is an empty map", detail: "malformed",
                signed(profile(body: [0xa0]))),
            badEntry(
                "digest-descending", "notCanonical", "the digest descends",
                entryBody(digest: [2, 0, 1, 0])),
            badEntry(
                "digest-repeated", "notCanonical", "a value of the digest twice",
                entryBody(digest: [1, 0, 1, 0])),
            badEntry(
                "digest-odd", "wrongLength", "a digest of 3 bytes", entryBody(digest: [0, 1, 2])),
            badEntry(
                "digest-long", "wrongLength", "a digest of 17 values",
                entryBody(digest: (0..<17).flatMap { [UInt8(0), UInt8($0)] })),
            badEntry(
                "shard-large", "outOfRange", "shard 65,536",
                Forged.map([(0, .uint(UInt64(day))), (1, .uint(65_536)), (2, .bytes([]))])),
            file(
                "entry-yesterday", "entryOutsideLife", "an entry for the day before",
                signed(entry(body: entryBody(day: day - 1)))),
            file(
                "entry-tomorrow", "entryOutsideLife", "an entry for the day after its last",
                signed(entry(body: entryBody(day: day + 1)))),
            file(
                "entry-in-other-shard", "entryMoved",
                "at home in a shard, but that of somebody else", token: "marta",
                signed(deepEntry(isOthers: true))),
            file(
                "entry-under-other-token", "entryMoved", "found under another token",
                token: "jonas", signed(entry())),
        ]
    }
}
