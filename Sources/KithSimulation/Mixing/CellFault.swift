import KithOverlay

/// What a bad relay does to the cells that it should pass on.
public enum CellFault: Sendable, CaseIterable {
    /// It says that it took them and forgets them.
    case drop
    /// It sends each many times.
    case replay
    /// It flips any bit.
    case flip
    /// It flips a bit of the body, to recognise it further on.
    case tag
    /// It keeps them for a minute.
    case delay

    var inNode: RelayFault {
        switch self {
        case .drop: .drop
        case .replay: .replay
        case .flip: .flip
        case .tag: .tag
        case .delay: .delay
        }
    }
}
