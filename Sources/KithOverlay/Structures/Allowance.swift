import KithWire

/// How often something may be done: per address, per block of addresses, and by all together.
///
/// The port does not count: it costs nothing to have many. On a local network, where everybody
/// may have one address, only the rate of all together holds.
struct Allowance {
    private var addresses: RateLimiter<Address>
    private var blocks: RateLimiter<Address.Block>
    private var all: Bucket
    private let isLocal: Bool

    /// An allowance that nobody has used yet.
    ///
    /// - Parameters:
    ///   - perSecond: for one address in the long run.
    ///   - burst: for one address at once.
    ///   - blockPerSecond: for one block of addresses in the long run.
    ///   - blockBurst: for one block of addresses at once.
    ///   - allPerSecond: for everybody in the long run, and at once.
    ///   - sourcesMax: addresses, and blocks, that are remembered.
    init(
        perSecond: Double, burst: Int, blockPerSecond: Double, blockBurst: Int,
        allPerSecond: Int, sourcesMax: Int, network: Network
    ) {
        addresses = RateLimiter(
            capacity: sourcesMax, interval: .seconds(1).scaled(by: 1 / perSecond), burst: burst)
        blocks = RateLimiter(
            capacity: sourcesMax, interval: .seconds(1).scaled(by: 1 / blockPerSecond),
            burst: blockBurst)
        all = Bucket(
            interval: .seconds(1).scaled(by: 1 / Double(allPerSecond)), burst: allPerSecond)
        isLocal = network.isLocal
    }

    /// Addresses and blocks that are remembered.
    var sources: Int { addresses.count + blocks.count }

    /// Whether `sender` may do it once more; O(1).
    ///
    /// An address that is refused uses up nothing of its block, a block nothing of the rest.
    mutating func admit(_ sender: Address, at now: Instant) -> Bool {
        guard isLocal || addresses.admit(sender.with(port: 0), at: now) else { return false }
        guard isLocal || blocks.admit(sender.block, at: now) else { return false }
        return all.admit(at: now)
    }
}
