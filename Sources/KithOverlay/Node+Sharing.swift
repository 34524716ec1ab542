import KithCrypto
import KithWire

// Sharing: contacts' nodes are asked whom they know, and answer with the cards that may be shown on.
extension Node {
    // MARK: Asking

    /// Asks the nodes of contacts who share, for a search.
    mutating func askContacts(for handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        let wanted = searches[handle].search.wanted
        // Nothing is left of a query when all its words are longer than any in a profile.
        guard wanted != .name([]), wanted != .interests([]) else { return }
        for (contact, node) in correspondence?.sharers ?? [] {
            ask(contact, at: node, for: wanted, skip: 0, search: handle, at: now, &outbox)
        }
    }

    private mutating func ask(
        _ contact: Ed25519.PublicKey, at node: NodeRecord, for wanted: Request.Wanted,
        skip: UInt8, search: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let me = author, let address = reachable(node),
            let pass = correspondence?.pass(to: contact, from: record.key, at: node.key)
        else { return }
        let request = Request.ask(asker: me, pass: pass, wanted, skip: skip)
        let call = call(
            request, of: node, at: address, for: .sharing(search: search, skip: skip), now: now,
            &outbox)
        guard call != nil, searches.contains(search) else { return }
        searches[search].asks += 1
        searches[search].search.requests += 1
    }

    /// Takes the cards that a contact's node showed; only what their owners signed counts.
    mutating func cardsShown(
        _ message: Message, in body: RawSpan, by call: Call, to search: UInt32, skip: UInt8,
        at now: Moment, _ outbox: inout Outbox
    ) {
        guard searches.contains(search) else { return }
        if case .shown(let items, let total) = message.body {
            var cursor = items.cards(in: body)
            while let (identity, field) = cursor.next() {
                guard let card = try? Card.decode(field.bytes(in: body)), identity != author,
                    let hit = searches[search].search.shown(
                        card, of: identity, network: network, at: now.unix)
                else { continue }
                tell(.hit(searches[search].operation, hit))
            }
            let next = Int(skip) + items.count
            if items.count > 0, next < min(Int(total), settings.contacts.shownMax),
                let contact = correspondence?.sharer(at: call.node)
            {
                let wanted = searches[search].search.wanted
                ask(
                    contact, at: call.node, for: wanted, skip: UInt8(next), search: search,
                    at: now, &outbox)
            }
        }
        askEnded(search, at: now, &outbox)
    }

    /// One question of a search less is open.
    mutating func askEnded(_ search: UInt32, at now: Moment, _ outbox: inout Outbox) {
        guard searches.contains(search) else { return }
        searches[search].asks -= 1
        stepSearch(search, at: now, &outbox)
    }

    // MARK: Answering

    /// Shows a contact the cards that fit and that their owners let us show.
    func showCards(
        to asker: Ed25519.PublicKey, wanted: Message.Wanted, in body: RawSpan, skip: Int,
        call: UInt32, _ peer: Peer, at now: Moment, into writer: inout CBORWriter
    ) {
        let cards = Self.query(wanted, in: body).flatMap { query in
            correspondence?.cards(for: asker, fitting: query, at: now.unix)
        }
        let fitting = cards ?? []
        MessageWriter.shown(
            call: call, load: load, seen: peer.address, total: UInt32(fitting.count),
            into: &writer
        ) { list in
            for (identity, card) in fitting.dropFirst(skip) {
                guard list.append(card.encode().span.bytes, of: identity) else { return }
            }
        }
    }

    /// What is asked for; nil when it is no text, or nothing can be looked for with it.
    private static func query(_ wanted: Message.Wanted, in body: RawSpan) -> Search.Query? {
        func text(_ field: Field) -> String? {
            do {
                let bytes = Span<UInt8>(_bytes: field.bytes(in: body))
                return String(copying: try UTF8Span(validating: bytes))
            } catch {
                return nil
            }
        }
        switch wanted {
        case .name(let field):
            guard let typed = text(field) else { return nil }
            let name = NameQuery(typed)
            return name.isEmpty ? nil : .name(name)
        case .interests(let items):
            var interests: [String] = []
            var cursor = items.strings(in: body)
            while let field = cursor.next() {
                guard let interest = text(field) else { return nil }
                interests.append(interest)
            }
            // Whom to leave out is for the asker to say.
            return .interests(InterestSet(interests), minScore: 0)
        }
    }
}
