public import KithCrypto

/// A signed value of one author that replicas keep until it expires.
///
/// On the wire a deterministic CBOR map of at most ``bytesMax`` bytes (WIRE: kind 0, author 1,
/// sequence 2, created 3, expires 4, location 5 of shared kinds, body 6 unless a tombstone,
/// signature 7). The signature covers everything else and the network, so that nothing can be
/// changed, moved to another location or carried into another network.
public struct Record: Sendable {
    /// What a record holds, and with that the rule for its location.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// What a person says about themselves; lives where the author's key says.
        case profile = 1
        /// Leads from a word of a name to its owner; lives where the word says.
        case nameEntry = 2
        /// Leads from an interest to its owner; lives where the interest says.
        case interestEntry = 3
        /// A card, a letter or a dummy; lives where the key says that signs it for one day.
        case sealed = 4
        /// Asks a person to become a contact; lives where the person's key says.
        case request = 5

        /// Whether many authors share one location.
        public var isShared: Bool {
            switch self {
            case .profile, .sealed: false
            case .nameEntry, .interestEntry, .request: true
            }
        }

        /// Whether only the holders of a key can read it.
        ///
        /// Such a record is exactly ``Record/sealedBytes`` long, says no time but the one in its
        /// sequence, and lives for ``Record/lifeMax``.
        public var isSealed: Bool {
            switch self {
            case .profile, .nameEntry, .interestEntry: false
            case .sealed, .request: true
            }
        }
    }

    /// The largest record in bytes: fits into one reply through the onion.
    public static let bytesMax = 896

    /// The size of every sealed record in bytes, whatever it says.
    public static let sealedBytes = 640

    /// The longest time from creation to expiry: what nobody renews is gone after a day.
    public static let lifeMax: Duration = .seconds(24 * 3_600)

    /// How far ahead of the verifier's clock the author's may be.
    public static let clockSkewMax: Duration = .seconds(120)

    /// What the record holds.
    public let kind: Kind
    /// The person who signed it.
    public let author: Ed25519.PublicKey
    /// Grows with every version: Unix milliseconds << 16 | counter, see ``SequenceClock``.
    public let sequence: UInt64
    /// When this version was made, by the author's clock.
    public let created: UnixTime
    /// From when on nobody keeps or shows it.
    public let expires: UnixTime
    /// Where it lives.
    public let location: Location
    /// The encoding of a ``Profile`` or ``IndexEntry``, or what was sealed; nil in a tombstone, which
    /// says that the author withdrew.
    public let body: [UInt8]?
    /// The author's signature.
    public let signature: Ed25519.Signature
    /// The whole record as it travels.
    public let encoded: [UInt8]

    /// Whether the author withdrew what was here.
    public var isTombstone: Bool { body == nil }

    /// The time inside ``sequence``.
    public var sequenceTime: UnixTime { UnixTime(milliseconds: sequence >> 16) }

    /// Where a record of an owned kind lives.
    public static func ownedLocation(_ kind: Kind, author: Ed25519.PublicKey) -> Location {
        precondition(!kind.isShared, "\(kind) has no owned location")
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/owned/v1\0" as StaticString)
        hasher.update(kind.rawValue)
        hasher.update(author.bytes)
        return Location(hasher.finish32())
    }

    /// Where the entries of `token` live on one day.
    ///
    /// - Parameters:
    ///   - token: a word or an interest, already normalised (``Text/normalise(_:)``).
    ///   - day: days since 1970; locations move daily so that nobody can settle next to one.
    ///   - shard: 0 until locations split.
    public static func sharedLocation(
        _ kind: Kind, token: String, day: UInt32, shard: UInt16 = 0
    ) -> Location {
        precondition(kind.isShared, "\(kind) has no shared location")
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/shared/v1\0" as StaticString)
        hasher.update(kind.rawValue)
        hasher.update(BLAKE2b.hash32(Array(token.utf8)))
        hasher.update(day)
        hasher.update(shard)
        return Location(hasher.finish32())
    }
}

extension Record: Hashable {
    /// Whether both are the same bytes.
    public static func == (left: Record, right: Record) -> Bool {
        left.encoded == right.encoded
    }

    /// Feeds the bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }
}
