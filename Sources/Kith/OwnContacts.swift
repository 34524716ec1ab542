import KithCrypto
import KithHost
import KithOverlay
package import KithWire

/// Whom one knows: the contact book of a running node.
///
/// The book changes at once; the other people learn of it as the network allows.
public struct OwnContacts: Sendable {
    private let host: NodeHost
    private let life: Life

    init(host: NodeHost, life: Life) {
        self.host = host
        self.life = life
    }

    /// Everybody in the book, in the order in which they were added.
    ///
    /// - Throws: ``KithError/noIdentity`` while the identity is locked.
    public var all: [Contact] {
        get async throws(KithError) { try await book.contacts.map(Contact.init) }
    }

    /// Requests that wait for ``accept(_:)`` or ``refuse(_:)``, oldest first.
    public var requests: [ContactRequest] {
        get async throws(KithError) {
            try await book.requests.map { ContactRequest($0.request) }
        }
    }

    /// The identities of people who are shown nowhere and whose requests are ignored.
    public var blocked: [String] {
        get async throws(KithError) { try await book.blocked.map(IdentityText.encode) }
    }

    /// Requests as they arrive from now on; ends with the node.
    public var arriving: AsyncStream<ContactRequest> { life.requests() }

    /// Adds somebody, and leaves a request for them unless they did the same or have asked.
    ///
    /// - Parameters:
    ///   - person: `kith1…` or the line that ``Identity/uri`` is: `kith:kith1…`.
    ///   - name: how to call them.
    ///   - introduction: what the request says: who asks, and why.
    public func add(
        _ person: String, name: String, introduction: (name: String?, message: String?) = (nil, nil)
    ) async throws(KithError) {
        try await change(
            .add(
                try Self.key(person), name: name, ownName: introduction.name,
                message: introduction.message))
    }

    /// Accepts a request: whoever asked is a contact from now on.
    public func accept(_ person: String) async throws(KithError) {
        try await change(.accept(try Self.key(person)))
    }

    /// Forgets a request; nobody is told.
    public func refuse(_ person: String) async throws(KithError) {
        try await change(.refuse(try Self.key(person)))
    }

    /// Removes a contact, who sees nothing of what comes from now on and is not told.
    public func remove(_ person: String) async throws(KithError) {
        try await change(.remove(try Self.key(person)))
    }

    /// Removes somebody, if they are a contact, ignores their requests and shows them nowhere.
    public func block(_ person: String) async throws(KithError) {
        try await change(.block(try Self.key(person)))
    }

    /// No longer ignores somebody.
    public func unblock(_ person: String) async throws(KithError) {
        try await change(.unblock(try Self.key(person)))
    }

    /// Calls a contact otherwise.
    public func rename(_ person: String, to name: String) async throws(KithError) {
        try await change(.rename(try Self.key(person), name))
    }

    /// Has a contact first in lists, or no longer.
    public func setFavourite(_ person: String, _ isFavourite: Bool) async throws(KithError) {
        try await change(.favourite(try Self.key(person), isFavourite))
    }

    /// Lets a contact see what friends see, or no longer.
    public func setFriend(_ person: String, _ isFriend: Bool) async throws(KithError) {
        try await change(.level(try Self.key(person), isFriend ? .friends : .contacts))
    }

    /// Whether the own node answers what contacts search, and searches ask the nodes of contacts who
    /// do the same; off until it is turned on, since those nodes learn what is searched.
    public func setSharing(_ isSharing: Bool) async throws(KithError) {
        try await change(.sharing(isSharing))
    }

    /// What a contact shows: their card, read from the network now, or else what they show
    /// everybody; nil when that is nothing.
    public func profile(of person: String) async throws(KithError) -> Profile? {
        let operation = Operation.readCard(try Self.key(person))
        guard case .card(let report) = try await host.outcome(of: operation) else {
            preconditionFailure("reading a card ended as something else")
        }
        return (report.card?.profile ?? report.published).map(Profile.init)
    }

    /// Sixty digits that two people compare, aloud or on paper: equal when each has the other's
    /// true identity.
    public func safetyNumber(with person: String) async throws(KithError) -> String {
        let other = try Self.key(person)
        guard let snapshot = await host.snapshot() else { throw .cancelled }
        return SafetyNumber.text(of: snapshot.identity, and: other)
    }

    /// The key that `kith1…` or `kith:kith1…` writes.
    static func key(_ person: String) throws(KithError) -> Ed25519.PublicKey {
        do {
            if person.hasPrefix(ContactURI.scheme) {
                return try ContactURI(text: person).identity
            }
            return try IdentityText.parse(person)
        } catch {
            throw .invalidLocation
        }
    }

    private var book: ContactBook {
        get async throws(KithError) {
            guard let snapshot = await host.snapshot() else { throw .cancelled }
            guard let book = snapshot.book else { throw .noIdentity }
            return book
        }
    }

    private func change(_ change: ContactChange) async throws(KithError) {
        guard case .contactsChanged = try await host.outcome(of: .contacts(change)) else {
            preconditionFailure("a change of the book ended as something else")
        }
    }
}

/// Somebody a person knows.
public struct Contact: Sendable, Hashable {
    /// How the person calls them.
    public let name: String
    /// Their key as text: `kith1…`.
    public let identity: String
    /// Sixteen digits to compare.
    public let fingerprint: String
    /// Whether they see what friends see.
    public let isFriend: Bool
    /// Whether they let us see what friends see; nil before they have us among their contacts.
    public let countsUsAsFriend: Bool?
    /// Whether they stand first in lists.
    public let isFavourite: Bool
    /// Whether they have us among their contacts, too.
    public let isConfirmed: Bool
    /// What their card said when the node read it last; nil when there was none.
    public let card: Profile?

    init(_ contact: KithOverlay.Contact) {
        name = contact.name
        identity = IdentityText.encode(contact.identity)
        fingerprint = IdentityText.fingerprint(of: contact.identity)
        isFriend = contact.level == .friends
        isFavourite = contact.isFavourite
        isConfirmed = contact.isConfirmed
        // Not `map`: Swift 6.3.1 cannot optimise a closure over a part of so large a value.
        if let level = contact.grantedLevel {
            countsUsAsFriend = level == .friends
        } else {
            countsUsAsFriend = nil
        }
        if let profile = contact.card?.profile {
            card = Profile(profile)
        } else {
            card = nil
        }
    }
}

/// Somebody who wants to become a contact.
public struct ContactRequest: Sendable, Hashable {
    /// Their key as text: `kith1…`.
    public let identity: String
    /// Sixteen digits to compare; anyone may choose any name.
    public let fingerprint: String
    /// What they call themselves.
    public let name: String?
    /// What they say.
    public let message: String?

    package init(_ request: KithWire.ContactRequest) {
        identity = IdentityText.encode(request.sender)
        fingerprint = IdentityText.fingerprint(of: request.sender)
        name = request.name
        message = request.message
    }
}
