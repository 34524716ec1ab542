import KithWire

/// A ``Server`` as the generator of load sees it; ends with its owner.
struct ServerProcess {
    /// What a node has used and done so far.
    struct Usage {
        /// Nanoseconds of processor.
        var processor: UInt64
        /// Of these, inside the kernel.
        var kernel: UInt64
        /// Cells that it took.
        var taken: UInt64
        /// Cells that the next node took of it.
        var passedOn: UInt64
        /// Cells that the next did not take.
        var lost: UInt64
        /// Cells that it refused.
        var refused: UInt64
    }

    /// Who it is, and where.
    let record: NodeRecord
    private let process: ChildProcess

    /// Starts one that joins through `seed`, and waits until it takes part.
    init(joiningThrough seed: NodeRecord? = nil) throws(Failure) {
        process = try ChildProcess(["serve"] + (seed.map { [$0.text] } ?? []))
        let text = try process.readLine()
        do {
            record = try NodeRecord(text: text)
        } catch {
            throw Self.notUnderstood
        }
    }

    /// What it has used and done so far.
    func usage() throws(Failure) -> Usage {
        guard let usage = Usage(line: try process.ask("usage")) else { throw Self.notUnderstood }
        return usage
    }

    /// How often its node asked for heap memory so far.
    func allocations() throws(Failure) -> UInt64 {
        guard let count = UInt64(try process.ask("allocations")) else { throw Self.notUnderstood }
        return count
    }

    /// Nanoseconds of processor that it needs for a multiplication on Curve25519, in the mean of
    /// `count`.
    func multiplication(of count: Int) throws(Failure) -> Double {
        guard let time = Double(try process.ask("multiply \(count)")) else {
            throw Self.notUnderstood
        }
        return time / Double(count)
    }

    private static let notUnderstood = Failure(
        "what the node's process says is not understood", hint: "build kith-bench anew")
}

extension ServerProcess.Usage {
    /// As a line of numbers.
    var line: String { "\(processor) \(kernel) \(taken) \(passedOn) \(lost) \(refused)" }

    /// Reads the line; nil when it is another one.
    init?(line: String) {
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 6 else { return nil }
        self.init(
            processor: numbers[0], kernel: numbers[1], taken: numbers[2], passedOn: numbers[3],
            lost: numbers[4], refused: numbers[5])
    }

    /// What happened since `earlier`.
    static func - (later: Self, earlier: Self) -> Self {
        Self(
            processor: later.processor - earlier.processor, kernel: later.kernel - earlier.kernel,
            taken: later.taken - earlier.taken, passedOn: later.passedOn - earlier.passedOn,
            lost: later.lost - earlier.lost, refused: later.refused - earlier.refused)
    }
}
