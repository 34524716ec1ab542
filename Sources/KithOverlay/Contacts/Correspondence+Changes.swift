import KithCrypto
import KithWire

// What a person does with the book.
extension Correspondence {
    mutating func change(
        _ change: ContactChange, at now: Moment, _ entropy: inout Entropy
    ) throws(ContactError) {
        switch change {
        case .add(let identity, let name, let ownName, let message):
            try check(name: name)
            do throws(ProfileError) {
                _ = try ContactRequest(sender: me, name: ownName, message: message)
            } catch {
                throw .badText(error)
            }
            try add(
                identity, name: name,
                invitation: Contact.Invitation(name: ownName, message: message), at: now)
        case .accept(let identity):
            guard let place = request(of: identity) else { throw .noRequest }
            let name = book.requests[place].request.name ?? IdentityText.encode(identity)
            try add(identity, name: name, invitation: nil, at: now)
        case .refuse(let identity):
            guard let place = request(of: identity) else { throw .noRequest }
            book.requests.remove(at: place)
            book.refused.append(identity)
            if book.refused.count > settings.refusedMax { book.refused.removeFirst() }
        case .remove(let identity):
            try remove(identity, at: now, &entropy)
        case .block(let identity):
            guard identity != me else { throw .ownKey }
            guard book.blocked.count < settings.blockedMax else { throw .full }
            if book[identity] != nil { try remove(identity, at: now, &entropy) }
            book.requests.removeAll { $0.request.sender == identity }
            if !book.blocked.contains(identity) { book.blocked.append(identity) }
        case .unblock(let identity):
            guard book.blocked.contains(identity) else { throw .notBlocked }
            book.blocked.removeAll { $0 == identity }
        case .rename(let identity, let name):
            try check(name: name)
            book.contacts[try place(of: identity)].name = name
        case .favourite(let identity, let isFavourite):
            book.contacts[try place(of: identity)].isFavourite = isFavourite
        case .level(let identity, let level):
            let place = try place(of: identity)
            let before = book.contacts[place].level
            guard before != level else { return }
            book.contacts[place].level = level
            tell(place, at: now, &entropy)
            // Who was a friend has the friends' secret.
            if before == .friends { revoke(before, at: now, &entropy) }
        }
        bookChanged()
    }

    /// Says something else from now on, or to others.
    mutating func present(_ presentation: Presentation, at now: Moment) {
        book.presentation = presentation
        for index in levelsDue.indices { levelsDue[index] = now.instant }
        bookChanged()
    }

    private func check(name: String) throws(ContactError) {
        do throws(ProfileError) {
            _ = try ContactRequest(sender: me, name: name, message: nil)
        } catch {
            throw .badText(error)
        }
    }

    private func place(of identity: Ed25519.PublicKey) throws(ContactError) -> Int {
        guard let place = book.index(of: identity) else { throw .unknown }
        return place
    }

    private func request(of identity: Ed25519.PublicKey) -> Int? {
        book.requests.firstIndex { $0.request.sender == identity }
    }

    private mutating func add(
        _ identity: Ed25519.PublicKey, name: String, invitation: Contact.Invitation?, at now: Moment
    ) throws(ContactError) {
        guard identity != me else { throw .ownKey }
        guard book[identity] == nil else { throw .known }
        guard book.contacts.count < settings.contactsMax else { throw .full }
        do throws(CryptoError) {
            let pair = try PairSecret(own: key, other: identity, network: network)
            pens[identity] = Pen(
                pair: pair, letterDue: now.instant, readDue: now.instant,
                pause: settings.readingPause)
        } catch {
            throw .badKey
        }
        book.blocked.removeAll { $0 == identity }
        book.refused.removeAll { $0 == identity }
        // Who asked already needs no request.
        let isAsked = request(of: identity) != nil
        book.requests.removeAll { $0.request.sender == identity }
        book.contacts.append(
            Contact(
                identity: identity, name: name, level: .contacts,
                invitation: isAsked ? nil : invitation))
        draftDue = min(draftDue, now.instant)
    }

    private mutating func remove(
        _ identity: Ed25519.PublicKey, at now: Moment, _ entropy: inout Entropy
    ) throws(ContactError) {
        let place = try place(of: identity)
        book.contacts.remove(at: place)
        pens[identity] = nil
        // A friend may have been a contact before.
        for level in Letter.Level.allCases { revoke(level, at: now, &entropy) }
    }
}
