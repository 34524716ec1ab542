/// Figures as people read them.
enum Figures {
    /// Milliseconds: `0.42 ms`, `7 ms`, `1.3 s`, `12 min`.
    static func time(milliseconds: Double) -> String {
        switch milliseconds {
        case ..<1: "\(fixed(milliseconds, digits: 2)) ms"
        case ..<10: "\(fixed(milliseconds, digits: 1)) ms"
        case ..<1_000: "\(Int(milliseconds.rounded())) ms"
        case ..<60_000: "\(fixed(milliseconds / 1_000, digits: 1)) s"
        case ..<7_200_000: "\(Int(milliseconds / 60_000)) min"
        default: "\(fixed(milliseconds / 3_600_000, digits: 1)) h"
        }
    }

    /// Bytes: `512 B`, `3.4 KiB`, `12 MiB`.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1_024: "\(count) B"
        case ..<(10 * 1_024): "\(fixed(Double(count) / 1_024, digits: 1)) KiB"
        case ..<(1_024 * 1_024): "\(count / 1_024) KiB"
        default: "\(fixed(Double(count) / 1_048_576, digits: 1)) MiB"
        }
    }

    /// A number with exactly `digits` digits after the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((value * scale).rounded())
        if digits == 0 { return String(whole) }
        let fraction = String(whole.magnitude % UInt(scale))
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return (whole < 0 ? "-" : "") + "\(whole.magnitude / UInt(scale)).\(zeros)\(fraction)"
    }

    /// A score from 0 to 1 as a bar of `cells` cells, to half a cell.
    static func bar(_ score: Double, cells: Int) -> String {
        let halves = Int((min(max(score, 0), 1) * Double(2 * cells)).rounded())
        let full = String(repeating: "█", count: halves / 2)
        let half = halves % 2 == 1 ? "▌" : ""
        return full + half + String(repeating: "·", count: cells - (halves + 1) / 2)
    }

    /// `1 person`, `3 people`.
    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
