import Glibc

/// The standard error stream: talk, never results.
package enum Terminal {
    /// Whether somebody watches.
    package static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes `text` as it is.
    package static func say(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Shows how far it is, in place of what was shown before, when somebody watches.
    package static func show(_ progress: String) {
        if isWatched { say("\r\u{1B}[K\(progress)") }
    }
}
