public import KithWire

/// Why bytes are no presentation.
public enum PresentationError: Error, Hashable, Sendable {
    /// Not a presentation in its one encoding.
    case malformed(DecodeError)
    /// The profile in it breaks a rule, or does not fit on a card.
    case badProfile(ProfileError)
}

// A presentation as the shell keeps it: an array of the profile, the level, pairs of fields and
// levels, and whether it may be shown on. Nobody else reads it.
extension Presentation {
    /// The most bytes that one takes.
    public static let bytesMax = Profile.bytesMax + 64

    /// The bytes that ``decode(_:)`` reads.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: Self.bytesMax)
        writer.array(4)
        writer.bytes(profile.encode())
        writer.uint(UInt64(level.rawValue))
        let kept = fields.sorted { $0.key.rawValue < $1.key.rawValue }
        writer.array(2 * kept.count)
        for (field, level) in kept {
            writer.uint(UInt64(field.rawValue))
            writer.uint(UInt64(level.rawValue))
        }
        writer.bool(isPassable)
        precondition(!writer.overflowed, "a presentation outgrew \(Self.bytesMax) bytes")
        return writer.bytes
    }

    /// Reads what ``encode()`` writes and nothing else.
    ///
    /// - Throws: ``PresentationError``.
    public static func decode(_ bytes: RawSpan) throws(PresentationError) -> Presentation {
        let range: Range<Int>
        let level: PrivacyLevel
        let fields: [Field: PrivacyLevel]
        let isPassable: Bool
        do throws(DecodeError) {
            var reader = CBORReader(bytes)
            _ = try reader.array(4...4)
            range = try reader.byteRange(1...Profile.bytesMax)
            level = try reader.privacyLevel()
            fields = try reader.fields(beyond: level)
            isPassable = try reader.bool()
            try reader.finish()
        } catch {
            throw .malformed(error)
        }
        do throws(ProfileError) {
            return try Presentation(
                try Profile.decode(bytes.extracting(range)), level: level, fields: fields,
                isPassable: isPassable)
        } catch {
            throw .badProfile(error)
        }
    }
}

extension CBORReader {
    fileprivate mutating func privacyLevel() throws(DecodeError) -> PrivacyLevel {
        guard let level = PrivacyLevel(rawValue: UInt8(try uint(upTo: 255))) else {
            throw .outOfRange
        }
        return level
    }

    fileprivate mutating func fields(
        beyond level: PrivacyLevel
    ) throws(DecodeError) -> [Presentation.Field: PrivacyLevel] {
        let count = try array(0...2 * Presentation.Field.allCases.count)
        guard count % 2 == 0 else { throw .outOfRange }
        var fields: [Presentation.Field: PrivacyLevel] = [:]
        var last: UInt8?
        for _ in 0..<count / 2 {
            guard let field = Presentation.Field(rawValue: UInt8(try uint(upTo: 255))) else {
                throw .outOfRange
            }
            guard last.map({ $0 < field.rawValue }) ?? true else { throw .notCanonical }
            last = field.rawValue
            let seen = try privacyLevel()
            guard seen > level else { throw .notCanonical }
            fields[field] = seen
        }
        return fields
    }
}
