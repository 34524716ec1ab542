public import KithWire

/// Why the shell around a node could not do something; each case has a code, words and a hint.
public enum HostError: Error, Sendable, Equatable {
    /// No directory can be chosen: neither `--home`, `KITH_HOME`, `XDG_STATE_HOME` nor `HOME`.
    case homeUnknown
    /// Nothing was initialised at this path.
    case homeMissing(path: String)
    /// There is an identity at this path already.
    case homeExists(path: String)
    /// Other users may change what is in this directory.
    case homeNotPrivate(path: String)
    /// The directory cannot be made or read.
    case homeUnusable(path: String, reason: String)
    /// Another program listens on this address.
    case portInUse(Address)
    /// No interface of this machine has this address.
    case addressUnavailable(Address)
    /// This user may not listen on this address.
    case addressForbidden(Address)
    /// The kernel has no support for this address family.
    case familyUnavailable(Address)
    /// A node needs at least one address to listen on.
    case nothingToListenOn
    /// The state on disk.
    case store(StoreError)
    /// The person's identity.
    case identity(IdentityError)
    /// A system call failed in a way that has no name here.
    case system(call: String, errno: Int32)

    /// Stable word for programs, in kebab case.
    public var code: String {
        switch self {
        case .homeUnknown: "home-unknown"
        case .homeMissing: "home-missing"
        case .homeExists: "home-exists"
        case .homeNotPrivate: "home-not-private"
        case .homeUnusable: "home-unusable"
        case .portInUse: "port-in-use"
        case .addressUnavailable: "address-unavailable"
        case .addressForbidden: "address-forbidden"
        case .familyUnavailable: "family-unavailable"
        case .nothingToListenOn: "nothing-to-listen-on"
        case .store(let error): error.code
        case .identity(let error): error.code
        case .system: "system-failure"
        }
    }

    /// What happened, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .homeUnknown: "no directory to keep state in"
        case .homeMissing(let path): "nothing is initialised in \(path)"
        case .homeExists(let path): "\(path) already holds an identity"
        case .homeNotPrivate(let path): "other users may write to \(path)"
        case .homeUnusable(let path, let reason): "\(path) cannot be used: \(reason)"
        case .portInUse(let address): "another program listens on \(address)"
        case .addressUnavailable(let address): "no interface has the address \(address)"
        case .addressForbidden(let address): "not allowed to listen on \(address)"
        case .familyUnavailable(let address): "this machine cannot use addresses like \(address)"
        case .nothingToListenOn: "no address to listen on"
        case .store(let error): error.message
        case .identity(let error): error.message
        case .system(let call, let errno): "\(call): \(systemMessage(errno))"
        }
    }

    /// What to try next, in one sentence without a full stop.
    public var hint: String {
        switch self {
        case .homeUnknown: "give --home DIR or set HOME"
        case .homeMissing(let path): "run: kith init --home \(path)"
        case .homeExists: "choose another --home, or keep using this one"
        case .homeNotPrivate(let path): "run: chmod 700 \(path)"
        case .homeUnusable: "choose another directory with --home"
        case .portInUse: "choose another port with --listen, or stop the other program"
        case .addressUnavailable: "list addresses with: ip address"
        case .addressForbidden: "choose a port of 1024 or more"
        case .familyUnavailable: "listen on the other address family"
        case .nothingToListenOn: "give --listen ADDR:PORT"
        case .store(let error): error.hint
        case .identity(let error): error.hint
        case .system: "see the system log; if it stays, report it with this message"
        }
    }

    /// Exit status of a command that fails with this error.
    public var exitCode: Int32 {
        switch self {
        case .homeUnknown, .nothingToListenOn: ExitCode.usage
        case .store(let error): error.exitCode
        case .identity(let error): error.exitCode
        default: ExitCode.failed
        }
    }
}

/// The exit statuses of `kith` that the shell itself knows.
public enum ExitCode {
    /// Something failed that has no status of its own.
    public static let failed: Int32 = 1
    /// The command was not understood.
    public static let usage: Int32 = 2
    /// No node runs in this home.
    public static let notRunning: Int32 = 4
    /// Someone refused, or it is not allowed.
    public static let refused: Int32 = 7
    /// State on disk, or an answer, is not what it should be.
    public static let invalidData: Int32 = 8
    /// Time ran out.
    public static let timedOut: Int32 = 124
}
