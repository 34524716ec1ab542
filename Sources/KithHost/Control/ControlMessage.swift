/// A request that came over the control socket: `{"id":1,"command":"find","arguments":{…}}`.
public struct ControlRequest: Sendable, Equatable {
    /// Chosen by the client, unique among its unanswered requests.
    public let id: Int64
    /// What is asked for.
    public let command: String
    /// Its arguments, an object; empty when the request has none.
    public let arguments: JSON

    /// A request.
    public init(id: Int64, command: String, arguments: JSON = [:]) {
        self.id = id
        self.command = command
        self.arguments = arguments
    }

    /// The request as one JSON object.
    public var json: JSON {
        ["id": .integer(id), "command": .text(command), "arguments": arguments]
    }

    /// Reads a request; unknown members are refused, so that a misspelt one is noticed.
    init(_ json: JSON) throws(ControlFailure) {
        guard let members = json.object else { throw .malformed("a request is an object") }
        for member in members where !["id", "command", "arguments"].contains(member.name) {
            throw .malformed("no member \(member.name) in a request")
        }
        guard case .integer(let id)? = json["id"], id >= 0 else {
            throw .malformed("id must be a whole number")
        }
        guard let command = json["command"]?.text, !command.isEmpty else {
            throw .malformed("command must be text")
        }
        let arguments = json["arguments"] ?? [:]
        guard arguments.object != nil else { throw .malformed("arguments must be an object") }
        self.init(id: id, command: command, arguments: arguments)
    }
}

/// How a request failed: the `error` of `{"id":1,"error":{"code","message","hint","exit"}}`.
public struct ControlFailure: Error, Sendable, Equatable {
    /// Stable word for programs, in kebab case.
    public let code: String
    /// What happened, in one sentence.
    public let message: String
    /// What to try next, in one sentence, or nil.
    public let hint: String?
    /// Exit status for the command line.
    public let exitCode: Int32

    /// A failure with these words.
    public init(code: String, message: String, hint: String?, exitCode: Int32) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exitCode = exitCode
    }

    /// The failure that an error of the shell becomes.
    public init(_ error: HostError) {
        self.init(
            code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode)
    }

    /// The request was not understood.
    public static func malformed(_ message: String) -> ControlFailure {
        ControlFailure(
            code: "bad-request", message: message,
            hint: "one object per line: {\"id\":1,\"command\":\"status\",\"arguments\":{}}",
            exitCode: ExitCode.usage)
    }

    /// The command has no handler.
    public static func unknownCommand(_ command: String) -> ControlFailure {
        ControlFailure(
            code: "unknown-command", message: "the node does not know the command \(command)",
            hint: "the node may be older than this program; restart it", exitCode: ExitCode.usage)
    }

    /// The client has too many unanswered requests.
    static let tooManyRequests = ControlFailure(
        code: "too-many-requests", message: "this connection waits for too many answers",
        hint: "wait for some of them", exitCode: ExitCode.failed)

    /// The id names a request that is not answered yet.
    static let repeatedID = ControlFailure(
        code: "bad-request", message: "this id is in use by an unanswered request",
        hint: "count ids up", exitCode: ExitCode.usage)

    /// The value of the member `error`.
    public var json: JSON {
        [
            "code": .text(code), "message": .text(message), "hint": JSON(hint),
            "exit": .integer(Int64(exitCode)),
        ]
    }

    /// Reads what ``json`` made, as far as it is there.
    init(json: JSON) {
        self.init(
            code: json["code"]?.text ?? "unknown", message: json["message"]?.text ?? "it failed",
            hint: json["hint"]?.text,
            exitCode: json["exit"]?.int.flatMap(Int32.init(exactly:)) ?? ExitCode.failed)
    }
}
