import KithCrypto
import KithWire

/// What a node does with queries of its own that are mixed: relays, guards, paths, and the moments
/// at which cells leave.
///
/// A value that decides and never sends; `Node+Mixing` does what it says.
struct Mix: Sendable {
    @Boxed private var settings: Settings.Mixing
    var directory: RelayDirectory
    /// Relays that learn where we are, the preferred one first.
    private(set) var guards: [Guard] = []
    /// Whether the guards changed since ``takeGuards()``.
    private var guardsChanged = false
    /// Whether relays are looked for, and cover is sent.
    private(set) var isAwake = false
    /// Paths in use.
    private var paths: [(purpose: MixPath.Purpose, path: MixPath)] = []
    /// Our cells by the tag that their answer has; looked up, never iterated.
    private var tags: [Bytes16: UInt32] = [:]
    /// A question of cover that a second exit is asked next, as one of somebody's is.
    private var repeated: (wanted: MixedQuery.Wanted, besides: X25519.PublicKey)?
    /// Cells that wait for their moment, first come first served.
    private var outgoing: [OutgoingCell] = []
    /// How many of them waited when the last cell left.
    ///
    /// Only these may leave next: somebody asks more likely in a long pause than in a short one, so
    /// a cell that ends the pause in which it was made would be known by its length.
    private var ripe = 0
    /// When the next cell leaves, ours or cover.
    var nextSlot = Instant.never
    /// Until when the faster rate goes on.
    private var activeUntil = Instant.start
    /// How much longer it goes on than it must, drawn when it began.
    private var tail = Duration.zero
    /// When it begins though nobody searches.
    private(set) var nextPretence = Instant.never
    /// Whether data costs money.
    var isMetered = false
    /// Whether more relays are looked for than are known.
    private(set) var isLooking = false
    /// Lookups that looked for relays.
    private(set) var samples: UInt32 = 0
    /// Those in a row that found nobody new.
    private var samplesInVain = 0
    /// When the next one begins.
    var nextSample = Instant.never

    init(settings: Settings.Mixing, network: Network, guards: [Guard]) {
        self.settings = settings
        self.directory = RelayDirectory(settings: settings, network: network)
        self.guards = Array(guards.prefix(settings.guardsMax))
    }

    /// Cells of ours that wait, and that may come back, for checkers.
    var counts: (outgoing: Int, tags: Int) { (outgoing.count, tags.count) }

    // MARK: Relays

    /// Begins to look for relays.
    mutating func wake(at now: Instant) {
        guard !isAwake else { return }
        isAwake = true
        isLooking = true
        nextSample = now
    }

    /// A number for a lookup that looks for relays, when it is time for one.
    mutating func sample(at now: Instant) -> UInt32? {
        guard isAwake, nextSample <= now else { return nil }
        samples += 1
        // Set again when it ends.
        nextSample = now + settings.sampleInterval
        return samples
    }

    /// Takes whom such a lookup found.
    mutating func sampled(
        _ nodes: [(node: NodeRecord, address: Address)], by source: UInt32, at now: Instant
    ) {
        var news = 0
        let kept = guards.map(\.node.key)
        for (node, address) in nodes {
            let isNew = directory.learn(
                node, at: address, source: source, now: now, keeping: kept)
            if isNew { news += 1 }
        }
        samplesInVain = news == 0 ? samplesInVain + 1 : 0
        let hasEnough = directory.usable(at: now) >= settings.relaysWanted
        let rests = hasEnough || samplesInVain >= settings.samplesInVain
        isLooking = !rests
        nextSample = now + (rests ? settings.sampleInterval : settings.samplePause)
    }

    /// Whether enough relays are known for mixing without being told to.
    func isReady(at now: Instant) -> Bool {
        isAwake && directory.usable(at: now) >= settings.relaysMin
    }

    // MARK: Guards and paths

    /// The guards as they are to be kept, when they changed since this was asked last.
    mutating func takeGuards() -> [Guard]? {
        guard guardsChanged else { return nil }
        guardsChanged = false
        return guards
    }

    /// The guard to use: the first that can be used; a new one when none can and there is room, or
    /// one of them is old.
    private mutating func chooseGuard(
        at now: Moment, _ entropy: inout Entropy, besides avoided: [X25519.PublicKey]
    ) -> KnownRelay? {
        let before = guards.count
        let life = settings.guardLife
        guards.removeAll { $0.chosen + life <= now.unix }
        if guards.count != before { guardsChanged = true }
        var resting: Int?
        for (index, one) in guards.enumerated() {
            guard let relay = directory[one.node.key] else {
                // Known from before a restart, and not yet found again.
                _ = directory.learn(
                    one.node, at: one.address, source: .max - UInt32(index), now: now.instant,
                    keeping: guards.map(\.node.key))
                continue
            }
            if avoided.contains(relay.node.key) { continue }
            if relay.isUsable(at: now.instant, margin: settings.keyMargin) { return relay }
            if relay.restsUntil > now.instant { resting = index }
        }
        if guards.count >= settings.guardsMax {
            // Only one that is known not to work makes room: who could make us change guards at
            // will would be chosen soon.
            guard let resting, avoided.isEmpty else { return nil }
            guards.remove(at: resting)
        }
        let others = guards.compactMap { directory[$0.node.key] }
        guard
            let chosen = directory.relay(
                besides: others, at: now.instant, &entropy,
                where: { $0.seesUsAt != nil && !avoided.contains($0.node.key) })
        else { return nil }
        guards.append(Guard(node: chosen.node, address: chosen.address, chosen: now.unix))
        guardsChanged = true
        return chosen
    }

