/// Who on the same link learns that a node is here.
public enum Visibility: Sendable, Equatable {
    /// Nobody: nothing is sent or answered.
    case nobody
    /// Contacts.
    case contacts
    /// Contacts, and that there is a node, for whoever looks for a first one to join through.
    case nodes
    /// Everybody, by this name and the person's key.
    case everybody(name: String)

    /// The word for people and programs.
    public var word: String {
        switch self {
        case .nobody: "nobody"
        case .contacts: "contacts"
        case .nodes: "nodes"
        case .everybody: "everybody"
        }
    }
}
