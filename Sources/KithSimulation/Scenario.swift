import KithWire

/// What an experiment is about: what goes wrong, and the figures that it is to show.
public enum Scenario: String, Sendable, CaseIterable {
    /// Nothing but what ``Plan/links`` and ``Plan/churn`` bring.
    case steady
    /// Machines come and go as in the IPFS DHT, over a bad network.
    case churn
    /// Machines come and go as in the hard mode of the measurements, over a bad network.
    case hardChurn = "hard-churn"
    /// Half of the machines crash at once; everybody is read 30 s later and again after an hour.
    case half
    /// One participant of five is a liar.
    case liars20 = "liars-20"
    /// Three participants of ten are liars.
    case liars30 = "liars-30"
    /// Sixteen ids are ground next to each location before its profile is published.
    case ground
    /// Sixteen ids are ground next to each location after its profile was published.
    case groundLate = "ground-late"
    /// Faults drawn from the seed while people publish, withdraw and search; then all is healed
    /// and everything acknowledged must be readable. See ``Swarm``.
    case swarm
    /// A large network in one process.
    case large
    /// The network falls into two halves for 5 min; searching begins 60 s after it healed.
    case partition
    /// One tenth of the machines can be heard by nobody, but hears; it lasts, and the others
    /// search.
    case mute
    /// One tenth of the machines stands still for 30 s, then goes on.
    case pause
    /// Every clock is wrong by up to 60 s either way from the start: two differ by as much as
    /// records may come from the future.
    case skew
    /// One tenth of the disks is full from the start.
    case full
    /// A tenth of the machines is cut off one by one and comes back in another order.
    case swizzle

    /// What happens, in a line.
    public var summary: String {
        switch self {
        case .steady: "nothing else goes wrong"
        case .churn: "IPFS-like churn, 50±30 ms, 5 % loss"
        case .hardChurn: "hard churn (Weibull k = 0.38, scale 42 min), 50±30 ms, 5 % loss"
        case .half: "half crash at once; everybody is read 30 s later, and an hour later"
        case .liars20: "20 % of all are liars of eight kinds; half of the people publish twice"
        case .liars30: "30 % of all are liars of eight kinds; half of the people publish twice"
        case .ground: "16 ids ground next to each of 16 people's locations, then they publish"
        case .groundLate: "16 people publish, then 16 ids are ground next to each location"
        case .swarm: "drawn faults and liars, then healed: what was acknowledged must be readable"
        case .large: "10,000 nodes in one process"
        case .partition: "two halves cannot hear each other for 5 min, healed 60 s before searches"
        case .mute: "a tenth of the machines hears but is not heard; the others search"
        case .pause: "a tenth of the machines stands still for 30 s, then goes on"
        case .skew: "every clock is wrong by up to 60 s, from the start"
        case .full: "a tenth of the disks is full, from the start"
        case .swizzle: "a tenth of the machines is cut off one by one, back in another order"
        }
    }

    /// Whether people's locations are besieged.
    var isSiege: Bool { self == .ground || self == .groundLate }
}

extension Plan {
    /// The plan with which a scenario shows its figures.
    public init(_ scenario: Scenario, seed: UInt64) {
        self.init(seed: seed, nodes: 1_000)
        self.scenario = scenario
        let rough = Links(latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05)
        switch scenario {
        case .steady, .partition, .mute, .pause, .skew, .full, .swizzle: break
        case .churn, .hardChurn:
            links = rough
            churn = scenario == .churn ? .ipfs : .hard
            people = 400
            finds = 400
        case .half:
            links = rough
            people = 400
            finds = 100
        case .liars20, .liars30:
            links = rough
            liars = scenario == .liars20 ? 0.2 : 0.3
            people = 200
            finds = 400
            renewing = 0.5
        case .ground, .groundLate:
            links = rough
            people = 16
            finds = 400
        case .swarm: nodes = SwarmPlan.machinesMax
        case .large:
            nodes = 10_000
            people = 50
            finds = 100
            length = .seconds(60)
        }
    }
}
