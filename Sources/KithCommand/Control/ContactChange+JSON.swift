import KithCrypto
import KithHost
import KithOverlay
import KithWire

// Changes of the contact book as the control socket carries them:
// `{"change":"rename","identity":"kith1…","name":"Jonas"}`.
extension ContactChange {
    /// The word that names it.
    var word: String {
        switch self {
        case .add: "add"
        case .accept: "accept"
        case .refuse: "refuse"
        case .remove: "remove"
        case .block: "block"
        case .unblock: "unblock"
        case .rename: "rename"
        case .favourite: "favourite"
        case .level: "level"
        case .sharing: "sharing"
        }
    }

    /// Whom it is about; nil when it is about nobody in particular.
    var identity: Ed25519.PublicKey? {
        switch self {
        case .add(let key, _, _, _), .accept(let key), .refuse(let key), .remove(let key),
            .block(let key), .unblock(let key), .rename(let key, _), .favourite(let key, _),
            .level(let key, _):
            key
        case .sharing: nil
        }
    }

    /// The change as arguments of a request.
    var json: JSON {
        var members = [JSON.Member("change", .text(word))]
        if let identity {
            members.append(JSON.Member("identity", .text(IdentityText.encode(identity))))
        }
        switch self {
        case .add(_, let name, let ownName, let message):
            members += [
                JSON.Member("name", .text(name)), JSON.Member("ownName", JSON(ownName)),
                JSON.Member("message", JSON(message)),
            ]
        case .rename(_, let name): members.append(JSON.Member("name", .text(name)))
        case .favourite(_, let isOn), .sharing(let isOn):
            members.append(JSON.Member("on", .bool(isOn)))
        case .level(_, let level): members.append(JSON.Member("level", .text(level.word)))
        case .accept, .refuse, .remove, .block, .unblock: break
        }
        return .object(members)
    }

    /// The change that the arguments of a request name; nil when one is missing or makes no
    /// sense.
    init?(_ json: JSON) {
        if json["change"]?.text == "sharing" {
            guard let isOn = json["on"]?.bool else { return nil }
            self = .sharing(isOn)
            return
        }
        guard let word = json["change"]?.text,
            let key = json["identity"]?.text.flatMap(Self.identity(text:))
        else { return nil }
        switch word {
        case "add":
            guard let name = json["name"]?.text else { return nil }
            self = .add(
                key, name: name, ownName: json["ownName"]?.text, message: json["message"]?.text)
        case "accept": self = .accept(key)
        case "refuse": self = .refuse(key)
        case "remove": self = .remove(key)
        case "block": self = .block(key)
        case "unblock": self = .unblock(key)
        case "rename":
            guard let name = json["name"]?.text else { return nil }
            self = .rename(key, name)
        case "favourite":
            guard let isOn = json["on"]?.bool else { return nil }
            self = .favourite(key, isOn)
        case "level":
            guard let level = json["level"]?.text.flatMap(Letter.Level.init(word:)) else {
                return nil
            }
            self = .level(key, level)
        default: return nil
        }
    }

    /// The key that an identity writes; nil when it is none.
    static func identity(text: String) -> Ed25519.PublicKey? {
        do throws(IdentityText.Fault) {
            return try IdentityText.parse(text)
        } catch {
            return nil
        }
    }
}
