/// A folded name token taken apart into letters, to cut prefixes and single letters out of it.
///
/// A letter is a Unicode scalar: folding has removed the marks, so that a scalar is what people
/// see as one letter in nearly every script, and everybody cuts alike whatever Unicode version
/// their grapheme rules come from.
///
/// Scripts differ in what a letter says. Three letters of an alphabet narrow a name down; in Han,
/// Hangul and Kana one sign is a syllable or a word, a family name is mostly one sign and a whole
/// name two to four. Tokens wholly of such signs are *dense*: prefixes start at one sign and
/// typos are forgiven from three signs on, instead of three and four.
struct Letters: Hashable, Sendable {
    /// The shortest prefix that is indexed of a token in an alphabet.
    static let headOfAlphabet = 3
    /// The shortest prefix that is indexed of a dense token.
    static let headOfDense = 1
    /// The shortest token in an alphabet in which a typo is forgiven: of three letters, one
    /// wrong one leaves too little ("jan", "jon", "ian").
    static let typoOfAlphabet = 4
    /// The shortest dense token in which a typo is forgiven.
    static let typoOfDense = 3

    /// The letters in order.
    let scalars: [Unicode.Scalar]
    /// Whether every letter is of a dense script.
    let isDense: Bool

    /// The letters of `token`, which must be folded already.
    init(_ token: String) {
        scalars = Array(token.unicodeScalars)
        isDense = !scalars.isEmpty && scalars.allSatisfy(Self.isDense)
    }

    /// How many letters there are.
    var count: Int { scalars.count }

    /// How many letters the shortest indexed prefix has.
    var head: Int { isDense ? Self.headOfDense : Self.headOfAlphabet }

    /// Whether one typo is forgiven in a token of this length.
    var forgivesTypo: Bool { count >= (isDense ? Self.typoOfDense : Self.typoOfAlphabet) }

    /// The first `count` letters.
    func prefix(_ count: Int) -> String {
        Self.string(scalars.prefix(count))
    }

    /// All letters but the one at `index`.
    func deleting(_ index: Int) -> String {
        var rest = scalars
        rest.remove(at: index)
        return Self.string(rest[...])
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func isDense(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3041...0x30FF, 0x31F0...0x31FF: true  // Hiragana, Katakana
        case 0xAC00...0xD7A3: true  // Hangul syllables
        default: scalar.properties.isIdeographic
        }
    }
}
