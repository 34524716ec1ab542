import KithCrypto

/// Interests in the form in which they are compared: normalised, trimmed, sorted, none twice.
public struct InterestSet: Sendable, Hashable {
    /// The interests in order.
    public let interests: [String]

    /// The set of what `interests` mean; what is empty after normalisation is left out.
    public init(_ interests: [String]) {
        let sorted = interests.map { Text.trimmed(Text.normalise($0)) }.sorted()
        var unique: [String] = []
        for interest in sorted where !interest.isEmpty && interest != unique.last {
            unique.append(interest)
        }
        self.interests = unique
    }

    /// How much both sets have in common: |A∩B| / |A∪B|, 0…1; 0 when both are empty.
    public func jaccard(with other: InterestSet) -> Double {
        Self.jaccard(interests, other.interests)
    }

    /// The set in two bytes an interest, for ranking without knowing it: the first two bytes
    /// of BLAKE2b-256("kith/interest/v1\0" ‖ interest), ascending, none twice.
    ///
    /// Two of 65,536 values collide: an estimate may be off, a score that is shown never is.
    public var digest: [UInt16] {
        Self.ordered(
            interests.map { interest in
                var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
                hasher.update("kith/interest/v1\0" as StaticString)
                hasher.update(utf8: interest)
                return UInt16(hasher.finish32().bigEndianWords.0 >> 48)
            })
    }

    /// The Jaccard index of two digests, which must be in order; 0 when both are empty.
    public static func estimate(_ left: [UInt16], _ right: [UInt16]) -> Double {
        jaccard(left, right)
    }

    /// A digest as it travels: two bytes a value, big-endian.
    public static func encode(digest: [UInt16]) -> [UInt8] {
        digest.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    }

    /// Reads a digest.
    ///
    /// - Throws: ``DecodeError/wrongLength`` for half a value, ``DecodeError/notCanonical``
    ///   when the values do not ascend.
    public static func decode(digest bytes: RawSpan) throws(DecodeError) -> [UInt16] {
        guard bytes.byteCount.isMultiple(of: 2) else { throw .wrongLength }
        var digest: [UInt16] = []
        digest.reserveCapacity(bytes.byteCount / 2)
        for offset in stride(from: 0, to: bytes.byteCount, by: 2) {
            let value = UInt16(
                bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
            if let last = digest.last, last >= value { throw .notCanonical }
            digest.append(value)
        }
        return digest
    }

    /// `digest` ascending and without repetition.
    static func ordered(_ digest: [UInt16]) -> [UInt16] {
        var unique: [UInt16] = []
        for value in digest.sorted() where value != unique.last { unique.append(value) }
        return unique
    }

    /// Walks two ascending lists without repetition side by side.
    private static func jaccard<Value: Comparable>(_ left: [Value], _ right: [Value]) -> Double {
        var (i, j, common) = (0, 0, 0)
        while i < left.count, j < right.count {
            if left[i] == right[j] {
                common += 1
                i += 1
                j += 1
            } else if left[i] < right[j] {
                i += 1
            } else {
                j += 1
            }
        }
        let all = left.count + right.count - common
        return all == 0 ? 0 : Double(common) / Double(all)
    }
}
