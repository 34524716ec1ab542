import KithCrypto
import KithOverlay
import KithWire

// What goes into a node and what comes out of it.
extension World {
    func wake(_ machine: Machine) {
        guard machine.node != nil else { return }
        if case .stopped(let backlog, _) = machine.pause {
            machine.pause = .stopped(backlog: backlog, owesWake: true)
            return
        }
        outbox.clear()
        machine.node?.advance(to: moment(of: machine), into: &outbox)
        settle(machine)
    }

    func deliver(_ datagram: Agenda.Datagram, to machine: Machine) {
        guard machine.node != nil, wait(datagram, at: machine) else {
            lost += 1
            return
        }
        if machine.isPaused { return }
        delivered += 1
        note(datagram, to: machine.number)
        outbox.clear()
        let refused = machine.node?.counters.refusedUnproved ?? 0
        machine.node?.receive(
            datagram.bytes.span.bytes, from: datagram.source, at: moment(of: machine),
            into: &outbox)
        let isRefused = machine.node?.counters.refusedUnproved != refused
        meter(received: datagram, by: machine, isRefused: isRefused)
        settle(machine)
    }

    /// Drains what a node said: its events, as one transaction, then its datagrams, then its
    /// next deadline.
    func settle(_ machine: Machine) {
        var events: [Event] = []
        while let event = machine.node?.nextEvent() { events.append(event) }
        if trapCloses(.beforeCommit, on: machine, events) { return }
        var persisted: [StoredRecord] = []
        for event in events { take(event, of: machine, &persisted) }
        noteCells(of: machine)
        if trapCloses(.afterCommit, on: machine, events) { return }
        for index in 0..<outbox.count {
            if outbox.needsDurability(index) {
                if machine.disk.isFull { continue }
                acknowledge(persisted, by: machine)
            }
            send(index, from: machine)
        }
        outbox.clear()
        if trapCloses(.afterAcknowledgement, on: machine, events) { return }
        let deadline = machine.node?.nextDeadline ?? .never
        if deadline != .never, deadline < machine.wakesAt || machine.wakesAt <= now {
            machine.wakesAt = max(deadline, now)
            agenda.plan(.wake(machine: machine.number, life: machine.life), at: machine.wakesAt)
        }
        check(machine)
    }

    private func take(_ event: Event, of machine: Machine, _ persisted: inout [StoredRecord]) {
        switch event {
        case .persist(let record):
            if machine.disk.isFull {
                machine.node?.perform(
                    .storageFailed([record.key]), at: moment(of: machine), into: &outbox)
            } else {
                machine.disk.put(record)
                persisted.append(record)
                afterPersist?(machine, record)
            }
        case .forget(let key):
            machine.disk.remove(key)
            machine.acknowledged[key] = nil
        case .joined: machine.joinedAt = now
        case .alone(let reason):
            machine.aloneReason = reason
            machine.aloneAt = now
        case .published(let sequence):
            machine.sign(machine.disk.publication?.signed, sequence)
            machine.disk.publication?.sequence = sequence
        case .bookChanged:
            machine.disk.book = machine.node?.contactBook
        case .contactRequest(let request):
            machine.requests.append(request)
        case .guardsChanged(let guards):
            machine.disk.guards = guards
        case .addressChanged(_, let address):
            machine.seenAddress = address
            machine.addressChanges.append(now)
        case .roleChanged(let role, _):
            machine.roleChanges.append(Machine.RoleChange(role: role, at: now))
        case .progress(let id, _):
            if machine.firstProgress[id] == nil { machine.firstProgress[id] = now }
        case .hit(let id, let hit):
            machine.hits[id, default: []].append(hit)
        case .finished(let id, let result):
            machine.results[id] = result
            note(finished: id, result, on: machine)
            check(result, on: machine)
            afterFinish?(machine, id, result)
        }
    }

    /// Takes note of what the person wants published before the node is asked for it.
    func noting(_ operation: Operation, of machine: Machine) -> Operation {
        switch operation {
        case .publish(let profile, _):
            note(publishing: profile, on: machine)
        case .unpublish:
            note(publishing: nil, on: machine)
        case .present(let presentation, _):
            note(publishing: presentation.profile(seenBy: .everyone), on: machine)
        case .hide:
            note(publishing: nil, on: machine)
        case .ping, .pingAddress, .lookup, .get, .findName, .findInterests, .contacts, .readCard,
            .look, .scan:
            break
        }
        return operation
    }

