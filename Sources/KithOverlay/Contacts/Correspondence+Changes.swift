import KithCrypto
import KithWire

// What follows for the network when the book changes.
extension Correspondence {
    mutating func change(
        _ change: ContactChange, at now: Moment, _ entropy: inout Entropy
    ) throws(ContactError) {
        let before = book
        try book.change(change, by: me, at: now.unix, limits: settings, &entropy)
        follow(before, at: now, &entropy)
        bookChanged()
    }

    /// Says something else from now on, or to others.
    ///
    /// - Returns: the levels whose card or cover is written for that.
    mutating func present(_ presentation: Presentation, at now: Moment) -> [Letter.Level] {
        book.presentation = presentation
        presentations += 1
        for index in levelsDue.indices { levelsDue[index] = now.instant }
        bookChanged()
        return book.levels.filter { presentation.level != .nobody || $0.isShown }.map(\.level)
    }

    /// Plans what the difference between the book and the one `before` asks for.
    ///
    /// Whoever is to be told is told at a moment of its own, which says nothing about who it is.
    private mutating func follow(
        _ before: ContactBook, at now: Moment, _ entropy: inout Entropy
    ) {
        var numbers: [Ed25519.PublicKey: UInt32] = [:]
        for contact in before.contacts { numbers[contact.identity] = contact.number }
        for contact in book.contacts {
            let known = numbers.removeValue(forKey: contact.identity)
            if known == nil {
                meet(contact.identity, at: now)
            } else if known != contact.number {
                tell(contact.identity, at: now, &entropy)
            }
        }
        for contact in before.contacts where numbers[contact.identity] != nil {
            forget(contact.identity)
        }
        for index in levelsDue.indices
        where book.levels[index].secret.version != before.levels[index].secret.version {
            levelsDue[index] = now.instant
        }
        if book.revoked != before.revoked {
            coversDue = min(coversDue, now.instant + settings.coverAfter)
        }
    }

    /// Writes to a new contact at once, and looks for what they wrote.
    private mutating func meet(_ identity: Ed25519.PublicKey, at now: Moment) {
        do throws(CryptoError) {
            pens[identity] = Pen(
                pair: try PairSecret(own: key, other: identity, network: network),
                letterDue: now.instant, readDue: now.instant, pause: settings.readingPause,
                cardDue: now.instant + settings.readingInterval)
        } catch {
            preconditionFailure("the book took somebody without a key: \(error)")
        }
        draftDue = min(draftDue, now.instant)
    }
}
