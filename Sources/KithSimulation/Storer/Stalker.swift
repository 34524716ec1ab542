import KithCrypto
import KithWire

/// Somebody who stored everything, knows everybody's public key, the network and the documents,
/// and looks for whose records are whose.
///
/// It computes whatever the derivations allow with what is public, and tries in the place of the
/// secrets what a careless implementation might have there: nothing, all ones, the public key, its
/// hash, the name of the network.
struct Stalker {
    /// What it found out about records.
    struct Catch: Equatable {
        /// Profiles that stand where a person's key says.
        var profiles = 0
        /// Requests in the mailbox of a person's key: for whom they are, not from whom.
        var requests = 0
        /// Sealed records whose author, location or text follows from what is known.
        var sealed = 0
    }

    private var owned: Set<Location> = []
    private var mailboxes: Set<Location> = []
    private var authors: Set<Ed25519.PublicKey> = []
    private var secrets: [Secret32] = []

    /// Versions of level secrets that are tried; a person's first is 1.
    private static let versions: ClosedRange<UInt32> = 0...3

    /// Computes what the public keys of `people` allow.
    init(knowing people: [Ed25519.PublicKey], days: ClosedRange<UInt32>, network: Network) {
        let epochs = days.lowerBound - 1...days.upperBound + 1
        let careless = [
            Bytes32(), Bytes32(bigEndianWords: (.max, .max, .max, .max)),
            BLAKE2b.hash32(network.nameBytes),
        ]
        secrets = careless.map(Self.secret)
        for person in people {
            authors.insert(person)
            for kind in Record.Kind.allCases where !kind.isShared {
                owned.insert(Record.ownedLocation(kind, author: person))
            }
            for epoch in epochs {
                mailboxes.insert(ContactRequest.mailbox(of: person, day: epoch))
            }
            let own = [person.bytes, BLAKE2b.hash32(person.bytes.bytes)]
            secrets += own.map(Self.secret)
            for secret in careless + own {
                guess(secret, of: person, epochs)
                guess(mailboxesWithKey: secret, of: person, epochs, network)
            }
        }
    }

    /// Also knows a level secret of somebody: what a thief, or a former contact, has.
    mutating func learn(
        _ secret: LevelSecret, of person: Ed25519.PublicKey, until epoch: UInt32
    ) {
        for epoch in secret.epoch...max(secret.epoch, epoch) {
            guard let ofDay = secret.advanced(to: epoch), let author = try? ofDay.author(of: person)
            else { continue }
            authors.insert(author)
        }
    }

    private static func secret(_ bytes: Bytes32) -> Secret32 {
        Secret32(copying: bytes.bytes.span.bytes)
    }

    private mutating func guess(
        _ bytes: Bytes32, of person: Ed25519.PublicKey, _ epochs: ClosedRange<UInt32>
    ) {
        for version in Self.versions {
            for epoch in epochs {
                let secret = LevelSecret(
                    version: version, offsetSeconds: 0, epoch: epoch, secret: Self.secret(bytes))
                if let author = try? secret.author(of: person) { authors.insert(author) }
            }
        }
    }

    /// Tries `bytes` as the secret key of whoever exchanges letters with `person`.
    private mutating func guess(
        mailboxesWithKey bytes: Bytes32, of person: Ed25519.PublicKey,
        _ epochs: ClosedRange<UInt32>, _ network: Network
    ) {
        let key = Ed25519.SecretKey(seed: bytes)
        guard let pair = try? PairSecret(own: key, other: person, network: network) else { return }
        for epoch in epochs {
            for writer in [person, key.publicKey] {
                authors.insert(pair.mailbox(from: writer, epoch: epoch).publicKey)
            }
        }
    }

    /// What it finds in `archive`.
    func search(_ archive: Archive) -> Catch {
        var found = Catch()
        for item in archive.items {
            let record = item.record
            switch record.kind {
            case .profile:
                if owned.contains(record.location) { found.profiles += 1 }
            case .nameEntry, .interestEntry: break
            case .request:
                if mailboxes.contains(record.location) { found.requests += 1 }
                if owned.contains(record.location) || authors.contains(record.author) {
                    found.sealed += 1
                }
            case .sealed:
                let isKnown =
                    authors.contains(record.author) || owned.contains(record.location)
                    || mailboxes.contains(record.location)
                if isKnown || opens(record) { found.sealed += 1 }
            }
        }
        return found
    }

    /// Whether a sealed record opens under one of the secrets tried, as a card or as it is.
    private func opens(_ record: Record) -> Bool {
        guard let body = record.body else { return false }
        let header = record.author.bytes
        return secrets.contains { secret in
            let level = LevelSecret(version: 0, offsetSeconds: 0, epoch: 0, secret: secret)
            let card = try? SealedText.open(
                body, key: level.cardKey(of: record.author), header: header)
            if card != nil { return true }
            return (try? SealedText.open(body, key: secret.sealingKey(), header: header)) != nil
        }
    }
}
