import Glibc
import Reporting

/// What one node needs for a cell that it passes on, and for what X25519 needs of it.
struct RelayBench {
    /// One turn: multiplications, cells, multiplications.
    struct Round {
        /// What became of the cells.
        var outcome: CellLoad.Outcome
        /// What the node used and did meanwhile.
        var usage: ServerProcess.Usage
        /// How often it asked for heap memory meanwhile.
        var allocations: UInt64
        /// Nanoseconds of processor for one multiplication, the mean of before and after.
        var multiplication: Double

        /// Nanoseconds of processor for one cell that passed.
        var cell: Double { Double(usage.processor) / Double(outcome.passed) }
        /// Of these, inside the kernel.
        var kernel: Double { Double(usage.kernel) / Double(outcome.passed) }
        /// Cells per second of processor that X25519 allows.
        var allowed: Double { 1e9 / (RelayBench.multiplicationsPerCell * multiplication) }
        /// Cells per second of processor that passed.
        var passed: Double { 1e9 / cell }
        /// The share of what X25519 allows.
        var ratio: Double { passed / allowed }
        /// How often the node asked for heap memory for one cell.
        var allocationsPerCell: Double { Double(allocations) / Double(outcome.passed) }
    }

    /// What is shared with the maker of a cell, and blinding for the next hop.
    static let multiplicationsPerCell = 2.0
    /// Multiplications at a time: about a third of the time that a round's cells take.
    private static let multiplications = 1_000
    /// How long the last acknowledgements take, and what the node does about them, in milliseconds.
    private static let rest: Int32 = 20

    /// Runs as many rounds, after one that is not counted.
    static func run(_ request: RelayRequest) throws(Failure) -> [Round] {
        // A node relays once it has joined, for which it needs another one.
        let neighbour = try ServerProcess()
        defer { withExtendedLifetime(neighbour) {} }
        let node = try ServerProcess(joiningThrough: neighbour.record)
        let load = try CellLoad(through: node.record)
        var packets: [[UInt8]] = []
        for number in 0...request.rounds {
            Terminal.show("making cells: \(number) of \(request.rounds)")
            packets.append(try load.packets(request.cells))
        }
        var rounds: [Round] = []
        var before = try node.multiplication(of: multiplications)
        for (number, packets) in packets.enumerated() {
            Terminal.show("round \(number) of \(request.rounds)")
            // To say what it used costs the node memory, so this is asked outside the count.
            let start = try node.usage()
            let held = try node.allocations()
            let outcome = load.send(packets)
            poll(nil, 0, rest)
            let allocations = try node.allocations() - held
            let usage = try node.usage() - start
            let after = try node.multiplication(of: multiplications)
            guard outcome.passed > 0 else {
                throw Failure("no cell came out", hint: "see that nothing filters loopback")
            }
            rounds.append(
                Round(
                    outcome: outcome, usage: usage, allocations: allocations,
                    multiplication: (before + after) / 2))
            before = after
        }
        Terminal.show("")
        return Array(rounds.dropFirst())
    }
}
