/// Numbers the versions of an author's records: a hybrid logical clock.
///
/// The number is Unix milliseconds << 16 | counter (Kulkarni et al., "Logical Physical Clocks",
/// 2014, in 64 bits): it follows the wall clock, but always grows, also when the clock is set
/// back or two versions are made in one millisecond.
public struct SequenceClock: Sendable, Hashable {
    /// The number that was given out last; 0 before the first.
    public private(set) var last: UInt64

    /// A clock that continues behind `last`.
    public init(last: UInt64 = 0) {
        self.last = last
    }

    /// The next number: larger than every one before and than `stored`.
    ///
    /// - Parameters:
    ///   - stored: the highest number this author is known to have used, for example on
    ///     another device or before a restart; 0 when there is none.
    ///   - now: the wall clock; counts up to 2^48 ms, which is the year 10889.
    public mutating func next(after stored: UInt64, now: UnixTime) -> UInt64 {
        let highest = max(last, stored)
        precondition(highest < .max, "the last sequence number was used")
        last = max(highest + 1, min(now.milliseconds, 1 << 48 - 1) << 16)
        return last
    }
}
