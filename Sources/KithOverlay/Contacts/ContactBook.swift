public import KithCrypto
public import KithWire

/// Whom a person knows, what they let each of them see, and what each lets them see.
///
/// All that must outlive the process for the levels contacts and friends; a value, so that the
/// shell can seal and keep it. Who changes it says so with ``Event/bookChanged``.
public struct ContactBook: Sendable, Equatable {
    /// The contacts, in the order in which they were added.
    public internal(set) var contacts: [Contact] = []
    /// People whose requests are ignored and who are shown nowhere.
    public internal(set) var blocked: [Ed25519.PublicKey] = []
    /// Requests that wait for an answer, oldest first.
    public internal(set) var requests: [ReceivedRequest] = []
    /// People whose request was refused, oldest first: the same request stands in the mailbox
    /// for days.
    var refused: [Refusal] = []
    /// What the person says of themselves, and to whom; nil while they said nothing.
    public internal(set) var presentation: Presentation?
    /// Whether the own node answers what contacts search, and asks the nodes of those who do the
    /// same.
    public internal(set) var isSharing = false
    /// Where letters say that the own node is, for contacts to ask; nil unless it is shared.
    var node: NodeRecord?
    /// The levels contacts and friends.
    var levels: [OwnLevel]
    /// Secrets that somebody has who must see nothing any more.
    var revoked: [RevokedLevel] = []

    /// Somebody whose request was refused, and the day since 1970 on which.
    struct Refusal: Sendable, Equatable {
        let identity: Ed25519.PublicKey
        let day: UInt32
    }

    /// A request that wants an answer.
    public struct ReceivedRequest: Sendable, Equatable {
        /// What it says, and who says so.
        public let request: ContactRequest
        /// When we read it.
        public let received: UnixTime
    }

    /// An empty book with new level secrets.
    public init(at now: UnixTime, entropy: inout Entropy) {
        levels = Letter.Level.allCases.map {
            OwnLevel($0, version: Self.first(at: now), at: now, &entropy)
        }
    }

    /// The contact with this key.
    public subscript(identity: Ed25519.PublicKey) -> Contact? {
        contacts.first { $0.identity == identity }
    }

    func index(of identity: Ed25519.PublicKey) -> Int? {
        contacts.firstIndex { $0.identity == identity }
    }

    /// What a contact of this level is given.
    func grant(of level: Letter.Level) -> Letter.Grant {
        Letter.Grant(level: level, secret: levels[OwnLevel.index(level)].secret)
    }
}

/// Somebody a person knows.
public struct Contact: Sendable, Equatable {
    /// Who it is.
    public let identity: Ed25519.PublicKey
    /// How the person calls them.
    public internal(set) var name: String
    /// Which level of ours they see.
    public internal(set) var level: Letter.Level
    /// Whether they stand first in lists.
    public internal(set) var isFavourite = false
    /// Whether they have us among their contacts, too: they wrote a letter.
    public internal(set) var isConfirmed = false

    /// The number of our last letter.
    var number: UInt32 = 1
    /// Whether they were asked, and how often a request was left for them.
    var invitation: Invitation?
    /// Which letter of ours they have read.
    var numberRead: UInt32 = 0
    /// Sequence of our last letter: the next one must be higher where both are of one day.
    var lastSequence: UInt64 = 0
    /// The number of their last letter that we have read.
    var read: UInt32 = 0
    /// Which level of theirs we see, and with which secret.
    var grant: Letter.Grant?
    /// Where their node is, when they let contacts ask it.
    var node: NodeRecord?
    /// What their card said when it was last read; nil when there was none, or a cover.
    public internal(set) var card: Card?
    /// The sequence of that record; tells roughly when it was written.
    var cardSequence: UInt64 = 0

    /// What was said when they were asked.
    struct Invitation: Sendable, Equatable {
        let name: String?
        let message: String?
        /// The day of the last request, left or on its way; 0 for none.
        var day: UInt32 = 0
        /// On how many days one was left.
        var times = 0
    }

    /// Which level of theirs we see; nil before they wrote.
    public var grantedLevel: Letter.Level? { grant?.level }

    /// Whether our last letter still waits to be read.
    var isUnread: Bool { numberRead < number }
}

/// One of the levels contacts and friends of the person.
struct OwnLevel: Sendable, Equatable {
    let level: Letter.Level
    /// The secret, of an epoch that is over where possible: a clock that was ahead may come back.
    var secret: LevelSecret
    /// The highest sequence under which a card of this secret was signed.
    var lastSequence: UInt64 = 0
    /// Whether a card of it may stand somewhere.
    var isShown = false
}

extension OwnLevel {
    /// A level with a new secret, of the epoch before the present one.
    init(
        _ level: Letter.Level, version: UInt32, at now: UnixTime, _ entropy: inout Entropy
    ) {
        self.level = level
        secret = .generate(
            version: version, at: now - .seconds(Int64(LevelSecret.epochSeconds)),
            from: &entropy)
    }

    /// Where in ``ContactBook/levels`` a level stands.
    static func index(_ level: Letter.Level) -> Int { Int(level.rawValue) - 1 }
}

/// A secret of ours that somebody has who must see nothing any more: its cards are covered.
struct RevokedLevel: Sendable, Equatable {
    let level: Letter.Level
    let secret: LevelSecret
    /// The highest sequence under which a card of it was signed.
    var lastSequence: UInt64
    /// When: nothing that was signed before stands longer than a day after that.
    let at: UnixTime
}
