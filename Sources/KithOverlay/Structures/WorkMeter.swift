/// How busy a node was lately, in percent of what it is ready to do for others.
///
/// Work is counted in nanoseconds of the budget it uses: a thousandth of what may be done in a
/// second is a million. Two windows are kept, the present one and the one before, which counts
/// for as much of it as still lies within one window of now: an average that needs two
/// additions per piece of work and neither floating point nor a timer.
struct WorkMeter {
    private let window: UInt64
    private var begun: UInt64 = 0
    private var present: UInt64 = 0
    private var before: UInt64 = 0
    private var now: UInt64 = 0

    /// A meter that averages over `window`.
    init(window: Duration) {
        self.window = UInt64(max(window.wholeNanoseconds, 1))
    }

    /// Counts one piece of work of which `perSecond` may be done in a second.
    mutating func count(perSecond: Int, at now: Instant) {
        advance(to: now)
        present += 1_000_000_000 / UInt64(perSecond)
    }

    /// Moves the windows on to `now`; what lies before the last call is ignored.
    mutating func advance(to now: Instant) {
        self.now = max(self.now, now.nanoseconds)
        let passed = (self.now - begun) / window
        guard passed > 0 else { return }
        before = passed == 1 ? present : 0
        present = 0
        begun += passed * window
    }

    /// How busy, 0…100, as of the last call of ``advance(to:)`` or ``count(perSecond:at:)``.
    ///
    /// In microseconds, so that no product comes near 2^64.
    var load: UInt8 {
        let width = max(window / 1_000, 1)
        let left = (window - (now - begun)) / 1_000
        let used = before / 1_000 * left / width + present / 1_000
        return UInt8(min(used * 100 / width, 100))
    }
}
