public import KithCrypto
public import KithWire

// What a person does with the book. It changes at once, with or without a network: a node that
// goes on with it tells the others.
extension ContactBook {
    /// Changes the book of `me`.
    ///
    /// - Throws: ``ContactError``; the book is as it was then.
    public mutating func change(
        _ change: ContactChange, by me: Ed25519.PublicKey, at now: UnixTime,
        limits: Settings.Contacts = Settings.Contacts(), _ entropy: inout Entropy
    ) throws(ContactError) {
        switch change {
        case .add(let identity, let name, let ownName, let message):
            try Self.check(name, message: nil, of: me)
            try Self.check(ownName, message: message, of: me)
            try add(
                identity, name: name,
                invitation: Contact.Invitation(name: ownName, message: message), by: me, at: now,
                limits)
        case .accept(let identity):
            let request = requests[try request(of: identity)].request
            let name = request.name ?? IdentityText.fingerprint(of: identity)
            try add(identity, name: name, invitation: nil, by: me, at: now, limits)
        case .refuse(let identity):
            requests.remove(at: try request(of: identity))
            refused.removeAll { $0.isOver(at: now, limits) }
            refused.append(Refusal(identity: identity, day: now.day))
            if refused.count > limits.refusedMax { refused.removeFirst() }
        case .remove(let identity):
            try remove(identity, at: now, limits, &entropy)
        case .block(let identity):
            guard identity != me else { throw .ownKey }
            guard blocked.contains(identity) || blocked.count < limits.blockedMax else {
                throw .full
            }
            if self[identity] != nil { try remove(identity, at: now, limits, &entropy) }
            requests.removeAll { $0.request.sender == identity }
            if !blocked.contains(identity) { blocked.append(identity) }
        case .unblock(let identity):
            guard blocked.contains(identity) else { throw .notBlocked }
            blocked.removeAll { $0 == identity }
        case .rename(let identity, let name):
            try Self.check(name, message: nil, of: me)
            contacts[try place(of: identity)].name = name
        case .favourite(let identity, let isFavourite):
            contacts[try place(of: identity)].isFavourite = isFavourite
        case .level(let identity, let level):
            let place = try place(of: identity)
            let before = contacts[place].level
            guard before != level else { return }
            contacts[place].level = level
            contacts[place].number += 1
            // Who was a friend has the friends' secret.
            if before == .friends { revoke(before, at: now, limits, &entropy) }
        case .sharing(let isSharing):
            // What letters say of the node follows when the node runs.
            self.isSharing = isSharing
        }
    }

    private static func check(
        _ name: String?, message: String?, of me: Ed25519.PublicKey
    ) throws(ContactError) {
        do throws(ProfileError) {
            _ = try ContactRequest(sender: me, name: name, message: message)
        } catch {
            throw .badText(error)
        }
    }

    private func place(of identity: Ed25519.PublicKey) throws(ContactError) -> Int {
        guard let place = index(of: identity) else { throw .unknown }
        return place
    }

    private func request(of identity: Ed25519.PublicKey) throws(ContactError) -> Int {
        guard let place = requests.firstIndex(where: { $0.request.sender == identity }) else {
            throw .noRequest
        }
        return place
    }

    private mutating func add(
        _ identity: Ed25519.PublicKey, name: String, invitation: Contact.Invitation?,
        by me: Ed25519.PublicKey, at now: UnixTime, _ limits: Settings.Contacts
    ) throws(ContactError) {
        guard identity != me else { throw .ownKey }
        guard self[identity] == nil else { throw .known }
        guard contacts.count < limits.contactsMax else { throw .full }
        do throws(CryptoError) {
            _ = try identity.agreementKey()
        } catch {
            throw .badKey
        }
        blocked.removeAll { $0 == identity }
        refused.removeAll { $0.identity == identity }
        // Who asked already needs no request.
        let isAsked = requests.contains { $0.request.sender == identity }
        requests.removeAll { $0.request.sender == identity }
        contacts.append(
            Contact(
                identity: identity, name: name, level: .contacts, number: Self.first(at: now),
                invitation: isAsked ? nil : invitation))
    }

    private mutating func remove(
        _ identity: Ed25519.PublicKey, at now: UnixTime, _ limits: Settings.Contacts,
        _ entropy: inout Entropy
    ) throws(ContactError) {
        contacts.remove(at: try place(of: identity))
        // A friend may have been a contact before.
        for level in Letter.Level.allCases { revoke(level, at: now, limits, &entropy) }
    }

    /// Gives a level a new secret; who has the old one finds covers from now on.
    private mutating func revoke(
        _ level: Letter.Level, at now: UnixTime, _ limits: Settings.Contacts,
        _ entropy: inout Entropy
    ) {
        let index = OwnLevel.index(level)
        let old = levels[index]
        if old.isShown {
            revoked.append(
                RevokedLevel(
                    level: level, secret: old.secret, lastSequence: old.lastSequence, at: now))
            if revoked.count > limits.revokedMax { revoked.removeFirst() }
        }
        levels[index] = OwnLevel(level, version: old.secret.version + 1, at: now, &entropy)
        for contact in contacts.indices where contacts[contact].level == level {
            contacts[contact].number += 1
        }
    }

    /// Where numbers of letters and versions of secrets start.
    ///
    /// At the time, so that somebody who lost a book and starts a new one is believed by who
    /// has read higher numbers than 1.
    static func first(at now: UnixTime) -> UInt32 {
        // Room to count on, whatever the clock says.
        min(UInt32(clamping: now.milliseconds / 1_000), .max / 2)
    }
}

extension ContactBook.Refusal {
    /// Whether whoever was refused has stopped leaving that request, so that another is news.
    func isOver(at now: UnixTime, _ limits: Settings.Contacts) -> Bool {
        now.day > day + limits.refusalDays
    }
}
