import KithCrypto
import KithWire

/// Estimates how many nodes the network has from how close the closest ones are.
///
/// Ids are uniform, so the i-th closest of N nodes is expected at i/N of the id space. Each
/// sample takes the median of the 16 estimates (i - 1/3) / distance(i) (the median of a Gamma
/// variable of shape i is about i - 1/3), and the estimate is the median of the last samples.
/// Medians, because someone who grinds ids next to one location must outnumber half of the 16
/// closest there, and half of the locations sampled, to move it.
///
/// For status and for what later compares a neighbourhood with the expectation; nothing is
/// decided by it here.
struct NetworkSize: Sendable {
    /// The closest nodes that make one sample.
    static let width = 16

    private var samples: [Double] = []
    private var oldest = 0

    private let samplesMax: Int

    /// Knows nothing yet.
    init(settings: Settings.Routing = .init()) {
        samplesMax = settings.sizeSamplesMax
    }

    /// How many samples are remembered.
    var count: Int { samples.count }

    /// The number of nodes, ourselves included; nil before the first sample.
    var estimate: Int? {
        // Not `rounded()`: that is a call into libm, which the pure targets do not link.
        Self.median(samples).map { Int($0 + 0.5) }
    }

    /// Learns from the nodes closest to `target` as a finished lookup or a table names them,
    /// closest first, ourselves not among them.
    ///
    /// Fewer than ``width`` of them are the whole network.
    mutating func learn(closest ids: [NodeID], to target: Point) {
        guard !ids.isEmpty else { return }
        let sample = Self.sample(
            ids.prefix(Self.width).map { Self.fraction(target.distance(to: $0)) })
        if samples.count < samplesMax {
            samples.append(sample)
        } else {
            samples[oldest] = sample
            oldest = (oldest + 1) % samplesMax
        }
    }

    private static func sample(_ distances: [Double]) -> Double {
        guard distances.count == width else { return Double(distances.count) + 1 }
        let estimates = distances.enumerated().map { index, distance in
            (Double(index) + 1 - 1.0 / 3) / max(distance, 0x1p-128)
        }
        return median(estimates) ?? Double(width)
    }

    /// The distance as a share of the id space, to 53 bits.
    static func fraction(_ distance: Point) -> Double {
        let words = distance.bytes.bigEndianWords
        return Double(words.0) * 0x1p-64 + Double(words.1) * 0x1p-128
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
