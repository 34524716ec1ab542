public import KithOverlay
public import KithWire

// What is true, told by someone who sees everything: measures of what nodes find out.
extension World {
    /// The machines whose nodes are closest to `target`, closest first.
    ///
    /// - Parameters:
    ///   - asker: left out, as a node never finds itself; machines cut off from it are left out.
    ///   - since: only machines that have been members since then.
    public func closest(
        _ count: Int, to target: Location, for asker: Machine, since: Instant
    ) -> [Machine] {
        var found: [(distance: Point, machine: Machine)] = []
        for machine in machines where isReachable(machine, from: asker, since: since) {
            let distance = target.distance(to: machine.record.id)
            if found.count == count, let last = found.last, last.distance < distance { continue }
            let place = found.firstIndex { distance < $0.distance } ?? found.count
            found.insert((distance, machine), at: place)
            if found.count > count { found.removeLast() }
        }
        return found.map(\.machine)
    }

    /// Whether a node with this record is a machine that could be found all the time.
    public func isReachable(_ id: NodeID, from asker: Machine, since: Instant) -> Bool {
        guard let number = byID[id] else { return false }
        return isReachable(machines[number], from: asker, since: since)
    }

    private func isReachable(_ machine: Machine, from asker: Machine, since: Instant) -> Bool {
        guard machine.isMember, machine.serves, machine !== asker, let joined = machine.joinedAt,
            joined <= since
        else { return false }
        return !cuts.contains {
            $0.separates(asker.number, machine.number)
                || $0.separates(machine.number, asker.number)
        }
    }

    /// How a lookup that began at `since` compares with the truth.
    public func judge(
        _ report: LookupReport, by asker: Machine, since: Instant
    ) -> LookupVerdict {
        let truth = closest(16, to: report.target, for: asker, since: since).map(\.record.id)
        let members = report.closest.map(\.id).filter {
            isReachable($0, from: asker, since: since)
        }
        let found = truth.filter { members.contains($0) }.count
        return LookupVerdict(
            isExact: Array(members.prefix(3)) == Array(truth.prefix(3)),
            coverage: truth.isEmpty ? 1 : Double(found) / Double(truth.count))
    }
}

/// How good a lookup was.
public struct LookupVerdict: Sendable, Equatable {
    /// Whether the true closest three are the first three found, in their order.
    public let isExact: Bool
    /// Share of the true closest 16 that were found.
    public let coverage: Double
}
