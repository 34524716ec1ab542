import KithOverlay

/// What a cell that leaves a machine is; nobody but the simulator can tell.
public enum CellKind: Int, Sendable, CaseIterable {
    /// Part of a query of its own.
    case query
    /// A query that nobody is interested in.
    case noise
    /// An echo.
    case loop
    /// The answer to somebody's query.
    case reply
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
