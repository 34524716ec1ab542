/// Why a profile was refused.
///
/// The name of a case is the word that test vectors use for the outcome; what comes with it says
/// which field, and is enough for a sentence (`description`).
public enum ProfileError: Error, Hashable, Sendable {
    /// A part of a profile that has rules of its own.
    public enum Field: String, Sendable, CaseIterable {
        case name
        case interest
        case region
        case bio
        case link
    }

    /// The bytes are no profile in its one encoding.
    case malformed(DecodeError)
    /// All fields together take more than ``Profile/bytesMax``.
    case tooLarge(bytes: Int)
    /// The field is there but says nothing; a field that is not wanted is left out.
    case empty(Field)
    /// The field takes `bytes` of UTF-8 where `bytesMax` are allowed.
    case tooLong(Field, bytes: Int, bytesMax: Int)
    /// The field occurs `count` times where `countMax` are allowed.
    case tooMany(Field, count: Int, countMax: Int)
    /// The text is not in normalisation form C.
    case notComposed(Field)
    /// A control, format, private, unassigned or separating character; in a link, anything but
    /// visible ASCII.
    case forbidden(Field, Unicode.Scalar)
    /// White space at an end.
    case padded(Field)
    /// The same interest or link twice, letter case and marks not counted in interests.
    case repeated(Field, String)
    /// A region must not be finer than a city, and only addresses and postcodes have digits.
    case regionHasDigit
    /// A link without a scheme such as `https:` at its front.
    case linkWithoutScheme(String)
}

extension ProfileError: CustomStringConvertible {
    /// What is wrong, as a clause that can follow "refused: ".
    public var description: String {
        switch self {
        case .malformed(let fault):
            "the bytes are no profile (\(fault))"
        case .tooLarge(let bytes):
            "all fields together take \(bytes) bytes, \(Profile.bytesMax) are allowed"
        case .empty(let field):
            "the \(field.rawValue) is empty"
        case .tooLong(let field, let bytes, let bytesMax):
            "the \(field.rawValue) takes \(bytes) bytes, \(bytesMax) are allowed"
        case .tooMany(let field, let count, let countMax):
            "\(count) \(field.rawValue)s, \(countMax) are allowed"
        case .notComposed(let field):
            "the \(field.rawValue) is not in Unicode normalisation form C"
        case .forbidden(let field, let scalar):
            "the \(field.rawValue) has the character U+\(Self.hex(scalar)), which is not allowed"
        case .padded(let field):
            "the \(field.rawValue) starts or ends with white space"
        case .repeated(let field, let text):
            "the \(field.rawValue) \"\(text)\" is there twice"
        case .regionHasDigit:
            "the region has a digit; name a city or something larger"
        case .linkWithoutScheme(let link):
            "the link \"\(link)\" does not start with a scheme such as https:"
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension ProfileError {
    /// The name of the case, which test vectors and machine-readable output use.
    public var word: String {
        switch self {
        case .malformed: "malformed"
        case .tooLarge: "tooLarge"
        case .empty: "empty"
        case .tooLong: "tooLong"
        case .tooMany: "tooMany"
        case .notComposed: "notComposed"
        case .forbidden: "forbidden"
        case .padded: "padded"
        case .repeated: "repeated"
        case .regionHasDigit: "regionHasDigit"
        case .linkWithoutScheme: "linkWithoutScheme"
        }
    }
}
