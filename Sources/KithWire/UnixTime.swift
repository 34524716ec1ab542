/// A time of the wall clock: milliseconds since 1970-01-01 UTC, leap seconds not counted.
public struct UnixTime: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// Milliseconds since 1970-01-01 UTC.
    public let milliseconds: UInt64

    /// 1970-01-01 UTC.
    public static let epoch = UnixTime(milliseconds: 0)

    private static let millisecondsPerHour: UInt64 = 3_600_000
    private static let millisecondsPerDay: UInt64 = 86_400_000

    /// The time `milliseconds` after 1970-01-01 UTC.
    public init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    /// Whole days since 1970-01-01, as the locations of shared records use it.
    public var day: UInt32 {
        UInt32(clamping: milliseconds / Self.millisecondsPerDay)
    }

    /// Whole hours since 1970-01-01, as profiles say when someone was last active.
    public var hour: UInt32 {
        UInt32(clamping: milliseconds / Self.millisecondsPerHour)
    }

    /// Whether `left` comes before `right`.
    public static func < (left: UnixTime, right: UnixTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time `duration` later, in whole milliseconds; never before 1970 and never past the
    /// largest time.
    public static func + (time: UnixTime, duration: Duration) -> UnixTime {
        let step = duration.wholeMilliseconds
        if step < 0 {
            let back = step.magnitude
            return UnixTime(milliseconds: time.milliseconds > back ? time.milliseconds - back : 0)
        }
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(UInt64(step))
        return UnixTime(milliseconds: overflow ? .max : sum)
    }

    /// The time `duration` earlier, never before 1970.
    public static func - (time: UnixTime, duration: Duration) -> UnixTime {
        time + (.zero - duration)
    }

    /// The time from `earlier` to `later`; negative when they are swapped.
    public static func - (later: UnixTime, earlier: UnixTime) -> Duration {
        if later >= earlier {
            return .milliseconds(Int64(clamping: later.milliseconds - earlier.milliseconds))
        }
        return .zero - .milliseconds(Int64(clamping: earlier.milliseconds - later.milliseconds))
    }
}

extension Duration {
    /// The duration in whole milliseconds towards zero, clamped to what fits.
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
