import KithCrypto
import KithWire

// Audits: do those who signed a receipt still have the record?
extension Node {
    /// Plans the audit of a publication, somewhere before the next one.
    mutating func planAudit(of holdings: [Holding], at now: Moment) {
        standing?.holdings = holdings
        let share = 0.3 + 0.4 * entropy.unit()
        guard let sequence = standing?.sequence else { return }
        timers.push(
            .audit(sequence: sequence),
            at: now.instant + settings.operations.republish.scaled(by: share))
    }

    /// Asks every holder of the profile and of some entries for what it promised to keep.
    mutating func audit(_ sequence: UInt64, at now: Moment, _ outbox: inout Outbox) {
        guard let standing, standing.sequence == sequence, !standing.isWithdrawn,
            joining.phase == .joined,
            !standing.holdings.isEmpty
        else { return }
        var chosen = Array(standing.holdings.indices.dropFirst())
        entropy.shuffle(&chosen)
        for index in [0] + chosen.prefix(settings.keeping.auditedEntries) {
            let holding = standing.holdings[index]
            let digest = InterestSet.encode(digest: InterestSet(standing.profile.interests).digest)
            for holder in holding.holders {
                call(
                    .findRecord(holding.location, digest: digest, skip: 0), of: holder.node,
                    at: holder.address,
                    for: .audit(index: index, sequence: holding.sequence), now: now, &outbox)
            }
        }
    }

    /// A holder answered: it shows our record, or has broken its promise, unless it has more that
    /// is as much like ours as what it shows.
    mutating func auditAnswered(
        _ node: NodeRecord, _ message: Message, in body: RawSpan, index: Int, sequence: UInt64,
        at now: Moment
    ) {
        guard let holding = holding(index, sequence) else { return }
        guard case .records(_, let items, _, let total, _) = message.body else {
            lose(node, index: index, at: now)
            return
        }
        let shown = storedRecords(items, in: body)
        let isKept = shown.contains {
            $0.location == holding.location && $0.sequence >= sequence && $0.author == author
        }
        if isKept {
            counters.receiptsKept += 1
            return
        }
        if total > shown.count, areLikeOurs(shown) { return }
        counters.receiptsBroken += 1
        distrusted.insert(
            now.instant, for: node.key, expires: now.instant + settings.keeping.distrust)
        lose(node, index: index, at: now)
    }

    /// Whether all of these are entries of people with just our interests.
    ///
    /// Whoever ranks by our digest shows them first, so that ours may stand behind them. A profile
    /// has no such company.
    private func areLikeOurs(_ shown: [Record]) -> Bool {
        guard let profile = standing?.profile, !shown.isEmpty else { return false }
        let digest = InterestSet(profile.interests).digest
        return shown.allSatisfy { record in
            guard let body = record.body, record.kind.isShared,
                let entry = try? IndexEntry.decode(body.span.bytes)
            else { return false }
            return entry.digest == digest
        }
    }

    /// A holder is silent; that breaks no promise, but it is one copy less.
    mutating func auditFailed(_ node: NodeRecord, index: Int, sequence: UInt64, at now: Moment) {
        guard holding(index, sequence) != nil else { return }
        lose(node, index: index, at: now)
    }

    private func holding(_ index: Int, _ sequence: UInt64) -> Holding? {
        guard let standing, !standing.isWithdrawn, standing.holdings.indices.contains(index),
            standing.holdings[index].sequence == sequence
        else { return nil }
        return standing.holdings[index]
    }

    /// One copy less; with less than a majority everything is published again now.
    private mutating func lose(_ node: NodeRecord, index: Int, at now: Moment) {
        guard var standing else { return }
        standing.holdings[index].holders.removeAll { $0.node.id == node.id }
        self.standing = standing
        guard standing.holdings[index].holders.count < network.replication / 2 + 1 else { return }
        self.standing?.holdings = []
        schedulePublish(after: settings.operations.republishAfterStart, at: now)
    }
}
