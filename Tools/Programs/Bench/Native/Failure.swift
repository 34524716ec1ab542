import KithHost

/// Why nothing could be measured, and what to do about it.
struct Failure: Error {
    /// What happened, in one sentence without a full stop.
    let text: String
    /// What to try next, likewise.
    let hint: String

    /// A failure in these words.
    init(_ text: String, hint: String) {
        self.text = text
        self.hint = hint
    }

    /// What the shell around a node could not do.
    init(_ error: HostError) {
        self.init(error.message, hint: error.hint)
    }
}
