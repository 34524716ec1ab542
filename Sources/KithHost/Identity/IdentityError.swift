/// Why an identity could not be read, opened or kept.
public enum IdentityError: Error, Sendable, Equatable {
    /// There is none.
    case missing(path: String)
    /// There is a file already.
    case exists(path: String)
    /// The file system refuses.
    case unusable(path: String, reason: String)
    /// The file is something else.
    case foreign
    /// A newer version of Kith wrote the file.
    case newer(version: Int)
    /// The file is not as it was written; `detail` is how that shows.
    case damaged(detail: String)
    /// The file asks for a cost that is either no protection or no way to open it.
    case costRefused(operations: Int, memoryKiB: Int)
    /// The passphrase does not open the file; which of the two is wrong cannot be told.
    case notOpened
    /// It is locked, and no passphrase was given.
    case locked
    /// The memory that the passphrase costs cannot be had.
    case outOfMemory(memoryKiB: Int)
    /// The home holds another identity.
    case other(path: String)

    /// Stable word for programs, in kebab case.
    public var code: String {
        switch self {
        case .missing: "identity-missing"
        case .exists: "file-exists"
        case .unusable: "identity-unusable"
        case .foreign: "identity-foreign"
        case .newer: "identity-newer"
        case .damaged: "identity-damaged"
        case .costRefused: "identity-cost"
        case .notOpened: "identity-not-opened"
        case .locked: "identity-locked"
        case .outOfMemory: "out-of-memory"
        case .other: "identity-other"
        }
    }

    /// What happened, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .missing(let path): "there is no identity in \(path)"
        case .exists(let path): "\(path) exists already"
        case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
        case .foreign: "this is no identity file"
        case .newer(let version):
            "the identity file has version \(version), this program knows "
                + "\(IdentityFile.version)"
        case .damaged(let detail): "the identity file is damaged: \(detail)"
        case .costRefused(let operations, let memoryKiB):
            "the identity file asks for \(operations) passes over \(memoryKiB) KiB, which is "
                + "out of bounds"
        case .notOpened: "wrong passphrase, or the identity file is damaged"
        case .locked: "the identity is locked with a passphrase"
        case .outOfMemory(let memoryKiB):
            "the \(memoryKiB >> 10) MiB that the passphrase costs cannot be had"
        case .other(let path): "\(path) holds another identity"
        }
    }

    /// What to try next, in one sentence without a full stop.
    public var hint: String {
        switch self {
        case .missing: "restore it from a copy: kith id import FILE"
        case .damaged, .foreign: "use a copy that is whole: kith id import FILE --force"
        case .exists: "choose another name, or write --force to replace it"
        case .unusable: "check the name, and that this user may use it"
        case .newer: "update this program"
        case .costRefused:
            "somebody changed the file; use another copy: kith id import FILE --force"
        case .notOpened: "try again; if it stays, use another copy: kith id import FILE --force"
        case .locked: "run: kith unlock"
        case .outOfMemory: "end other programs, or allow this one more memory"
        case .other:
            "export that one first, then write --force to replace it, or choose another --home"
        }
    }

    /// Exit status of a command that fails with this error.
    public var exitCode: Int32 {
        switch self {
        case .missing, .exists, .unusable, .outOfMemory: ExitCode.failed
        case .foreign, .newer, .damaged, .costRefused: ExitCode.invalidData
        case .notOpened, .locked, .other: ExitCode.refused
        }
    }
}
