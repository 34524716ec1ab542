/// Reads the keys of one map in the order in which its grammar lists them, which is ascending.
///
/// ```
/// var map = try reader.map()
/// try map.require(0, in: &reader)
/// let day = try reader.uint(upTo: UInt64(UInt32.max))
/// if try map.accept(1, in: &reader) { shard = try reader.uint() }
/// try map.finish(in: &reader)
/// ```
/// Each value must be read before the next key is asked for.
public struct CBORMap: Sendable {
    /// How many keys the map has.
    public let count: Int
    /// Keys that were not read yet, not counting `pending`.
    private var remaining: Int
    /// The last key that was read; the next one must be larger.
    private var last: UInt64?
    /// A key that was read but not accepted yet.
    private var pending: UInt64?

    init(count: Int) {
        self.count = count
        remaining = count
    }

    /// Takes `key`, which must be there.
    ///
    /// - Throws: ``DecodeError/missingKey`` when it is not, ``DecodeError/unknownKey`` when a
    ///   key comes before it that the grammar does not have, ``DecodeError/notCanonical`` when
    ///   the keys are not ascending.
    public mutating func require(
        _ key: UInt64, in reader: inout CBORReader
    ) throws(DecodeError) {
        guard try accept(key, in: &reader) else { throw .missingKey }
    }

    /// Takes `key` if it comes next.
    ///
    /// - Returns: whether it does; the value follows then.
    /// - Throws: as ``require(_:in:)``, except for the missing key.
    public mutating func accept(
        _ key: UInt64, in reader: inout CBORReader
    ) throws(DecodeError) -> Bool {
        guard let found = try next(in: &reader) else { return false }
        guard found >= key else { throw .unknownKey }
        guard found == key else { return false }
        pending = nil
        return true
    }

    /// Confirms that no key is left.
    ///
    /// - Throws: ``DecodeError/unknownKey`` when there is one.
    public mutating func finish(in reader: inout CBORReader) throws(DecodeError) {
        guard try next(in: &reader) == nil else { throw .unknownKey }
    }

    /// The next key, which ``accept(_:in:)`` then takes; nil at the end of the map.
    public mutating func next(in reader: inout CBORReader) throws(DecodeError) -> UInt64? {
        if let pending { return pending }
        guard remaining > 0 else { return nil }
        let key = try reader.uint()
        if let last, key <= last { throw .notCanonical }
        remaining -= 1
        last = key
        pending = key
        return key
    }
}
