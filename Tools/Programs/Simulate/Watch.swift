import KithOverlay

/// Takes the time of a run, and shows on a terminal how far it is.
struct Watch {
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant

    /// Starts.
    init() {
        began = clock.now
    }

    /// What a run is to tell how far it is; nil when nobody watches.
    var onProgress: ((String, Double) -> Void)? {
        guard Terminal.isWatched else { return nil }
        let (clock, began) = (clock, began)
        var shown = began
        return { phase, share in
            guard clock.now - shown > .milliseconds(200) else { return }
            shown = clock.now
            let seconds = (shown - began).seconds.rounded(to: 0)
            Terminal.say("\r\u{1B}[K\(phase) \(Int(share * 100)) %, \(seconds) s")
        }
    }

    /// Takes the line away and says how many seconds the run took.
    func stop() -> Double {
        if Terminal.isWatched { Terminal.say("\r\u{1B}[K") }
        return (clock.now - began).seconds
    }
}
