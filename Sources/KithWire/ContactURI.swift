public import KithCrypto

/// A person as one line to hand over, for a link or a QR code: `kith:kith1…`, and `?name=…`
/// behind it when it is to say what the person calls themselves.
///
/// Whoever has it can add the person to their contacts; it holds no secret.
public struct ContactURI: Sendable, Hashable {
    /// What every such line starts with.
    public static let scheme = "kith:"

    /// The longest line that is read, in bytes: ours have 68 without a name and at most 266 with
    /// one; the rest is for what later versions may say.
    public static let bytesMax = 512

    /// Who it is.
    public let identity: Ed25519.PublicKey
    /// What they call themselves; a claim, like every name.
    public let name: String?

    /// The line of a person; a name follows the rules of a profile's.
    public init(_ identity: Ed25519.PublicKey, name: String? = nil) throws(ProfileError) {
        if let name { try Profile.check(.name, name, bytesMax: Profile.nameBytesMax) }
        self.identity = identity
        self.name = name
    }

    /// The line of a person without a name.
    public init(_ identity: Ed25519.PublicKey) {
        self.identity = identity
        name = nil
    }

    /// The line; unreserved characters of a name stand for themselves, all others as `%` and two
    /// capital hexadecimal digits per byte of UTF-8 (RFC 3986 section 2).
    public var text: String {
        let query = name.map { "?\(Key.name)=\(PercentEncoding.encode($0))" } ?? ""
        return Self.scheme + IdentityText.encode(identity) + query
    }
}

/// Why a text is not the line of a person.
public enum ContactURIError: Error, Hashable, Sendable {
    /// It does not start with ``ContactURI/scheme``.
    case notAContactURI
    /// It has more than ``ContactURI/bytesMax`` bytes.
    case tooLong(bytes: Int)
    /// The identity in it is none.
    case badIdentity(IdentityText.Fault)
    /// What follows the identity is no query in the form of RFC 3986.
    case badQuery
    /// The name breaks the rules of text.
    case badName(ProfileError)
}

extension ContactURI {
    private enum Key {
        static let name = "name"
    }

    /// Reads the line; blanks around it are not accepted.
    ///
    /// Keys that are not known are passed over, so that later versions can say more.
    public init(text: String) throws(ContactURIError) {
        guard text.utf8.starts(with: Self.scheme.utf8) else { throw .notAContactURI }
        guard text.utf8.count <= Self.bytesMax else { throw .tooLong(bytes: text.utf8.count) }
        // Dropped and split as bytes: a combining mark behind a sign makes one Character of both.
        let rest = text.utf8.dropFirst(Self.scheme.utf8.count)
        let parts = rest.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        do throws(IdentityText.Fault) {
            identity = try IdentityText.parse(String(Substring(parts[0])))
        } catch {
            throw .badIdentity(error)
        }
        name = parts.count > 1 ? try Self.name(in: Substring(parts[1])) : nil
    }

    /// The value of the key `name`; nil when the query does not have it.
    private static func name(in query: Substring) throws(ContactURIError) -> String? {
        var name: String?
        let parts = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        for part in parts {
            let pair = part.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty, part.allSatisfy(isInQuery) else {
                throw .badQuery
            }
            guard Array(pair[0]) == Array(Key.name.utf8) else { continue }
            guard name == nil, let value = PercentEncoding.decode(pair[1]) else {
                throw .badQuery
            }
            do {
                try Profile.check(.name, value, bytesMax: Profile.nameBytesMax)
            } catch {
                throw .badName(error)
            }
            name = value
        }
        return name
    }

    /// Whether a byte may stand in a query (RFC 3986 section 3.4).
    private static func isInQuery(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "%!$&'()*+,;=:@/?".utf8.contains(byte)
    }
}

/// Text as URIs carry it.
private enum PercentEncoding {
    /// Whether a byte stands for itself everywhere (RFC 3986 section 2.3).
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text, with digits of either case; nil when a character stands for itself that must
    /// not, `+` among them, which some programs take for a space; or when it is no UTF-8.
    static func decode(_ coded: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = coded[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                guard isUnreserved(byte) else { return nil }
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(value(ofDigit:)),
                let low = rest.popFirst().flatMap(value(ofDigit:))
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func value(ofDigit byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
