/// Where what a person says of themselves went.
public struct PresentReport: Sendable {
    /// Who sees any of it.
    public var level: PrivacyLevel
    /// Where the public profile went; nil when there is none.
    public var published: PublishReport?
    /// Who was told that the public profile is withdrawn; nil when none was published.
    public var withdrawn: PublishReport?
    /// Cards, or covers of cards, that a majority took, of ``cardsWanted``.
    public var cards: Int
    /// One for each level; none while a person says nothing who has said nothing before.
    public var cardsWanted: Int
    /// How long it took.
    public var duration: Duration
}
