import KithCrypto
import KithOverlay
public import KithWire

/// How machines come and go.
public struct Churn: Sendable {
    /// Weibull shape of the length of a session; below 1 means that many are short.
    public let shape: Double
    /// Weibull scale of the length of a session.
    public let scale: Duration
    /// How long a machine stays away, in the mean (exponential).
    public let away: Duration

    /// Sessions as in the IPFS DHT: half of those who come are gone within 2 h, 80 % within 8 h
    /// (ProbeLab RFM2, 2022); Weibull fit k = 0.61, scale 3.66 h.
    public static let ipfs = Churn(
        shape: 0.61, scale: .seconds(13_176), away: .seconds(1_800))

    /// The hard mode of Stutzbach and Rejaie (IMC 2006): k = 0.38, scale 42.4 min.
    public static let hard = Churn(shape: 0.38, scale: .seconds(2_544), away: .seconds(600))

    /// Churn with these habits.
    public init(shape: Double, scale: Duration, away: Duration) {
        self.shape = shape
        self.scale = scale
        self.away = away
    }
}

extension World {
    /// Lets every machine but those in `steady` come and go from now on.
    ///
    /// Everyone's session begins now: the youngest network that these habits allow, and so the
    /// one that loses most in its first hours.
    public func startChurn(_ churn: Churn, except steady: Set<Int> = []) {
        self.churn = churn
        for machine in machines where !steady.contains(machine.number) {
            planTurn(of: machine, churn)
        }
    }

    /// Lets everyone stay as they are from now on.
    public func stopChurn() {
        churn = nil
    }

    func turnOver(_ machine: Machine) {
        guard let churn else { return }
        if machine.isUp {
            crash(machine)
        } else {
            start(machine, seeds: randomSeeds(3))
        }
        planTurn(of: machine, churn)
    }

    private func planTurn(of machine: Machine, _ churn: Churn) {
        let habit =
            machine.isUp
            ? Weibull(shape: churn.shape, scale: churn.scale)
            : Weibull(shape: 1, scale: churn.away)
        plan(.churn(machine: machine.number), after: habit.draw(&entropy))
    }

    /// Records of random machines that are part of the network.
    public func randomSeeds(_ count: Int) -> [NodeRecord] {
        // Most machines are members most of the time: looking at a few is enough.
        var seeds: [NodeRecord] = []
        for _ in 0..<count * 16 where seeds.count < count {
            if let one = entropy.element(of: machines), one.isSeed { seeds.append(one.record) }
        }
        guard seeds.isEmpty else { return seeds }
        let members = machines.filter(\.isSeed)
        return (0..<count).compactMap { _ in entropy.element(of: members)?.record }
    }
}
