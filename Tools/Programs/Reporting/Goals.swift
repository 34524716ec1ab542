package import KithSimulation

extension Goal {
    /// "ok  FIND 99.75 %, wanted at least 99 %".
    package var text: String {
        "\(isMet ? "ok " : "NOT") \(name) \(figure), wanted \(bound)"
    }

    /// One object of JSON; shares are 0…1.
    package var json: String {
        JSON.object([
            ("name", "\"\(name)\""), ("goal", "\"\(bound)\""),
            ("measured", JSON.number(measured, 4)), ("ok", "\(isMet)"),
        ])
    }

    /// What was measured, as people read it.
    package var figure: String { measured.map(written) ?? "-" }

    private var bound: String {
        switch wanted {
        case .atLeast(let value): "at least \(written(value))"
        case .below(let value): "below \(written(value))"
        case .atMost(let value): "at most \(written(value))"
        }
    }

    private func written(_ value: Double) -> String {
        switch unit {
        case .share: (value * 100).rounded(to: 2) + " %"
        case .milliseconds: value.rounded(to: 0) + " ms"
        case .count: value.rounded(to: 0)
        case .mean, .deviations: value.rounded(to: 2)
        case .probability: value.rounded(to: 4)
        case .bits: value.rounded(to: 2) + " bits"
        }
    }
}
