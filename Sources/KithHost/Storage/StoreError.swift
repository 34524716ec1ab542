/// Why the state on disk could not be read or written.
public enum StoreError: Error, Sendable, Equatable {
    /// There is no state file.
    case missing
    /// There is a state file already.
    case exists
    /// Another process runs a node on this home.
    case locked(byProcess: Int32?)
    /// The file is damaged; `detail` is what the check said.
    case corrupt(detail: String)
    /// The file is something else than Kith's state.
    case foreign
    /// A newer version of Kith wrote the file.
    case newerSchema(found: Int, known: Int)
    /// No space is left for it.
    case diskFull
    /// Another program kept the file busy for longer than the store waits.
    case busy
    /// This user may not read or write the file.
    case forbidden
    /// A transaction could be neither finished nor undone; only opening the file again helps.
    case lost(detail: String)
    /// SQLite failed with an extended result code that has no name here.
    case failed(code: Int32, detail: String)

    /// Stable word for programs, in kebab case.
    public var code: String {
        switch self {
        case .missing: "state-missing"
        case .exists: "state-exists"
        case .locked: "home-locked"
        case .corrupt: "state-corrupt"
        case .foreign: "state-foreign"
        case .newerSchema: "state-newer"
        case .diskFull: "disk-full"
        case .busy: "state-busy"
        case .forbidden: "state-forbidden"
        case .lost: "state-lost"
        case .failed: "state-failed"
        }
    }

    /// What happened, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .missing: "there is no state file"
        case .exists: "there is a state file already"
        case .locked(.some(let process)): "process \(process) runs a node on this home"
        case .locked(.none): "another process runs a node on this home"
        case .corrupt(let detail): "the state file is damaged: \(detail)"
        case .foreign: "the state file was not written by Kith"
        case .newerSchema(let found, let known):
            "the state file has version \(found), this program knows \(known)"
        case .diskFull: "no space is left on the disk"
        case .busy: "another program keeps the state file busy"
        case .forbidden: "not allowed to read or write the state file"
        case .lost(let detail): "the state file cannot be written any more: \(detail)"
        case .failed(let code, let detail): "the state file failed (\(code)): \(detail)"
        }
    }

    /// What to try next, in one sentence without a full stop.
    public var hint: String {
        switch self {
        case .missing: "run: kith init"
        case .exists: "choose another --home, or keep using this one"
        case .locked: "stop the other node, or give this one another --home"
        case .corrupt: "restore a backup, or move the file away and run: kith init"
        case .foreign: "choose another --home"
        case .newerSchema: "update this program"
        case .diskFull: "free some space; nothing that was acknowledged is lost"
        case .busy: "try again"
        case .forbidden: "run as the user who owns the home directory"
        case .lost: "check the disk, then start the node again; what was acknowledged is kept"
        case .failed: "try again; if it stays, report it with this message"
        }
    }

    /// Exit status of a command that fails with this error.
    public var exitCode: Int32 {
        switch self {
        case .corrupt, .foreign, .newerSchema: ExitCode.invalidData
        default: ExitCode.failed
        }
    }
}
