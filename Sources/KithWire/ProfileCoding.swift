import KithCrypto

/// The keys of the map.
private enum Key {
    static let name: UInt64 = 0
    static let interests: UInt64 = 1
    static let region: UInt64 = 2
    static let bio: UInt64 = 3
    static let links: UInt64 = 4
    static let avatar: UInt64 = 5
    static let active: UInt64 = 6
}

extension Profile {
    /// More than the largest profile whose fields are all within their own bounds.
    private static let scratchBytes = 2_048

    /// The profile as CBOR, the body of a record.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: Profile.scratchBytes)
        let optional = [region != nil, bio != nil, !links.isEmpty, avatar != nil]
        writer.map(3 + optional.count { $0 })
        writer.uint(Key.name)
        writer.text(name)
        writer.uint(Key.interests)
        writer.array(interests.count)
        for interest in interests { writer.text(interest) }
        if let region {
            writer.uint(Key.region)
            writer.text(region)
        }
        if let bio {
            writer.uint(Key.bio)
            writer.text(bio)
        }
        if !links.isEmpty {
            writer.uint(Key.links)
            writer.array(links.count)
            for link in links { writer.text(link) }
        }
        if let avatar {
            writer.uint(Key.avatar)
            writer.bytes(avatar)
        }
        writer.uint(Key.active)
        writer.uint(UInt64(activeHour))
        precondition(!writer.overflowed, "a checked profile outgrew \(Profile.scratchBytes) bytes")
        return writer.bytes
    }

    /// Reads what ``encode()`` writes of a valid profile and nothing else.
    public static func decode(_ bytes: RawSpan) throws(ProfileError) -> Profile {
        guard bytes.byteCount <= bytesMax else { throw .tooLarge(bytes: bytes.byteCount) }
        let parts: Parts
        do throws(DecodeError) {
            parts = try Parts(bytes)
        } catch {
            throw .malformed(error)
        }
        return try Profile(
            checking: parts.name, interests: parts.interests, region: parts.region,
            bio: parts.bio, links: parts.links, avatar: parts.avatar,
            activeHour: parts.activeHour)
    }
}

/// The fields as they stand in the map.
private struct Parts {
    let name: String
    let interests: [String]
    let region: String?
    let bio: String?
    let links: [String]
    let avatar: Bytes32?
    let activeHour: UInt32

    init(_ bytes: RawSpan) throws(DecodeError) {
        var reader = CBORReader(bytes)
        var map = try reader.map()
        try map.require(Key.name, in: &reader)
        name = try reader.text()
        try map.require(Key.interests, in: &reader)
        interests = try Self.texts(try reader.array(), in: &reader)
        region = try map.accept(Key.region, in: &reader) ? try reader.text() : nil
        bio = try map.accept(Key.bio, in: &reader) ? try reader.text() : nil
        if try map.accept(Key.links, in: &reader) {
            // A list of no links is written by leaving the key out.
            links = try Self.texts(try reader.array(1...Int.max), in: &reader)
        } else {
            links = []
        }
        avatar = try map.accept(Key.avatar, in: &reader) ? try reader.bytes32() : nil
        try map.require(Key.active, in: &reader)
        activeHour = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        try map.finish(in: &reader)
        try reader.finish()
    }

    private static func texts(
        _ count: Int, in reader: inout CBORReader
    ) throws(DecodeError) -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(try reader.text()) }
        return texts
    }
}
