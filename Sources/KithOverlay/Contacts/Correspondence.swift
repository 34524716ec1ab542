import KithCrypto
import KithWire

/// What a person exchanges with contacts through the network: cards of the day, letters, requests.
///
/// A value that decides what to read and write and never sends. ``plan(at:_:)`` puts what is due
/// into the queue, ``next()`` hands it out, ``read(_:_:total:at:)`` and ``written(_:sequence:isStored:at:)``
/// take what came of it. Specs/Contacts.md says what is due when.
struct Correspondence: Sendable {
    /// What is read or written.
    enum Matter: Sendable, Equatable {
        /// Our card of a level and day.
        case card(Letter.Level, version: UInt32, epoch: UInt32, presentation: UInt32)
        /// Covers a card whose secret somebody has who must see nothing any more.
        case cover(Letter.Level, version: UInt32, epoch: UInt32)
        /// Our letter to a contact.
        case letter(Ed25519.PublicKey)
        /// Our request to somebody.
        case request(Ed25519.PublicKey)
        /// A contact's card of a day, perhaps for the person who wants to see it.
        case cardOf(Ed25519.PublicKey, epoch: UInt32, reading: UInt32?)
        /// A contact's letter of a day, perhaps for such a person.
        case letterOf(Ed25519.PublicKey, epoch: UInt32, reading: UInt32?)
        /// Our own letter to a contact, read as they would.
        case letterTo(Ed25519.PublicKey, epoch: UInt32, reading: UInt32)
        /// Our own card of a day, read as a contact would.
        case ownCard(epoch: UInt32, reading: UInt32)
        /// The requests of a day.
        case mailbox(day: UInt32, skip: UInt8)

        /// Whether a person waits for it.
        var isWaitedFor: Bool {
            switch self {
            case .card, .cover, .letter, .request, .mailbox: false
            case .cardOf(_, _, let reading), .letterOf(_, _, let reading): reading != nil
            case .letterTo, .ownCard: true
            }
        }
    }

    /// Something to do.
    enum Step: Sendable {
        case write(Record, Matter)
        case read(Location, skip: UInt8, Matter)
    }

    /// What is remembered of a contact while the process lives.
    struct Pen: Sendable {
        let pair: PairSecret
        /// When our letter is written again.
        var letterDue: Instant
        /// When their mailbox is read.
        var readDue: Instant
        /// The pause after that, while something is expected.
        var pause: Duration
        /// When their card is read for the book.
        var cardDue: Instant
    }

    let me: Ed25519.PublicKey
    /// The seed of the person's key.
    private let seed: Secret32
    let network: Network
    let settings: Settings.Contacts
    var book: ContactBook
    /// Whether the book changed since ``takeChange()``.
    private var isChanged = false
    var pens: [Ed25519.PublicKey: Pen] = [:]
    /// How often the person said something else since the process began.
    var presentations: UInt32 = 0
    /// When the cards of a level are written again.
    var levelsDue: [Instant]
    /// When revoked cards are covered.
    var coversDue: Instant
    var mailboxDue: Instant
    /// A request that waits for its stamp, and for whom it is.
    var draft: RequestDraft?
    var drafted: Ed25519.PublicKey?
    /// When the next request is drafted.
    var draftDue: Instant
    /// Revoked cards that are covered.
    var covered: [Matter] = []
    var readings: [UInt32: Reading] = [:]
    private var readingsStarted: UInt32 = 0
    /// Readings that ended since ``takeReports()``.
    var ended: [(OperationID, CardReport)] = []
    /// Requests that were read since ``takeRequests()``.
    var news: [ContactRequest] = []

    private var queue: [Step] = []
    private var open = 0

    /// Goes on with a book.
    init(
        book: ContactBook, by key: borrowing Ed25519.SecretKey, network: Network,
        settings: Settings.Contacts, at now: Moment, _ entropy: inout Entropy
    ) {
        me = key.publicKey
        seed = key.withSeed { Secret32(copying: $0) }
        self.network = network
        self.settings = settings
        self.book = book
        let start = now.instant + settings.afterStart
        levelsDue = book.levels.map { _ in start }
        coversDue = book.revoked.isEmpty ? .never : start
        mailboxDue = start
        draftDue = start
        for contact in book.contacts {
            do throws(CryptoError) {
                let pair = try PairSecret(own: key, other: contact.identity, network: network)
                let pause = settings.afterStart + settings.tellWithin.scaled(by: entropy.unit())
                pens[contact.identity] = Pen(
                    pair: pair, letterDue: now.instant + pause,
                    readDue: now.instant + pause, pause: settings.readingPause,
                    cardDue: now.instant + pause)
            } catch {
                preconditionFailure("the book has somebody without a key: \(error)")
            }
        }
    }

    /// The next thing to do, unless enough is being done.
    mutating func next() -> Step? {
        guard open < settings.atOnce else { return nil }
        while !queue.isEmpty {
            let step = queue.removeFirst()
            // Nobody waits for it any more.
            if let reading = step.reading, readings[reading] == nil { continue }
            open += 1
            return step
        }
        return nil
    }

    /// Somebody is no contact any more: what waits to be written to them or read of them is not.
    mutating func forget(_ identity: Ed25519.PublicKey) {
        pens[identity] = nil
        queue.removeAll { $0.isAbout(identity) }
        if drafted == identity {
            drafted = nil
            draft = nil
        }
    }

    /// Whether more may be put into the queue for now; what is not stays due.
    var hasRoom: Bool { queue.count < settings.queueMax }

    /// The person's key.
    ///
    /// Not lent by the node: two parts of it cannot be changed at once.
    var key: Ed25519.SecretKey { Ed25519.SecretKey(seed: seed) }

    mutating func enqueue(_ step: Step) { queue.append(step) }

