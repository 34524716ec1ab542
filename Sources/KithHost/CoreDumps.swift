import CLinux
import Glibc

/// Keeps the memory of this process out of files, logs and other programs of the same user.
public enum CoreDumps {
    /// Forbids core dumps, reports of crashes that show memory, and being looked into with
    /// `ptrace` or `/proc/PID/mem`; call it before there is a secret.
    ///
    /// The limit stops dumps to files. A program that the kernel hands dumps to
    /// (`core_pattern` with a pipe) gets them whatever the limit is, hence the second call
    /// (core(5), PR_SET_DUMPABLE(2const)). Swift's own report writes the bytes that registers
    /// point at to standard error, which is a log; the reason of a failed precondition is written
    /// without it.
    public static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        kith_forbid_dumps()
        for crash in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
            signal(crash, SIG_DFL)
        }
    }
}
