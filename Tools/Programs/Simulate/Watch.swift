import KithOverlay
import KithSimulation
import Reporting

/// Takes the time of a run, and shows on a terminal how far it is.
struct Watch {
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant

    private init() {
        began = clock.now
    }

    /// What a run is to tell how far it is; nil when nobody watches.
    private var onProgress: ((String, Double) -> Void)? {
        guard Terminal.isWatched else { return nil }
        let (clock, began) = (clock, began)
        var shown = began
        return { phase, share in
            guard clock.now - shown > .milliseconds(200) else { return }
            shown = clock.now
            let seconds = (shown - began).seconds.rounded(to: 0)
            Terminal.show("\(phase) \(Int(share * 100)) %, \(seconds) s")
        }
    }

    /// Takes the line away and says how many seconds the run took.
    private func stop() -> Double {
        Terminal.show("")
        return (clock.now - began).seconds
    }

    /// Runs an experiment and says how many seconds it took.
    static func run(_ experiment: some Measuring) -> Double {
        let watch = Watch()
        experiment.onProgress = watch.onProgress
        experiment.run()
        return watch.stop()
    }
}