    private func note(publishing profile: Profile?, on machine: Machine) {
        if let profile {
            machine.disk.publication = Disk.Publication(
                profile, sequence: machine.disk.publication?.sequence ?? 0)
        } else {
            machine.disk.publication?.withdrawnUntil =
                moment(of: machine).unix + settings.operations.recordLife
        }
    }

    private func send(_ index: Int, from machine: Machine) {
        let bytes = outbox.withDatagram(index) { $0.withUnsafeBytes { [UInt8]($0) } }
        let destination = outbox.destination(index)
        let datagram = Agenda.Datagram(
            sender: machine.number, source: source(of: machine, to: destination), bytes: bytes)
        if let receiver = receiver(at: destination, from: datagram.source) {
            meter(sent: datagram, to: receiver, by: machine)
        }
        transmit(datagram, to: destination)
    }

    /// Puts a datagram on its way, or loses it.
    func transmit(_ datagram: Agenda.Datagram, to destination: Address) {
        guard let receiver = receiver(at: destination, from: datagram.source) else {
            lost += 1
            afterSending?(Passage(datagram, sent: now, arrival: nil))
            return
        }
        if cuts.contains(where: { $0.separates(datagram.sender, receiver) })
            || entropy.unit() < links.loss
        {
            lost += 1
            afterSending?(Passage(datagram, sent: now, arrival: nil))
            return
        }
        var delay = delay()
        for clog in clogs where clog.slows(datagram.sender, receiver) {
            delay = delay + clog.delay.scaled(by: entropy.unit())
        }
        agenda.plan(.delivery(to: receiver, datagram), at: now + delay)
        afterSending?(Passage(datagram, sent: now, arrival: (receiver, now + delay)))
        if links.duplication > 0, entropy.unit() < links.duplication {
            agenda.plan(.delivery(to: receiver, datagram), at: now + self.delay())
        }
    }

    private func delay() -> Duration {
        let spread = Double(links.spread.wholeNanoseconds) * (2 * entropy.unit() - 1)
        var delay = links.latency + .nanoseconds(Int64(spread))
        if links.reordering > 0, entropy.unit() < links.reordering {
            let held = Double(links.reorderDelay.wholeNanoseconds) * entropy.unit()
            delay = delay + .nanoseconds(Int64(held))
        }
        return max(delay, .microseconds(10))
    }

    func note(_ datagram: Agenda.Datagram, to receiver: Int) {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update(trace)
        hasher.update(now.nanoseconds)
        hasher.update(UInt64(datagram.sender))
        hasher.update(UInt64(receiver))
        hasher.update(datagram.bytes)
        trace = hasher.finish32()
    }

    private func note(
        finished id: OperationID, _ result: Result<Outcome, OperationError>, on machine: Machine
    ) {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update(trace)
        hasher.update(now.nanoseconds)
        hasher.update(UInt64(machine.number))
        hasher.update(id.number)
        for sequence in result.sequences { hasher.update(sequence) }
        trace = hasher.finish32()
    }
}

extension Result<Outcome, OperationError> {
    /// What the result shows, in numbers: the sequences of the records in it.
    fileprivate var sequences: [UInt64] {
        switch self {
        case .success(.record(let record, _)): record.map { [$0.sequence] } ?? []
        case .success(.mixedRecord(let record, _)): record.map { [$0.sequence] } ?? []
        case .success(.found(let hits, _)): hits.map(\.sequence)
        case .success(.published(let report)), .success(.unpublished(let report)):
            [report.sequence, UInt64(report.stored), UInt64(report.entries)]
        case .success(.presented(let report)):
            [
                report.published?.sequence ?? 0, report.withdrawn?.sequence ?? 0,
                UInt64(report.cards),
            ]
        case .success(.ping), .success(.lookup), .success(.card), .success(.seen),
            .success(.contactsChanged), .success(.nearby):
            []
        case .failure: [.max]
        }
    }
}
