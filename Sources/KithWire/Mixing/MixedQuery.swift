import KithCrypto

/// What an exit is asked to do.
///
/// A CBOR map as the text of a packet, followed by zeros; key 5 is the way back.
public struct MixedQuery: Sendable {
    /// What is wanted.
    public enum Wanted: Sendable, Equatable {
        /// The records at a location, leaving out the first `skip`; those like `digest` first.
        case find(Location, digest: [UInt8], skip: UInt8)
        /// That this record is stored.
        case store([UInt8])
        /// An answer, by which relays are measured.
        case echo
    }

    /// What is wanted.
    public let wanted: Wanted
    /// How the answer gets back.
    public let back: ReplyBlock

    /// The largest record that an exit can be given, in bytes.
    ///
    /// What remains of a text after a map of three keys, the heads of two long strings, and the
    /// way back. A sealed record has 640.
    public static let recordBytesMax =
        Sphinx.textBytes - ReplyBlock.bytes - (1 + 2 + 1 + 3 + 1 + 3)

    private enum Key {
        static let kind: UInt64 = 0
        static let location: UInt64 = 2
        static let record: UInt64 = 2
        static let digest: UInt64 = 3
        static let skip: UInt64 = 4
        static let back: UInt64 = 5
    }

    private enum Kind: UInt64 {
        case find = 1
        case store = 2
        case echo = 3
    }

    /// A query.
    public init(_ wanted: Wanted, back: ReplyBlock) {
        self.wanted = wanted
        self.back = back
    }

    /// The text, without the zeros that follow it.
    ///
    /// A record above ``recordBytesMax`` does not fit and is the caller's mistake.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: Sphinx.textBytes)
        switch wanted {
        case .find(let location, let digest, let skip):
            writer.map(3 + (digest.isEmpty ? 0 : 1) + (skip == 0 ? 0 : 1))
            writer.uint(Key.kind)
            writer.uint(Kind.find.rawValue)
            writer.uint(Key.location)
            writer.bytes(location.bytes)
            if !digest.isEmpty {
                writer.uint(Key.digest)
                writer.bytes(digest)
            }
            if skip > 0 {
                writer.uint(Key.skip)
                writer.uint(UInt64(skip))
            }
        case .store(let record):
            writer.map(3)
            writer.uint(Key.kind)
            writer.uint(Kind.store.rawValue)
            writer.uint(Key.record)
            writer.bytes(record)
        case .echo:
            writer.map(2)
            writer.uint(Key.kind)
            writer.uint(Kind.echo.rawValue)
        }
        writer.uint(Key.back)
        writer.bytes(back.encoded)
        precondition(!writer.overflowed, "a query outgrew a cell")
        return writer.bytes
    }

    /// Reads the text of a packet.
    ///
    /// - Throws: whatever does not encode to the same bytes is refused.
    public static func decode(_ text: RawSpan) throws(DecodeError) -> MixedQuery {
        var reader = CBORReader(text)
        var map = try reader.map()
        try map.require(Key.kind, in: &reader)
        guard let kind = Kind(rawValue: try reader.uint()) else { throw .unknownKind }
        let wanted: Wanted
        switch kind {
        case .find:
            try map.require(Key.location, in: &reader)
            let location = Location(try reader.bytes32())
            var digest: [UInt8] = []
            if try map.accept(Key.digest, in: &reader) {
                let field = try reader.interestDigest(bytesMin: 2)
                digest = field.bytes(in: text).withUnsafeBytes { [UInt8]($0) }
            }
            var skip: UInt8 = 0
            if try map.accept(Key.skip, in: &reader) {
                skip = UInt8(try reader.uint(upTo: UInt64(UInt8.max)))
                guard skip > 0 else { throw .notCanonical }
            }
            wanted = .find(location, digest: digest, skip: skip)
        case .store:
            try map.require(Key.record, in: &reader)
            let range = try reader.byteRange(1...recordBytesMax)
            wanted = .store(reader.view(range).withUnsafeBytes { [UInt8]($0) })
        case .echo:
            wanted = .echo
        }
        try map.require(Key.back, in: &reader)
        let range = try reader.byteRange(ReplyBlock.bytes...ReplyBlock.bytes)
        let back = try ReplyBlock(reader.view(range))
        try map.finish(in: &reader)
        try reader.finishPadded()
        return MixedQuery(wanted, back: back)
    }
}
