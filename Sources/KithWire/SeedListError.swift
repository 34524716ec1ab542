/// Why a seed list was refused.
///
/// The name of a case is the word that test vectors use for the outcome. `line` counts from 1.
public enum SeedListError: Error, Hashable, Sendable {
    /// Larger than ``SeedList/bytesMax``.
    case tooLarge
    /// Not UTF-8.
    case invalidText
    /// Does not begin with `kith-seeds v1` and the name of a network.
    case badHeader
    /// No `sequence` with a decimal number where it must be.
    case badSequence
    /// No `expires` with a day of the calendar where it must be.
    case badExpiry
    /// A line that should be a node record is none.
    case badSeed(line: Int)
    /// The same node twice.
    case repeatedSeed(line: Int)
    /// No seed at all.
    case noSeeds
    /// More than ``SeedList/seedsMax``.
    case tooManySeeds
    /// The list does not end with an empty line and a signature.
    case unsigned
    /// A line that should be a signature is none.
    case badSignatureLine(line: Int)
    /// More than ``SeedList/signaturesMax``, or the same key twice.
    case tooManySignatures
    /// For another network.
    case foreignNetwork
    /// Expired.
    case expired
    /// Older than a list that was seen before.
    case rolledBack
    /// Not signed by any key that is trusted here.
    case unknownSigner
    /// A trusted key is named, but did not sign this text.
    case badSignature
}

extension SeedListError: CustomStringConvertible {
    /// What is wrong, as a clause that can follow "refused: ".
    public var description: String {
        switch self {
        case .tooLarge: "larger than \(SeedList.bytesMax) bytes"
        case .invalidText: "not UTF-8 text"
        case .badHeader: "it does not begin with \"kith-seeds v1\" and a network"
        case .badSequence: "line 2 is not \"sequence\" and a number"
        case .badExpiry: "line 3 is not \"expires\" and a day such as 2027-02-01"
        case .badSeed(let line): "line \(line) is no node record"
        case .repeatedSeed(let line): "line \(line) repeats a node"
        case .noSeeds: "it names no node"
        case .tooManySeeds: "more than \(SeedList.seedsMax) nodes"
        case .unsigned: "it is not signed"
        case .badSignatureLine(let line): "line \(line) is no signature"
        case .tooManySignatures:
            "more than \(SeedList.signaturesMax) signatures, or two by one key"
        case .foreignNetwork: "it is for another network"
        case .expired: "it has expired; get a newer one"
        case .rolledBack: "it is older than one seen before"
        case .unknownSigner: "no trusted key signed it"
        case .badSignature: "a trusted key is named but did not sign this text"
        }
    }
}

extension SeedListError {
    /// The name of the case, which test vectors and machine-readable output use.
    public var word: String {
        switch self {
        case .tooLarge: "tooLarge"
        case .invalidText: "invalidText"
        case .badHeader: "badHeader"
        case .badSequence: "badSequence"
        case .badExpiry: "badExpiry"
        case .badSeed: "badSeed"
        case .repeatedSeed: "repeatedSeed"
        case .noSeeds: "noSeeds"
        case .tooManySeeds: "tooManySeeds"
        case .unsigned: "unsigned"
        case .badSignatureLine: "badSignatureLine"
        case .tooManySignatures: "tooManySignatures"
        case .foreignNetwork: "foreignNetwork"
        case .expired: "expired"
        case .rolledBack: "rolledBack"
        case .unknownSigner: "unknownSigner"
        case .badSignature: "badSignature"
        }
    }
}
