import KithCrypto
import KithWire

/// What a node does for the cells of others: opens them, keeps them back, acts on them at the end
/// of their way.
///
/// A value that decides and never sends; `Node+Relaying` does what it says.
struct Relay: ~Copyable {
    /// What became of a cell that came.
    enum Received {
        /// It goes on, after a delay.
        case onward(cell: UInt32, after: Duration)
        /// It ends here.
        case here(tag: Bytes16, after: Duration)
        /// It was taken before; its sender may not have heard so.
        case again
        /// It is none, or there is no room.
        case refused(Refusal)
    }

    /// Why a cell goes no further.
    enum Refusal {
        case forged
        case full
        /// It says to go where it must not.
        case misdirected
    }

    /// What it does to cells of others; nil but in the simulator.
    var fault: RelayFault?
    /// What a relay that spies takes note of; nil but in the simulator.
    var diary: [Sighting]?
    var keys: OnionKeys
    var queue: CellQueue
    /// Queries of others that are acted on.
    var errands: Slab<MixedQuery>
    private var bench = Sphinx.Workbench()
    /// Where a cell is opened.
    private let memory: UnsafeMutableRawBufferPointer
    let own: X25519.PublicKey
    private let network: Network
    @Boxed private var settings: Settings.Mixing
    private var all: Bucket
    private var sources: RateLimiter<Address>
    private var replays: RateLimiter<Address>
    /// Peers that replay.
    private var shunned: LRU<Address, Void>

    /// A relay with a first key.
    init(
        own: X25519.PublicKey, network: Network, settings: Settings.Mixing, sourcesMax: Int,
        at now: Instant, _ entropy: inout Entropy
    ) {
        keys = OnionKeys(settings: settings, at: now, &entropy)
        queue = CellQueue(capacity: settings.waitingMax)
        errands = Slab(capacity: settings.exitsMax)
        memory = .allocate(byteCount: Sphinx.packetBytes, alignment: 16)
        self.own = own
        self.network = network
        self.settings = settings
        all = Bucket(
            interval: .seconds(1).scaled(by: 1 / Double(settings.cellsPerSecond)),
            burst: settings.cellBurst)
        sources = RateLimiter(
            capacity: sourcesMax,
            interval: .seconds(1).scaled(by: 1 / settings.cellsPerSource),
            burst: settings.sourceBurst)
        replays = RateLimiter(
            capacity: sourcesMax, interval: settings.replayPause, burst: settings.replaysMax)
        shunned = LRU(capacity: settings.shunnedMax)
    }

    deinit { memory.deallocate() }

    /// Addresses that its rates remember, at most, and peers that are shunned, for checkers.
    var sourceCount: Int { max(sources.count, replays.count, shunned.count) }

    /// Whether a cell from `sender` is worth opening.
    mutating func admits(_ sender: Address, at now: Instant) -> Bool {
        guard shunned.peek(sender, at: now) == nil else { return false }
        guard network.isLocal || sources.admit(sender.with(port: 0), at: now) else { return false }
        return all.admit(at: now)
    }

    /// Opens a cell from `sender`.
    ///
    /// - Parameter passesOn: whether cells of others go on; those that end here always do, since
    ///   they may be answers to us.
    mutating func receive(
        _ packet: RawSpan, from sender: Address, passesOn: Bool, at now: Instant,
        _ entropy: inout Entropy
    ) -> Received {
        keys.advance(to: now, &entropy)
        let tag: Bytes16
        switch keys.open(packet, on: &bench) {
        case .forged: return .refused(.forged)
        case .full:
            bench.wipe()
            return .refused(.full)
        case .replayed:
            bench.wipe()
            if !replays.admit(sender, at: now) {
                shunned.insert((), for: sender, expires: now + settings.shunned)
            }
            return .again
        case .new(let found): tag = found
        }
        packet.withUnsafeBytes { memory.copyMemory(from: $0) }
        var opened = MutableRawSpan(_unsafeBytes: memory)
        guard let peeled = try? bench.peel(&opened) else { return .refused(.forged) }
        switch peeled {
        case .onward(let bytes):
            guard passesOn, let instruction = try? RelayInstruction(bytes),
                let next = instruction.next, next.key != own, next.address.isUsable(in: network)
            else { return .refused(.misdirected) }
            let packet = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
            guard queue.count < settings.waitingMax - settings.waitingOwn,
                let cell = queue.insert(packet, to: next)
            else { return .refused(.full) }
            return .onward(cell: cell, after: delay(instruction))
        case .last(let bytes):
            guard let instruction = try? RelayInstruction(last: bytes) else {
                return .refused(.forged)
            }
            return .here(tag: tag, after: delay(instruction))
        }
    }

    private func delay(_ instruction: RelayInstruction) -> Duration {
        min(.milliseconds(Int64(instruction.delayMilliseconds)), settings.delayMax)
    }

    private var packet: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// The body of the cell that ended here last; for answers to us.
    var body: [UInt8] {
        packet.extracting(last: Sphinx.bodyBytes).withUnsafeBytes { [UInt8]($0) }
    }

    /// The query in the cell that ended here last; nil when it was touched on the way or is none.
    var query: MixedQuery? {
        let body = packet.extracting(last: Sphinx.bodyBytes)
        guard Sphinx.isUntouched(body) else { return nil }
        let text = body.extracting(last: Sphinx.textBytes)
        guard let query = try? MixedQuery.decode(text), query.back.first.key != own,
            query.back.first.address.isUsable(in: network)
        else { return nil }
        return query
    }
}
