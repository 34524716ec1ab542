public import KithCrypto
public import KithWire

/// Somebody whom a search found, with the profile as its owner signed it.
public struct Hit: Sendable, Equatable {
    /// Which layer knew this person (DESIGN section 7).
    public enum Source: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Our own contact book.
        case contacts
        /// A contact's node that shares what it may.
        case sharing
        /// The network.
        case network
        /// A traditional server.
        case server

        /// Every layer.
        public static let all = Set(allCases)

        /// Whether `left` is asked before `right`.
        public static func < (left: Source, right: Source) -> Bool {
            left.place < right.place
        }

        private var place: Int {
            switch self {
            case .contacts: 0
            case .sharing: 1
            case .network: 2
            case .server: 3
            }
        }
    }

    /// Why somebody was found; its description is what people read.
    public enum Why: Sendable, Hashable {
        /// A word of the name is what was typed; as its owner writes it.
        case name(String)
        /// A word of the name starts with what was typed.
        case nameStart(String)
        /// A word of the name differs in one letter from what was typed.
        case nameLike(String)
        /// A word of the name starts with what was typed, but for one letter.
        case nameStartLike(String)
        /// These interests are shared; as their owner writes them.
        case interests([String])
    }

    /// What the person says about themselves.
    public var profile: Profile
    /// The key that signed the profile.
    public var identity: Ed25519.PublicKey
    /// How well it fits, more than 0 and at most 1.
    public var score: Double
    /// Which layer knew.
    public var source: Source
    /// What fitted.
    public var why: [Why]
    /// Sequence of the profile's record.
    public var sequence: UInt64
    /// When the record expires.
    public var expires: UnixTime
    /// Whether somebody else among the results has a name that looks the same.
    public var lookAlike: Bool

    /// A hit with these values.
    public init(
        profile: Profile, identity: Ed25519.PublicKey, score: Double, source: Source,
        why: [Why], sequence: UInt64, expires: UnixTime, lookAlike: Bool = false
    ) {
        self.profile = profile
        self.identity = identity
        self.score = score
        self.source = source
        self.why = why
        self.sequence = sequence
        self.expires = expires
        self.lookAlike = lookAlike
    }
}

extension Hit.Why: CustomStringConvertible {
    /// The reason in words, such as `name starts with "jon"`.
    public var description: String {
        switch self {
        case .name(let word): "name \"\(word)\""
        case .nameStart(let typed): "name starts with \"\(typed)\""
        case .nameLike(let typed): "name like \"\(typed)\" (one letter differs)"
        case .nameStartLike(let typed): "name starts like \"\(typed)\" (one letter differs)"
        case .interests(let shared): "interests \(shared.joined(separator: ", "))"
        }
    }
}
