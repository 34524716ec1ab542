/// What a benchmark must reach, and what it reached.
struct Goal {
    /// Which side of a number is good.
    enum Bound {
        case atLeast(Double)
        case below(Double)
    }

    /// How a number is shown.
    enum Unit {
        /// 0…1, shown in percent.
        case share
        case count
    }

    /// What is measured, in words.
    let name: String
    /// What came out.
    let measured: Double
    /// What must come out.
    let wanted: Bound
    /// How both are shown.
    let unit: Unit

    /// Whether it was reached.
    var isMet: Bool {
        switch wanted {
        case .atLeast(let least): measured >= least
        case .below(let limit): measured < limit
        }
    }

    /// As people read it: "ok  allocations per cell 0.00, wanted below 0.10".
    var text: String {
        "\(isMet ? "ok " : "NOT") \(name) \(written(measured)), wanted \(bound)"
    }

    /// One object of JSON; shares are 0…1.
    var json: String {
        JSON.object([
            ("name", "\"\(name)\""), ("goal", "\"\(bound)\""),
            ("measured", measured.rounded(to: 4)), ("ok", "\(isMet)"),
        ])
    }

    private var bound: String {
        switch wanted {
        case .atLeast(let value): "at least \(written(value))"
        case .below(let value): "below \(written(value))"
        }
    }

    private func written(_ value: Double) -> String {
        switch unit {
        case .share: (value * 100).rounded(to: 1) + " %"
        case .count: value.rounded(to: 2)
        }
    }
}
