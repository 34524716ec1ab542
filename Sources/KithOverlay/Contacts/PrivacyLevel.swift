public import KithWire

/// How far something of a person is to be seen; each level includes the readers of those after it.
public enum PrivacyLevel: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Everybody: it is published in the clear and found by search.
    case everyone = 0
    /// Contacts and friends.
    case contacts = 1
    /// Friends alone.
    case friends = 2
    /// Nobody: it is not published.
    case nobody = 3

    /// Whether `left` is seen by more people than `right`.
    public static func < (left: PrivacyLevel, right: PrivacyLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// What readers of a card are.
    public init(_ level: Letter.Level) {
        self =
            switch level {
            case .contacts: .contacts
            case .friends: .friends
            }
    }
}
