public import KithOverlay

/// What an ``AnonymityExperiment`` does: how many people ask, and how many of them spy.
public struct AnonymityPlan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// Machines: each asks, relays and keeps records.
    public var nodes = 100
    /// Mixed queries, and as many that are asked directly.
    public var queries = 300
    /// Share of the machines that are in one hand, 0…1.
    public var spies = 0.2
    /// Mean time between two queries of somebody.
    public var pause: Duration = .seconds(4)
    /// How datagrams are treated: none is lost, which is easiest for those who watch.
    public var links = Links(latency: .milliseconds(50), spread: .milliseconds(30))
    /// The settings of every node.
    public var settings = Settings.unhurried

    /// The fewest machines: enough relays for mixing without being told to.
    public static let nodesMin = 24

    /// Coalitions drawn, of which each is tried on every query.
    static let coalitions = 200
    /// People who can be asked for.
    static let people = 20
    /// Time for relays to be found, and for what was begun to end.
    static let settling: Duration = .seconds(120)
    /// Time in which all direct queries are asked: each waits for the one before.
    static let patience: Duration = .seconds(20)

    /// A plan with the figures of the scenario.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
