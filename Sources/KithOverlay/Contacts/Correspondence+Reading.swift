public import KithCrypto
public import KithWire

/// What a contact lets us see.
public struct CardReport: Sendable, Equatable {
    /// Whose card it is.
    public let identity: Ed25519.PublicKey
    /// The card; nil when there is none that we could read.
    public let card: Card?
    /// Which level of theirs we see; nil when they never wrote to us.
    public let level: Letter.Level?
    /// What they show everybody; looked for where there is no card.
    public internal(set) var published: Profile?
}

/// Whose eyes the person looks at their own profile with.
public enum Viewer: Sendable, Equatable {
    /// Somebody who is no contact.
    case stranger
    /// This contact.
    case contact(Ed25519.PublicKey)
}

/// What somebody gets who looks for the person, found as they would.
public struct SeenReport: Sendable, Equatable {
    /// What anybody finds; nil when that is nothing.
    public internal(set) var published: Profile?
    /// The card that the contact can read; nil for strangers, and when there is none.
    public internal(set) var card: Card?
    /// The level of that card; nil for strangers, and when no letter of ours can be found.
    public internal(set) var level: Letter.Level?
    /// What a stranger may be shown who knows a contact whose node shares: the card for contacts,
    /// when the person lets it be shown on; nil when they do not.
    public internal(set) var shownOn: Profile?

    /// Nothing at all.
    public init() {}
}

// Reading a contact's card under the secret that their letters bring, and the own card, as a contact
// would.
extension Correspondence {
    /// A person who waits for a card.
    struct Reading: Sendable {
        /// Whose card it is, or with whose eyes the own one is looked at.
        let identity: Ed25519.PublicKey
        /// Whether it is the own card.
        let isOwn: Bool
        let operation: OperationID
        var stage: Stage
        /// Reads on their way.
        var open = 0
        /// The newest record found, and what it says; nil when it is a cover.
        var sequence: UInt64 = 0
        var card: Card?
        /// The secret that was tried, and the number of the letter it came with.
        var grant: Letter.Grant?
        var number: UInt32 = 0
    }

    /// How far a reading is.
    enum Stage: Sendable {
        /// The card of today is read, and the letters that may have brought another secret.
        case today
        /// There was no card: a clock may be off by a day.
        case neighbours
        /// Another secret was there.
        case again
    }

    /// Starts to read a contact's card, and their letters: they may let us see more by now.
    mutating func startReading(
        _ identity: Ed25519.PublicKey, for operation: OperationID, at now: Moment
    ) throws(ContactError) {
        guard let contact = book[identity] else { throw .unknown }
        var reading = Reading(
            identity: identity, isOwn: false, operation: operation, stage: .today)
        let number = numberReading()
        reading.grant = contact.grant
        let letters = readLetters(of: identity, for: number, at: now)
        reading.open = letters + readCards(of: contact, days: [0], for: number, at: now)
        readings[number] = reading
    }

    /// Starts to read the own card with the eyes of a contact, who begins with the mailbox.
    mutating func startLooking(
        as identity: Ed25519.PublicKey, for operation: OperationID, at now: Moment
    ) throws(ContactError) {
        guard book[identity] != nil, let pair = pens[identity]?.pair else { throw .unknown }
        var reading = Reading(
            identity: identity, isOwn: true, operation: operation, stage: .today)
        let number = numberReading()
        for epoch in Self.aroundToday(pair.epoch(at: now.unix)) {
            let author = pair.mailbox(from: me, epoch: epoch).publicKey
            enqueue(
                .read(
                    Record.ownedLocation(.sealed, author: author), skip: 0,
                    .letterTo(identity, epoch: epoch, reading: number)))
            reading.open += 1
        }
        readings[number] = reading
    }

    /// Forgets a reading that nobody waits for.
    mutating func stopReading(_ operation: OperationID) {
        readings = readings.filter { $0.value.operation != operation }
    }

    /// A day and those next to it: either clock may be off by one.
    static func aroundToday(_ today: UInt32) -> [UInt32] { [today, today &- 1, today + 1] }

    /// Queues a read of a contact's card of today for the book, which nobody waits for.
    mutating func readCard(of contact: Contact, at now: Moment) {
        readCards(of: contact, days: [0], for: nil, at: now)
    }

    /// Queues reads of a contact's cards of these days, counted from today.
    ///
    /// - Returns: how many.
    @discardableResult
    private mutating func readCards(
        of contact: Contact, days: [Int64], for reading: UInt32?, at now: Moment
    ) -> Int {
        guard let secret = contact.grant?.secret else { return 0 }
        let today = Int64(secret.epoch(at: now.unix))
        var count = 0
        for epoch in days.map({ UInt32(clamping: today + $0) }) {
            guard let author = Self.author(contact.identity, secret, epoch) else { continue }
            enqueue(
                .read(
                    Record.ownedLocation(.sealed, author: author), skip: 0,
                    .cardOf(contact.identity, epoch: epoch, reading: reading)))
            count += 1
        }
        return count
    }

    private static func author(
        _ identity: Ed25519.PublicKey, _ secret: LevelSecret, _ epoch: UInt32
    ) -> Ed25519.PublicKey? {
        guard let secret = secret.advanced(to: epoch) else { return nil }
        return try? secret.author(of: identity)
    }

