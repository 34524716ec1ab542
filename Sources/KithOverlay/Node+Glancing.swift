import KithCrypto
import KithWire

/// Somebody who waits for a card and, where there is none, for the public profile; or for both of
/// their own, as others get them.
struct Glance: Sendable {
    enum Aim: Sendable {
        /// A contact's card.
        case card(of: Ed25519.PublicKey)
        /// What this contact gets of ourselves; nil for a stranger.
        case own(seenBy: Ed25519.PublicKey?)
    }

    let aim: Aim
    /// What the reading of the card found.
    var report: CardReport?
}

// Looking at people: first their card, then what they show everybody.
extension Node {
    mutating func glance(
        _ aim: Glance.Aim, as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        guard joining.phase == .joined || neighbourCount > 0 else {
            tell(.finished(id, .failure(.noPeers)))
            return
        }
        operations[id] = .reading
        glances[id] = Glance(aim: aim)
        do throws(ContactError) {
            switch aim {
            case .card(let identity):
                try correspondence?.startReading(identity, for: id, at: now)
            case .own(let viewer):
                guard let viewer else { preconditionFailure("a stranger reads no card") }
                try correspondence?.startLooking(as: viewer, for: id, at: now)
            }
        } catch {
            finish(id, .failure(.contacts(error)))
        }
        settleCorrespondence(at: now, &outbox)
    }

    /// Takes the card that was read; without one, and for the person's own, what everybody sees is
    /// looked for next.
    mutating func cardSeen(
        _ report: CardReport, by id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let glance = glances[id] else { return }
        if case .card = glance.aim, report.card != nil {
            finish(id, .success(.card(report)))
            return
        }
        glances[id]?.report = report
        lookForPublished(by: id, at: now, &outbox)
    }

    /// Reads the public profile that a glance is about.
    mutating func lookForPublished(by id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        guard let glance = glances[id] else { return }
        let person: Ed25519.PublicKey?
        switch glance.aim {
        case .card(let identity): person = identity
        case .own: person = author
        }
        guard let person else { preconditionFailure("a glance without a person") }
        let location = Record.ownedLocation(.profile, author: person)
        startLookup(
            location, as: id, asking: .findRecord(location, digest: [], skip: 0),
            width: settings.operations.recordWidth, owner: .get(id), at: now, &outbox)
    }

    /// Takes the public profile that a glance waited for.
    ///
    /// - Returns: whether it was one of those.
    mutating func publishedSeen(
        _ outcome: Result<Outcome, OperationError>, by id: OperationID
    ) -> Bool {
        guard let glance = glances.removeValue(forKey: id) else { return false }
        let shownOn = correspondence?.book.presentation?.shownOn
        finish(
            id,
            outcome.map { outcome in
                var published: Profile?
                if case .record(let record, _) = outcome, let body = record?.body {
                    published = try? Profile.decode(body.span.bytes)
                }
                switch glance.aim {
                case .card(let identity):
                    var report =
                        glance.report
                        ?? CardReport(
                            identity: identity, card: nil, level: nil, published: nil)
                    report.published = published
                    return .card(report)
                case .own(let viewer):
                    var report = SeenReport()
                    report.published = published
                    report.card = glance.report?.card
                    report.level = glance.report?.level
                    if viewer == nil { report.shownOn = shownOn }
                    return .seen(report)
                }
            })
        return true
    }
}
