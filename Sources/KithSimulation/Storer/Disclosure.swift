import KithCrypto
import KithOverlay
import KithWire

/// What sealed records are, for a judge who holds all secret keys.
///
/// Letters open with the keys of the two; the secrets in them open the cards. What carries the
/// author of a card and does not open is a cover. Everything here is recomputed from the keys of
/// the people, not asked of their nodes.
struct Disclosure {
    /// What a sealed record turned out to be.
    enum Kind: String, CaseIterable {
        case contactsCard = "contacts card"
        case friendsCard = "friends card"
        case letter
        case cover

        init(_ level: Letter.Level) {
            self =
                switch level {
                case .contacts: .contactsCard
                case .friends: .friendsCard
                }
        }
    }

    /// A sealed record that was understood.
    struct Item {
        let record: Record
        let writer: Int
        let kind: Kind
        let epoch: UInt32
        /// What was sealed; empty for a cover.
        let text: [UInt8]
        /// Of a card or a cover: what its author was made with.
        let secret: LevelSecret?
    }

    /// Sealed records that were understood, in their order.
    private(set) var items: [Item] = []
    /// Sealed records whose author nobody could have made.
    private(set) var unexplained = 0
    /// Records of which the keys say that somebody else wrote them than the storer got them from.
    private(set) var misattributed = 0
    /// Requests, by whom they are for.
    private(set) var requests = 0
    /// Requests that nobody could open.
    private(set) var unreadable = 0

    private enum Author {
        case letter(writer: Machine, epoch: UInt32, PairSecret)
        case card(writer: Int, Letter.Level, LevelSecret)
    }

    /// A level secret as the first letter that has it says.
    private struct Version: Hashable {
        let writer: Int
        let level: Letter.Level
        let version: UInt32
    }

    private var authors: [Ed25519.PublicKey: Author] = [:]

    /// Opens what `archive` holds.
    ///
    /// - Parameters:
    ///   - pairs: who may have written to each other.
    ///   - days: all days that a clock showed.
    init(
        _ archive: Archive, of people: [Machine], pairs: [(Int, Int)],
        days: ClosedRange<UInt32>, network: Network
    ) {
        let epochs = days.lowerBound - 1...days.upperBound + 1
        for (one, other) in pairs {
            addMailboxes(of: people[one], and: people[other], epochs, network)
        }
        let sealed = archive.items(of: .sealed)
        for secret in grants(in: sealed, days: epochs) {
            let person = people[secret.version.writer]
            addCards(under: secret.secret, of: person, secret.version, epochs)
        }
        for item in sealed { open(item) }
        for item in archive.items(of: .request) {
            open(item, for: people, days: epochs, network: network)
        }
    }

    private mutating func addMailboxes(
        of one: Machine, and other: Machine, _ epochs: ClosedRange<UInt32>, _ network: Network
    ) {
        let key = Ed25519.SecretKey(seed: one.identitySeed)
        guard let pair = try? PairSecret(own: key, other: other.identity, network: network)
        else { preconditionFailure("people without keys") }
        for epoch in epochs {
            for writer in [one, other] {
                let author = pair.mailbox(from: writer.identity, epoch: epoch).publicKey
                authors[author] = .letter(writer: writer, epoch: epoch, pair)
            }
        }
    }

    /// The earliest secret of each version of a level that a letter brought.
    private func grants(
        in sealed: [Archive.Item], days: ClosedRange<UInt32>
    ) -> [(version: Version, secret: LevelSecret)] {
        var order: [Version] = []
        var secrets: [Version: LevelSecret] = [:]
        for item in sealed {
            guard case .letter(let writer, let epoch, let pair) = authors[item.record.author],
                let text = Self.text(
                    of: item.record, pair.letterKey(from: writer.identity, epoch: epoch)),
                let grant = (try? Letter.decode(text.span.bytes))?.grant
            else { continue }
            let version = Version(
                writer: writer.number, level: grant.level, version: grant.secret.version)
            guard let known = secrets[version] else {
                order.append(version)
                secrets[version] = grant.secret
                continue
            }
            if grant.secret.epoch < known.epoch { secrets[version] = grant.secret }
        }
        return order.compactMap { version in secrets[version].map { (version, $0) } }
    }

    private mutating func addCards(
        under secret: LevelSecret, of person: Machine, _ version: Version,
        _ epochs: ClosedRange<UInt32>
    ) {
        for epoch in max(secret.epoch, epochs.lowerBound)...epochs.upperBound {
            guard let ofDay = secret.advanced(to: epoch),
                let author = try? ofDay.author(of: person.identity)
            else { continue }
            authors[author] = .card(writer: person.number, version.level, ofDay)
        }
    }

    private mutating func open(_ item: Archive.Item) {
        let record = item.record
        switch authors[record.author] {
        case .letter(let writer, let epoch, let pair):
            let key = pair.letterKey(from: writer.identity, epoch: epoch)
            guard let text = Self.text(of: record, key) else {
                unexplained += 1
                return
            }
            note(
                Item(
                    record: record, writer: writer.number, kind: .letter, epoch: epoch, text: text,
                    secret: nil), from: item.writer)
        case .card(let writer, let level, let secret):
            let text = Self.text(of: record, secret.cardKey(of: record.author))
            let kind = text == nil ? Kind.cover : Kind(level)
            note(
                Item(
                    record: record, writer: writer, kind: kind, epoch: secret.epoch,
                    text: text ?? [], secret: secret), from: item.writer)
        case nil:
            unexplained += 1
        }
    }

    private mutating func note(_ item: Item, from writer: Int) {
        if item.writer != writer { misattributed += 1 }
        items.append(item)
    }

    private mutating func open(
        _ item: Archive.Item, for people: [Machine], days: ClosedRange<UInt32>, network: Network
    ) {
        requests += 1
        for person in people
        where days.contains(where: {
            ContactRequest.mailbox(of: person.identity, day: $0) == item.record.location
        }) {
            let key = Ed25519.SecretKey(seed: person.identitySeed)
            guard let request = try? ContactRequest.open(item.record, by: key, network: network)
            else { break }
            if request.sender != people[item.writer].identity { misattributed += 1 }
            return
        }
        unreadable += 1
    }

    private static func text(
        of record: Record, _ key: borrowing XChaChaPoly.Key
    ) -> [UInt8]? {
        guard let body = record.body else { return nil }
        return try? SealedText.open(body, key: key, header: record.author.bytes)
    }
}
