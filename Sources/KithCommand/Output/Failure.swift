import Kith
import KithHost
import KithOverlay

/// Why a command failed: what is printed, and the exit status.
struct Failure: Error, Equatable {
    /// The exit status.
    let exit: ExitCode
    /// The stable word in brackets.
    let code: String
    /// What happened, in a sentence without a full stop.
    let message: String
    /// What to try next; empty when there is nothing.
    let hint: String

    /// A failure with these words.
    init(_ exit: ExitCode, _ code: String, _ message: String, hint: String = "") {
        self.exit = exit
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// A command line that makes no sense.
    init(_ error: UsageError) {
        self.init(.usage, "usage", error.message, hint: error.hint)
    }

    /// Something this machine refused.
    init(_ error: HostError) {
        self.init(
            ExitCode(rawValue: error.exitCode) ?? .failed, error.code, error.message,
            hint: error.hint)
    }

    /// What the library says.
    init(_ error: KithError) {
        self.init(ExitCode(of: error.code), error.code, error.message, hint: error.hint)
    }

    /// What the library says after this operation.
    init(_ error: KithError, after operation: Operation) {
        self.init(
            ExitCode(of: error.code), error.code, error.message,
            hint: error.hint(after: operation))
    }

    /// What the running node answered.
    init(_ failure: ControlFailure) {
        self.init(
            ExitCode(rawValue: failure.exitCode) ?? .failed, failure.code,
            Terminal.safe(failure.message), hint: Terminal.safe(failure.hint ?? ""))
    }

    /// `--timeout` ran out.
    static let timedOut = Failure(
        .timedOut, "timed-out", "time ran out before the answer came",
        hint: "give it longer with --timeout")

    /// Nobody answers on the control socket.
    static func notRunning(home: String) -> Failure {
        Failure(
            .notRunning, "not-running", "no node is running on \(home)",
            hint: "start one with 'kith run'")
    }

    /// The object that `--json` prints.
    var json: JSON {
        ["error": ["code": .text(code), "message": .text(message), "hint": .text(hint)]]
    }

    /// The lines on standard error.
    func lines(in terminal: Terminal) -> [String] {
        let head = "kith: " + terminal.styled("error:", .red) + " \(message) [\(code)]"
        return hint.isEmpty
            ? [head] : [head, "kith: " + terminal.styled("hint:", .yellow) + " \(hint)"]
    }
}

extension ExitCode {
    /// The exit status that belongs to a code of ``KithError``.
    init(of code: String) {
        self =
            switch code {
            case "nothing-found", "unknown-contact", "no-request", "not-blocked": .nothingFound
            case "not-running": .notRunning
            case "no-peers": .noPeers
            case "quorum-missed": .quorumMissed
            case "busy", "refused", "invisible", "subnet-too-large", "subnet-public",
                "too-many-addresses":
                .refused
            case "invalid-profile", "invalid-record", "invalid-location", "profile-too-large",
                "invalid-request", "invalid-text", "off-link", "bad-identity", "own-identity":
                .invalidData
            case "empty-query", "usage": .usage
            case "timed-out": .timedOut
            case "cancelled": .interrupted
            default: .failed
            }
    }
}
