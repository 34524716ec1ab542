import Glibc

/// The standard error stream: talk, never results.
enum Terminal {
    /// Writes `text` as it is.
    static func say(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Shows how far it is, in place of what was shown before, when somebody watches.
    static func show(_ progress: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        say("\r\u{1B}[K\(progress)")
    }
}
