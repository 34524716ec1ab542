import KithCrypto
import KithHost

/// What `kith` asks of the running node over its control socket.
///
/// The name and the arguments of a ``ControlRequest``; the result is the object that `--json`
/// prints. `socat - UNIX-CONNECT:control.sock` can drive it:
/// `{"id":1,"command":"find","arguments":{"name":"jonas","limit":20}}`.
enum ControlCommand: Equatable, Sendable {
    /// How the node is.
    case status
    /// The neighbours.
    case peers
    /// Publish the profile that is kept in the home.
    case publish
    /// Withdraw what was published.
    case unpublish
    /// Find people by name.
    case findName(String, limit: Int)
    /// Find people by interests.
    case findInterests([String], minScore: Double, limit: Int)
    /// Measure the round trip to a node record or an address.
    case ping(String)
    /// Find the nodes closest to a location, and name each node asked.
    case trace(String)
    /// Find the nodes closest to a location.
    case lookup(String)
    /// Fetch the newest record at a location.
    case get(String)
    /// Sign for the person whose key grows from this seed.
    case unlock(Secret32)
    /// Leave the network and end.
    case stop

    /// The word that names it.
    var name: String {
        switch self {
        case .status: "status"
        case .peers: "peers"
        case .publish: "publish"
        case .unpublish: "unpublish"
        case .findName, .findInterests: "find"
        case .ping: "ping"
        case .trace: "trace"
        case .lookup: "lookup"
        case .get: "get"
        case .unlock: "unlock"
        case .stop: "stop"
        }
    }

    /// What goes with the word.
    var arguments: JSON {
        switch self {
        case .findName(let name, let limit):
            ["name": .text(name), "limit": JSON(limit)]
        case .findInterests(let interests, let minScore, let limit):
            [
                "interests": .array(interests.map(JSON.text)), "minScore": .number(minScore),
                "limit": JSON(limit),
            ]
        case .ping(let node): ["node": .text(node)]
        case .trace(let location), .lookup(let location), .get(let location):
            ["location": .text(location)]
        case .unlock(let seed): ["seed": .text(Self.digits(of: seed))]
        case .status, .peers, .publish, .unpublish, .stop: [:]
        }
    }

    /// The command that a request names.
    ///
    /// Arguments that are not known are ignored, so that a newer `kith` can talk to an older node.
    init(_ request: ControlRequest) throws(ControlFailure) {
        guard let command = try Self.read(request.command, request.arguments) else {
            throw .malformed("\(request.command) lacks an argument, or one is out of range")
        }
        self = command
    }

    private static func read(
        _ name: String, _ arguments: JSON
    ) throws(ControlFailure) -> ControlCommand? {
        switch name {
        case "status": .status
        case "peers": .peers
        case "publish": .publish
        case "unpublish": .unpublish
        case "find": search(arguments)
        case "ping": arguments["node"]?.text.map(ControlCommand.ping)
        case "trace": arguments["location"]?.text.map(ControlCommand.trace)
        case "lookup": arguments["location"]?.text.map(ControlCommand.lookup)
        case "get": arguments["location"]?.text.map(ControlCommand.get)
        case "unlock": arguments["seed"]?.text.flatMap(Self.seed(of:)).map(ControlCommand.unlock)
        case "stop": .stop
        default: throw .unknownCommand(name)
        }
    }

    private static func digits(of seed: Secret32) -> String {
        seed.withBytes { $0.withUnsafeBytes { Hex.encode($0.bytes) } }
    }

    private static func seed(of digits: String) -> Secret32? {
        let digits = Array(digits.utf8)
        guard let seed = SecretBytes(hexDigits: digits.span.bytes), seed.count == Secret32.count
        else { return nil }
        return Secret32(seed)
    }

    private static func search(_ json: JSON) -> ControlCommand? {
        let limit = json["limit"]?.int ?? SearchDefaults.limit
        guard (1...SearchDefaults.limitMax).contains(limit) else { return nil }
        if let name = json["name"]?.text {
            return .findName(name, limit: limit)
        }
        guard let interests = json["interests"]?.array?.compactMap(\.text), !interests.isEmpty
        else { return nil }
        let minScore = json["minScore"]?.double ?? SearchDefaults.minScore
        guard (0...1).contains(minScore) else { return nil }
        return .findInterests(interests, minScore: minScore, limit: limit)
    }
}

/// What a search uses that does not say otherwise.
enum SearchDefaults {
    /// People shown; what fits on a screen.
    static let limit = 20
    /// People at most; the node fetches 40 profiles for one search.
    static let limitMax = 100
    /// Interest scores up to this are left out.
    static let minScore = 0.3
}
