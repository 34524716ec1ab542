import KithWire

/// Times of the wall clock as text.
enum Calendar {
    /// UTC in RFC 3339, to the second: `2026-11-21T20:31:05Z`.
    static func text(_ time: UnixTime) -> String {
        let seconds = Int(clamping: time.milliseconds / 1_000) % 86_400
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }
            .joined(separator: ":")
        return "\(SeedListDate(day: time.day))T\(clock)Z"
    }
}
