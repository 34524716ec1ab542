public import KithWire

/// A point on the monotonic clock of one machine, in nanoseconds since an arbitrary start.
///
/// Instants of different machines cannot be compared.
public struct Instant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's start; 2^64 ns is 584 years.
    public let nanoseconds: UInt64

    /// The clock's start.
    public static let start = Instant(nanoseconds: 0)
    /// Later than anything that happens.
    public static let never = Instant(nanoseconds: .max)

    /// An instant `nanoseconds` after the clock's start.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Whether `a` comes before `b`.
    public static func < (a: Instant, b: Instant) -> Bool {
        a.nanoseconds < b.nanoseconds
    }

    /// The instant `duration` later; stays at ``never`` and never goes below ``start``.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let step = duration.wholeNanoseconds
        if step < 0 {
            let back = step.magnitude
            return Instant(
                nanoseconds: instant.nanoseconds > back ? instant.nanoseconds - back : 0)
        }
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(UInt64(step))
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// The instant `duration` earlier, not below ``start``.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        instant + (.zero - duration)
    }

    /// The time from `earlier` to `later`; negative when they are swapped.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        if later >= earlier {
            return .nanoseconds(Int64(clamping: later.nanoseconds - earlier.nanoseconds))
        }
        return .zero - .nanoseconds(Int64(clamping: earlier.nanoseconds - later.nanoseconds))
    }
}

extension Duration {
    /// The duration in whole nanoseconds, clamped to 292 years either way.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, for figures shown to people.
    public var seconds: Double {
        Double(wholeNanoseconds) / 1e9
    }

    /// This duration times a factor, to the nanosecond.
    func scaled(by factor: Double) -> Duration {
        .nanoseconds(Int64(Double(wholeNanoseconds) * factor))
    }
}

/// What time it is, twice: on the monotonic clock for waiting, on the wall clock for records.
///
/// Every input of a ``Node`` takes a moment; the node never asks a clock.
public struct Moment: Sendable, Hashable {
    /// The monotonic clock; time-outs and intervals live here.
    public let instant: Instant
    /// The wall clock; only records, their expiry and the days of locations look at it.
    public let unix: UnixTime

    /// A moment on both clocks.
    public init(instant: Instant, unix: UnixTime) {
        self.instant = instant
        self.unix = unix
    }

    /// The moment `duration` later on both clocks.
    public func advanced(by duration: Duration) -> Moment {
        Moment(instant: instant + duration, unix: unix + duration)
    }
}
