import KithOverlay

/// What a cell that leaves a machine is; nobody but the simulator can tell.
public enum CellKind: Sendable, CaseIterable {
    /// Part of a query of its own.
    case query
    /// A query that nobody is interested in.
    case noise
    /// An echo.
    case loop
    /// The answer to somebody's query.
    case reply

    /// Its place among all kinds.
    var place: Int {
        switch self {
        case .query: 0
        case .noise: 1
        case .loop: 2
        case .reply: 3
        }
    }
}

/// What a bad relay does to the cells that it should pass on.
public enum CellFault: Sendable, CaseIterable {
    /// It says that it took them and forgets them.
    case drop
    /// It sends each many times.
    case replay
    /// It flips any bit.
    case flip
    /// It flips a bit of the body, to recognise it further on.
    case tag
    /// It keeps them for a minute.
    case delay

    var inNode: RelayFault {
        switch self {
        case .drop: .drop
        case .replay: .replay
        case .flip: .flip
        case .tag: .tag
        case .delay: .delay
        }
    }
}

extension World {
    /// Tells which cells of its own, or for others as their exit, a machine has just sent.
    func noteCells(of machine: Machine) {
        guard let afterCell, let counters = machine.node?.counters else { return }
        let before = machine.cellsNoted
        machine.cellsNoted = counters
        let kinds: [(CellKind, UInt64)] = [
            (.query, counters.cellsOfQueries - before.cellsOfQueries),
            (.noise, counters.cellsOfNoise - before.cellsOfNoise),
            (.loop, counters.cellsOfLoops - before.cellsOfLoops),
            (.reply, counters.errandsDone - before.errandsDone),
        ]
        for (kind, count) in kinds {
            for _ in 0..<count { afterCell(machine, kind) }
        }
    }
}
