public import KithWire

/// What a person says of themselves, and to whom.
///
/// The name goes as far as the profile does; every other field goes as far or less far. Nothing
/// of it leaves the machine before it is presented.
public struct Presentation: Sendable, Equatable {
    /// A part of a profile that may be kept from some of those who see the rest.
    public enum Field: UInt8, Sendable, Hashable, CaseIterable {
        /// What the person cares about.
        case interests = 0
        /// A city or something larger.
        case region = 1
        /// A few words.
        case bio = 2
        /// How to reach the person.
        case links = 3
        /// Where the picture is.
        case avatar = 4
    }

    /// Everything there is to say.
    public let profile: Profile
    /// Who sees any of it.
    public let level: PrivacyLevel
    /// Who sees a field, where that is fewer people than ``level`` has.
    public let fields: [Field: PrivacyLevel]
    /// Whether contacts may show the card for contacts to theirs; what is for friends is never
    /// shown on.
    public let isPassable: Bool

    /// What a person says, and to whom.
    ///
    /// - Throws: ``ProfileError/tooLarge(bytes:)`` when what friends or contacts are to see does
    ///   not fit on a card.
    public init(
        _ profile: Profile, level: PrivacyLevel, fields: [Field: PrivacyLevel] = [:],
        isPassable: Bool = false
    ) throws(ProfileError) {
        self.profile = profile
        self.isPassable = isPassable
        self.level = level
        self.fields = fields.filter { $0.value > level }
        let published = self.profile(seenBy: .everyone)
        for reader in [PrivacyLevel.contacts, .friends] {
            // What everybody sees anyway needs no card.
            guard let seen = self.profile(seenBy: reader), seen != published else { continue }
            _ = try Card(seen)
        }
    }

    /// What contacts whose nodes share may show to theirs; nil when that is nothing.
    public var shownOn: Profile? { isPassable ? profile(seenBy: .contacts) : nil }

    /// What is left of the profile for somebody of this level; nil when that is nothing.
    public func profile(seenBy reader: PrivacyLevel) -> Profile? {
        guard level <= reader, level != .nobody else { return nil }
        func shows(_ field: Field) -> Bool { fields[field].map { $0 <= reader } ?? true }
        do {
            return try Profile(
                name: profile.name, interests: shows(.interests) ? profile.interests : [],
                region: shows(.region) ? profile.region : nil,
                bio: shows(.bio) ? profile.bio : nil, links: shows(.links) ? profile.links : [],
                avatar: shows(.avatar) ? profile.avatar : nil, activeHour: profile.activeHour)
        } catch {
            preconditionFailure("a part of a profile is a profile: \(error)")
        }
    }
}
