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
        for node in run.lookup.closest(settings.lookup.width) {
            guard let answer = run.answers.first(where: { $0.node.id == node.id }),
                let token = answer.token
            else { continue }
            candidates.append(
                Placement.Candidate(node: answer.node, address: answer.address, token: token))
        }
        let placement = Placement(record: record, candidates: candidates, network: network)
        let placing = PlacementRun(placement: placement, publication: publication, index: index)
        guard let handle = placements.insert(placing) else {
            placed(index, of: publication, receipts: [], at: now, &outbox)
            return
        }
        stepPlacement(handle, at: now, &outbox)
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
                return
            case .finished:
                let run = placements.remove(handle)
                placed(
                    run.index, of: run.publication, receipts: run.placement.receipts,
                    newer: run.placement.newer, at: now, &outbox)
            }
        }
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
                try receipt.verify(network: network, node: call.node.key)
                placements[handle].placement.acknowledged(by: call.node.id, receipt: receipt)
            } catch {
                counters.invalidReceipts += 1
                placements[handle].placement.failed(call.node.id)
            }
        case .refused(_, let newer):
            placements[handle].placement.failed(call.node.id, newer: newer)
        case .ping, .pong, .findNode, .nodes, .findRecord, .records, .store:
            placements[handle].placement.failed(call.node.id)
        }
    }
}
