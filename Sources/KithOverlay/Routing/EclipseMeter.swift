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
/// binomial with mean λ = N·d, and i or more of them stand there with a probability of at most
/// λ^i / i!. Where that falls below ``Settings/Eclipse/chance`` for the i closest that answered,
/// chance is ruled out (the idea of the test of Sridhar et al., NDSS 2024, without its logarithms,
/// which would need a mathematics library). Subnets: threats 2, more than half of the answers
/// out of one /16.
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
        if let crowd = crowd(closest.map(\.id), around: target, size: size) { return crowd }
        if !isLocal, closest.count >= settings.subnetAnswersMin {
            let percent = largestSubnet(closest) * 100 / closest.count
            if percent > settings.subnetPercentMax { return .oneSubnet(percent: percent) }
        }
        return .normal
    }

    private func crowd(_ ids: [NodeID], around target: Point, size: Int) -> Neighbourhood? {
        var worst: Neighbourhood?
        for count in 1...ids.count {
            let share = NetworkSize.fraction(target.distance(to: ids[count - 1]))
            let expected = Double(size) * share
            var chance = 1.0
            for factor in 1...count {
                chance *= expected * settings.sizeMargin / Double(factor)
            }
            if chance < settings.chance { worst = .crowded(nodes: count, expected: expected) }
        }
        return worst
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
    /// with bit l, l + 1, l + 2 flipped stands in its other seven eighths.
    func regionPoints(of target: Point, size: Int) -> [Point] {
        var bits = 0
        while size >> (bits + 1) >= settings.regionNodes { bits += 1 }
        return (0..<settings.regionPoints).map { target.flippingBit(at: bits + $0) }
    }
}
