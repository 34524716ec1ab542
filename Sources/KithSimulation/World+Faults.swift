import KithOverlay

/// Where a machine's power fails while it keeps a record for others.
public enum CrashPoint: Sendable, CaseIterable {
    /// The node has taken the record; nothing is on disk and nothing was sent.
    case beforeCommit
    /// The record is on disk; the acknowledgement was not sent.
    case afterCommit
    /// The acknowledgement has left.
    case afterAcknowledgement
}

/// A crash that waits for its moment.
struct Trap {
    let point: CrashPoint
    /// Acknowledgements that leave before.
    var acknowledgements: Int
    /// How much of the record gets to the disk of a crash before the commit, 0…1.
    var torn: Double?
}

extension World {
    /// Datagrams that wait for a paused process: what a socket's receive buffer of 208 KiB holds.
    public static let backlogMax = 256

    /// Lets a machine crash at `point` of the STORE that follows `acknowledgements` more
    /// acknowledgements; ``CrashPoint/afterAcknowledgement`` with 1 is right after the next.
    ///
    /// - Parameter torn: how much of the record is on the disk after a crash before the commit,
    ///   0…1; nil for nothing.
    public func crash(
        _ machine: Machine, at point: CrashPoint, after acknowledgements: Int,
        torn: Double? = nil
    ) {
        machine.trap = Trap(point: point, acknowledgements: acknowledgements, torn: torn)
    }

    /// Whether a machine still waits for the moment of its crash.
    public func isTrapped(_ machine: Machine) -> Bool { machine.trap != nil }

    /// Crashes `machine` if this is the moment it waits for.
    func trapCloses(_ point: CrashPoint, on machine: Machine, _ events: [Event]) -> Bool {
        guard let trap = machine.trap, trap.point == point, trap.acknowledgements <= 0 else {
            return false
        }
        let isStoring = events.contains { event in
            if case .persist = event { true } else { false }
        }
        guard isStoring || point == .afterAcknowledgement else { return false }
        if point == .beforeCommit, let torn = trap.torn {
            for case .persist(let record) in events { machine.disk.tear(record, at: torn) }
        }
        outbox.clear()
        crash(machine)
        return true
    }

    /// Stops a machine's process as SIGSTOP does: datagrams wait in its socket, as many as fit.
    public func pause(_ machine: Machine) {
        guard machine.isUp, !machine.isPaused else { return }
        machine.pause = .stopped(backlog: [], owesWake: false)
    }

    /// Lets a paused process go on: what waited in its socket first, then its timers.
    public func resume(_ machine: Machine) {
        guard case .stopped(let backlog, let owesWake) = machine.pause else { return }
        machine.pause = .none
        for datagram in backlog { deliver(datagram, to: machine) }
        if owesWake { wake(machine) }
    }

    /// Whether there is room for a datagram; when the machine is paused it is kept.
    func wait(_ datagram: Agenda.Datagram, at machine: Machine) -> Bool {
        guard case .stopped(var backlog, let owesWake) = machine.pause else { return true }
        guard backlog.count < World.backlogMax else { return false }
        machine.pause = .none
        backlog.append(datagram)
        machine.pause = .stopped(backlog: backlog, owesWake: owesWake)
        return true
    }
}
