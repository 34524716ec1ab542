/// The body of a name or interest entry: leads from a token to its author.
///
/// A CBOR map: day 0, shard 1, digest 2. It says for which day and shard it was made, so that its
/// reader can tell whether it was moved, and carries a digest of the author's interests, so that
/// replicas and readers can rank entries before anyone fetches a profile.
public struct IndexEntry: Sendable, Hashable {
    /// Days since 1970.
    public let day: UInt32
    /// Which part of a split location.
    public let shard: UInt16
    /// ``InterestSet/digest`` of the author: ascending, no value twice, at most
    /// ``Profile/interestsMax``.
    public let digest: [UInt16]

    /// An entry; `digest` is brought into order.
    public init(day: UInt32, shard: UInt16 = 0, digest: [UInt16]) {
        let digest = InterestSet.ordered(digest)
        precondition(digest.count <= Profile.interestsMax, "\(digest.count) interests")
        self.day = day
        self.shard = shard
        self.digest = digest
    }

    /// The entry as CBOR.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: 16 + 2 * digest.count)
        writer.map(3)
        writer.uint(0)
        writer.uint(UInt64(day))
        writer.uint(1)
        writer.uint(UInt64(shard))
        writer.uint(2)
        writer.bytes(InterestSet.encode(digest: digest))
        return writer.bytes
    }

    /// Reads what ``encode()`` writes and nothing else.
    public static func decode(_ bytes: RawSpan) throws(DecodeError) -> IndexEntry {
        var reader = CBORReader(bytes)
        var map = try reader.map()
        try map.require(0, in: &reader)
        let day = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
        try map.require(1, in: &reader)
        let shard = UInt16(try reader.uint(upTo: UInt64(UInt16.max)))
        try map.require(2, in: &reader)
        let content = reader.view(try reader.byteRange(0...2 * Profile.interestsMax))
        let digest = try InterestSet.decode(digest: content)
        try map.finish(in: &reader)
        try reader.finish()
        return IndexEntry(day: day, shard: shard, digest: digest)
    }
}
