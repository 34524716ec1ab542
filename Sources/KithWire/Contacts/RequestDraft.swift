public import KithCrypto

/// A request to a stranger on its way to become a record: sealed, and waiting for its stamp.
///
/// The stamp is searched in slices, so that a node goes on answering meanwhile.
public struct RequestDraft: Sendable {
    /// Where it goes.
    public let location: Location
    /// The seed of its author, a key for this request alone.
    private let author: Secret32
    private let sequence: UInt64
    private let sealed: [UInt8]
    private let network: Network
    private var stamp: Stamp

    /// Seals `request` for `person`, to be signed by a key that nobody has seen before.
    ///
    /// - Parameters:
    ///   - day: in whose mailbox it is left, since 1970.
    ///   - sequence: of its record; see ``Record/seal(_:as:author:sequence:location:network:)``.
    /// - Throws: ``CryptoError/weakKey`` when `person` is no key.
    public init(
        _ request: ContactRequest, for person: Ed25519.PublicKey,
        by key: borrowing Ed25519.SecretKey, day: UInt32, sequence: UInt64,
        network: Network, entropy: inout Entropy
    ) throws(CryptoError) {
        let count = Record.sealedBodyBytes(.request) - ContactRequest.stampBytes
        sealed = try request.seal(
            for: person, by: key, to: count, network: network, entropy: &entropy)
        location = ContactRequest.mailbox(of: person, day: day)
        author = .generate(from: &entropy)
        let signer = Ed25519.SecretKey(seed: author)
        self.sequence = sequence
        self.network = network
        let digest = ContactRequest.digest(
            sealed, location: location, author: signer.publicKey, sequence: sequence)
        stamp = Stamp(digest: digest, network: network, start: entropy.next())
    }

    /// Tries so many nonces for the stamp.
    ///
    /// - Returns: the record, or nil when more tries are needed.
    public mutating func finish(tries: Int) -> Record? {
        guard let nonce = stamp.find(tries: tries) else { return nil }
        let head = withUnsafeBytes(of: nonce.bigEndian) { [UInt8]($0) }
        return Record.seal(
            head + sealed, as: .request,
            author: Ed25519.SecretKey(seed: author), sequence: sequence,
            location: location, network: network)
    }
}
