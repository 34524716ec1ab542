import KithCrypto

/// The keys that open cells for us: one for an hour, and its predecessor for cells on their way.
///
/// Each has the tags of what it opened. A key that is gone opens nothing any more, so what is
/// stolen from a relay does not betray what it passed on before, and its tags need not be kept.
struct OnionKeys: ~Copyable {
    /// A cell that was opened.
    enum Opened {
        /// Its layer can be taken off with ``Sphinx/Workbench/peel(_:)``.
        case new(tag: Bytes16)
        /// It was here before.
        case replayed
        /// There is no room to remember it.
        case full
        /// It is not for us, or not whole.
        case forged
    }

    private var current: X25519.SecretKey
    private var currentTags: ReplaySet
    private var previous: X25519.SecretKey?
    private var previousTags: ReplaySet?
    /// When the current key is replaced.
    private(set) var renewal: Instant
    /// Until when the previous one opens anything.
    private var previousUntil = Instant.start
    private let life: Duration
    private let grace: Duration
    private let tagsMax: Int

    /// A first key.
    init(settings: Settings.Mixing, at now: Instant, _ entropy: inout Entropy) {
        current = .generate(from: &entropy)
        currentTags = ReplaySet(capacity: settings.tagsMax, salt: entropy.next())
        renewal = now + settings.keyLife
        life = settings.keyLife
        grace = settings.keyGrace
        tagsMax = settings.tagsMax
    }

    /// The key that cells are to be made with.
    var publicKey: X25519.PublicKey { current.publicKey }

    /// Tags that are remembered.
    var tags: Int { currentTags.count + (previousTags?.count ?? 0) }

    /// For how long ``publicKey`` opens cells, at least.
    func seconds(at now: Instant) -> UInt32 {
        UInt32(max(1, (renewal + grace - now).seconds))
    }

    /// Moves on to `now`: a new key when the hour is over, and nothing of the one before when its
    /// grace is.
    mutating func advance(to now: Instant, _ entropy: inout Entropy) {
        if renewal <= now {
            var next = X25519.SecretKey.generate(from: &entropy)
            swap(&current, &next)
            previous = consume next
            previousTags = currentTags
            currentTags = ReplaySet(capacity: tagsMax, salt: entropy.next())
            previousUntil = renewal + grace
            renewal = now + life
        }
        if previousUntil <= now {
            previous = nil
            previousTags = nil
        }
    }

    /// Reads the header of a packet with the key that fits.
    mutating func open(_ packet: RawSpan, on bench: inout Sphinx.Workbench) -> Opened {
        if let tag = try? bench.open(packet, with: current) {
            return outcome(currentTags.insert(tag), tag)
        }
        guard let tag = openWithPrevious(packet, on: &bench) else {
            bench.wipe()
            return .forged
        }
        return outcome(previousTags?.insert(tag) ?? .full, tag)
    }

    private func openWithPrevious(
        _ packet: RawSpan, on bench: inout Sphinx.Workbench
    ) -> Bytes16? {
        switch previous {
        case .some(let key): return try? bench.open(packet, with: key)
        case .none: return nil
        }
    }

    private func outcome(_ outcome: ReplaySet.Outcome, _ tag: Bytes16) -> Opened {
        switch outcome {
        case .new: .new(tag: tag)
        case .seen: .replayed
        case .full: .full
        }
    }
}
