extension Text {
    /// Folds letters that look alike into one, so that two names that a person would confuse get
    /// the same skeleton: "Marta" and "Маrtа" (with two Cyrillic letters) do.
    ///
    /// Only for warnings, never for finding: the skeleton merges honest names too ("Elia" and
    /// "Ella"). In the spirit of UTS #39 (section 4), with a table of our own that is much
    /// smaller: Cyrillic, Greek and Armenian letters, Latin letters with a stroke, a few
    /// phonetic letters, the digits 0, 1 and 5, and the bar. Not covered: Cherokee, Lisu, Coptic,
    /// Georgian, mathematical and enclosed symbols that do not already fold by compatibility.
    /// Everything that is not part of a word is dropped.
    public static func skeleton(_ text: String) -> String {
        var marked = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            marked.append(LookAlikes.shared.capital(scalar))
        }
        var result = ""
        for scalar in normalise(String(marked)).unicodeScalars {
            if let latin = LookAlikes.shared.latin(scalar) {
                result += latin
            } else if isPartOfWord(scalar) {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// The table behind ``Text/skeleton(_:)``.
private struct LookAlikes: Sendable {
    static let shared = LookAlikes()

    /// Greek capitals that look like another Latin letter than their small form does.
    ///
    /// Plain and with tonos; read before case is lost.
    private static let capitals = "ΝnΉhΗhΡpΥyΎyΧxΖzΜm"

    /// What looks like a Latin letter in either case, after folding: letter, then Latin letter.
    private static let letters =
        // Cyrillic
        "аaвbгrдaеeєeзeиnіiјjкkқkҡkҟkӄkмmнhңhҥhӈhоoөoпnрpсcҫcтtҭtуyүyұyфfхxҳxцuчyшwщwъbыbьbҍb"
        + "ѕsһhӏlԁdԛqԝwѡwѵvӊhґrғfћhђhљmњhџuҷyҹy"
        // Greek
        + "αaβbγyδdεeζzηnθoιiκkλaμuνvοoπnρpσoτtυuφoχxψyωw"
        // Armenian
        + "աwգqզqթpհhղnյjոnսuվuտsցgւlքpօoֆf"
        // Latin: dotless, stroked, hooked, phonetic
        + "ıiɩiøoɵoɔcđdɖdɗdðdłlɫlɭlħhɦhɑaæaœoþpɡgɠgŧtʈtƭtɓbƀbƈcɨiʝjɉjƙkŋnɲnɳnɴnƥpɍrʀrʂsʉuʋvɣyʏyƶz"
        + "ʐzȥzʒzəeɛeɜeⱥaɋqʜhʟlɪi"
        // digits and signs
        + "0o1l5s|l"

    private let capitalToLatin: [Unicode.Scalar: Unicode.Scalar]
    private let letterToLatin: [Unicode.Scalar: String]

    private init() {
        capitalToLatin = Dictionary(
            Self.pairs(of: Self.capitals), uniquingKeysWith: { first, _ in first })
        var letters = Dictionary(
            Self.pairs(of: Self.letters).map { ($0, Self.final($1)) },
            uniquingKeysWith: { first, _ in first })
        for latin: Unicode.Scalar in ["i", "m", "w"] { letters[latin] = Self.final(latin) }
        letterToLatin = letters
    }

    func capital(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        capitalToLatin[scalar] ?? scalar
    }

    func latin(_ scalar: Unicode.Scalar) -> String? {
        letterToLatin[scalar]
    }

    private static func pairs(of text: String) -> [(Unicode.Scalar, Unicode.Scalar)] {
        let scalars = Array(text.unicodeScalars)
        return stride(from: 0, to: scalars.count - 1, by: 2).map { (scalars[$0], scalars[$0 + 1]) }
    }

    /// Latin letters that look like each other, or like two others in many fonts.
    private static func final(_ latin: Unicode.Scalar) -> String {
        switch latin {
        case "i": "l"
        case "m": "rn"
        case "w": "vv"
        default: String(latin)
        }
    }
}
