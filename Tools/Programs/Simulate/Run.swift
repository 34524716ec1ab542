import KithOverlay
import KithSimulation

/// One experiment with a progress line for whoever watches.
struct Run {
    private let plan: Plan

    init(_ plan: Plan) {
        self.plan = plan
    }

    /// Runs it to its end.
    func report() -> Report {
        let clock = ContinuousClock()
        let began = clock.now
        let experiment = Experiment(plan)
        let isWatched = Terminal.isWatched
        if isWatched {
            var shown = began
            experiment.onProgress = { phase, share in
                guard clock.now - shown > .milliseconds(200) else { return }
                shown = clock.now
                let seconds = (shown - began).seconds.rounded(to: 0)
                Terminal.say("\r\u{1B}[K\(phase) \(Int(share * 100)) %, \(seconds) s")
            }
        }
        experiment.run()
        if isWatched { Terminal.say("\r\u{1B}[K") }
        return Report(
            plan: plan, measured: experiment.findings, wall: (clock.now - began).seconds,
            peakBytes: Memory.peakBytes)
    }
}

extension Double {
    /// This number with `digits` digits after the point.
    func rounded(to digits: Int) -> String {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let units = Int64((self * factor).rounded())
        guard digits > 0 else { return "\(units)" }
        let part = String(units.magnitude % UInt64(factor))
        let zeros = String(repeating: "0", count: digits - part.count)
        return "\(units < 0 ? "-" : "")\(units.magnitude / UInt64(factor)).\(zeros)\(part)"
    }
}
