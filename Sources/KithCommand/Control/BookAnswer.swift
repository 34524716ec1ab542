import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// The contact book as an answer: the objects that `kith contacts … --json` prints.
enum BookAnswer {
    /// The whole book; contacts as lists show them: favourites first, then by name.
    static func book(_ book: ContactBook) -> JSON {
        let contacts = book.contacts.map { (Text.normalise($0.name), $0) }.sorted {
            ($0.1.isFavourite ? 0 : 1, $0.0) < ($1.1.isFavourite ? 0 : 1, $1.0)
        }
        return [
            "contacts": .array(contacts.map { contact($0.1) }),
            "requests": .array(
                book.requests.map { request($0.request, received: $0.received) }),
            "blocked": .array(book.blocked.map { .object(person($0)) }),
            "sharing": .bool(book.isSharing),
        ]
    }

    private static func contact(_ contact: Contact) -> JSON {
        .object(
            [JSON.Member("name", .text(contact.name))] + person(contact.identity) + [
                JSON.Member("level", .text(contact.level.word)),
                JSON.Member("shows", JSON(contact.grantedLevel?.word)),
                JSON.Member("favourite", .bool(contact.isFavourite)),
                JSON.Member("confirmed", .bool(contact.isConfirmed)),
            ])
    }

    /// A request, as its sender wrote it.
    static func request(_ request: ContactRequest, received: UnixTime? = nil) -> JSON {
        .object(
            [JSON.Member("name", JSON(request.name))] + person(request.sender) + [
                JSON.Member("message", JSON(request.message)),
                JSON.Member("received", JSON(received.map(Calendar.text))),
            ])
    }

    /// All that a key says of a person.
    static func person(_ identity: Ed25519.PublicKey) -> [JSON.Member] {
        [
            JSON.Member("identity", .text(IdentityText.encode(identity))),
            JSON.Member("uri", .text(ContactURI(identity).text)),
            JSON.Member("fingerprint", .text(IdentityText.fingerprint(of: identity))),
        ]
    }
}
