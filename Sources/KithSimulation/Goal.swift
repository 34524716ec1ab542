/// A figure that a run is to reach.
public struct Goal: Sendable {
    /// How a figure is written.
    public enum Unit: Sendable {
        /// A share, 0…1.
        case share
        /// A time in milliseconds.
        case milliseconds
        /// A number of things.
        case count
        /// A number of things in the mean.
        case mean
        /// How far something is from what chance explains, in standard deviations.
        case deviations
        /// Information, in bits.
        case bits
        /// A probability, 0…1.
        case probability
    }

    /// What a figure must be.
    public enum Wanted: Sendable {
        /// This much or more.
        case atLeast(Double)
        /// Less than this.
        case below(Double)
        /// This much or less.
        case atMost(Double)
    }

    /// What is measured, in a few words.
    public let name: String
    /// How the figure is written.
    public let unit: Unit
    /// What it must be.
    public let wanted: Wanted
    /// What it was; nil when nothing was measured, which never meets a goal.
    public let measured: Double?

    /// A goal and what was measured.
    public init(_ name: String, _ unit: Unit, _ wanted: Wanted, measured: Double?) {
        self.name = name
        self.unit = unit
        self.wanted = wanted
        self.measured = measured
    }

    /// Whether the figure is what it must be.
    public var isMet: Bool {
        guard let measured else { return false }
        switch wanted {
        case .atLeast(let bound): return measured >= bound
        case .below(let bound): return measured < bound
        case .atMost(let bound): return measured <= bound
        }
    }
}

extension Findings {
    /// The goals of a scenario and what was measured of them.
    public func goals(of scenario: Scenario) -> [Goal] {
        let violated = Goal(
            "invariants violated", .count, .atMost(0), measured: Double(violations.count))
        let wrong = violations.count { $0.kind == .forged || $0.kind == .wentBack } + rolledBack
        let accepted = Goal(
            "forged or rolled-back records accepted", .count, .atMost(0), measured: Double(wrong))
        switch scenario {
        case .steady, .swarm, .partition, .mute, .pause, .skew, .full, .swizzle: return [violated]
        case .churn:
            return [
                goal("FIND", finds, 0.99),
                Goal("FIND median", .milliseconds, .below(500), measured: finds.median),
                Goal(
                    "FIND p99", .milliseconds, .below(3_000),
                    measured: finds.milliseconds.quantile(0.99)),
                goal("STORE", stores, 0.995), violated,
            ]
        case .hardChurn: return [goal("FIND", finds, 0.97), violated]
        case .half:
            return [
                goal("readable after 30 s", soon, 0.95),
                goal("readable after one republish", later, 0.99),
                goal("of those, owner alive", laterOwned, 0.99), violated,
            ]
        case .liars20: return [goal("FIND", finds, 0.99), accepted, violated]
        case .liars30: return [goal("FIND", finds, 0.95), accepted, violated]
        case .ground, .groundLate:
            return [goal("STORE", stores, 0.99), goal("FIND", finds, 0.99), accepted, violated]
        case .large:
            return [
                Goal("joined", .count, .atLeast(Double(machines)), measured: Double(joined)),
                goal("FIND", finds, 0.99), violated,
            ]
        }
    }

    private func goal(_ name: String, _ tally: Tally, _ share: Double) -> Goal {
        Goal(
            name, .share, .atLeast(share), measured: tally.tried == 0 ? nil : tally.success)
    }
}

extension Tally {
    /// The middle latency, in milliseconds.
    var median: Double? { milliseconds.median }
}
