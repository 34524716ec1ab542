import KithCrypto
import KithWire

/// What is known of the links of this machine: who is there, what we said, and whom we answered.
///
/// A value that decides and never sends. A beacon costs nobody an answer who is not meant by it, and
/// each source one in half a minute at the most.
struct Vicinity {
    /// A key that we sent and that greetings may answer.
    private struct OwnKey {
        let name: UInt64
        let secret: Secret32
        let origin: Origin
        let expires: Instant
        /// Keys that were greeted back with this one: never twice, since the two make one sealing key.
        var answered: [UInt64] = []
    }

    /// What a key of ours was sent in.
    struct Origin: Equatable {
        /// How whoever answers it was asked.
        let medium: Bystander.Medium
        /// The aim of the beacon; nil for a greeting, which is not greeted back once more.
        let aim: Beacon.Aim?
    }

    let settings: Settings.Nearby
    /// Who may learn that we are here; nobody until the shell says so.
    var visibility = Visibility.nobody
    var links = OwnLinks()
    /// Who is near, oldest first.
    private(set) var bystanders: [Bystander] = []
    /// Whether neighbours may be at private addresses of our links, on the public network.
    var hasPrivateNeighbours = false
    /// The scan whose sweep goes on; one at a time.
    var sweeping: OperationID?
    /// What those are asked with whom the directory names, for a while.
    private(set) var directoryKey: (key: X25519.PublicKey, until: Instant)?
    /// When beacons were sent last.
    private var lastBeacon: Instant?
    /// When beacons are sent next.
    var beaconDue = Instant.never
    /// Beacons in a row since the last reason to hurry.
    private var burst = 0
    /// Contacts whose tags did not fit into the last beacon begin the next one.
    var tagged = 0

    /// Keys of beacons and of greetings: whoever makes us greet must not push out what others answer.
    private var beaconKeys: [OwnKey] = []
    private var greetingKeys: [OwnKey] = []
    private var looks: RateLimiter<Address>
    private var greetingLooks: RateLimiter<Address>
    private var reactions: RateLimiter<Address>
    private var returns: RateLimiter<Address>
    private var allLooks: Bucket
    private var allGreetingLooks: Bucket
    private var allReactions: Bucket

    init(settings: Settings.Nearby) {
        self.settings = settings
        looks = RateLimiter(
            capacity: settings.hostsMax, interval: settings.lookPause, burst: settings.lookBurst)
        reactions = Self.limiter(of: settings)
        returns = Self.limiter(of: settings)
        greetingLooks = RateLimiter(
            capacity: settings.hostsMax, interval: settings.lookPause, burst: settings.lookBurst)
        allLooks = Bucket(interval: settings.allLooksPause, burst: settings.allLooksBurst)
        allGreetingLooks = allLooks
        allReactions = Bucket(
            interval: settings.allReactionsPause, burst: settings.allReactionsBurst)
    }

    private static func limiter(of settings: Settings.Nearby) -> RateLimiter<Address> {
        RateLimiter(capacity: settings.hostsMax, interval: settings.reactionPause, burst: 1)
    }

    /// For checkers.
    var counts: (keys: Int, hosts: Int) {
        (
            beaconKeys.count + greetingKeys.count,
            max(looks.count, greetingLooks.count, reactions.count, returns.count)
        )
    }

    // MARK: Rates

    /// Whether a beacon of this host is looked at.
    mutating func admitsLook(at host: Address, now: Instant) -> Bool {
        looks.admit(host.with(port: 0), at: now) && allLooks.admit(at: now)
    }

    /// Whether a greeting of this host is looked at; counted apart, so that a flood of beacons keeps
    /// nobody out who answers ours.
    mutating func admitsGreeting(of host: Address, now: Instant) -> Bool {
        greetingLooks.admit(host.with(port: 0), at: now) && allGreetingLooks.admit(at: now)
    }

    /// Whether a beacon of this host is answered.
    mutating func admitsReaction(to host: Address, at now: Instant) -> Bool {
        reactions.admit(host.with(port: 0), at: now) && allReactions.admit(at: now)
    }

    /// Whether a greeting of this host is greeted back.
    mutating func admitsReturn(to host: Address, at now: Instant) -> Bool {
        returns.admit(host.with(port: 0), at: now) && allReactions.admit(at: now)
    }

    // MARK: Own keys

    /// A new key for one beacon or greeting, which may be answered for so long.
    mutating func makeKey(
        for origin: Origin, life: Duration? = nil, at now: Instant, _ entropy: inout Entropy
    ) -> X25519.SecretKey {
        let key = X25519.SecretKey.generate(from: &entropy)
        let isBeacon = origin.aim != nil
        let usual = isBeacon ? settings.beaconLife : settings.greetingLife
        let own = OwnKey(
            name: Greeting.name(of: key.publicKey),
            secret: key.withBytes { Secret32(copying: $0) }, origin: origin,
            expires: now + (life ?? usual))
        if isBeacon {
            Self.keep(own, in: &beaconKeys, atMost: settings.beaconKeysMax, at: now)
        } else {
            Self.keep(own, in: &greetingKeys, atMost: settings.greetingKeysMax, at: now)
        }
        return key
    }

    private static func keep(
        _ key: OwnKey, in keys: inout [OwnKey], atMost limit: Int, at now: Instant
    ) {
        keys.removeAll { $0.expires <= now }
        if keys.count >= limit { keys.removeFirst() }
        keys.append(key)
    }

