public import KithOverlay

/// What a ``StorerExperiment`` does: how many people exchange cards, letters and requests, how long.
public struct StorerPlan: Sendable {
    /// What everything is drawn from.
    public var seed: UInt64
    /// People, each with a machine and a contact book.
    public var people = 100
    /// Whole epochs of everybody during which everything is kept.
    public var days = 2
    /// How datagrams are treated.
    public var links = Links(latency: .milliseconds(20))
    /// The settings of every node.
    public var settings = StorerPlan.unhurried

    /// The fewest people: everybody needs neighbours that are not each other's.
    public static let peopleMin = 8

    /// Time after the whole epochs: each person's begin at moments of their own.
    static let rest: Duration = .seconds(2 * 3_600)
    /// Time between two looks at who asked to become a contact.
    static let step: Duration = .seconds(600)

    /// Nodes look at what they keep every ten minutes, too, not every minute: what is measured here
    /// does not depend on it.
    private static var unhurried: Settings {
        var settings = Settings.unhurried
        settings.keeping.patrolInterval = .seconds(600)
        return settings
    }

    /// A plan with the figures of the scenario.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
