/// Remembers which packet counters of a session were seen, so that none is accepted twice.
///
/// The sliding bitmap of RFC 6479: the window is kept in whole words and moving it clears whole
/// words. One word more than the window needs makes the width exact: a counter is acceptable
/// when it is new and less than ``width`` behind the highest one. 2,048 tolerates a burst of two
/// megabytes that overtakes an earlier packet (WireGuard keeps 8,128; discv5 none).
///
/// Fixed storage of 264 bytes; no call allocates.
struct ReplayWindow: Sendable {
    /// How far behind the highest counter a late packet may be.
    static let width: UInt64 = 2_048
    /// Words of the bitmap: the window and one that is being entered.
    private static let wordCount: UInt64 = width / 64 + 1

    private var words: [33 of UInt64] = .init(repeating: 0)
    /// One more than the highest counter accepted; 0 before the first.
    private var next: UInt64 = 0

    /// Nothing was seen yet.
    init() {}

    /// Whether `counter` is new and not too old; changes nothing, for use before decrypting.
    ///
    /// The counter 2^64 - 1 is refused: Noise (revision 34, section 5.1) reserves it.
    func wouldAccept(_ counter: UInt64) -> Bool {
        if counter >= next { return counter != .max }
        guard next - 1 - counter < Self.width else { return false }
        return words[Self.word(counter)] & Self.bit(counter) == 0
    }

    /// Marks `counter` as seen; call after the packet proved authentic.
    ///
    /// - Returns: false when it was seen before or is too old; nothing changes then.
    mutating func accept(_ counter: UInt64) -> Bool {
        guard wouldAccept(counter) else { return false }
        if counter >= next {
            advance(to: counter)
        }
        words[Self.word(counter)] |= Self.bit(counter)
        return true
    }

    /// Makes `counter` the highest one and clears the words entered on the way.
    private mutating func advance(to counter: UInt64) {
        if next > 0 {
            let from = (next - 1) / 64
            let entered = min(counter / 64 - from, Self.wordCount)
            for step in 0..<entered {
                words[Int((from + 1 + step) % Self.wordCount)] = 0
            }
        }
        next = counter + 1
    }

    private static func word(_ counter: UInt64) -> Int {
        Int(counter / 64 % wordCount)
    }

    private static func bit(_ counter: UInt64) -> UInt64 {
        1 << (counter % 64)
    }
}
