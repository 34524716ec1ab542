import Glibc

/// A bar on standard error while something long runs; on a terminal only, and gone when it ends.
final class ProgressBar {
    private static let cells = 30

    private let words: String
    private let isShown: Bool
    private var isDrawn = false
    private var last = -1

    /// A bar with these words in front.
    init(_ console: Console, _ words: String) {
        self.words = words
        isShown = isatty(STDERR_FILENO) == 1 && console.form == .text
    }

    /// Shows that `done` of `total` steps are over.
    func show(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let filled = min(Self.cells, done * Self.cells / total)
        guard filled != last || done == total else { return }
        last = filled
        isDrawn = true
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Self.cells - filled)
        draw("\r\(words) \(bar) \(done) of \(total)")
    }

    /// Takes the bar away.
    func clear() {
        guard isDrawn else { return }
        draw("\r\u{1B}[K")
    }

    private func draw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
