/// Why bytes from a stranger were refused.
///
/// The raw value is the word that test vectors use for the outcome.
public enum DecodeError: String, Error, Hashable, Sendable, CaseIterable {
    /// The bytes end before the value does.
    case truncated
    /// More bytes follow the value.
    case trailingBytes
    /// Well-formed, but not the one encoding that the value has: a head that could be shorter,
    /// an indefinite length, keys out of order or twice, padding that is not zero.
    case notCanonical
    /// Not CBOR at all: a reserved head, or a break outside of an indefinite length.
    case malformed
    /// CBOR that this protocol has no use for: tags, floats, null and other simple values.
    case unsupported
    /// Another type than this place holds.
    case wrongType
    /// A text string that is not UTF-8.
    case invalidText
    /// A byte or text string, or a datagram, of a length that this place does not allow.
    case wrongLength
    /// A number outside of the range of this place, or a list with too many or too few items.
    case outOfRange
    /// Names no message, record or datagram of this version.
    case unknownKind
    /// Another version of the protocol.
    case unknownVersion
    /// A map has a key that its kind does not have.
    case unknownKey
    /// A map lacks a key that its kind must have.
    case missingKey
    /// An address that nobody can be reached at: port 0, unspecified or multicast.
    case unusableAddress
    /// A code or seal that the keys at hand do not confirm.
    case notAuthentic
}
