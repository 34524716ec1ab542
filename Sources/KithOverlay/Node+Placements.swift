import KithCrypto
import KithWire

// Placements: writing one record to its replicas.
extension Node {
    /// Starts storing record `index` of a publication on the nodes that `run` found.
    mutating func startPlacement(
        of index: Int, in publication: UInt32, after run: LookupRun, at now: Moment,
        _ outbox: inout Outbox
    ) {
        guard publications.contains(publication) else { return }
        let record = publications[publication].publication.records[index]
        var candidates: [Placement.Candidate] = []
        let width = run.isWidened ? settings.eclipse.widenedWidth : settings.lookup.width
        for node in run.lookup.closest(width) {
            guard let answer = run.answers.first(where: { $0.node.id == node.id }),
                let token = answer.token
            else { continue }
            let isBusy = answer.load > settings.keeping.loadSteering
            let isDistrusted = distrusted.peek(answer.node.key, at: now.instant) != nil
            candidates.append(
                Placement.Candidate(
                    node: answer.node, address: answer.address, token: token,
                    isLastResort: isBusy || isDistrusted))
        }
        let placement = placement(of: record, on: candidates, isWidened: run.isWidened)
        let placing = PlacementRun(placement: placement, publication: publication, index: index)
        guard let handle = placements.insert(placing) else {
            placed(index, of: publication, by: placement, at: now, &outbox)
            return
        }
        stepPlacement(handle, at: now, &outbox)
    }

    /// Three replicas and some spares; where somebody seems to have settled every second node of the
    /// region first, so that whoever settled next to the location is not all of it.
    private mutating func placement(
        of record: Record, on candidates: [Placement.Candidate], isWidened: Bool
    ) -> Placement {
        guard isWidened else {
            return Placement(
                record: record, candidates: candidates, wanted: network.replication,
                spares: settings.keeping.spares(of: record.kind), network: network)
        }
        let every = { first in stride(from: first, to: candidates.count, by: 2) }
        let mixed = (Array(every(0)) + Array(every(1))).map { candidates[$0] }
        // Of one block one stores it, so more replicas than blocks cannot be had.
        let blocks = network.isLocal ? mixed.count : Set(mixed.map(\.address.block)).count
        let wanted = min(blocks, settings.eclipse.writeSetMax)
        return Placement(
            record: record, candidates: mixed, wanted: max(network.replication, wanted),
            network: network)
    }

    /// Stores where the placement wants it stored; ends it when it is done.
    mutating func stepPlacement(_ handle: UInt32, at now: Moment, _ outbox: inout Outbox) {
        while placements.contains(handle) {
            switch placements[handle].placement.next() {
            case .store(let candidate):
                let request = Request.store(
                    record: placements[handle].placement.record.encoded, token: candidate.token)
                let sent = call(
                    request, of: candidate.node, at: candidate.address, for: .placement(handle),
                    now: now, &outbox)
                if sent == nil { placements[handle].placement.failed(candidate.node.id) }
            case .wait:
                reportPlacement(handle, at: now, &outbox)
                return
            case .finished:
                reportPlacement(handle, at: now, &outbox)
                if placements.contains(handle) { _ = placements.remove(handle) }
            }
        }
    }

    /// Tells the publication once that its record is placed, or cannot be; spares go on.
    private mutating func reportPlacement(
        _ handle: UInt32, at now: Moment, _ outbox: inout Outbox
    ) {
        guard !placements[handle].isReported, placements[handle].placement.isPlaced else { return }
        placements[handle].isReported = true
        let run = placements[handle]
        placed(run.index, of: run.publication, by: run.placement, at: now, &outbox)
    }

    /// Takes what a replica answered; an acknowledgement counts when its receipt is valid.
    mutating func placementAnswered(
        _ handle: UInt32, by call: Call, _ message: Message, at now: Moment
    ) {
        let record = placements[handle].placement.record
        switch message.body {
        case .stored(let expires, let signer, let signature):
            let receipt = Receipt(
                location: record.location, author: record.author, sequence: record.sequence,
                expires: expires, signer: signer, signature: signature)
            do {
                guard expires >= record.expires else {
                    // Not a promise for as long as the record lives.
                    placements[handle].placement.failed(call.node.id)
                    return
                }
                if signers.value(for: call.node.key, at: now.instant) == signer {
                    try receipt.verifySignature(network: network)
                } else {
                    try receipt.verify(network: network, node: call.node.key)
                    signers.insert(signer, for: call.node.key)
                }
                placements[handle].placement.acknowledged(by: call.node.id, receipt: receipt)
            } catch {
                counters.invalidReceipts += 1
                placements[handle].placement.failed(call.node.id)
            }
        case .refused(_, let newer):
            placements[handle].placement.failed(call.node.id, newer: newer)
        case .ping, .pong, .findNode, .nodes, .findRecord, .records, .store, .probe, .probeOther,
            .probing, .ask, .shown, .relay, .relaying, .taken:
            placements[handle].placement.failed(call.node.id)
        }
    }
}
