import KithCrypto
import KithWire

// Letters: what each contact may see, until they say that they know.
extension Correspondence {
    /// A contact is to be told something new, within a moment that is drawn.
    mutating func tell(_ identity: Ed25519.PublicKey, at now: Moment, _ entropy: inout Entropy) {
        let pause = settings.tellWithin.scaled(by: entropy.unit())
        pens[identity]?.letterDue = now.instant + pause
        pens[identity]?.pause = settings.readingPause
        pens[identity]?.readDue = now.instant + settings.readingPause
    }

    mutating func planLetters(at now: Moment, _ entropy: inout Entropy) {
        for index in book.contacts.indices where hasRoom {
            let identity = book.contacts[index].identity
            guard let pen = pens[identity], pen.letterDue <= now.instant else { continue }
            let epoch = pen.pair.epoch(at: now.unix)
            let key = pen.pair.mailbox(from: me, epoch: epoch)
            let sequence = sequence(
                after: book.contacts[index].lastSequence, at: now.unix, &entropy)
            book.contacts[index].lastSequence = max(
                book.contacts[index].lastSequence, sequence)
            bookChanged()
            let contact = book.contacts[index]
            let letter = Letter(
                number: contact.number, read: contact.read, grant: book.grant(of: contact.level),
                node: book.node)
            let body: [UInt8]
            do {
                body = try SealedText.seal(
                    letter.encode(), to: Record.sealedBodyBytes(.sealed),
                    key: pen.pair.letterKey(from: me, epoch: epoch), header: key.publicKey.bytes,
                    entropy: &entropy)
            } catch {
                preconditionFailure("a letter fits into a record: \(error)")
            }
            let record = Record.seal(
                body, as: .sealed, author: key, sequence: sequence, location: nil,
                network: network)
            let interval = contact.isUnread ? settings.unreadInterval : settings.letterInterval
            let next = now.instant + around(interval, &entropy)
            pens[identity]?.letterDue = next
            enqueue(.write(record, .letter(identity)))
        }
    }

    mutating func letterWritten(
        to identity: Ed25519.PublicKey, _ sequence: UInt64, isStored: Bool, at now: Moment
    ) {
        guard isStored else {
            pens[identity]?.letterDue = now.instant + settings.retry
            return
        }
        guard let index = book.index(of: identity) else { return }
        let last = book.contacts[index].lastSequence
        book.contacts[index].lastSequence = highest(last, after: sequence, at: now.unix)
        if book.contacts[index].lastSequence != last { bookChanged() }
    }

    /// Reads the cards of contacts for the book.
    mutating func planCardReadings(at now: Moment, _ entropy: inout Entropy) {
        for contact in book.contacts where hasRoom {
            guard let pen = pens[contact.identity], pen.cardDue <= now.instant else { continue }
            let next = now.instant + around(settings.readingInterval, &entropy)
            pens[contact.identity]?.cardDue = next
            readCard(of: contact, at: now)
        }
    }

    /// Reads the mailboxes of contacts: often while something is expected, else now and then.
    mutating func planReadings(at now: Moment, _ entropy: inout Entropy) {
        for index in book.contacts.indices where hasRoom {
            let contact = book.contacts[index]
            guard let pen = pens[contact.identity], pen.readDue <= now.instant else { continue }
            readLetters(of: contact.identity, for: nil, at: now)
            let isExpecting = contact.isUnread || !contact.isConfirmed
            let pause = isExpecting ? pen.pause : settings.readingInterval
            let next = now.instant + around(pause, &entropy)
            pens[contact.identity]?.readDue = next
            pens[contact.identity]?.pause = min(pen.pause * 2, settings.readingPauseMax)
        }
    }

    /// Of today, and of the days next to it: either clock may be off by one.
    ///
    /// - Returns: how many readings that makes.
    @discardableResult
    mutating func readLetters(
        of identity: Ed25519.PublicKey, for reading: UInt32?, at now: Moment
    ) -> Int {
        guard let pen = pens[identity] else { return 0 }
        let epochs = Self.aroundToday(pen.pair.epoch(at: now.unix))
        for epoch in epochs {
            let author = pen.pair.mailbox(from: identity, epoch: epoch).publicKey
            enqueue(
                .read(
                    Record.ownedLocation(.sealed, author: author), skip: 0,
                    .letterOf(identity, epoch: epoch, reading: reading)))
        }
        return epochs.count
    }

    mutating func letterRead(
        from identity: Ed25519.PublicKey, epoch: UInt32, _ records: [Record], at now: Moment
    ) {
        guard let index = book.index(of: identity), let pair = pens[identity]?.pair,
            let letter = letter(from: identity, records, pair, epoch)
        else { return }
        take(letter, from: index, at: now)
    }

    /// The newest letter of `sender` among `records`, opened.
    func letter(
        from sender: Ed25519.PublicKey, _ records: [Record], _ pair: PairSecret, _ epoch: UInt32
    ) -> Letter? {
        let author = pair.mailbox(from: sender, epoch: epoch).publicKey
        let key = pair.letterKey(from: sender, epoch: epoch)
        guard let body = newest(of: records, by: author)?.body,
            let text = try? SealedText.open(body, key: key, header: author.bytes)
        else { return nil }
        return try? Letter.decode(text.span.bytes)
    }

    private mutating func take(_ letter: Letter, from index: Int, at now: Moment) {
        let contact = book.contacts[index]
        guard letter.number >= contact.read else { return }
        if letter.number > contact.read {
            // They wait to hear that it was read.
            pens[contact.identity]?.letterDue = now.instant
            book.contacts[index].grant = letter.grant
            book.contacts[index].node = letter.node
            readCard(of: book.contacts[index], at: now)
        }
        book.contacts[index].isConfirmed = true
        book.contacts[index].read = letter.number
        book.contacts[index].numberRead = max(
            contact.numberRead, min(letter.read, contact.number))
        if book.contacts[index] != contact { bookChanged() }
    }

    /// The newest of those that `author` signed.
    func newest(of records: [Record], by author: Ed25519.PublicKey) -> Record? {
        var newest: Record?
        for record in records where record.author == author && record.kind == .sealed {
            guard record.sequence > newest?.sequence ?? 0, record.isSigned(in: network) else {
                continue
            }
            newest = record
        }
        return newest
    }
}
