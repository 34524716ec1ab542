package import KithCrypto
import KithWire

// What only the simulator needs.
extension Node {
    /// Lets the node publish for another person from now on, for the simulator alone: many
    /// people share one simulated machine there, one after the other.
    ///
    /// Whoever published before is no longer kept published. No publication may be on its way.
    package mutating func publish(for person: consuming Ed25519.SecretKey) {
        precondition(publications.count == 0, "a publication is on its way")
        author = person.publicKey
        identity = .some(consume person)
        standing = nil
        clock = SequenceClock()
    }
}
