import CSodium

/// The one place where libsodium is started.
///
/// Every entry of this module that calls libsodium first touches ``ready``; Swift runs the
/// initialiser of a static constant exactly once, on whatever thread comes first.
enum Sodium {
    /// Starts libsodium at first use.
    ///
    /// Traps when it cannot start: there is no system entropy then, and no key of this process
    /// could be trusted.
    static func initialise() {
        precondition(ready, "libsodium could not be initialised")
    }

    /// True once `sodium_init` succeeded (0) or had succeeded before (1).
    private static let ready: Bool = sodium_init() >= 0
}
