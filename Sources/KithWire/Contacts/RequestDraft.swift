public import KithCrypto

/// A request to a stranger on its way to become a record: sealed, and waiting for its stamp.
///
/// The stamp is searched in slices, so that a node goes on answering meanwhile.
public struct RequestDraft: ~Copyable {
    /// Where it goes.
    public let location: Location
    private let author: Ed25519.SecretKey
    private let sequence: UInt64
    private let sealed: [UInt8]
    private let network: Network
    private var stamp: Stamp

    /// Seals `request` for `person`, to be signed by a key that nobody has seen before.
    ///
    /// - Throws: ``CryptoError/weakKey`` when `person` is no key.
    public init(
        _ request: ContactRequest, for person: Ed25519.PublicKey,
        by key: borrowing Ed25519.SecretKey, at now: UnixTime, network: Network,
        entropy: inout Entropy
    ) throws(CryptoError) {
        let count = Record.sealedBodyBytes(.request) - ContactRequest.stampBytes
        sealed = try request.seal(
            for: person, by: key, to: count, network: network, entropy: &entropy)
        location = ContactRequest.mailbox(of: person, day: now.day)
        author = .generate(from: &entropy)
        sequence = now.milliseconds << 16
        self.network = network
        let digest = ContactRequest.digest(
            sealed, location: location, author: author.publicKey, sequence: sequence)
        stamp = Stamp(digest: digest, network: network, start: entropy.next())
    }

    /// Tries so many nonces for the stamp.
    ///
    /// - Returns: the record, or nil when more tries are needed.
    public mutating func finish(tries: Int) -> Record? {
        guard let nonce = stamp.find(tries: tries) else { return nil }
        let head = withUnsafeBytes(of: nonce.bigEndian) { [UInt8]($0) }
        return Record.seal(
            head + sealed, as: .request, author: author, sequence: sequence, location: location,
            network: network)
    }
}