    /// One thing less is being done.
    mutating func close() { open -= 1 }

    /// Whether the book changed since this was asked last.
    mutating func takeChange() -> Bool {
        defer { isChanged = false }
        return isChanged
    }

    mutating func takeReports() -> [(OperationID, CardReport)] {
        defer { ended = [] }
        return ended
    }

    mutating func takeRequests() -> [ContactRequest] {
        defer { news = [] }
        return news
    }

    mutating func bookChanged() { isChanged = true }

    /// A number for a reading.
    mutating func numberReading() -> UInt32 {
        readingsStarted &+= 1
        return readingsStarted
    }

    /// When ``plan(at:_:)`` has something to do next.
    var due: Instant {
        // While something waits, whatever is due waits behind it.
        guard queue.isEmpty else { return open < settings.atOnce ? .start : .never }
        var due = min(levelsDue.min() ?? .never, coversDue, mailboxDue, draftDue)
        for pen in pens.values { due = min(due, pen.letterDue, pen.readDue, pen.cardDue) }
        return due
    }

    /// Puts what is due into the queue.
    mutating func plan(
        at now: Moment, _ entropy: inout Entropy
    ) {
        planCards(at: now, &entropy)
        planCovers(at: now, &entropy)
        planLetters(at: now, &entropy)
        planReadings(at: now, &entropy)
        planCardReadings(at: now, &entropy)
        planRequest(at: now, &entropy)
        planMailbox(at: now, &entropy)
    }

    /// A sequence that does not tell the time of our clock, and is higher than `last`.
    ///
    /// A clock that is always off by 1.37 s would tell which sealed records are of one writer, and
    /// so would two sequences in a row, hence it is drawn from all that are left. When `last` is
    /// more ahead than anybody takes, the clock was ahead then or is behind now: either is tried.
    func sequence(after last: UInt64, at now: UnixTime, _ entropy: inout Entropy) -> UInt64 {
        let latest = now.milliseconds << 16 | 0xFFFF
        let blurred = (now - settings.blur).milliseconds << 16
        var earliest = max(blurred, last + 1)
        if isAhead(last, of: now), entropy.next() & 1 == 0 { earliest = blurred }
        guard earliest <= latest else { return earliest + entropy.below(0x1_0000) }
        return earliest + entropy.below(latest - earliest + 1)
    }

    /// Whether no node takes a record with this sequence when our clock is right.
    private func isAhead(_ sequence: UInt64, of now: UnixTime) -> Bool {
        UnixTime(milliseconds: sequence >> 16) > now + Record.clockSkewMax
    }

    /// The highest sequence that others may have, after a majority took `stored`: nobody has what
    /// a clock that was ahead and came back had signed.
    func highest(_ last: UInt64, after stored: UInt64, at now: UnixTime) -> UInt64 {
        isAhead(last, of: now) ? stored : max(last, stored)
    }

    /// An interval, a quarter longer or shorter.
    func around(_ interval: Duration, _ entropy: inout Entropy) -> Duration {
        interval.scaled(by: 1 - settings.spread + 2 * settings.spread * entropy.unit())
    }

    /// Takes whether a record with this sequence was stored by a majority.
    mutating func written(
        _ matter: Matter, sequence: UInt64, isStored: Bool, at now: Moment
    ) {
        close()
        switch matter {
        case .card(let level, let version, let epoch, let presentation):
            cardWritten(
                level, version, epoch, of: presentation, sequence, isStored: isStored, at: now)
        case .cover:
            coverWritten(matter, isStored: isStored, at: now)
        case .letter(let identity):
            letterWritten(to: identity, sequence, isStored: isStored, at: now)
        case .request(let identity):
            requestWritten(identity, isStored: isStored, at: now)
        case .cardOf, .letterOf, .letterTo, .ownCard, .mailbox:
            preconditionFailure("\(matter) is read")
        }
    }

    /// Takes what the nodes around a location have there; none when it could not be read.
    mutating func read(
        _ matter: Matter, _ records: [Record], total: Int, at now: Moment
    ) {
        close()
        switch matter {
        case .cardOf(let identity, let epoch, let reading):
            cardRead(of: identity, epoch: epoch, records, for: reading)
            if let reading { stepReading(reading, at: now) }
        case .letterOf(let identity, let epoch, let reading):
            letterRead(from: identity, epoch: epoch, records, at: now)
            if let reading { stepReading(reading, at: now) }
        case .letterTo(let identity, let epoch, let reading):
            ownLetterRead(to: identity, epoch: epoch, records, for: reading)
            stepReading(reading, at: now)
        case .ownCard(let epoch, let reading):
            ownCardRead(epoch: epoch, records, for: reading)
            stepReading(reading, at: now)
        case .mailbox(let day, let skip):
            requestsRead(records, day: day, skip: skip, total: total, at: now)
        case .card, .cover, .letter, .request:
            preconditionFailure("\(matter) is written")
        }
    }
}

extension Correspondence.Step {
    private var matter: Correspondence.Matter {
        switch self {
        case .write(_, let matter), .read(_, _, let matter): matter
        }
    }

    /// The reading that somebody waits for; nil when nobody does.
    fileprivate var reading: UInt32? {
        switch matter {
        case .cardOf(_, _, let reading), .letterOf(_, _, let reading): reading
        case .letterTo(_, _, let reading), .ownCard(_, let reading): reading
        case .card, .cover, .letter, .request, .mailbox: nil
        }
    }

    fileprivate func isAbout(_ identity: Ed25519.PublicKey) -> Bool {
        switch matter {
        case .letter(let other), .request(let other), .cardOf(let other, _, _),
            .letterOf(let other, _, _), .letterTo(let other, _, _):
            other == identity
        case .card, .cover, .ownCard, .mailbox: false
        }
    }
}
