public import KithCrypto
public import KithWire

/// What a person does with the contact book; done at once, told to others as
/// time goes on.
public enum ContactChange: Sendable, Equatable {
    /// Take somebody among the contacts and leave a request for them; ends a block.
    ///
    /// With both having done so no request is needed.
    case add(Ed25519.PublicKey, name: String, ownName: String?, message: String?)
    /// Take somebody among the contacts who asked for it.
    case accept(Ed25519.PublicKey)
    /// Forget a request.
    case refuse(Ed25519.PublicKey)
    /// Take somebody out: they see nothing of what comes from now on.
    case remove(Ed25519.PublicKey)
    /// The same, and their requests are ignored and they are shown nowhere.
    case block(Ed25519.PublicKey)
    /// No longer ignore somebody.
    case unblock(Ed25519.PublicKey)
    /// Call somebody otherwise.
    case rename(Ed25519.PublicKey, String)
    /// Have somebody first in lists, or no longer.
    case favourite(Ed25519.PublicKey, Bool)
    /// Let somebody see another level.
    case level(Ed25519.PublicKey, Letter.Level)
    /// Let the own node answer what contacts search, and ask the nodes of those who do the same.
    case sharing(Bool)
}

/// Why the contact book stays as it is.
public enum ContactError: Error, Sendable, Equatable {
    /// Nobody with this key is a contact.
    case unknown
    /// Somebody with this key is a contact already.
    case known
    /// The key is one's own.
    case ownKey
    /// The key is none that anybody could have.
    case badKey
    /// No request of this person waits.
    case noRequest
    /// Nobody with this key is blocked.
    case notBlocked
    /// The name or message breaks the rules of text.
    case badText(ProfileError)
    /// There are as many contacts, or blocked people, as are kept.
    case full
}
