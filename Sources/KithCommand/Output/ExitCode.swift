/// How a command ended, as a number that scripts can rely on.
enum ExitCode: Int32, CaseIterable, Sendable {
    /// It worked.
    case ok = 0
    /// It failed for a reason without a number of its own.
    case failed = 1
    /// The command line makes no sense.
    case usage = 2
    /// Nothing was found.
    case nothingFound = 3
    /// The node is not running.
    case notRunning = 4
    /// No other node can be reached.
    case noPeers = 5
    /// Fewer nodes than a majority acknowledged.
    case quorumMissed = 6
    /// Someone refused.
    case refused = 7
    /// Something given, received or kept on disk is not valid.
    case invalidData = 8
    /// There are only warnings.
    case warningsOnly = 9
    /// `--timeout` ran out.
    case timedOut = 124
    /// Ctrl-C.
    case interrupted = 130

    /// What it means, for `kith help exit-codes`.
    var meaning: String {
        switch self {
        case .ok: "it worked"
        case .failed: "it failed"
        case .usage: "the command line makes no sense"
        case .nothingFound: "nothing was found"
        case .notRunning: "the node is not running; start it with 'kith run'"
        case .noPeers: "no other node can be reached"
        case .quorumMissed: "fewer nodes than a majority acknowledged"
        case .refused: "refused, or not allowed"
        case .invalidData: "something given, received or kept is not valid"
        case .warningsOnly: "there are only warnings"
        case .timedOut: "--timeout ran out"
        case .interrupted: "interrupted"
        }
    }
}
