import KithCrypto
import KithWire

// Requests: of strangers who want to become contacts, and ours to them.
extension Correspondence {
    /// Leaves requests, one after the other: each day one, until the person answered or a week
    /// is over.
    ///
    /// The stamp is searched in slices.
    mutating func planRequest(
        at now: Moment, _ entropy: inout Entropy
    ) {
        guard draftDue <= now.instant else { return }
        if let drafted {
            draftDue = now.instant + settings.stampPause
            guard let record = draft?.finish(tries: settings.stampTries) else { return }
            draft = nil
            self.drafted = nil
            enqueue(.write(record, .request(drafted)))
        }
        draftDue = now.instant + settings.requestInterval
        for index in book.contacts.indices where !book.contacts[index].isConfirmed {
            let contact = book.contacts[index]
            guard let invitation = contact.invitation, invitation.day != now.unix.day,
                invitation.times < settings.requestDays
            else { continue }
            book.contacts[index].invitation?.day = now.unix.day
            bookChanged()
            do {
                let request = try ContactRequest(
                    sender: me, name: invitation.name, message: invitation.message)
                draft = try RequestDraft(
                    request, for: contact.identity, by: key, day: now.unix.day,
                    sequence: sequence(after: 0, at: now.unix, &entropy), network: network,
                    entropy: &entropy)
            } catch {
                preconditionFailure("an invitation was checked: \(error)")
            }
            drafted = contact.identity
            draftDue = now.instant
            return
        }
    }

    mutating func requestWritten(
        _ identity: Ed25519.PublicKey, isStored: Bool, at now: Moment
    ) {
        guard let index = book.index(of: identity) else { return }
        if isStored {
            book.contacts[index].invitation?.times += 1
        } else {
            book.contacts[index].invitation?.day = 0
            draftDue = min(draftDue, now.instant + settings.retry)
        }
        bookChanged()
    }

    /// Reads the own mailbox, of today and of the days next to it.
    mutating func planMailbox(at now: Moment, _ entropy: inout Entropy) {
        guard mailboxDue <= now.instant else { return }
        mailboxDue = now.instant + around(settings.mailboxInterval, &entropy)
        let today = now.unix.day
        for day in [today, today &- 1, today + 1] {
            readMailbox(of: day, skip: 0)
        }
    }

    private mutating func readMailbox(of day: UInt32, skip: UInt8) {
        enqueue(
            .read(
                ContactRequest.mailbox(of: me, day: day), skip: skip,
                .mailbox(day: day, skip: skip)))
    }

    /// An answer has room for one request, so the mailbox is read one after the other.
    mutating func requestsRead(
        _ records: [Record], day: UInt32, skip: UInt8, total: Int, at now: Moment
    ) {
        let next = skip + 1
        if Int(next) < min(total, settings.requestsReadMax) { readMailbox(of: day, skip: next) }
        var authors: Set<Ed25519.PublicKey> = []
        for record in records where authors.insert(record.author).inserted {
            do {
                take(try ContactRequest.open(record, by: key, network: network), at: now)
            } catch {
                // Sealed for nobody: whoever has our public key may fill our mailbox with that.
                continue
            }
        }
    }

    private mutating func take(_ request: ContactRequest, at now: Moment) {
        let sender = request.sender
        guard sender != me, !book.blocked.contains(sender),
            !book.refused.contains(where: {
                $0.identity == sender && !$0.isOver(at: now.unix, settings)
            }),
            !book.requests.contains(where: { $0.request.sender == sender })
        else { return }
        if let contact = book[sender] {
            // We asked for them, too: their letter says the rest.
            if !contact.isConfirmed { pens[sender]?.readDue = now.instant }
            return
        }
        guard book.requests.count < settings.requestsMax else { return }
        book.requests.append(ContactBook.ReceivedRequest(request: request, received: now.unix))
        news.append(request)
        bookChanged()
    }
}
