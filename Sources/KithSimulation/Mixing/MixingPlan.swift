public import KithOverlay

/// What a ``MixingExperiment`` does: how many ask how often, over what network.
public struct MixingPlan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// Machines of the network in which somebody asks.
    public var nodes = 50
    /// Queries in it.
    public var queries = 300
    /// Queries past each kind of bad relay.
    public var queriesPastBad = 40
    /// Cells of each kind whose moments are compared.
    public var cells = 2_000
    /// How datagrams are treated.
    public var links = Links(
        latency: .milliseconds(50), spread: .milliseconds(30), loss: 0.05)
    /// The settings of every node.
    public var settings = Settings.unhurried

    /// The fewest machines: enough relays for mixing without being told to.
    public static let nodesMin = 24

    /// Machines that ask, one after the other.
    static let askers = 4
    /// People who can be asked for.
    static let people = 10
    /// Time for an asker to find relays.
    static let awaking: Duration = .seconds(30)
    /// Machines of the networks with bad relays, and how many of these are bad.
    static let nodesWithBad = 30
    static let bad = 4
    /// How long cover goes on after the last query past bad relays, to find the others out.
    static let watching: Duration = .seconds(600)
    /// Machines of the network in which moments are compared.
    static let nodesOfMoments = 24
    /// The mean time between two cells in it: one rate, since queries leave at the faster one alone and
    /// would be told by that.
    static let momentsInterval: Duration = .seconds(1)
    /// After so long it is over, with too few cells of a kind.
    static let momentsMax: Duration = .seconds(36_000)

    /// A plan with the figures of the scenario.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
