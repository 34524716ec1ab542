import KithCrypto
import KithWire

/// The relays that we know, and which of them make a path.
struct RelayDirectory: Sendable {
    /// In the order in which they were found.
    private(set) var relays: [KnownRelay] = []
    /// Where a relay is in ``relays``; looked up, never iterated.
    private var places: [X25519.PublicKey: Int] = [:]
    @Boxed private var settings: Settings.Mixing
    private let isLocal: Bool

    init(settings: Settings.Mixing, network: Network) {
        self.settings = settings
        self.isLocal = network.isLocal
    }

    /// How many there are.
    var count: Int { relays.count }

    /// The relay with this key.
    subscript(key: X25519.PublicKey) -> KnownRelay? { places[key].map { relays[$0] } }

    /// How many could be part of a path now.
    func usable(at now: Instant) -> Int {
        relays.count { $0.isUsable(at: now, margin: settings.keyMargin) }
    }

    /// Takes in a node that a lookup found.
    ///
    /// - Returns: whether it is new. When there is no room the one that was found first of those
    ///   that rest goes, else the newcomer does.
    mutating func learn(
        _ node: NodeRecord, at address: Address, source: UInt32, now: Instant,
        keeping guards: [X25519.PublicKey]
    ) -> Bool {
        if let index = places[node.key] {
            relays[index].found(by: source)
            return false
        }
        if relays.count >= settings.relaysMax {
            guard
                let gone = relays.firstIndex(where: {
                    $0.restsUntil > now && !guards.contains($0.node.key)
                })
            else { return false }
            remove(gone)
        }
        places[node.key] = relays.count
        relays.append(KnownRelay(node: node, address: address, source: source))
        return true
    }

    private mutating func remove(_ index: Int) {
        relays.remove(at: index)
        places.removeAll(keepingCapacity: true)
        for (index, relay) in relays.enumerated() { places[relay.node.key] = index }
    }

    /// The next relay whose key is wanted; it counts as asked.
    mutating func nextToAsk(at now: Instant) -> KnownRelay? {
        var asked = 0
        for relay in relays where relay.key == .asked { asked += 1 }
        guard asked < settings.keysAtOnce else { return nil }
        for index in relays.indices where relays[index].restsUntil <= now {
            switch relays[index].key {
            case .asked: continue
            case .known(_, let until) where until > now + settings.keyMargin * 2: continue
            case .known, .unknown:
                relays[index].key = .asked
                return relays[index]
            }
        }
        return nil
    }

    /// Takes a relay's key, and where it sees us.
    mutating func learnKey(
        _ key: X25519.PublicKey, for seconds: UInt32, of relay: X25519.PublicKey, seen: Address?,
        at now: Instant
    ) {
        guard let index = places[relay] else { return }
        relays[index].key = .known(key, until: now + .seconds(Int64(seconds)))
        relays[index].seesUsAt = seen
    }

    /// A relay said no, or nothing.
    mutating func rest(_ relay: X25519.PublicKey, at now: Instant) {
        guard let index = places[relay] else { return }
        relays[index].key = .unknown
        relays[index].restsUntil = now + settings.relayRest
        relays[index].forgive()
    }

    /// A cell came back that went by these.
    mutating func returned(_ path: [X25519.PublicKey]) {
        for key in path {
            guard let index = places[key] else { continue }
            relays[index].cellReturned(counting: settings.returnsCounted)
        }
    }

    /// A cell did not come back that went by these.
    ///
    /// One of them is to blame. Where somebody is under suspicion already it is that one, and the
    /// others are not charged for it: else everybody who shares paths with a bad relay would rest.
    /// So is one that rests by now, with cells on their way that left before.
    mutating func lost(_ path: [X25519.PublicKey], at now: Instant) {
        guard !path.contains(where: { self[$0].map { $0.restsUntil > now } ?? false }) else {
            return
        }
        let most = path.map { losses(of: $0) }.max() ?? 0
        let isClear = most >= settings.lossesTelling
        for key in path {
            guard let index = places[key], !isClear || relays[index].losses == most else {
                continue
            }
            if relays[index].cellLost(settings) { rest(key, at: now) }
        }
    }

    /// Cells in a row that went by a relay in vain.
    func losses(of relay: X25519.PublicKey) -> Int {
        places[relay].map { relays[$0].losses } ?? 0
    }

    /// The hop of a failed path that is most likely at fault: that with most losses in a row, the
    /// first of equal ones.
    func suspect(of path: [X25519.PublicKey]) -> Int {
        var worst = 0
        for index in path.indices where losses(of: path[index]) > losses(of: path[worst]) {
            worst = index
        }
        return worst
    }

    /// A relay under suspicion that could be tried now.
    func suspects(at now: Instant) -> [KnownRelay] {
        relays.filter { $0.losses > 0 && $0.isUsable(at: now, margin: settings.keyMargin) }
    }

    /// A relay for a path that has `others`, drawn by chance.
    ///
    /// In another /16 (IPv6: /32) than each of them, none of them, and not known, like one of
    /// them, from the same one lookup.
    func relay(
        besides others: [KnownRelay], at now: Instant, _ entropy: inout Entropy,
        where isWanted: (KnownRelay) -> Bool = { _ in true }
    ) -> KnownRelay? {
        let fitting = relays.filter { relay in
            relay.isUsable(at: now, margin: settings.keyMargin) && isWanted(relay)
                && others.allSatisfy { isApart(relay, $0) }
        }
        return entropy.element(of: fitting)
    }

    private func isApart(_ one: KnownRelay, _ other: KnownRelay) -> Bool {
        guard one.node.key != other.node.key else { return false }
        return isLocal
            || one.address.subnet != other.address.subnet
                && (one.sources.count > 1 || one.sources != other.sources)
    }
}
