import KithCrypto
import KithWire

/// Seed lists: whether they parse and may be used at a given time with a given key.
enum SeedListVectors {
    private static let name = "seeds.kith.example"

    static func all() -> [Vector] {
        accepted() + header() + seeds() + signatures() + judged()
    }

    /// A node that nobody runs: the proof of work is not checked by a list.
    private static func node(_ number: UInt8) -> String {
        let id = Point(BLAKE2b.hash32([0x4e, number]))
        let port = UInt16(5_484)
        let address = Address(v4: 0xcb00_7100 + UInt32(number), port: port)
        return NodeRecord(
            key: X25519.PublicKey(BLAKE2b.hash32([0x4b, number])), nonce: UInt64(number), id: id,
            v4: address, v6: nil
        ).text
    }

    private static func statement(
        header: String = "kith-seeds v1 kith", sequence: String = "sequence 7",
        expires: String = "expires 2026-11-01", seeds: [String] = [node(1), node(2)]
    ) -> String {
        ([header, sequence, expires] + seeds).map { $0 + "\n" }.joined()
    }

    private static func line(over text: String, by signer: UInt8 = 1) -> String {
        let key = RecordVectors.key(signer)
        guard let named = SeedListKey(name: name, publicKey: key.publicKey) else { return "" }
        let signature = key.sign(Array(text.utf8).span.bytes)
        return "\u{2014} \(name) \(base64(named.id + signature.bytes))\n"
    }

    private static func signed(_ text: String, by signer: UInt8 = 1) -> String {
        text + "\n" + line(over: text, by: signer)
    }

    /// Base 64 with padding; 68 bytes leave one byte of padding.
    private static func base64(_ bytes: [UInt8]) -> String {
        let url = Base64URL.encode(bytes)
        return String(url.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) + "="
    }

    private static func file(
        _ name: String, _ expect: String, _ comment: String, _ list: String
    ) -> Vector {
        file(name, expect, comment, bytes: Array(list.utf8))
    }

    private static func file(
        _ name: String, _ expect: String, _ comment: String, bytes: [UInt8]
    ) -> Vector {
        let key = SeedListKey(name: Self.name, publicKey: RecordVectors.key(1).publicKey)
        return Vector(
            area: "seed-list", name: name, expect: expect, comment: comment,
            headers: [
                ("network", "kith"), ("now", "\(RecordVectors.now)"), ("newest", "7"),
                ("key", key?.text ?? ""),
            ], bytes: bytes, judge: judge)
    }

    private static func judge(_ bytes: [UInt8]) -> String {
        guard let key = SeedListKey(name: name, publicKey: RecordVectors.key(1).publicKey) else {
            return "no name of a key"
        }
        do throws(SeedListError) {
            let list = try SeedList.parse(bytes)
            let now = UnixTime(milliseconds: RecordVectors.now)
            try list.verify(keys: [key], network: .main, now: now, newest: 7)
            return "ok"
        } catch {
            return error.word
        }
    }

    private static func accepted() -> [Vector] {
        let text = statement()
        return [
            file("two-seeds", "ok", "two nodes, one signature", signed(text)),
            file(
                "second-signer", "ok", "a signature by a key that nobody knows comes first",
                text + "\n" + line(over: text, by: 2) + line(over: text)),
        ]
    }

    private static func header() -> [Vector] {
        [
            file("empty", "badHeader", "nothing", ""),
            file(
                "version", "badHeader", "another version",
                signed(statement(header: "kith-seeds v2 kith"))),
            file(
                "network-name", "badHeader", "no name of a network",
                signed(statement(header: "kith-seeds v1 Kith"))),
            file(
                "carriage-return", "badHeader", "lines end in CR LF",
                signed(statement()).split(separator: "\n", omittingEmptySubsequences: false)
                    .joined(separator: "\r\n")),
            file(
                "sequence-zero", "badSequence", "a leading zero",
                signed(statement(sequence: "sequence 07"))),
            file(
                "sequence-large", "badSequence", "2^64",
                signed(statement(sequence: "sequence 18446744073709551616"))),
            file(
                "expires-no-day", "badExpiry", "the 29th of February of a common year",
                signed(statement(expires: "expires 2027-02-29"))),
            file(
                "expires-short", "badExpiry", "a month of one digit",
                signed(statement(expires: "expires 2027-2-01"))),
            file(
                "invalid-text", "invalidText", "a byte ff",
                bytes: Array(statement().utf8) + [0xff, 0x0a]),
        ]
    }

    private static func seeds() -> [Vector] {
        [
            file("no-seeds", "noSeeds", "no node", signed(statement(seeds: []))),
            file(
                "bad-seed", "badSeed", "a node record with a wrong checksum",
                signed(statement(seeds: [node(1).dropLast() + "!"]))),
            file(
                "commented-seed", "badSeed", "a comment behind a node record",
                signed(statement(seeds: [node(1) + " # ours"]))),
            file(
                "repeated-seed", "repeatedSeed", "the same node twice",
                signed(statement(seeds: [node(1), node(2), node(1)]))),
            file(
                "many-seeds", "tooManySeeds", "65 nodes",
                signed(statement(seeds: (1...65).map { node($0) }))),
        ]
    }

    private static func signatures() -> [Vector] {
        let text = statement()
        let good = line(over: text)
        return [
            file("unsigned", "unsigned", "no signature", text + "\n"),
            file("end-missing", "unsigned", "no empty line", text),
            file(
                "newline-missing", "unsigned", "the last line has no newline",
                String(signed(text).dropLast())),
            file(
                "signature-hyphen", "badSignatureLine", "a hyphen instead of the dash",
                text + "\n-" + good.dropFirst()),
            file(
                "signature-short", "badSignatureLine", "63 bytes of signature",
                text + "\n\u{2014} \(name) "
                    + base64([UInt8](repeating: 0, count: 67)) + "=\n"),
            file(
                "empty-line-last", "badSignatureLine", "an empty line at the end",
                signed(text) + "\n"),
            file(
                "signed-twice", "tooManySignatures", "the same key twice",
                text + "\n" + good + good),
            file(
                "many-signatures", "tooManySignatures", "nine signatures",
                text + "\n" + (1...9).map { line(over: text, by: $0) }.joined()),
        ]
    }

    private static func judged() -> [Vector] {
        let text = statement()
        let changed = statement(seeds: [node(1), node(3)])
        return [
            file(
                "foreign-network", "foreignNetwork", "for the network local",
                signed(statement(header: "kith-seeds v1 local"))),
            file(
                "expired", "expired", "today is the first day without it",
                signed(statement(expires: "expires 2026-10-08"))),
            file(
                "rolled-back", "rolledBack", "sequence 6 after 7 was seen",
                signed(statement(sequence: "sequence 6"))),
            file(
                "unknown-signer", "unknownSigner", "signed by a key that is not trusted",
                signed(text, by: 2)),
            file(
                "changed", "badSignature", "a node put in after signing",
                changed + "\n" + line(over: text)),
        ]
    }
}
