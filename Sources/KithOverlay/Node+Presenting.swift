import KithCrypto
import KithWire

/// A presentation on its way, for somebody who waits: the public profile, or its withdrawal, and
/// the cards of both levels.
struct PresentRun: Sendable {
    let operation: OperationID
    let level: PrivacyLevel
    /// Which presentation since the process began.
    let number: UInt32
    let started: Instant
    /// The publication of the public profile, while it is on its way.
    var publication: UInt32?
    var published: PublishReport?
    var withdrawn: PublishReport?
    /// Cards that are on their way.
    var open: [Letter.Level] = []
    var cards = 0
    var cardsWanted = 0
    /// The first thing that failed; the node tries it again by itself.
    var failure: OperationError?
}

// What a person says of themselves: what everybody may see is published, the rest goes on cards.
extension Node {
    mutating func present(
        _ presentation: Presentation, via: Via = .direct, as id: OperationID, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let cards = correspondence?.present(presentation, at: now) ?? []
        var run = PresentRun(
            operation: id, level: presentation.level,
            number: correspondence?.presentations ?? 0, started: now.instant)
        run.open = cards
        run.cardsWanted = cards.count
        operations[id] = .presenting
        presentRuns.append(run)
        if let profile = presentation.profile(seenBy: .everyone) {
            publish(profile, via: via, as: id, at: now, &outbox)
        } else if let standing, !standing.isWithdrawn || !standing.isConfirmed {
            unpublish(as: id, at: now, &outbox)
        }
        if neighbourCount == 0, !cards.isEmpty {
            // The cards wait until somebody is there; whoever asked does not.
            failPresenting(id, .noPeers)
        }
        settleCorrespondence(at: now, &outbox)
        endPresentings(at: now.instant)
    }

    /// Says nothing any more; what was said stays in the book.
    mutating func hide(as id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        let said = correspondence?.book.presentation
        let isPublic = standing.map { !$0.isWithdrawn || !$0.isConfirmed } ?? false
        // What was published before there was a book is known from that alone.
        guard isPublic || said.map({ $0.level != .nobody }) ?? false,
            let profile = said?.profile ?? standing?.profile
        else {
            tell(.finished(id, .failure(.nothingPublished)))
            return
        }
        do {
            let nothing = try Presentation(profile, level: .nobody)
            present(nothing, as: id, at: now, &outbox)
        } catch {
            preconditionFailure("to say nothing takes no room: \(error)")
        }
    }

    /// Remembers which publication somebody who presents waits for.
    ///
    /// - Returns: whether the operation is one of those.
    mutating func presents(_ id: OperationID, with publication: UInt32) -> Bool {
        guard let index = presentRuns.firstIndex(where: { $0.operation == id }) else {
            return false
        }
        presentRuns[index].publication = publication
        return true
    }

    /// The public profile could not be signed or sent.
    ///
    /// - Returns: whether somebody who presents waited for that.
    mutating func profileRefused(_ id: OperationID, _ error: OperationError) -> Bool {
        guard presentRuns.contains(where: { $0.operation == id }) else { return false }
        failPresenting(id, error)
        return true
    }

    /// Ends the waiting for cards; with nothing else to wait for, that of the person, too.
    mutating func failPresenting(_ id: OperationID, _ error: OperationError) {
        guard let index = presentRuns.firstIndex(where: { $0.operation == id }) else { return }
        presentRuns[index].open = []
        presentRuns[index].failure = presentRuns[index].failure ?? error
        guard presentRuns[index].publication == nil else { return }
        presentRuns.remove(at: index)
        finish(id, .failure(error))
    }

    /// Takes how the publication of somebody who presents ended.
    ///
    /// - Returns: whether it was one of those.
    mutating func profilePlaced(
        _ result: Result<PublishReport, OperationError>, withdrawing: Bool, by id: OperationID,
        at now: Instant
    ) -> Bool {
        guard let index = presentRuns.firstIndex(where: { $0.operation == id }) else {
            return false
        }
        presentRuns[index].publication = nil
        switch result {
        case .success(let report) where withdrawing: presentRuns[index].withdrawn = report
        case .success(let report): presentRuns[index].published = report
        case .failure(let error):
            presentRuns[index].failure = presentRuns[index].failure ?? error
        }
        endPresentings(at: now)
        return true
    }

    /// Takes how the writing of a card ended; the first of each level counts.
    mutating func cardPlaced(
        _ level: Letter.Level, of presentation: UInt32, _ report: PublishReport?, at now: Instant
    ) {
        guard
            let index = presentRuns.firstIndex(where: {
                $0.number == presentation && $0.open.contains(level)
            })
        else { return }
        presentRuns[index].open.removeAll { $0 == level }
        if let report, report.stored >= report.quorum {
            presentRuns[index].cards += 1
        } else {
            var error = OperationError.busy
            if let report { error = missed(report) }
            presentRuns[index].failure = presentRuns[index].failure ?? error
        }
        endPresentings(at: now)
    }

    /// Ends what waits for nothing any more; a presentation that a later one replaced ends with it.
    private mutating func endPresentings(at now: Instant) {
        let latest = correspondence?.presentations ?? 0
        for run in presentRuns {
            let isReplaced = run.number != latest
            guard run.publication == nil, run.open.isEmpty || isReplaced else { continue }
            presentRuns.removeAll { $0.operation == run.operation }
            if let failure = run.failure {
                finish(run.operation, .failure(failure))
                continue
            }
            let report = PresentReport(
                level: run.level, published: run.published, withdrawn: run.withdrawn,
                cards: run.cards, cardsWanted: run.cardsWanted, duration: now - run.started)
            finish(
                run.operation,
                run.open.isEmpty ? .success(.presented(report)) : .failure(.cancelled))
        }
    }
}
