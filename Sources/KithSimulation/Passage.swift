import KithOverlay

/// What somebody who watches a line sees of a datagram.
struct Passage {
    /// The machine that sent it.
    let sender: Int
    /// The machine that gets it.
    let receiver: Int
    /// Its size.
    let bytes: Int
    /// When it left.
    let sent: Instant
    /// When it arrives.
    let arrives: Instant
}
