import KithCrypto
public import KithOverlay
import KithWire

/// Something that should never happen, and did.
public struct Violation: Sendable, CustomStringConvertible {
    /// What kind of thing.
    public enum Kind: String, Sendable {
        /// A collection grew past its bound.
        case bound
        /// An unproved address got more bytes than it sent.
        case amplification
        /// A reader showed an older version than before.
        case wentBack
        /// A reader showed something that its author did not sign.
        case forged
        /// An acknowledged record is not on the disk of who acknowledged it.
        case notDurable
        /// An acknowledged version cannot be read after everything is healed.
        case lost
        /// Somebody who withdrew is found after everything is healed.
        case resurrected
        /// An operation did not end, though its machine stayed up.
        case stuck
        /// A machine is not part of the network after everything is healed.
        case notJoined
    }

    /// What kind of thing.
    public let kind: Kind
    /// The machine it happened on.
    public let machine: Int
    /// When it happened.
    public let at: Instant
    /// What was seen.
    public let detail: String

    /// For a person who wants to replay it.
    public var description: String {
        "\(kind.rawValue) on machine \(machine) at \(at.nanoseconds) ns: \(detail)"
    }
}

// What must hold after every event. Each check looks only at the machine it happened to.
extension World {
    /// Violations that are kept; more say nothing new.
    public static let violationsMax = 100

    func report(_ kind: Violation.Kind, on machine: Machine, _ detail: String) {
        guard violations.count < World.violationsMax else { return }
        violations.append(
            Violation(kind: kind, machine: machine.number, at: now, detail: detail))
    }

    /// Checks what a node holds and what it counted.
    func check(_ machine: Machine) {
        guard let bound = machine.node?.exceededBound else { return }
        report(.bound, on: machine, "\(bound)")
    }

    /// Checks what a person was shown.
    func check(_ result: Result<Outcome, OperationError>, on machine: Machine) {
        switch result {
        case .success(.record(let record, _)):
            if let record { check(shown: record, on: machine) }
        case .success(.mixedRecord(let record, _)):
            if let record { check(shown: record, on: machine) }
        case .success(.found(let hits, _)):
            for hit in hits where hit.source == .network { check(shown: hit, on: machine) }
        case .success(.published(let report)), .success(.unpublished(let report)):
            for receipt in report.receipts { check(receipt, for: machine) }
        case .success(.presented(let report)):
            for report in [report.published, report.withdrawn].compactMap(\.self) {
                for receipt in report.receipts { check(receipt, for: machine) }
            }
        case .success(.ping), .success(.lookup), .success(.card), .success(.seen),
            .success(.contactsChanged), .success(.nearby), .failure:
            break
        }
    }

    private func check(shown record: Record, on reader: Machine) {
        guard let author = byIdentity[record.author],
            let signed = machines[author].signed[record.sequence],
            signed?.encode() == record.body
        else {
            report(.forged, on: reader, "record \(record.sequence) of \(record.author)")
            return
        }
        check(record.author, sequence: record.sequence, on: reader)
    }

    private func check(shown hit: Hit, on reader: Machine) {
        guard let author = byIdentity[hit.identity],
            let signed = machines[author].signed[hit.sequence], signed == hit.profile
        else {
            report(.forged, on: reader, "profile \(hit.sequence) of \(hit.identity)")
            return
        }
        check(hit.identity, sequence: hit.sequence, on: reader)
    }

    private func check(_ identity: Ed25519.PublicKey, sequence: UInt64, on reader: Machine) {
        if let shown = reader.shown[identity], shown > sequence {
            report(.wentBack, on: reader, "from \(shown) to \(sequence) of \(identity)")
        }
        reader.shown[identity] = max(sequence, reader.shown[identity] ?? 0)
    }

