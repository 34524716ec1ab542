import KithOverlay
import KithWire

// The words for levels: the same in commands, in tables and in objects.

extension PrivacyLevel {
    /// The word for it.
    var word: String {
        switch self {
        case .everyone: "public"
        case .contacts: "contacts"
        case .friends: "friends"
        case .nobody: "private"
        }
    }

    /// The level with this word.
    init?(word: String) {
        guard let level = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }

    /// The words, from the widest level to the narrowest.
    static let words = allCases.map(\.word)
}

extension Letter.Level {
    /// The word for it.
    var word: String {
        switch self {
        case .contacts: "contacts"
        case .friends: "friends"
        }
    }

    /// The level with this word.
    init?(word: String) {
        guard let level = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }
}

extension Presentation.Field {
    /// The word for it.
    var word: String {
        switch self {
        case .interests: "interests"
        case .region: "region"
        case .bio: "bio"
        case .links: "links"
        case .avatar: "avatar"
        }
    }

    /// The field with this word.
    init?(word: String) {
        guard let field = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = field
    }
}
