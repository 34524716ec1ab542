public import KithOverlay

/// What an ``Experiment`` does: how large, how bad, for how long, and what goes wrong.
public struct Plan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// Participants, liars among them.
    public var nodes: Int
    /// Share of ``nodes`` that lies, 0…1: a mixed crowd of ``Vice/crowd``.
    public var liars = 0.0
    /// Share of the people who publish a second version before anybody is sought, 0…1.
    public var renewing = 0.0
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
    /// Time in which everybody who was acknowledged is read once.
    static let reading: Duration = .seconds(20)
    /// Time after which everybody has published again: 45 min and a quarter, and some to do it.
    static let republishing: Duration = .seconds(3_600)
    /// Ids ground next to one location.
    static let besiegers = 16
    /// Time that besiegers have to get known before the next thing happens.
    static let siege: Duration = .seconds(120)
}
