import KithWire

/// Decides which handshakes of strangers are worth public-key work.
///
/// One costs about 0.2 ms against microseconds for every other packet, so it is the way to
/// exhaust a node (`Specs/Threats.md`). Order: rate per address, rate per block, and when many
/// handshakes come at once each stranger first has to prove its address with a cookie.
struct Gate {
    private var addresses: RateLimiter<Address>
    private var blocks: RateLimiter<Address.Block>
    private var handshakes: Bucket
    private var proofs: Bucket
    private var proofsOfBlock: RateLimiter<Address.Block>
    private let exempt: Bool

    init(settings: Settings.Sessions, network: Network) {
        addresses = RateLimiter(
            capacity: settings.sourcesMax,
            interval: .seconds(1).scaled(by: 1 / settings.initiationsPerSecond),
            burst: Int(settings.initiationBurst))
        blocks = RateLimiter(
            capacity: settings.sourcesMax,
            interval: .seconds(1).scaled(by: 1 / Double(settings.initiationsPerBlock)),
            burst: settings.initiationsPerBlock)
        handshakes = Bucket(
            interval: .seconds(1).scaled(by: 1 / Double(settings.handshakesPerSecond)),
            burst: settings.handshakesPerSecond)
        proofs = Bucket(
            interval: .seconds(1).scaled(by: 1 / settings.proofChecksPerSecond),
            burst: Int(settings.proofChecksPerSecond))
        proofsOfBlock = RateLimiter(
            capacity: settings.sourcesMax,
            interval: .seconds(1).scaled(by: 1 / settings.proofChecksPerBlock),
            burst: max(1, Int(settings.proofChecksPerBlock)))
        exempt = network.isLocal
    }

    /// Whether an INIT from `sender` is looked at.
    ///
    /// Every node of a local network may stand behind one address, so there nothing is refused.
    mutating func admit(_ sender: Address, at now: Instant) -> Bool {
        guard !exempt else { return true }
        return addresses.admit(sender.with(port: 0), at: now) && blocks.admit(sender.block, at: now)
    }

    /// Whether a handshake may be answered without a cookie.
    mutating func hasRoom(at now: Instant) -> Bool {
        handshakes.admit(at: now)
    }

    /// Whether the proof of work of a node that came unasked from `sender` may be checked now.
    mutating func admitProof(of sender: Address, at now: Instant) -> Bool {
        guard exempt || proofsOfBlock.admit(sender.block, at: now) else { return false }
        return proofs.admit(at: now)
    }
}
