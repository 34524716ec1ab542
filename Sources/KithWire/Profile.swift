public import KithCrypto

/// What a person says about themselves to whoever finds them.
///
/// A value that exists is valid: both ways to make one check every rule.
public struct Profile: Sendable, Hashable {
    /// The longest name in bytes of UTF-8: 16 characters of four bytes.
    public static let nameBytesMax = 64
    /// The most interests; more would make every digest and comparison longer for few matches.
    public static let interestsMax = 16
    /// The longest interest in bytes of UTF-8.
    public static let interestBytesMax = 32
    /// The longest region in bytes of UTF-8.
    public static let regionBytesMax = 64
    /// The longest bio in bytes of UTF-8.
    public static let bioBytesMax = 280
    /// The most links.
    public static let linksMax = 4
    /// The longest link in bytes.
    public static let linkBytesMax = 128
    /// The largest profile in bytes: with key, times and signature of its record just within
    /// ``Record/bytesMax``.
    public static let bytesMax = 756

    /// How the person wants to be called.
    public let name: String
    /// What the person cares about, as typed.
    public let interests: [String]
    /// A city or something larger.
    public let region: String?
    /// A few words.
    public let bio: String?
    /// How to reach the person: URIs.
    public let links: [String]
    /// Where the picture is: the hash of its bytes.
    public let avatar: Bytes32?
    /// When the person was last active: hours since 1970, no finer on purpose.
    public let activeHour: UInt32

    /// Checks every rule and keeps every field as it is, with one exception: interests are
    /// trimmed, and of several that are equal after normalisation the first stays.
    public init(
        name: String, interests: [String] = [], region: String? = nil, bio: String? = nil,
        links: [String] = [], avatar: Bytes32? = nil, activeHour: UInt32
    ) throws(ProfileError) {
        try self.init(
            checking: name, interests: Profile.distinct(interests), region: region, bio: bio,
            links: links, avatar: avatar, activeHour: activeHour)
        let bytes = encode().count
        guard bytes <= Profile.bytesMax else { throw .tooLarge(bytes: bytes) }
    }

    /// Checks every rule but that of the whole size.
    init(
        checking name: String, interests: [String], region: String?, bio: String?,
        links: [String], avatar: Bytes32?, activeHour: UInt32
    ) throws(ProfileError) {
        try Profile.check(.name, name, bytesMax: Profile.nameBytesMax)
        try Profile.check(interests: interests)
        if let region {
            try Profile.check(.region, region, bytesMax: Profile.regionBytesMax)
            if region.unicodeScalars.contains(where: Profile.isDigit) { throw .regionHasDigit }
        }
        if let bio { try Profile.check(.bio, bio, bytesMax: Profile.bioBytesMax) }
        try Profile.check(links: links)
        self.name = name
        self.interests = interests
        self.region = region
        self.bio = bio
        self.links = links
        self.avatar = avatar
        self.activeHour = activeHour
    }

    /// The interests in the form in which they are compared.
    public var interestSet: InterestSet { InterestSet(interests) }
}
