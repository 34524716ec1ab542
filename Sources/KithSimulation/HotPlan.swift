public import KithOverlay

/// What a ``HotExperiment`` does: how many people share one interest, and how many are sought.
public struct HotPlan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// Machines, each with many people.
    public var nodes = 200
    /// People who have the popular interest, and one of their own.
    public var owners: Int
    /// Searches of each kind that are wanted; see ``searchesOfEachKind``.
    public var searches = 100
    /// Hits wanted by each search.
    public var limit = 20
    /// How datagrams are treated.
    public var links = Links(latency: .milliseconds(20))
    /// The settings of every node.
    public var settings = Settings()

    /// The popular interest.
    public static let interest = "chess"
    /// Time between two machines that begin to publish.
    ///
    /// Together with the second that a publication takes, this is how many write to one location
    /// before the first of them is seen there: fewer than fit between full and too many.
    static let stagger: Duration = .milliseconds(50)

    /// Searches of each kind: each by a machine of its own, so that none is remembered.
    public var searchesOfEachKind: Int { min(searches, nodes) }

    /// A plan for so many people.
    public init(seed: UInt64, owners: Int) {
        self.seed = seed
        self.owners = owners
    }
}
