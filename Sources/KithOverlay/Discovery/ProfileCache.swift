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

    /// What a record that was read is worth.
    enum Admission: Equatable {
        /// It is the newest seen of its author.
        case newest
        /// It was seen before; its replicas were asked again now.
        case known
        /// It must not be used: a higher sequence was seen, or the same with other bytes.
        case older(than: UInt64)
    }

    private let settings: Settings.Discovery
    private var entries: LRU<Ed25519.PublicKey, Entry>

    /// An empty cache.
    init(settings: Settings.Discovery) {
        self.settings = settings
        entries = LRU(capacity: settings.profilesMax)
    }

    /// How many people are remembered.
    var count: Int { entries.count }

    /// Remembers a verified profile record, or the tombstone of one.
    @discardableResult
    mutating func learn(_ record: Record, at now: Moment) -> Admission {
        var admission = Admission.newest
        if let held = entries.value(for: record.author, at: now.instant)?.record {
            if held == record {
                admission = .known
            } else if held.sequence >= record.sequence {
                return .older(than: held.sequence)
            }
        }
        let life = max(settings.sequenceLife, record.expires - now.unix)
        entries.insert(
            Entry(record: record, seen: now.instant), for: record.author,
            expires: now.instant + life)
        return admission
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
