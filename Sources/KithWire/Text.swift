/// What Kith does to the text that people type: comparing, splitting and admitting it.
///
/// Folding follows a table of one Unicode version (``unicodeVersion``), so that every node gives
/// the same name the same location. Splitting and admitting ask the standard library, whose
/// Unicode is newer; the categories of old scalars practically never change.
public enum Text {
    /// The version of Unicode that ``normalise(_:)`` follows.
    public static let unicodeVersion = TextTable.unicodeVersion

    /// How many tokens of one name are indexed; the rest of a longer name is not searchable.
    ///
    /// A profile may make 32 index entries in all (DESIGN section 7), so more would not fit.
    public static let nameTokensMax = 8

    /// The longest token in UTF-8 bytes: as long as the longest name.
    public static let tokenBytesMax = 64

    /// Folds `text` so that spellings which a searcher would not tell apart become equal.
    ///
    /// Compatibility forms, letter case and combining marks go: "Ｚｏë", "ZOE" and "zoe" fold to
    /// "zoe". The result is NFKC of (NFKD, case folded, NFKD, without categories Mn and Me).
    /// Folding twice changes nothing, and composed and decomposed input fold alike.
    public static func normalise(_ text: String) -> String {
        let bytes = text.utf8
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return String(decoding: bytes.map(Self.lowercased), as: UTF8.self)
        }
        var folding = TextFolding(reserving: bytes.count)
        for scalar in text.unicodeScalars { folding.take(scalar.value) }
        return folding.finish()
    }

    /// Whether `text` is in normalisation form C.
    public static func isNFC(_ text: String) -> Bool {
        var copy = text
        copy.makeContiguousUTF8()
        var span = copy.utf8Span
        return span.checkForNFC(quickCheck: false)
    }

    /// The words of a name as they are indexed and searched: normalised, at most
    /// ``nameTokensMax``, each cut to ``tokenBytesMax`` at a scalar, repeated words once.
    ///
    /// A word is a run of letters and numbers. A spacing mark (category Mc) belongs to its
    /// word as well: without them "राम" would fall apart at its vowel sign.
    public static func nameTokens(_ name: String) -> [String] {
        var tokens: [String] = []
        let words = normalise(name).unicodeScalars.split { !isPartOfWord($0) }
        for word in words {
            let token = cut(word)
            if tokens.contains(token) { continue }
            tokens.append(token)
            if tokens.count == nameTokensMax { break }
        }
        return tokens
    }

    /// Whether `scalar` may stand in a name or in any other field of a profile.
    ///
    /// Refused are control characters (Cc), format characters with the bidirectional ones (Cf),
    /// surrogates (Cs), private use (Co), unassigned (Cn), and line and paragraph separators
    /// (Zl, Zp), which break a line like a control character does.
    public static func isAllowedInName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        default:
            true
        }
    }

    /// Whether `text` starts or ends with white space.
    public static func isPadded(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return false }
        return first.properties.isWhitespace || last.properties.isWhitespace
    }

    /// `text` without the white space at both ends.
    public static func trimmed(_ text: String) -> String {
        var rest = Substring(text).unicodeScalars
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// Whether `scalar` continues a word, see ``nameTokens(_:)``.
    static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .spacingMark:
            true
        default:
            false
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }

    private static func cut(_ word: String.UnicodeScalarView.SubSequence) -> String {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in word {
            bytes += UTF8.width(scalar)
            if bytes > tokenBytesMax { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
