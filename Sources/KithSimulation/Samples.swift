import KithOverlay

/// What happened to operations of one kind: how many succeeded, and what those cost.
public struct Tally: Sendable, Equatable {
    /// Operations that ended and count.
    public private(set) var tried = 0
    /// Those of them that succeeded.
    public private(set) var succeeded = 0
    /// How long the successful ones took, in milliseconds.
    public internal(set) var milliseconds = Samples()
    /// Hops of the successful ones.
    public internal(set) var hops = Samples()
    /// Requests of the successful ones.
    public internal(set) var requests = Samples()

    /// Nothing was tried yet.
    public init() {}

    /// Counts one operation.
    public mutating func count(_ success: Bool) {
        tried += 1
        if success { succeeded += 1 }
    }

    /// Counts one operation that succeeded, and what it cost.
    mutating func count(took duration: Duration, hops: Int? = nil, requests: Int? = nil) {
        count(true)
        milliseconds.add(duration.seconds * 1_000)
        if let hops { self.hops.add(Double(hops)) }
        if let requests { self.requests.add(Double(requests)) }
    }

    /// Share of those that succeeded, 0…1; 1 when none was tried.
    public var success: Double {
        tried == 0 ? 1 : Double(succeeded) / Double(tried)
    }

    /// Both together.
    public func adding(_ other: Tally) -> Tally {
        var sum = self
        sum.tried += other.tried
        sum.succeeded += other.succeeded
        sum.milliseconds.add(other.milliseconds)
        sum.hops.add(other.hops)
        sum.requests.add(other.requests)
        return sum
    }
}

/// Measured values, of which quantiles are wanted.
public struct Samples: Sendable, Equatable {
    private var values: [Double] = []

    /// How many there are.
    public var count: Int { values.count }

    /// Their mean; nil without values.
    public var mean: Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    mutating func add(_ value: Double) { values.append(value) }

    mutating func add(_ other: Samples) { values += other.values }

    /// The smallest value that at least `share` of all do not exceed (nearest rank); nil without
    /// values.
    public func quantile(_ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let rank = (share * Double(values.count)).rounded(.up)
        return values.sorted()[min(max(Int(rank), 1), values.count) - 1]
    }

    /// The middle value.
    public var median: Double? { quantile(0.5) }
}
