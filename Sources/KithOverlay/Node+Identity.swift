import KithCrypto

// A person who comes to a node that runs already: their key was locked when it was started.
extension Node {
    /// Signs for this person from now on, and goes on with their book; a node that has a person
    /// keeps it.
    mutating func takeIdentity(_ seed: Secret32, _ book: ContactBook?, at now: Moment) {
        guard author == nil else { return }
        let key = Ed25519.SecretKey(seed: seed)
        author = key.publicKey
        identity = .some(consume key)
        open(book, at: now)
    }
}
