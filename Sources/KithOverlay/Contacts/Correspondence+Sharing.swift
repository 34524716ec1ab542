import KithCrypto
import KithWire

// Whose nodes we ask for a search, and whom we show theirs.
extension Correspondence {
    /// The contacts whose nodes may be asked, favourites first; none unless we answer as well.
    var sharers: [(Ed25519.PublicKey, NodeRecord)] {
        guard book.isSharing else { return [] }
        let known = book.contacts.compactMap { contact in
            contact.node.map { (contact.isFavourite, contact.identity, $0) }
        }
        return (known.filter(\.0) + known.filter { !$0.0 }).prefix(settings.askedMax)
            .map { ($0.1, $0.2) }
    }

    /// The contact whose node this is.
    func sharer(at node: NodeRecord) -> Ed25519.PublicKey? {
        sharers.first { $0.1 == node }?.0
    }

    /// What shows a contact's node that it is we who ask.
    func pass(
        to contact: Ed25519.PublicKey, from node: X25519.PublicKey, at other: X25519.PublicKey
    ) -> Bytes16? {
        pens[contact]?.pair.pass(of: me, from: node, to: other)
    }

    /// Whether whoever asks is a contact, and we answer contacts.
    func accepts(
        _ pass: Bytes16, of asker: Ed25519.PublicKey, from node: X25519.PublicKey,
        to own: X25519.PublicKey
    ) -> Bool {
        guard book.isSharing, let pair = pens[asker]?.pair else { return false }
        return pair.pass(of: asker, from: node, to: own) == pass
    }

    /// The cards that a contact may be shown: of those who let it, at the level for contacts, the
    /// best first.
    func cards(
        for asker: Ed25519.PublicKey, fitting query: Search.Query, at now: UnixTime
    ) -> [(Ed25519.PublicKey, Card)] {
        let today = now.day
        let found = book.contacts.compactMap { contact -> (Double, Ed25519.PublicKey, Card)? in
            guard contact.identity != asker, contact.grantedLevel == .contacts,
                let card = contact.card(at: now, life: settings.cardLife), card.passable != nil,
                let match = Ranking.match(card.profile, query: query)
            else { return nil }
            return (match.score, contact.identity, card)
        }
        var shown: [(Ed25519.PublicKey, Card)] = []
        // A signature is checked last, and of no more cards than are shown.
        for (_, identity, card) in found.sorted(by: { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 > $1.0 })
        where shown.count < settings.shownMax
            && card.isPassable(from: identity, network: network, today: today)
        {
            shown.append((identity, card))
        }
        return shown
    }

    /// Where our letters say that our node is: nowhere unless we share, and as long as it is not
    /// known, where they said before.
    mutating func share(_ node: NodeRecord?, at now: Moment, _ entropy: inout Entropy) {
        let shared = book.isSharing ? node ?? book.node : nil
        guard shared != book.node else { return }
        book.node = shared
        for index in book.contacts.indices {
            book.contacts[index].number += 1
            tell(book.contacts[index].identity, at: now, &entropy)
        }
        bookChanged()
    }
}

extension Contact {
    /// The card, unless it was written too long ago.
    func card(at now: UnixTime, life: Duration) -> Card? {
        now - UnixTime(milliseconds: cardSequence >> 16) < life ? card : nil
    }

    /// How well a contact fits a search, by the name the person gave them or by their card.
    func hit(for query: Search.Query, at now: UnixTime, life: Duration) -> Hit? {
        let card = card(at: now, life: life)
        var best = card.flatMap { Ranking.match($0.profile, query: query) }
        if case .name(let name) = query, let match = NameMatch(name, name: self.name),
            match.score > best?.score ?? 0
        {
            best = (match.score, match.why)
        }
        guard let best, let profile = card?.profile ?? (try? Profile(name: name, activeHour: 0))
        else { return nil }
        let written = UnixTime(milliseconds: cardSequence >> 16)
        return Hit(
            profile: profile, identity: identity, score: best.score, source: .contacts,
            why: best.why, sequence: card == nil ? 0 : cardSequence,
            expires: card == nil ? now : written + Record.lifeMax)
    }
}
