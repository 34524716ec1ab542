public import KithOverlay

/// What an ``Experiment`` does: how large, how bad, for how long, and what goes wrong.
public struct Plan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// Machines.
    public var nodes: Int
    /// How datagrams are treated.
    public var links = Links(latency: .milliseconds(20))
    /// How machines come and go; nil when they stay.
    public var churn: Churn?
    /// People who publish a profile.
    public var people = 50
    /// Reads of published profiles, as many searches, and as many lookups.
    public var finds = 200
    /// How long people publish and search, in virtual time.
    public var length: Duration = .seconds(600)
    /// What goes wrong between publishing and searching.
    public var scenario = Scenario.steady
    /// The settings of every node.
    public var settings = Settings()

    /// A plan for a network of this size.
    public init(seed: UInt64, nodes: Int) {
        self.seed = seed
        self.nodes = nodes
    }

    /// Time between two machines that are switched on for the first time: 50 per second.
    static let growth: Duration = .milliseconds(20)
    /// Time for the last newcomer to join and fill its table.
    static let settling: Duration = .seconds(60)
    /// Churn that goes on before anybody publishes, so that tables have stale neighbours.
    static let weathering: Duration = .seconds(600)
    /// The share of ``length`` in which people publish; the rest is for searching.
    static let publishing = 0.3
    /// Time for the last operations to end.
    static let draining: Duration = .seconds(30)
}

/// What goes wrong after people published and before they are looked for.
public enum Scenario: String, Sendable, CaseIterable {
    /// Nothing but what ``Plan/links`` and ``Plan/churn`` bring.
    case steady
    /// Half of the machines crash at once; searching begins 30 s later.
    case half
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
        case .half: "half of the machines crash at once, 30 s before the first search"
        case .partition: "two halves cannot hear each other for 5 min, healed 60 s before searches"
        case .mute: "a tenth of the machines hears but is not heard; the others search"
        case .pause: "a tenth of the machines stands still for 30 s, then goes on"
        case .skew: "every clock is wrong by up to 60 s, from the start"
        case .full: "a tenth of the disks is full, from the start"
        case .swizzle: "a tenth of the machines is cut off one by one, back in another order"
        }
    }
}
