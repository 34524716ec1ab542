import CLinux
import Glibc
public import KithOverlay
public import KithWire

/// The two clocks of this machine; the only place that asks for the time.
public enum SystemClock {
    /// What time it is on both clocks.
    ///
    /// Both are read through the vDSO: about 20 ns each, no system call.
    public static func now() -> Moment {
        Moment(instant: instant(), unix: unix())
    }

    /// `CLOCK_MONOTONIC`: never steps, stands still while the machine is suspended.
    public static func instant() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(
            nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// `CLOCK_REALTIME` in milliseconds; may step when somebody sets the clock.
    public static func unix() -> UnixTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let seconds = UInt64(max(0, time.tv_sec))
        return UnixTime(milliseconds: seconds * 1_000 + UInt64(time.tv_nsec) / 1_000_000)
    }
}
