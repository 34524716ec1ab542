import Glibc

/// What the kernel says how long processors worked for us.
///
/// Nothing else tells what work costs on a machine that is busy with other things, too.
enum ProcessorTime {
    /// All threads of this process so far, in nanoseconds.
    static var processNanoseconds: UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// This thread so far, in nanoseconds.
    static var threadNanoseconds: UInt64 { nanoseconds(CLOCK_THREAD_CPUTIME_ID) }

    /// All threads of this process inside the kernel so far, in nanoseconds.
    ///
    /// Good for a share only: kernels that count ticks estimate it.
    static var kernelNanoseconds: UInt64 {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return UInt64(usage.ru_stime.tv_sec) * 1_000_000_000
            + UInt64(usage.ru_stime.tv_usec) * 1_000
    }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
