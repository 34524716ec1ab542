public import KithCrypto

/// What a person shows at the level contacts or friends.
///
/// A map `{0: bstr profile, ? 1: day, ? 2: signature}`. Day and signature are there when contacts
/// may show the card to theirs: with them whoever gets it can check that it is the person's own.
public struct Card: Sendable, Hashable {
    /// The largest profile on a card, in bytes: with day and signature it fits into a sealed record.
    public static let profileBytesMax = 400
    /// How long a card may be shown on, in days after it was signed.
    public static let daysMax: UInt32 = 7

    /// What the person says at this level.
    public let profile: Profile
    /// The day since 1970 on which it was signed for others, and the person's signature; nil when
    /// contacts keep it to themselves.
    public let passable: Passable?

    /// The person's word that contacts may show a card.
    public struct Passable: Sendable, Hashable {
        /// When it was signed, in days since 1970.
        public let day: UInt32
        /// Over "kith/shown/v1\0" ‖ network ‖ 0 ‖ day4 ‖ profile.
        public let signature: Ed25519.Signature

        /// A day and signature as they were read.
        public init(day: UInt32, signature: Ed25519.Signature) {
            self.day = day
            self.signature = signature
        }
    }

    /// A card of this profile.
    ///
    /// - Throws: ``ProfileError/tooLarge(bytes:)`` above ``profileBytesMax``.
    public init(_ profile: Profile, passable: Passable? = nil) throws(ProfileError) {
        let bytes = profile.encode().count
        guard bytes <= Self.profileBytesMax else { throw .tooLarge(bytes: bytes) }
        self.profile = profile
        self.passable = passable
    }

    /// A card that contacts may show to theirs.
    public static func passable(
        _ profile: Profile, day: UInt32, network: Network, by key: borrowing Ed25519.SecretKey
    ) throws(ProfileError) -> Card {
        let signature = key.sign(statement(of: profile, day: day, network: network))
        return try Card(profile, passable: Passable(day: day, signature: signature))
    }

    /// Whether `person` allowed to show this card, not longer ago than ``daysMax``.
    public func isPassable(from person: Ed25519.PublicKey, network: Network, today: UInt32) -> Bool
    {
        guard let passable, passable.day <= today + 1, today <= passable.day + Self.daysMax else {
            return false
        }
        return person.verify(
            passable.signature,
            over: Self.statement(of: profile, day: passable.day, network: network))
    }

    private static func statement(
        of profile: Profile, day: UInt32, network: Network
    ) -> [UInt8] {
        var statement = Array("kith/shown/v1\0".utf8) + network.nameBytes + [0]
        withUnsafeBytes(of: day.bigEndian) { statement.append(contentsOf: $0) }
        return statement + profile.encode()
    }
}

extension Card {
    private enum Key {
        static let profile: UInt64 = 0
        static let day: UInt64 = 1
        static let signature: UInt64 = 2
    }

    /// The card as it is sealed.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: 512)
        writer.map(passable == nil ? 1 : 3)
        writer.uint(Key.profile)
        writer.bytes(profile.encode().span.bytes)
        if let passable {
            writer.uint(Key.day)
            writer.uint(UInt64(passable.day))
            writer.uint(Key.signature)
            writer.bytes(passable.signature.bytes.span.bytes)
        }
        precondition(!writer.overflowed, "a card outgrew 512 bytes")
        return writer.bytes
    }

    /// Reads what ``encode()`` writes and nothing else.
    public static func decode(_ bytes: RawSpan) throws(CardError) -> Card {
        let (profile, passable): ([UInt8], Passable?)
        do throws(DecodeError) {
            (profile, passable) = try parts(bytes)
        } catch {
            throw .malformed(error)
        }
        do throws(ProfileError) {
            return try Card(Profile.decode(profile.span.bytes), passable: passable)
        } catch {
            throw .badProfile(error)
        }
    }

    private static func parts(
        _ bytes: RawSpan
    ) throws(DecodeError) -> (profile: [UInt8], passable: Passable?) {
        var reader = CBORReader(bytes)
        var map = try reader.map()
        try map.require(Key.profile, in: &reader)
        let range = try reader.byteRange(1...profileBytesMax)
        let profile = [UInt8](copying: reader.view(range))
        var passable: Passable?
        if try map.accept(Key.day, in: &reader) {
            let day = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
            try map.require(Key.signature, in: &reader)
            let length = Ed25519.Signature.count
            passable = Passable(
                day: day,
                signature: Ed25519.Signature(
                    copying: reader.view(try reader.byteRange(length...length))))
        }
        try map.finish(in: &reader)
        try reader.finish()
        return (profile, passable)
    }
}

/// Why bytes are no card.
public enum CardError: Error, Hashable, Sendable {
    /// Not a map of a card in its one encoding.
    case malformed(DecodeError)
    /// The profile on it is none, or too large.
    case badProfile(ProfileError)
}
