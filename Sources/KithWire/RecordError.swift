/// Why a record was refused.
///
/// The name of a case is the word that test vectors use for the outcome.
public enum RecordError: Error, Hashable, Sendable {
    /// The bytes are no record in its one encoding.
    case malformed(DecodeError)
    /// Larger than ``Record/bytesMax``.
    case tooLarge
    /// A sealed kind that is not exactly ``Record/sealedBytes`` long.
    case wrongSize
    /// A request without the work that it has to cost.
    case badStamp
    /// A shared kind without the location that it was made for.
    case locationMissing
    /// An owned kind with a location, which follows from its author.
    case locationUnexpected
    /// Expires before it was created.
    case expiresBeforeCreated
    /// Lives longer than ``Record/lifeMax``.
    case livesTooLong
    /// Created further in the future than ``Record/clockSkewMax`` allows.
    case createdInFuture
    /// The time inside the sequence is further in the future than allowed.
    case sequenceInFuture
    /// No longer valid.
    case expired
    /// Not signed by its author for this network, or signed by a key of low order.
    case badSignature
    /// The body is no valid profile.
    case badProfile(ProfileError)
    /// The body is no valid index entry.
    case badEntry(DecodeError)
    /// The day of the entry is no day of the record's life.
    case entryOutsideLife
    /// The record does not live where an entry of this token, day and shard belongs.
    case entryMoved
}

extension RecordError: CustomStringConvertible {
    /// What is wrong, as a clause that can follow "refused: ".
    public var description: String {
        switch self {
        case .malformed(let fault): "not a record (\(fault))"
        case .tooLarge: "larger than \(Record.bytesMax) bytes"
        case .wrongSize: "not of the \(Record.sealedBytes) bytes that all sealed records have"
        case .badStamp: "a request without a stamp"
        case .locationMissing: "an index entry without its location"
        case .locationUnexpected: "a location where there must be none"
        case .expiresBeforeCreated: "it expires before it was created"
        case .livesTooLong: "it lives longer than 24 hours"
        case .createdInFuture: "it was created in the future; compare the clocks"
        case .sequenceInFuture: "its sequence is from the future; compare the clocks"
        case .expired: "it has expired"
        case .badSignature: "its author did not sign it for this network"
        case .badProfile(let fault): "not a valid profile: \(fault)"
        case .badEntry(let fault): "not a valid index entry (\(fault))"
        case .entryOutsideLife: "an index entry for a day on which it does not live"
        case .entryMoved: "an index entry that belongs somewhere else"
        }
    }
}

extension RecordError {
    /// The name of the case, which test vectors and machine-readable output use.
    public var word: String {
        switch self {
        case .malformed: "malformed"
        case .tooLarge: "tooLarge"
        case .wrongSize: "wrongSize"
        case .badStamp: "badStamp"
        case .locationMissing: "locationMissing"
        case .locationUnexpected: "locationUnexpected"
        case .expiresBeforeCreated: "expiresBeforeCreated"
        case .livesTooLong: "livesTooLong"
        case .createdInFuture: "createdInFuture"
        case .sequenceInFuture: "sequenceInFuture"
        case .expired: "expired"
        case .badSignature: "badSignature"
        case .badProfile: "badProfile"
        case .badEntry: "badEntry"
        case .entryOutsideLife: "entryOutsideLife"
        case .entryMoved: "entryMoved"
        }
    }
}
