import KithCrypto
import KithWire

/// The newest profile seen of each person, so that a reader never goes back to an older one.
///
/// The sequence outlives the profile: it is kept for as long as any older record could still be
/// around. Who is pushed out by 5,000 others is forgotten, sequence and all.
struct ProfileCache: Sendable {
    private struct Entry: Sendable {
        var record: Record
        var seen: Instant
    }

    @Boxed private var settings: Settings.Discovery
    private var entries: LRU<Ed25519.PublicKey, Entry>

    /// An empty cache.
    init(settings: Settings.Discovery) {
        self.settings = settings
        entries = LRU(capacity: settings.profilesMax)
    }

    /// How many people are remembered.
    var count: Int { entries.count }

    /// Remembers a verified profile record, or the tombstone of one.
    ///
    /// - Returns: false when the record must not be used, because a higher sequence was seen, or
    ///   the same with other bytes. The same record again counts as asked again.
    @discardableResult
    mutating func keep(_ record: Record, at now: Moment) -> Bool {
        if let held = entries.value(for: record.author, at: now.instant)?.record,
            held.sequence >= record.sequence, held != record
        {
            return false
        }
        let life = max(settings.sequenceLife, record.expires - now.unix)
        entries.insert(
            Entry(record: record, seen: now.instant), for: record.author,
            expires: now.instant + life)
        return true
    }

    /// The highest sequence seen of `author`, if it is remembered.
    func newest(_ author: Ed25519.PublicKey, at now: Instant) -> UInt64? {
        entries.peek(author, at: now)?.record.sequence
    }

    /// The newest record seen of `author`, a tombstone too, if its replicas were asked lately
    /// and it has not expired; counts as a use.
    mutating func fresh(_ author: Ed25519.PublicKey, at now: Moment) -> Record? {
        guard let entry = entries.value(for: author, at: now.instant),
            entry.record.expires > now.unix,
            now.instant - entry.seen <= settings.profileFreshness
        else { return nil }
        return entry.record
    }

    /// The newest record seen of `author`, however long ago, expired or a tombstone.
    func known(_ author: Ed25519.PublicKey, at now: Instant) -> Record? {
        entries.peek(author, at: now)?.record
    }
}
