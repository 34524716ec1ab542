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
}

// Reading a contact's card as that contact's secret allows, and asking the mailbox when it does not.
extension Correspondence {
    /// A person who waits for a contact's card.
    struct Reading: Sendable {
        let identity: Ed25519.PublicKey
        let operation: OperationID
        var stage = Stage.today
        /// Reads on their way.
        var open = 0
        /// The newest record found, and what it says; nil when it is a cover.
        var sequence: UInt64 = 0
        var card: Card?
        /// The secret that was tried.
        var grant: Letter.Grant?
    }

    /// How far a reading is.
    enum Stage: Sendable {
        /// The card of today is read.
        case today
        /// There was none: a newer secret may wait in the mailbox, or a clock is off by a day.
        case mailbox
        /// A newer secret was there.
        case again
    }

    /// Starts to read a contact's card.
    mutating func startReading(
        _ identity: Ed25519.PublicKey, for operation: OperationID, at now: Moment
    ) throws(ContactError) {
        guard let contact = book[identity] else { throw .unknown }
        var reading = Reading(identity: identity, operation: operation)
        let number = numberReading()
        reading.grant = contact.grant
        reading.open = readCards(of: contact, days: [0], for: number, at: now)
        readings[number] = reading
        stepReading(number, at: now, ended: 0)
    }

    /// Forgets a reading that nobody waits for.
    mutating func stopReading(_ operation: OperationID) {
        readings = readings.filter { $0.value.operation != operation }
    }

    /// Queues reads of a contact's cards of these days, counted from today.
    ///
    /// - Returns: how many.
    private mutating func readCards(
        of contact: Contact, days: [Int64], for reading: UInt32, at now: Moment
    ) -> Int {
        guard let secret = contact.grant?.secret else { return 0 }
        let today = Int64(secret.epoch(at: now.unix))
        var count = 0
        for epoch in days.map({ UInt32(clamping: today + $0) }) {
            guard let author = author(of: contact, epoch) else { continue }
            enqueue(
                .read(
                    Record.ownedLocation(.sealed, author: author), skip: 0,
                    .cardOf(contact.identity, epoch: epoch, reading: reading)))
            count += 1
        }
        return count
    }

    private func author(of contact: Contact, _ epoch: UInt32) -> Ed25519.PublicKey? {
        guard let secret = contact.grant?.secret.advanced(to: epoch) else { return nil }
        return try? secret.author(of: contact.identity)
    }

    /// Takes what stands where a contact's card of a day should.
    mutating func cardRead(
        of identity: Ed25519.PublicKey, epoch: UInt32, _ records: [Record], for number: UInt32
    ) {
        guard let index = book.index(of: identity), readings[number] != nil,
            let secret = book.contacts[index].grant?.secret.advanced(to: epoch),
            let author = author(of: book.contacts[index], epoch),
            let newest = newest(of: records, by: author),
            newest.sequence > readings[number]?.sequence ?? 0
        else { return }
        readings[number]?.sequence = newest.sequence
        readings[number]?.card = nil
        guard let body = newest.body,
            let text = try? SealedText.open(
                body, key: secret.cardKey(of: author), header: author.bytes),
            let card = try? Card.decode(text.span.bytes)
        else { return }
        readings[number]?.card = card
        keep(secret, for: index)
    }

    /// What was read of a day is no longer needed of the days before the one before it.
    private mutating func keep(_ secret: LevelSecret, for index: Int) {
        guard let grant = book.contacts[index].grant, secret.epoch > grant.secret.epoch + 1,
            let kept = grant.secret.advanced(to: secret.epoch - 1)
        else { return }
        book.contacts[index].grant = Letter.Grant(level: grant.level, secret: kept)
        bookChanged()
    }

    /// Goes on with a reading when all that it waits for is there.
    mutating func stepReading(_ number: UInt32, at now: Moment, ended count: Int = 1) {
        guard readings[number] != nil else { return }
        readings[number]?.open -= count
        while let reading = readings[number], reading.open == 0 {
            guard let contact = book[reading.identity] else {
                end(number)
                return
            }
            switch reading.stage {
            case .today where reading.card == nil:
                readings[number]?.stage = .mailbox
                let letters = readLetters(of: reading.identity, for: number, at: now)
                let cards = readCards(of: contact, days: [-1, 1], for: number, at: now)
                readings[number]?.open = letters + cards
            case .mailbox where isAnother(contact.grant, than: reading.grant):
                readings[number]?.stage = .again
                readings[number]?.sequence = 0
                readings[number]?.card = nil
                let cards = readCards(of: contact, days: [0, -1, 1], for: number, at: now)
                readings[number]?.open = cards
            case .today, .mailbox, .again:
                end(number)
            }
        }
    }

    private func isAnother(_ grant: Letter.Grant?, than before: Letter.Grant?) -> Bool {
        grant?.level != before?.level || grant?.secret.version != before?.secret.version
    }

    private mutating func end(_ number: UInt32) {
        guard let reading = readings.removeValue(forKey: number) else { return }
        ended.append(
            (
                reading.operation,
                CardReport(
                    identity: reading.identity, card: reading.card,
                    level: book[reading.identity]?.grantedLevel)
            ))
    }
}
