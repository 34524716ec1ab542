import KithHost
package import KithOverlay
package import KithWire

/// What a person lets others find.
///
/// The rules are checked when it is published: a name of at most 64 bytes of UTF-8 in
/// normalisation form C, at most 16 interests of 32 bytes, a region without digits, at most four
/// links.
public struct Profile: Sendable, Hashable {
    /// How the person wants to be called.
    public var name: String
    /// What the person cares about.
    public var interests: [String]
    /// A city or something larger.
    public var region: String?
    /// A few words.
    public var bio: String?
    /// How to reach the person: URIs.
    public var links: [String]

    /// A part of a profile that may be kept from some of those who see the rest.
    public enum Field: Sendable, Hashable, CaseIterable {
        /// What the person cares about.
        case interests
        /// A city or something larger.
        case region
        /// A few words.
        case bio
        /// How to reach the person.
        case links

        var field: Presentation.Field {
            switch self {
            case .interests: .interests
            case .region: .region
            case .bio: .bio
            case .links: .links
            }
        }
    }

    /// A profile with these fields.
    public init(
        name: String, interests: [String] = [], region: String? = nil, bio: String? = nil,
        links: [String] = []
    ) {
        self.name = name
        self.interests = interests
        self.region = region
        self.bio = bio
        self.links = links
    }

    /// What a verified record says.
    package init(_ profile: KithWire.Profile) {
        self.init(
            name: profile.name, interests: profile.interests, region: profile.region,
            bio: profile.bio, links: profile.links)
    }

    /// The profile as it is signed, active now.
    package func checked() throws(ProfileError) -> KithWire.Profile {
        try KithWire.Profile(
            name: name, interests: interests, region: region, bio: bio, links: links,
            activeHour: SystemClock.unix().hour)
    }
}

/// Where a published profile went.
public struct PublishReceipt: Sendable, Hashable {
    /// Nodes that acknowledged it with a signed receipt.
    public let stored: Int
    /// Nodes that were wanted.
    public let wanted: Int
    /// Acknowledgements that make a majority.
    public let quorum: Int
    /// Where it lives: 64 hexadecimal digits.
    public let location: String
    /// Grows with every version.
    public let sequence: UInt64
    /// When the nodes drop it unless it is refreshed, as time since 1970-01-01 UTC.
    public let expires: Duration

    /// The receipt of a report.
    package init(_ report: PublishReport) {
        stored = report.stored
        wanted = report.wanted
        quorum = report.quorum
        location = report.location.description
        sequence = report.sequence
        expires = .milliseconds(Int64(clamping: report.expires.milliseconds))
    }
}
