import KithWire

/// How a part of the id space looks, compared with what chance would give.
public enum Neighbourhood: Sendable, Equatable {
    /// Too little is known: nobody answered, or the size of the network was not estimated yet.
    case unknown
    /// As chance would give it.
    case normal
    /// So many nodes stand where so few are expected: ids were chosen, not drawn.
    case crowded(nodes: Int, expected: Double)
    /// So many of a hundred answers come out of one /16 (IPv4) or /32 (IPv6).
    case oneSubnet(percent: Int)

    /// Whether somebody seems to have settled there on purpose.
    public var isSuspicious: Bool {
        switch self {
        case .unknown, .normal: false
        case .crowded, .oneSubnet: true
        }
    }
}

/// Tells a neighbourhood that was ground from one that grew.
///
/// Ids are uniform, so the number of nodes within a share d of the id space around a point is
/// binomial with mean λ = N·d, nearly that of Poisson; the probability that i or more stand within
/// the distance of the i-th closest is computed for each of the closest that answered (the idea of
/// the test of Sridhar et al., NDSS 2024, which compares the whole distribution). Subnets:
/// threats 2, more than half of the answers out of one /16.
///
/// Two thresholds: a neighbourhood is odd below ``Settings/Eclipse/oddChance``, which costs
/// a wider lookup and nothing else, and crowded below ``Settings/Eclipse/chance``, which is said
/// in words.
struct EclipseMeter {
    let settings: Settings.Eclipse
    /// Whether addresses tell nothing, since everybody may have the same.
    let isLocal: Bool

    init(settings: Settings.Eclipse, network: Network) {
        self.settings = settings
        isLocal = network.isLocal
    }

    /// Judges the nodes closest to `target` that answered, closest first.
    ///
    /// - Parameter size: the estimated number of nodes of the network.
    func judge(_ closest: [NodeRecord], around target: Point, size: Int?) -> Neighbourhood {
        guard !closest.isEmpty, let size else { return .unknown }
        if let crowd = crowd(closest, around: target, size: size) { return crowd }
        if !isLocal, closest.count >= settings.subnetAnswersMin {
            let percent = largestSubnet(closest) * 100 / closest.count
            if percent > settings.subnetPercentMax { return .oneSubnet(percent: percent) }
        }
        return .normal
    }

    /// Whether the nodes closest to `target` that answered stand so that a wider lookup is worth
    /// its cost: as they would with less than this `chance`.
    func isOdd(
        _ closest: [NodeRecord], around target: Point, size: Int, chance: Double
    ) -> Bool {
        return closest.indices.contains { index in
            let expected = expected(closest, index + 1, target, size)
            return Self.chance(of: index + 1, expecting: expected) < chance
        }
    }

    private func crowd(_ closest: [NodeRecord], around target: Point, size: Int) -> Neighbourhood? {
        var worst: Neighbourhood?
        for count in 1...closest.count {
            let expected = expected(closest, count, target, size)
            if Self.chance(of: count, expecting: expected * settings.sizeMargin) < settings.chance {
                worst = .crowded(nodes: count, expected: expected)
            }
        }
        return worst
    }

    /// How many nodes are expected as close to `target` as the `count` closest are.
    private func expected(
        _ closest: [NodeRecord], _ count: Int, _ target: Point, _ size: Int
    ) -> Double {
        Double(size) * NetworkSize.fraction(target.distance(to: closest[count - 1].id))
    }

    /// The probability that a Poisson variable of this mean is `count` or more.
    ///
    /// The terms λ^k / k! below `count` and from there on, until they no longer matter; e^-λ, which
    /// would need a mathematics library, cancels out.
    static func chance(of count: Int, expecting mean: Double) -> Double {
        // Terms grow up to k = λ: so many nodes are expected that nothing is odd about fewer.
        guard mean < Double(count) else { return 1 }
        var term = 1.0
        var below = 0.0
        for factor in 1...count {
            below += term
            term *= mean / Double(factor)
        }
        var above = 0.0
        var factor = count
        while term > above * 0x1p-53 {
            above += term
            factor += 1
            term *= mean / Double(factor)
        }
        return above / (below + above)
    }

    private func largestSubnet(_ nodes: [NodeRecord]) -> Int {
        let subnets = nodes.compactMap { ($0.v4 ?? $0.v6)?.subnet }
        var largest = 0
        for subnet in subnets {
            largest = max(largest, subnets.count { $0 == subnet })
        }
        return largest
    }
}

extension EclipseMeter {
    /// Points around `target` in whose neighbourhoods the honest nodes of its region stand.
    ///
    /// The region is what holds ``Settings/Eclipse/regionNodes`` nodes by expectation, that is a
    /// prefix of l bits; whoever settles next to the target sits in one corner of it. The target
    /// with bit l, l + 1, l + 2 flipped stands in its other seven eighths, and with bit l - 2,
    /// l - 1 flipped in what lies around it.
    func regionPoints(of target: Point, size: Int) -> [Point] {
        var bits = 0
        while size >> (bits + 1) >= settings.regionNodes { bits += 1 }
        let first = max(0, bits - settings.regionPointsOutside)
        return (first..<first + settings.regionPoints).map { target.flippingBit(at: $0) }
    }
}
