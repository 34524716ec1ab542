import KithOverlay

/// How long after the cell before it each cell left its machine, by what it is.
struct CellGaps {
    private struct Gap {
        let machine: Int
        let seconds: Double
    }

    private var last: [Instant?]
    private var gaps: [[Gap]] = Array(repeating: [], count: CellKind.allCases.count)

    /// Nothing of so many machines.
    init(machines: Int) {
        last = Array(repeating: nil, count: machines)
    }

    /// A cell left.
    mutating func add(_ kind: CellKind, of machine: Int, at now: Instant) {
        if let before = last[machine] {
            gaps[kind.rawValue].append(Gap(machine: machine, seconds: (now - before).seconds))
        }
        last[machine] = now
    }

    /// Cells of the rarest kind.
    var fewest: Int { gaps.map(\.count).min() ?? 0 }

    /// What the test says of each kind.
    ///
    /// Some machines are asked to be an exit more often: each is measured by its own mean.
    var moments: [MixingFindings.Moments] {
        var seconds = Array(repeating: 0.0, count: last.count)
        var count = Array(repeating: 0.0, count: last.count)
        for gap in gaps.joined() {
            seconds[gap.machine] += gap.seconds
            count[gap.machine] += 1
        }
        let lengths = gaps.map { kind in
            kind.map { $0.seconds * count[$0.machine] / seconds[$0.machine] }
        }
        let queries = lengths[CellKind.query.rawValue]
        return CellKind.allCases.map { kind in
            let found = lengths[kind.rawValue]
            let both = Double(found.count * queries.count) / Double(found.count + queries.count)
            return MixingFindings.Moments(
                kind: kind, count: found.count,
                exponential: KolmogorovSmirnov.probability(
                    of: KolmogorovSmirnov.distanceToExponential(found),
                    count: Double(found.count)),
                likeQueries: KolmogorovSmirnov.probability(
                    of: KolmogorovSmirnov.distance(found, queries), count: both))
        }
    }
}