    /// The key that a greeting answers, while it is remembered.
    func key(
        named name: UInt64, at now: Instant
    ) -> (secret: Secret32, origin: Origin)? {
        let isMeant = { (key: OwnKey) in key.name == name && key.expires > now }
        guard let key = beaconKeys.last(where: isMeant) ?? greetingKeys.last(where: isMeant)
        else { return nil }
        return (key.secret, key.origin)
    }

    /// Whether the key of a beacon of ours may be used to greet back `other`, once.
    mutating func mayReturn(by name: UInt64, to other: X25519.PublicKey) -> Bool {
        guard let index = beaconKeys.lastIndex(where: { $0.name == name }) else { return false }
        let otherName = Greeting.name(of: other)
        guard beaconKeys[index].answered.count < settings.returnsPerBeacon,
            !beaconKeys[index].answered.contains(otherName)
        else { return false }
        beaconKeys[index].answered.append(otherName)
        return true
    }

    /// What those are asked with whom the directory names; one key for all of some seconds.
    mutating func directoryKey(
        for aim: Beacon.Aim, at now: Instant, _ entropy: inout Entropy
    ) -> X25519.PublicKey {
        if let directoryKey, directoryKey.until > now { return directoryKey.key }
        let life = settings.beaconLife
        let key = makeKey(
            for: Origin(medium: .directory, aim: aim), life: life + life, at: now, &entropy
        ).publicKey
        directoryKey = (key, now + life)
        return key
    }

    /// Whether this key is one of ours: a group's datagrams come back to who sent them.
    func isOwn(_ ephemeral: X25519.PublicKey) -> Bool {
        let name = Greeting.name(of: ephemeral)
        return beaconKeys.contains { $0.name == name }
    }

    // MARK: When beacons are sent

    /// Begins with a few beacons in short order, since one alone may get lost.
    ///
    /// Whoever makes our links or contacts change often does not make us send more often.
    mutating func hurry(at now: Instant) {
        guard visibility != .nobody, !links.all.isEmpty else {
            beaconDue = .never
            return
        }
        burst = 0
        // Whoever was greeted back knows us somewhere else.
        returns = Self.limiter(of: settings)
        let earliest = lastBeacon.map { max(now, $0 + settings.hurryPause) } ?? now
        beaconDue = min(beaconDue, earliest)
    }

    /// Plans the beacon after one that is sent now.
    mutating func beaconSent(at now: Instant, _ entropy: inout Entropy) {
        lastBeacon = now
        let pause: Duration
        if burst < settings.burstPauses.count {
            pause = settings.burstPauses[burst]
            burst += 1
        } else {
            let range = settings.beaconPauseMax - settings.beaconPauseMin
            pause = settings.beaconPauseMin + range.scaled(by: entropy.unit())
        }
        beaconDue = now + pause
    }

    // MARK: Who is near

    /// Goes by a contact book that has changed: who is blocked is forgotten, and who is no contact any
    /// more is a stranger.
    mutating func reconsider(_ book: ContactBook) {
        bystanders.removeAll { $0.person.map(book.blocked.contains) ?? false }
        for index in bystanders.indices {
            guard let person = bystanders[index].person else { continue }
            // Who only says who they are is no contact by that.
            if book[person] == nil { bystanders[index].isContact = false }
            if !bystanders[index].isContact, bystanders[index].name == nil {
                bystanders[index].person = nil
            }
        }
    }

    /// Where in ``bystanders`` this address stands.
    func index(of address: Address) -> Int? {
        bystanders.firstIndex { $0.address == address }
    }

    /// The bystander at an address, made when there is none; nil when there are too many that are worth
    /// as much.
    mutating func bystander(
        at address: Address, on link: Link, by medium: Bystander.Medium, at now: Instant
    ) -> Int? {
        if let index = index(of: address) {
            bystanders[index].lastHeard = now
            return index
        }
        if bystanders.count >= settings.bystandersMax {
            // Who never answered makes room; who did stays.
            guard let victim = bystanders.firstIndex(where: { !$0.isConfirmed })
            else { return nil }
            bystanders.remove(at: victim)
        }
        bystanders.append(
            Bystander(
                address: address, interface: link.interface, medium: medium, since: now,
                lastHeard: now))
        return bystanders.count - 1
    }

    /// Changes a bystander.
    mutating func update(_ index: Int, _ body: (inout Bystander) -> Void) {
        body(&bystanders[index])
    }

    /// Forgets who is at this address.
    mutating func forget(_ address: Address) {
        bystanders.removeAll { $0.address == address }
    }

    /// Forgets who is on no link of ours any more, and hints that nothing came of.
    mutating func tidy(at now: Instant) {
        bystanders.removeAll { bystander in
            !links.contains(bystander.address)
                || (bystander.node == nil && now - bystander.lastHeard >= settings.hintLife)
        }
    }

    /// Who was silent for so long that they are to be asked whether they are there.
    func silent(at now: Instant) -> [Bystander] {
        bystanders.filter {
            $0.node != nil && !$0.isAsked && now - $0.lastHeard >= settings.checkAfter
        }
    }

    /// Nodes that a node without any may join through, the nearest first: those that answered, at
    /// addresses that others could be told.
    var entries: [NodeRecord] {
        bystanders.filter { $0.isConfirmed && $0.address.zone == 0 }
            .sorted { $0.isStronger(than: $1) }.compactMap(\.node)
    }
}
