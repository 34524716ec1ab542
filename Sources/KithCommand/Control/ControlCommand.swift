import KithCrypto
import KithHost
import KithOverlay
import KithWire

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
    /// Show the profile that is kept in the home to those who may see it.
    case publish(via: Via = .auto)
    /// Withdraw what was published, from contacts and friends as well.
    case unpublish
    /// What others are shown now.
    case presentation
    /// What somebody else could get.
    case seeAs(Viewer)
    /// The contact book.
    case contacts
    /// Change the contact book.
    case change(ContactChange)
    /// What a contact lets us see.
    case card(Ed25519.PublicKey)
    /// Find people by name.
    case findName(
        String, limit: Int, layers: Set<Hit.Source> = Hit.Source.all, via: Via = .auto)
    /// Find people by interests.
    case findInterests(
        [String], minScore: Double, limit: Int,
        layers: Set<Hit.Source> = Hit.Source.all, via: Via = .auto)
    /// Who is on the same network.
    case nearby(NearbyRequest)
    /// Measure the round trip to a node record or an address.
    case ping(String)
    /// Find the nodes closest to a location, and name each node asked; or fetch what is there
    /// through the mix, and name the relays.
    case trace(String, via: Via = .direct)
    /// Find the nodes closest to a location.
    case lookup(String)
    /// Fetch the newest record at a location.
    case get(String, via: Via = .direct)
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
        case .presentation: "presentation"
        case .seeAs: "see-as"
        case .contacts: "contacts"
        case .change: "change"
        case .card: "card"
        case .findName, .findInterests: "find"
        case .nearby: "nearby"
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
        case .findName(let name, let limit, let layers, let via):
            [
                "name": .text(name), "limit": JSON(limit), "layers": Self.words(layers),
                "via": .text(via.rawValue),
            ]
        case .findInterests(let interests, let minScore, let limit, let layers, let via):
            [
                "interests": .array(interests.map(JSON.text)), "minScore": .number(minScore),
                "limit": JSON(limit), "layers": Self.words(layers), "via": .text(via.rawValue),
            ]
        case .publish(let via): ["via": .text(via.rawValue)]
        case .seeAs(.stranger): ["as": "stranger"]
        case .seeAs(.contact(let key)):
            ["as": "contact", "identity": .text(IdentityText.encode(key))]
        case .change(let change): change.json
        case .card(let key): ["identity": .text(IdentityText.encode(key))]
        case .nearby(let request): request.json
        case .ping(let node): ["node": .text(node)]
        case .trace(let location, let via), .get(let location, let via):
            ["location": .text(location), "via": .text(via.rawValue)]
        case .lookup(let location): ["location": .text(location)]
        case .unlock(let seed): ["seed": .text(Self.digits(of: seed))]
        case .status, .peers, .unpublish, .presentation, .contacts, .stop: [:]
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
        case "publish": via(arguments, else: .auto).map { .publish(via: $0) }
        case "unpublish": .unpublish
        case "presentation": .presentation
        case "see-as": viewer(arguments).map(ControlCommand.seeAs)
        case "contacts": .contacts
        case "change": ContactChange(arguments).map(ControlCommand.change)
        case "card": key(arguments).map(ControlCommand.card)
        case "find": search(arguments)
        case "nearby": NearbyRequest(arguments).map(ControlCommand.nearby)
        case "ping": arguments["node"]?.text.map(ControlCommand.ping)
        case "trace": located(arguments).map { .trace($0, via: $1) }
        case "lookup": arguments["location"]?.text.map(ControlCommand.lookup)
        case "get": located(arguments).map { .get($0, via: $1) }
        case "unlock": arguments["seed"]?.text.flatMap(Self.seed(of:)).map(ControlCommand.unlock)
        case "stop": .stop
        default: throw .unknownCommand(name)
        }
    }

    /// How the question travels; nil when the word is not known.
    private static func via(_ json: JSON, else usual: Via) -> Via? {
        guard let word = json["via"]?.text else { return usual }
        return Via(rawValue: word)
    }

    private static func located(_ json: JSON) -> (String, Via)? {
        guard let location = json["location"]?.text, let via = via(json, else: .direct) else {
            return nil
        }
        return (location, via)
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

    private static func key(_ json: JSON) -> Ed25519.PublicKey? {
        json["identity"]?.text.flatMap(ContactChange.identity(text:))
    }

    private static func viewer(_ json: JSON) -> Viewer? {
        switch json["as"]?.text {
        case "stranger": .stranger
        case "contact": key(json).map(Viewer.contact)
        default: nil
        }
    }

    private static func words(_ layers: Set<Hit.Source>) -> JSON {
        .array(Hit.Source.allCases.filter(layers.contains).map { .text($0.rawValue) })
    }

    /// The layers that a request names, all of them when it names none; nil when one is not known.
    private static func layers(_ json: JSON?) -> Set<Hit.Source>? {
        guard let words = json?.array else { return Hit.Source.all }
        let layers = words.compactMap { $0.text.flatMap(Hit.Source.init(rawValue:)) }
        return layers.count == words.count && !layers.isEmpty ? Set(layers) : nil
    }

    private static func search(_ json: JSON) -> ControlCommand? {
        let limit = json["limit"]?.int ?? SearchDefaults.limit
        guard (1...SearchDefaults.limitMax).contains(limit), let layers = layers(json["layers"]),
            let via = via(json, else: .auto)
        else { return nil }
        if let name = json["name"]?.text {
            return .findName(name, limit: limit, layers: layers, via: via)
        }
        guard let interests = json["interests"]?.array?.compactMap(\.text), !interests.isEmpty
        else { return nil }
        let minScore = json["minScore"]?.double ?? SearchDefaults.minScore
        guard (0...1).contains(minScore) else { return nil }
        return .findInterests(
            interests, minScore: minScore, limit: limit, layers: layers, via: via)
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
    /// The words for the layers that a person can choose.
    static let layers = [Hit.Source.contacts, .sharing, .network].map(\.rawValue)
}
