import KithCrypto
import KithWire

/// Estimates how many nodes the network has from how close the closest ones are.
///
/// Ids are uniform, so the i-th closest of N nodes is expected at i/N of the id space. Each
/// sample takes the median of the estimates (i - 1/3) / distance(i) (the median of a Gamma
/// variable of shape i is about i - 1/3) for the 8 or 16 closest, and the estimate is the median
/// of the last samples. Medians, because someone who grinds ids next to one location must
/// outnumber half of the closest there, and half of the locations sampled, to move it.
///
/// Samples age, since a network may grow tenfold while a node looks nothing up.
struct NetworkSize: Sendable {
    /// The fewest closest nodes that make a sample.
    static let widthMin = 8

    private struct Sample {
        let size: Double
        let at: Instant
    }

    private var samples: [Sample] = []
    private var oldest = 0

    private let settings: Settings.Routing

    /// Knows nothing yet.
    init(settings: Settings.Routing = .init()) {
        self.settings = settings
    }

    /// How many samples are remembered.
    var count: Int { samples.count }

    /// The number of nodes, ourselves included; nil while too few samples are fresh.
    func estimate(at now: Instant) -> Int? {
        let fresh = samples.filter { now - $0.at < settings.sizeSampleLife }.map(\.size)
        guard fresh.count >= settings.sizeSamplesMin else { return nil }
        return Self.whole(Self.median(fresh))
    }

    /// What the nodes closest to `target` alone say, closest first; off by about 30 %.
    static func estimate(closest ids: [NodeID], to target: Point) -> Int? {
        guard !ids.isEmpty else { return nil }
        return whole(size(ids, around: target, wanted: 16))
    }

    /// Learns from the nodes closest to `target` as a finished lookup names them, closest first,
    /// ourselves not among them.
    ///
    /// Fewer than were `wanted` are the whole network.
    mutating func learn(
        closest ids: [NodeID], to target: Point, wanted: Int, at now: Instant
    ) {
        guard !ids.isEmpty, wanted >= Self.widthMin else { return }
        let sample = Sample(size: Self.size(ids, around: target, wanted: wanted), at: now)
        if samples.count < settings.sizeSamplesMax {
            samples.append(sample)
        } else {
            samples[oldest] = sample
            oldest = (oldest + 1) % settings.sizeSamplesMax
        }
    }

    private static func size(_ ids: [NodeID], around target: Point, wanted: Int) -> Double {
        guard ids.count >= wanted else { return Double(ids.count) + 1 }
        let estimates = ids.prefix(wanted).enumerated().map { index, id in
            (Double(index) + 1 - 1.0 / 3) / max(fraction(target.distance(to: id)), 0x1p-128)
        }
        return median(estimates)
    }

    // Not `rounded()`: that is a call into libm, which the pure targets do not link.
    private static func whole(_ size: Double) -> Int { Int(min(size, 0x1p62) + 0.5) }

    /// The distance as a share of the id space, to 53 bits.
    static func fraction(_ distance: Point) -> Double {
        let words = distance.bytes.bigEndianWords
        return Double(words.0) * 0x1p-64 + Double(words.1) * 0x1p-128
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