    /// A receipt that somebody holds must be backed by a record on the disk of its signer,
    /// whatever happened to that machine since.
    private func check(_ receipt: Receipt, for owner: Machine) {
        // A liar's receipt is worth nothing, and nobody can tell.
        if liarSigners.contains(receipt.signer) { return }
        guard let signer = bySigner[receipt.signer] else {
            report(.forged, on: owner, "a receipt of an unknown node")
            return
        }
        let key = StoredRecord.Key(location: receipt.location, author: receipt.author)
        let held = machines[signer].stored(key)?.record.sequence
        if held ?? 0 < receipt.sequence {
            report(.notDurable, on: machines[signer], "receipt for \(receipt.sequence)")
        }
    }

    /// Takes note of an acknowledgement that is about to leave.
    func acknowledge(_ persisted: [StoredRecord], by machine: Machine) {
        machine.acknowledgements += 1
        machine.trap?.acknowledgements -= 1
        for stored in persisted {
            machine.acknowledged[stored.key] = stored.record.sequence
            if machine.stored(stored.key)?.record.sequence != stored.record.sequence {
                report(.notDurable, on: machine, "an acknowledgement left before the record")
            }
        }
    }

    /// After a restart: everything acknowledged must have come back.
    func checkRestart(of machine: Machine, restored: [StoredRecord], at now: UnixTime) {
        for stored in restored where stored.record.expires > now {
            let key = stored.key
            if machine.node?.holds(key, sequence: stored.record.sequence) != true {
                report(.notDurable, on: machine, "a restored record is missing")
            }
        }
        if machine.disk.isDamaged {
            report(.notDurable, on: machine, "a record on disk does not decode")
        }
        var missing = 0
        for (key, sequence) in machine.acknowledged
        where machine.stored(key)?.record.sequence ?? 0 < sequence {
            missing += 1
        }
        if missing > 0 { report(.notDurable, on: machine, "\(missing) acknowledged records") }
    }

    // MARK: Amplification, measured on the wire

    /// Type bytes of the envelope.
    private static var initiation: UInt8 { 1 }
    private static var response: UInt8 { 2 }
    private static var data: UInt8 { 4 }

    func meter(received datagram: Agenda.Datagram, by machine: Machine, isRefused: Bool) {
        let type = datagram.bytes.first
        switch machine.strangers[datagram.sender] {
        case .proved: return
        case .unproved(let received, let sent) where type == World.initiation:
            machine.strangers[datagram.sender] = .unproved(
                received: received + datagram.bytes.count, sent: sent)
        case nil where type == World.initiation:
            machine.strangers[datagram.sender] = .unproved(
                received: datagram.bytes.count, sent: 0)
        case .unproved, nil:
            // What was sealed with a session's keys proves the address, unless it was refused.
            if !isRefused, type == World.data || type == World.response {
                machine.strangers[datagram.sender] = .proved
            }
        }
        meterAnswers(of: machine)
    }

    /// Answers to an INIT leave in the same step, so the balance is looked at after sending; see
    /// ``meter(sent:to:by:)``.
    private func meterAnswers(of machine: Machine) {
        let counters = machine.node?.counters ?? Counters()
        if counters.unprovedBytesSent > counters.unprovedBytesReceived {
            report(.amplification, on: machine, "by its own counters")
        }
    }

    func meter(sent datagram: Agenda.Datagram, to receiver: Int, by machine: Machine) {
        guard datagram.bytes.first != World.initiation else { return }
        guard case .unproved(let received, let sent) = machine.strangers[receiver] else { return }
        let total = sent + datagram.bytes.count
        machine.strangers[receiver] = .unproved(received: received, sent: total)
        if total > received {
            report(
                .amplification, on: machine,
                "\(total) bytes to machine \(receiver) for \(received)")
        }
    }
}

extension Counters {
    /// Datagrams refused before they proved anything.
    var refusedUnproved: UInt64 {
        refused - refusedUnsolicited - refusedProof - refusedBudget - refusedAsks - refusedCells
    }
}
