import KithWire

/// Nodes that came to us and wait for a ping of ours, first come first served.
///
/// Bounded in all and per block of addresses, so that a flood of handshakes neither grows it nor
/// keeps others out.
struct Admissions {
    private struct Waiting {
        let session: UInt32
        let block: Address.Block
        let due: Instant
    }

    private var waiting: [Waiting] = []
    @Boxed private var settings: Settings.Sessions
    private let isLocal: Bool

    init(settings: Settings.Sessions, network: Network) {
        self.settings = settings
        isLocal = network.isLocal
    }

    /// How many wait.
    var count: Int { waiting.count }

    /// Lets the node of `session` wait, when there is room for one more of its block.
    mutating func add(_ session: UInt32, of address: Address, at now: Instant) {
        guard waiting.count < settings.admissionsMax else { return }
        let block = address.block
        if !isLocal,
            waiting.count(where: { $0.block == block }) >= settings.admissionsPerBlock
        {
            return
        }
        waiting.append(
            Waiting(session: session, block: block, due: now + settings.admissionDelay))
    }

    /// Takes out the sessions whose turn has come.
    mutating func takeDue(at now: Instant) -> [UInt32] {
        guard let first = waiting.first, first.due <= now else { return [] }
        let due = waiting.prefix { $0.due <= now }.map(\.session)
        waiting.removeFirst(due.count)
        return due
    }
}
