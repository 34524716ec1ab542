import KithCrypto
import KithWire

/// A mixed query on its way.
struct MixRun: Sendable {
    /// Who waits for it.
    enum Owner: Sendable {
        /// A person's `get`.
        case get(OperationID)
        /// A search's term.
        case term(search: UInt32, index: Int)
        /// A candidate's profile for a search.
        case profile(search: UInt32, author: Ed25519.PublicKey)
        /// A card, letter or request that is read.
        case reading(Correspondence.Matter)
        /// A card, letter or request that is written.
        case writing(Correspondence.Matter)
        /// Record `index` of a publication.
        case placing(publication: UInt32, index: Int)
    }

    let wanted: MixedQuery.Wanted
    let owner: Owner
    let started: Instant
    /// Paths tried.
    var tries = 0
    /// Cells of it that may come back.
    var open = 0
    /// Its cells, sent or about to be.
    var attempts: [UInt32] = []
    /// Exits that were asked.
    var exitsAsked: [X25519.PublicKey] = []
    /// When the first answer came that is enough by itself.
    var answeredAt: Instant?
    /// What exits answered.
    var answers: [MixedAnswer] = []
    /// What became of each path.
    var steps: [MixReport.Step] = []

    /// Whether nobody waits for it: cells leave no faster for its sake, or everybody who watches the
    /// line could count somebody's contacts.
    var isPatient: Bool {
        switch owner {
        case .reading(let matter): !matter.isWaitedFor
        case .writing: true
        case .get, .term, .profile, .placing: false
        }
    }

    /// Whether it writes.
    var isWrite: Bool {
        if case .store = wanted { true } else { false }
    }
}

extension MixRun {
    /// What exits found, as they say.
    var pages: [(records: [[UInt8]], total: Int, isFull: Bool)] {
        answers.compactMap { answer in
            guard case .found(let records, let total, let isFull) = answer else { return nil }
            return (records, Int(total), isFull)
        }
    }

    /// For the person who asked.
    var report: MixReport {
        var report = MixReport(steps: steps)
        if let first = answers.first { report.exitsDiffer = !answers.allSatisfy { $0 == first } }
        return report
    }

    /// Why it failed.
    var error: MixError {
        for step in steps.reversed() {
            switch step.end {
            case .lost(let suspect):
                return .hopFailed(suspect + 1, step.hops[suspect].addresses.first)
            case .guardSilent: return .hopFailed(1, step.hops[0].addresses.first)
            case .answered, .refused, .unheard, .unsent: continue
            }
        }
        return steps.isEmpty ? .hopFailed(1, nil) : .exitsRefused
    }

    /// The valid receipts of a write, of each node one.
    func receipts(network: Network) -> [Receipt] {
        guard case .store(let bytes) = wanted, let record = try? Record.decode(bytes.span.bytes)
        else { return [] }
        var valid: [Receipt] = []
        for answer in answers {
            guard case .kept(let promises, _) = answer else { continue }
            for promise in promises where !valid.contains(where: { $0.signer == promise.signer }) {
                let receipt = Receipt(
                    location: record.location, author: record.author, sequence: record.sequence,
                    expires: promise.expires, signer: promise.signer,
                    signature: promise.signature)
                guard promise.expires >= record.expires,
                    (try? receipt.verifySignature(network: network)) != nil
                else { continue }
                valid.append(receipt)
            }
        }
        return valid
    }

    /// What a write came to; nil when no receipt is valid.
    func writeReport(network: Network, at now: Instant) -> PublishReport? {
        let receipts = receipts(network: network)
        guard let first = receipts.first else { return nil }
        return PublishReport(
            location: first.location, stored: receipts.count, wanted: network.replication,
            quorum: network.replication / 2 + 1, entries: 0, entriesWanted: 0,
            receipts: receipts, sequence: first.sequence, expires: first.expires,
            duration: now - started)
    }
}

extension MixedAnswer {
    /// Whether it is an answer to go on with while the second exit is silent: a write that too few
    /// nodes promised to keep is none, nor is "nothing", which is soon said.
    func tells(quorum: Int) -> Bool {
        switch self {
        case .kept(let promises, _): promises.count >= quorum
        case .found(let records, _, _): !records.isEmpty
        case .echo, .failed: false
        }
    }
}
