import KithWire
import Testing

@Suite("Text that people type")
struct TextTests {
    @Test(
        "folds spellings of one name together",
        arguments: [
            ("Zoë", "zoe"), ("ZOE\u{308}", "zoe"), ("Ｚｏｅ", "zoe"), ("Straße", "strasse"),
            ("İstanbul", "istanbul"), ("Αθήνα", "αθηνα"), ("Σίσυφος", "σισυφοσ"),
            ("\u{1112}\u{1161}\u{11AB}", "한"), ("ﾊﾟ", "ハ"), ("", ""),
        ])
    func folding(typed: String, folded: String) {
        #expect(Text.normalise(typed).unicodeScalars.elementsEqual(folded.unicodeScalars))
    }

    @Test(
        "splits into words of letters and numbers",
        arguments: [
            ("Jonas Meyer-Lüdenscheidt", ["jonas", "meyer", "ludenscheidt"]),
            ("O'Neil 3rd", ["o", "neil", "3rd"]), ("राम", ["राम"]), ("  ", []), ("!?", []),
            ("Anna anna ANNA", ["anna"]), ("東京 太郎", ["東京", "太郎"]),
        ] as [(String, [String])])
    func words(name: String, tokens: [String]) {
        #expect(Text.nameTokens(name) == tokens)
    }

    @Test("gives at most eight words of at most 64 bytes")
    func wordLimits() {
        let many = (0..<20).map { "word\($0)" }.joined(separator: " ")
        #expect(Text.nameTokens(many) == (0..<8).map { "word\($0)" })
        let long = String(repeating: "한", count: 30)
        #expect(Text.nameTokens(long) == [String(repeating: "한", count: 21)])
    }

    @Test(
        "has one skeleton with what looks like it",
        arguments: [
            ("Marta", "Маrtа"), ("Helen", "Ηelen"), ("Nikos", "Νikos"), ("Ivan", "lvan"),
            ("Mila", "M1la"), ("Otto", "0tt0"), ("Marta", "rnarta"), ("William", "VViIliam"),
            ("Sasha", "Ѕаsһа"), ("Anna", "Аппа"), ("Lukasz", "Łukasz"), ("Anna", "ANNA"),
        ])
    func skeletons(honest: String, imitated: String) {
        #expect(Text.skeleton(honest) == Text.skeleton(imitated))
        #expect(Text.skeleton(Text.skeleton(honest)) == Text.skeleton(honest))
    }

    @Test(
        "keeps names apart that do not look alike",
        arguments: [("Marta", "Martha"), ("Anna", "Hanna"), ("Jonas", "Jona"), ("東京", "京都")])
    func differentSkeletons(one: String, other: String) {
        #expect(Text.skeleton(one) != Text.skeleton(other))
    }

    @Test(
        "refuses characters that control, hide or mean nothing",
        arguments: [
            0x00, 0x1B, 0x7F, 0x85, 0xAD, 0x200B, 0x200D, 0x200E, 0x2028, 0x2029, 0x202E, 0x2066,
            0xFEFF, 0xE000, 0x378, 0xFFFE, 0xE0041, 0x10_FFFF,
        ] as [UInt32])
    func forbidden(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        #expect(!Text.isAllowedInName(scalar))
    }

    @Test(
        "admits letters, marks, digits, punctuation, spaces and emoji",
        arguments: ["a", "ß", "한", "\u{301}", "7", "'", "-", " ", "😀", "\u{FE0F}"]
            as [Unicode.Scalar])
    func allowed(scalar: Unicode.Scalar) {
        #expect(Text.isAllowedInName(scalar))
    }

    @Test("is trimmed of every kind of white space")
    func trimming() {
        #expect(Text.trimmed("\u{3000} a b\t\n") == "a b")
        #expect(Text.trimmed(" \t") == "")
        #expect(Text.isPadded("a\u{A0}"))
        #expect(!Text.isPadded("a b"))
        #expect(!Text.isPadded(""))
    }
}
