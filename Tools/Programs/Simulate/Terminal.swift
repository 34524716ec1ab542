import Glibc

/// The standard error stream: talk, never results.
enum Terminal {
    /// Whether somebody watches.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes `text` as it is.
    static func say(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
