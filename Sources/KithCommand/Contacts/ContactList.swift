import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// The contact book as ``BookAnswer`` tells it, with the keys in it read.
struct ContactList {
    /// The answer.
    let json: JSON
    /// The contacts, favourites first.
    let contacts: [Entry]
    /// People who ask.
    let requests: [Entry]
    /// People who are ignored.
    let blocked: [Entry]

    /// Somebody in it.
    struct Entry {
        /// Their key.
        let identity: Ed25519.PublicKey
        /// What they are called; empty when nothing is known.
        let name: String
        /// What the answer says of them.
        let json: JSON

        /// What a name is looked up among.
        var candidate: Whom.Candidate { Whom.Candidate(identity: identity, name: name) }
    }

    /// Reads an answer.
    init(_ answer: JSON) throws(Failure) {
        json = answer
        contacts = try Self.entries(answer["contacts"])
        requests = try Self.entries(answer["requests"])
        blocked = try Self.entries(answer["blocked"])
    }

    /// The contact with this key.
    subscript(identity: Ed25519.PublicKey) -> Entry? {
        contacts.first { $0.identity == identity }
    }

    /// The contact whom a word means.
    func contact(_ whom: Whom) throws(Failure) -> Entry {
        let person = try whom.found(
            among: contacts.map(\.candidate), "your contacts", orFail: "unknown-contact",
            "'kith contacts list' shows them")
        return entry(person, in: contacts)
    }

    /// The request that a word means.
    func request(_ whom: Whom) throws(Failure) -> Entry {
        let person = try whom.found(
            among: requests.map(\.candidate), "those who ask", orFail: "no-request",
            "'kith contacts requests' shows them; 'kith contacts add' needs none")
        return entry(person, in: requests)
    }

    /// Whom a word means, known or not: a key may be anybody's.
    func anybody(_ whom: Whom) throws(Failure) -> Whom.Candidate {
        // Somebody may be a contact and ask again from a new device: that is one person.
        var known: [Whom.Candidate] = []
        for person in (contacts + requests + blocked).map(\.candidate)
        where !known.contains(where: { $0.identity == person.identity }) {
            known.append(person)
        }
        if case .line(let line) = whom {
            return known.first { $0.identity == line.identity }
                ?? Whom.Candidate(identity: line.identity, name: line.name ?? "")
        }
        return try whom.found(
            among: known, "the people you know", orFail: "unknown-contact",
            "give their identity or kith: line")
    }

    private func entry(_ person: Whom.Candidate, in entries: [Entry]) -> Entry {
        guard let entry = entries.first(where: { $0.identity == person.identity }) else {
            preconditionFailure("found, but not among those looked at")
        }
        return entry
    }

    private static func entries(_ json: JSON?) throws(Failure) -> [Entry] {
        var entries: [Entry] = []
        for item in json?.array ?? [] {
            guard let identity = item["identity"]?.text.flatMap(ContactChange.identity(text:))
            else { throw Failure(.invalidData, "bad-answer", "the node's answer makes no sense") }
            entries.append(
                Entry(identity: identity, name: item["name"]?.text ?? "", json: item))
        }
        return entries
    }
}
