import KithCrypto
import KithWire

// Our own cards: one for each level and day, and covers for those that somebody must not read.
extension Correspondence {
    /// Both levels are written whenever one is: what nobody reads looks like what many read.
    mutating func planCards(
        at now: Moment, _ entropy: inout Entropy
    ) {
        for index in book.levels.indices where levelsDue[index] <= now.instant {
            levelsDue[index] = now.instant + around(settings.cardInterval, &entropy)
            guard let presentation = book.presentation else { continue }
            let isHidden = presentation.level == .nobody
            if isHidden, !book.levels[index].isShown { continue }
            let level = book.levels[index].level
            let card = card(of: presentation, for: level, on: now.unix.day)
            // Two days have two authors: neither sequence has to be above the other.
            let last = book.levels[index].lastSequence
            for epoch in epochs(of: book.levels[index].secret, at: now.unix) {
                guard let secret = book.levels[index].secret.advanced(to: epoch) else { continue }
                let sequence = sequence(after: last, at: now.unix, &entropy)
                let record = sealed(
                    card, under: secret, sequence: sequence, &entropy)
                book.levels[index].lastSequence = max(
                    book.levels[index].lastSequence, sequence)
                book.levels[index].isShown = true
                bookChanged()
                enqueue(
                    .write(
                        record,
                        .card(
                            level, version: secret.version, epoch: epoch,
                            presentation: presentations)))
            }
        }
    }

    /// The epoch that is, and the next when it is near.
    private func epochs(of secret: LevelSecret, at now: UnixTime) -> [UInt32] {
        let epoch = secret.epoch(at: now)
        return secret.epoch(at: now + settings.nextEpochLead) == epoch
            ? [epoch] : [epoch, epoch + 1]
    }

    /// What readers of `level` are to see; nil where that is nothing, or no more than everybody
    /// sees and too much for a card.
    private func card(
        of presentation: Presentation, for level: Letter.Level, on day: UInt32
    ) -> Card? {
        guard let profile = presentation.profile(seenBy: PrivacyLevel(level)) else { return nil }
        let isPassable = presentation.isPassable && level == .contacts
        return isPassable
            ? try? Card.passable(profile, day: day, network: network, by: key)
            : try? Card(profile)
    }

    /// A card, or what nobody can read in its place.
    private func sealed(
        _ card: Card?, under secret: LevelSecret, sequence: UInt64, _ entropy: inout Entropy
    ) -> Record {
        let count = Record.sealedBodyBytes(.sealed)
        do {
            let author = try key.blinded(by: secret.blinding(of: me))
            var body = entropy.bytes(count)
            if let card {
                body = try SealedText.seal(
                    card.encode(), to: count, key: secret.cardKey(of: author.publicKey),
                    header: author.publicKey.bytes, entropy: &entropy)
            }
            return Record.seal(
                body, as: .sealed, author: author, sequence: sequence, location: nil,
                network: network)
        } catch {
            preconditionFailure("a card does not fit into a record: \(error)")
        }
    }

    /// Yesterday's secret goes once a majority took a card of today: by their clocks, too, it is
    /// today.
    mutating func cardWritten(
        _ level: Letter.Level, _ version: UInt32, _ epoch: UInt32, of presentation: UInt32,
        _ sequence: UInt64, isStored: Bool, at now: Moment
    ) {
        let index = OwnLevel.index(level)
        let own = book.levels[index]
        guard own.secret.version == version else { return }
        guard isStored else {
            levelsDue[index] = min(levelsDue[index], now.instant + settings.retry)
            return
        }
        book.levels[index].lastSequence = highest(
            own.lastSequence, after: sequence, at: now.unix)
        // Only a cover of what is said now ends the covering, and not while a second day's is due.
        if book.presentation?.level == .nobody, presentation == presentations,
            epochs(of: own.secret, at: now.unix).count == 1
        {
            book.levels[index].isShown = false
        }
        if epoch == own.secret.epoch(at: now.unix), epoch > own.secret.epoch + 1,
            let kept = own.secret.advanced(to: epoch - 1)
        {
            book.levels[index].secret = kept
        }
        bookChanged()
    }

    mutating func planCovers(
        at now: Moment, _ entropy: inout Entropy
    ) {
        guard coversDue <= now.instant else { return }
        coversDue = .never
        book.revoked.removeAll { now.unix - $0.at > Record.lifeMax + settings.nextEpochLead }
        for index in book.revoked.indices {
            let revoked = book.revoked[index]
            let last = revoked.lastSequence
            for epoch in epochs(of: revoked.secret, at: revoked.at) {
                let matter = Matter.cover(
                    revoked.level, version: revoked.secret.version, epoch: epoch)
                guard !covered.contains(matter), let secret = revoked.secret.advanced(to: epoch)
                else { continue }
                let sequence = sequence(after: last, at: now.unix, &entropy)
                book.revoked[index].lastSequence = max(
                    book.revoked[index].lastSequence, sequence)
                bookChanged()
                let record = sealed(nil, under: secret, sequence: sequence, &entropy)
                enqueue(.write(record, matter))
            }
        }
    }

    mutating func coverWritten(_ matter: Matter, isStored: Bool, at now: Moment) {
        guard isStored else {
            coversDue = min(coversDue, now.instant + settings.retry)
            return
        }
        covered.append(matter)
        let open = book.revoked.filter { revoked in
            !epochs(of: revoked.secret, at: revoked.at).allSatisfy {
                covered.contains(
                    .cover(revoked.level, version: revoked.secret.version, epoch: $0))
            }
        }
        book.revoked = open
        if book.revoked.isEmpty { covered = [] }
        bookChanged()
    }
}