    /// The newest of `records` that is the card of `identity` on that day, and what it says; nil
    /// in place of a card for a cover.
    private func opened(
        _ records: [Record], of identity: Ed25519.PublicKey, _ secret: LevelSecret
    ) -> (sequence: UInt64, card: Card?)? {
        guard let author = try? secret.author(of: identity),
            let newest = newest(of: records, by: author)
        else { return nil }
        guard let body = newest.body,
            let text = try? SealedText.open(
                body, key: secret.cardKey(of: author), header: author.bytes)
        else { return (newest.sequence, nil) }
        return (newest.sequence, try? Card.decode(text.span.bytes))
    }

    /// Takes what stands where a contact's card of a day should.
    mutating func cardRead(
        of identity: Ed25519.PublicKey, epoch: UInt32, _ records: [Record], for number: UInt32?
    ) {
        guard let index = book.index(of: identity),
            let secret = book.contacts[index].grant?.secret.advanced(to: epoch),
            let found = opened(records, of: identity, secret)
        else { return }
        if found.card != nil { keep(secret, for: index) }
        if let number {
            note(found, in: number)
        } else {
            remember(found, of: index)
        }
    }

    /// Keeps what a contact's card says in the book, for searches.
    private mutating func remember(_ found: (sequence: UInt64, card: Card?), of index: Int) {
        guard found.sequence != book.contacts[index].cardSequence else { return }
        book.contacts[index].card = found.card
        book.contacts[index].cardSequence = found.sequence
        bookChanged()
    }

    private mutating func note(_ found: (sequence: UInt64, card: Card?), in number: UInt32) {
        guard let reading = readings[number], found.sequence > reading.sequence else {
            return
        }
        readings[number]?.sequence = found.sequence
        readings[number]?.card = found.card
    }

    /// What was read of a day is no longer needed of the days before the one before it.
    private mutating func keep(_ secret: LevelSecret, for index: Int) {
        guard let grant = book.contacts[index].grant, secret.epoch > grant.secret.epoch + 1,
            let kept = grant.secret.advanced(to: secret.epoch - 1)
        else { return }
        book.contacts[index].grant = Letter.Grant(level: grant.level, secret: kept)
        bookChanged()
    }

    /// Takes our own letter as the contact would: the last one counts.
    mutating func ownLetterRead(
        to identity: Ed25519.PublicKey, epoch: UInt32, _ records: [Record], for number: UInt32
    ) {
        guard let pair = pens[identity]?.pair, let reading = readings[number],
            let letter = letter(from: me, records, pair, epoch), letter.number > reading.number
        else { return }
        readings[number]?.number = letter.number
        readings[number]?.grant = letter.grant
    }

    /// Takes our own card as the contact would.
    mutating func ownCardRead(epoch: UInt32, _ records: [Record], for number: UInt32) {
        guard let secret = readings[number]?.grant?.secret.advanced(to: epoch),
            let found = opened(records, of: me, secret)
        else { return }
        note(found, in: number)
    }

    /// Goes on with a reading when all that it waits for is there.
    mutating func stepReading(_ number: UInt32, at now: Moment) {
        guard readings[number] != nil else { return }
        readings[number]?.open -= 1
        while let reading = readings[number], reading.open == 0 {
            guard let contact = book[reading.identity] else {
                end(number)
                return
            }
            switch reading.stage {
            case .today where reading.isOwn:
                readings[number]?.stage = .again
                let cards = readOwnCards(with: reading.grant, for: number, at: now)
                readings[number]?.open = cards
            case .today where isAnother(contact.grant, than: reading.grant):
                readings[number]?.stage = .again
                readings[number]?.sequence = 0
                readings[number]?.card = nil
                let cards = readCards(of: contact, days: [0, -1, 1], for: number, at: now)
                readings[number]?.open = cards
            case .today where reading.card == nil:
                readings[number]?.stage = .neighbours
                let cards = readCards(of: contact, days: [-1, 1], for: number, at: now)
                readings[number]?.open = cards
            case .today, .neighbours, .again:
                end(number)
            }
        }
    }

    private mutating func readOwnCards(
        with grant: Letter.Grant?, for number: UInt32, at now: Moment
    ) -> Int {
        guard let secret = grant?.secret else { return 0 }
        var count = 0
        for epoch in Self.aroundToday(secret.epoch(at: now.unix)) {
            guard let author = Self.author(me, secret, epoch) else { continue }
            enqueue(
                .read(
                    Record.ownedLocation(.sealed, author: author), skip: 0,
                    .ownCard(epoch: epoch, reading: number)))
            count += 1
        }
        return count
    }

    private func isAnother(_ grant: Letter.Grant?, than before: Letter.Grant?) -> Bool {
        grant?.level != before?.level || grant?.secret.version != before?.secret.version
    }

    private mutating func end(_ number: UInt32) {
        guard let reading = readings.removeValue(forKey: number) else { return }
        if !reading.isOwn, reading.sequence > 0, let index = book.index(of: reading.identity) {
            remember((reading.sequence, reading.card), of: index)
        }
        let level = reading.isOwn ? reading.grant?.level : book[reading.identity]?.grantedLevel
        ended.append(
            (
                reading.operation,
                CardReport(identity: reading.identity, card: reading.card, level: level)
            ))
    }
}
