import KithWire

/// Decides which handshakes of strangers are worth public-key work.
///
/// One costs about 0.2 ms against microseconds for every other packet, so it is the way to
/// exhaust a node (`Specs/Threats.md`). Nobody is refused for what others send in his name: an
/// INIT whose address is not proved is charged to that address, and beyond its rate, or when
/// many come at once, a cookie is asked for; an INIT with a cookie is charged to an allowance of
/// its own, which who forges the address cannot touch.
struct Gate {
    /// What an INIT has shown of the address that it names.
    enum Standing {
        /// Nothing: anybody can write any address.
        case unproved
        /// A cookie that was sent there.
        case proved
    }

    private var unproved: Allowance
    private var proved: Allowance
    private var cookies: Bucket
    private var proofs: Bucket
    private var proofsOfBlock: RateLimiter<Address.Block>
    private let isLocal: Bool

    init(settings: Settings.Sessions, network: Network) {
        unproved = Self.allowance(settings, settings.handshakesPerSecond, network)
        proved = Self.allowance(settings, settings.provedHandshakesPerSecond, network)
        cookies = Bucket(
            interval: .seconds(1).scaled(by: 1 / Double(settings.cookiesPerSecond)),
            burst: settings.cookiesPerSecond)
        proofs = Bucket(
            interval: .seconds(1).scaled(by: 1 / settings.proofChecksPerSecond),
            burst: Int(settings.proofChecksPerSecond))
        proofsOfBlock = RateLimiter(
            capacity: settings.sourcesMax,
            interval: .seconds(1).scaled(by: 1 / settings.proofChecksPerBlock),
            burst: max(1, Int(settings.proofChecksPerBlock)))
        isLocal = network.isLocal
    }

    private static func allowance(
        _ settings: Settings.Sessions, _ inAll: Int, _ network: Network
    ) -> Allowance {
        Allowance(
            perSecond: settings.initiationsPerSecond, burst: Int(settings.initiationBurst),
            blockPerSecond: Double(settings.initiationsPerBlock),
            blockBurst: settings.initiationsPerBlock, allPerSecond: inAll,
            sourcesMax: settings.sourcesMax, network: network)
    }

    /// The most addresses and blocks that one of its rates remembers, for checkers.
    var sources: Int { max(unproved.sources, proved.sources) }

    /// Whether an INIT that names `sender`, with a correct mac1 and no cookie, is answered.
    mutating func admit(_ sender: Address, at now: Instant) -> Bool {
        unproved.admit(sender, at: now)
    }

    /// Whether an INIT that proves with a cookie that it is from `sender` is answered.
    mutating func admitProved(_ sender: Address, at now: Instant) -> Bool {
        proved.admit(sender, at: now)
    }

    /// Whether one more cookie may be asked for.
    mutating func admitCookie(at now: Instant) -> Bool {
        cookies.admit(at: now)
    }

    /// Whether the proof of work of a node that came unasked from `sender` may be checked now.
    mutating func admitProof(of sender: Address, at now: Instant) -> Bool {
        guard isLocal || proofsOfBlock.admit(sender.block, at: now) else { return false }
        return proofs.admit(at: now)
    }
}
