/// How a liar lies.
///
/// All of them have a real proof of work, finish handshakes and answer PING, so
/// that honest nodes take them for neighbours.
public enum Vice: String, Sendable, CaseIterable {
    /// Names nodes near the target that do not exist.
    case inventor
    /// Names only fellow liars, closest first, and lets nobody store.
    case eclipser
    /// Acknowledges STORE with a valid receipt, keeps nothing, shows nothing.
    case hider
    /// Shows altered records with a higher sequence, and records at locations not their own.
    case forger
    /// Keeps the first version of each record and never shows another.
    case rollback
    /// Does not answer FIND.
    case silent
    /// Says that it is full: gives no token, refuses every STORE.
    case full
    /// Answers with messages that are valid and senseless, or were not asked for.
    case confused
    /// Hides what it acknowledged and names only fellow liars: what settles around a location.
    case usurper
    /// Names nodes that do exist under ids of its own making: their keys with other proofs of work,
    /// which anybody can compute.
    case misplacer
    /// Hides what it acknowledged, and says that it has more than it shows.
    case boaster

    /// What is drawn from for an ordinary crowd.
    ///
    /// ``usurper`` belongs to a siege; the last two are met in tests of what they aim at.
    public static let crowd: [Vice] = [
        .inventor, .eclipser, .hider, .forger, .rollback, .silent, .full, .confused,
    ]
}