    /// A path for a cell; a fresh one when `avoided` names relays that failed a moment ago.
    ///
    /// - Parameters:
    ///   - exits: exits that were asked already, which must not be asked again.
    mutating func path(
        for purpose: MixPath.Purpose, besides avoided: [X25519.PublicKey],
        exits: [X25519.PublicKey], at now: Moment, _ entropy: inout Entropy
    ) -> MixPath? {
        let (life, telling) = (settings.pathLife, settings.lossesTelling)
        let directory = directory
        // One loss is no reason to leave a path, whose relays have sessions with each other by now.
        paths.removeAll { held in
            now.instant - held.path.made > life
                || held.path.relays.contains { key in
                    directory[key]?.isUsable(at: now.instant, margin: .zero) != true
                        || directory.losses(of: key) >= telling
                }
        }
        if purpose != .cover {
            let fitting = paths.first { held in
                held.purpose == purpose && !exits.contains(held.path.exit.node.key)
                    && !held.path.relays.contains { avoided.contains($0) }
            }
            if let fitting { return fitting.path }
        }
        guard
            let made = makePath(
                besides: avoided, exits: exits, isCover: purpose == .cover, at: now, &entropy)
        else { return nil }
        guard purpose != .cover else { return made }
        if paths.count >= settings.pathsMax { paths.removeFirst() }
        paths.append((purpose, made))
        return made
    }

    private mutating func makePath(
        besides avoided: [X25519.PublicKey], exits: [X25519.PublicKey], isCover: Bool,
        at now: Moment, _ entropy: inout Entropy
    ) -> MixPath? {
        guard let entry = chooseGuard(at: now, &entropy, besides: avoided), entry.seesUsAt != nil
        else { return nil }
        // Cover goes by those under suspicion, so that it is soon known whose fault a loss was;
        // everything else goes by the others.
        let doubtful = isCover ? entropy.element(of: directory.suspects(at: now.instant)) : nil
        let suspect = doubtful.flatMap { $0.node.key == entry.node.key ? nil : $0 }
        guard
            let exit = suspect
                ?? relay(
                    besides: [entry], avoiding: avoided + exits, at: now.instant, &entropy),
            let middle = relay(
                besides: [entry, exit], avoiding: avoided, at: now.instant, &entropy),
            let back = relay(
                besides: [entry, exit], avoiding: avoided + [middle.node.key], at: now.instant,
                &entropy)
        else { return nil }
        return MixPath(entry: entry, middle: middle, exit: exit, back: back, made: now.instant)
    }

    /// A relay without a loss, if there is one that fits; else any that fits.
    private func relay(
        besides others: [KnownRelay], avoiding avoided: [X25519.PublicKey], at now: Instant,
        _ entropy: inout Entropy
    ) -> KnownRelay? {
        let calm = directory.relay(
            besides: others, at: now, &entropy,
            where: { $0.losses == 0 && !avoided.contains($0.node.key) })
        return calm
            ?? directory.relay(
                besides: others, at: now, &entropy,
                where: { !avoided.contains($0.node.key) })
    }

    // MARK: Cells

    /// Makes a cell for `wanted` that goes by `path`.
    ///
    /// - Returns: its packet, and what is needed to read the answer.
    func cell(
        for wanted: MixedQuery.Wanted, kind: MixAttempt.Kind, by path: MixPath,
        own: X25519.PublicKey, ownOnionKey: X25519.PublicKey, _ entropy: inout Entropy
    ) -> (packet: [UInt8], attempt: MixAttempt)? {
        // As they are now, since keys change while a path lives.
        let keys = path.relays.compactMap { directory[$0]?.onionKey }
        guard keys.count == path.relays.count, let seen = path.entry.seesUsAt
        else { return nil }
        var isWrite = false
        if case .store = wanted { isWrite = true }
        let home = RelayPoint(key: own, address: seen)
        let way: [(next: RelayPoint?, waits: Bool)] = [
            (path.entry.point, true), (home, true), (nil, false),
        ]
        do {
            let back = try Sphinx.header(
                through: [keys[3], keys[0], ownOnionKey],
                instructions: way.map { one in
                    let delay = one.waits ? delay(isWrite, &entropy) : 0
                    return RelayInstruction(delayMilliseconds: delay, next: one.next).encoded
                }, from: &entropy)
            let key = Secret32.generate(from: &entropy)
            let query = MixedQuery(
                wanted, back: ReplyBlock(first: path.back.point, header: back.bytes, key: key))
            let forth = try Sphinx.header(
                through: Array(keys.prefix(Sphinx.hops)),
                instructions: [path.middle.point, path.exit.point, nil].map { next in
                    RelayInstruction(
                        delayMilliseconds: delay(isWrite, &entropy), next: next
                    ).encoded
                }, from: &entropy)
            let packet = Sphinx.packet(forth, text: query.encode())
            return (
                packet,
                MixAttempt(
                    kind: kind, isWrite: isWrite, path: path, tag: back.lastTag, roots: back.roots,
                    key: key)
            )
        } catch {
            return nil
        }
    }

    /// A delay, exponential with the mean of its kind and cut off (Loopix, USENIX Security 2017,
    /// section 4.1): only this distribution tells nothing of when a cell came.
    private func delay(_ isWrite: Bool, _ entropy: inout Entropy) -> UInt16 {
        let mean = isWrite ? settings.delayOfWrites : settings.delay
        let cap = isWrite ? settings.delayOfWritesCap : settings.delayCap
        let drawn = min(mean.scaled(by: Self.exponential(&entropy)), cap)
        return UInt16(clamping: drawn.wholeNanoseconds / 1_000_000)
    }

    /// A number with the exponential distribution of mean 1, by inversion.
    private static func exponential(_ entropy: inout Entropy) -> Double {
        -Logarithm.natural(1 - entropy.unit())
    }

    /// Puts a cell of ours in line for its moment; false when too many wait.
    mutating func enqueue(_ packet: [UInt8], attempt: UInt32, tag: Bytes16) -> Bool {
        guard outgoing.count < settings.outgoingMax else { return false }
        outgoing.append(OutgoingCell(packet: packet, attempt: attempt))
        tags[tag] = attempt
        return true
    }

    /// A cell of cover leaves at once.
    mutating func remember(_ tag: Bytes16, attempt: UInt32) { tags[tag] = attempt }

    /// What the next cell of cover says, and the exit that it must not go to.
    ///
    /// As many echoes as questions; a question is asked of two exits, one after the other, since
    /// somebody's is, too.
    mutating func nextCover(
        from store: RecordStore, at now: UnixTime, _ entropy: inout Entropy
    ) -> (wanted: MixedQuery.Wanted, besides: X25519.PublicKey?) {
        if let (wanted, asked) = repeated {
            repeated = nil
            return (wanted, asked)
        }
        let isEcho = entropy.below(3) > 0
        return (isEcho ? .echo : Noise.query(from: store, at: now, &entropy), nil)
    }

    /// A question of cover left for an exit: another is asked next.
    mutating func coverLeft(_ wanted: MixedQuery.Wanted, to exit: X25519.PublicKey) {
        repeated = (wanted, exit)
    }

    /// The next cell of ours, whose moment has come; nil for cover.
    mutating func takeOutgoing() -> OutgoingCell? {
        guard ripe > 0 else { return nil }
        ripe -= 1
        return outgoing.removeFirst()
    }

    /// A cell left, ours or cover: what waits now may leave at the moments after the next.
    mutating func slotPassed() { ripe = outgoing.count }

    /// The attempt that waits for a cell with this tag; it waits no longer.
    mutating func take(_ tag: Bytes16) -> UInt32? { tags.removeValue(forKey: tag) }

    /// Forgets a cell that does not come back.
    mutating func forget(_ tag: Bytes16) { tags[tag] = nil }

    /// Somebody searches: cells leave more often for a while, beginning now.
    mutating func becomeActive(at now: Instant, _ entropy: inout Entropy) {
        let wasIdle = activeUntil <= now
        let before = interval(at: now)
        if wasIdle { tail = settings.activeFor.scaled(by: Self.exponential(&entropy)) }
        activeUntil = max(activeUntil, now + settings.activeFor + tail)
        // What is left of a pause is as if it began now: it becomes shorter as all others do.
        guard nextSlot > now, nextSlot != .never else { return planSlot(at: now, &entropy) }
        nextSlot = now + (nextSlot - now).scaled(by: interval(at: now) / before)
    }

    /// Draws when cells leave more often though nobody searches, so that whoever watches the line
    /// cannot tell when somebody does.
    ///
    /// In the middle of a pause, as when somebody searches, not at the end of one.
    mutating func planPretence(at now: Instant, _ entropy: inout Entropy) {
        let pause = settings.pretenceInterval.scaled(by: Self.exponential(&entropy))
        nextPretence = now + (isMetered ? pause.scaled(by: settings.meteredFactor) : pause)
    }

    /// Draws when the next cell leaves.
    mutating func planSlot(at now: Instant, _ entropy: inout Entropy) {
        nextSlot = now + interval(at: now).scaled(by: Self.exponential(&entropy))
    }

    /// The mean time between two cells of ours.
    func interval(at now: Instant) -> Duration {
        let usual = activeUntil > now ? settings.activeInterval : settings.idleInterval
        return isMetered ? usual.scaled(by: settings.meteredFactor) : usual
    }
}
