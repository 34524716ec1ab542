import KithWire

/// How the simulated network treats datagrams.
///
/// Every probability is drawn for each datagram by itself from the world's seed.
public struct Links: Sendable {
    /// One-way delay in the mean.
    public var latency: Duration
    /// The delay of a datagram lies within this much of ``latency``, evenly spread.
    public var spread: Duration
    /// Probability that a datagram is lost, 0…1.
    public var loss: Double
    /// Probability that a datagram arrives twice, 0…1.
    public var duplication: Double
    /// Probability that a datagram is held back by up to ``reorderDelay``, 0…1.
    public var reordering: Double
    /// The longest time for which a reordered datagram is held back.
    public var reorderDelay: Duration

    /// A network with these habits; without arguments a quick and perfect one.
    public init(
        latency: Duration = .milliseconds(10), spread: Duration = .zero, loss: Double = 0,
        duplication: Double = 0, reordering: Double = 0, reorderDelay: Duration = .seconds(2)
    ) {
        self.latency = latency
        self.spread = spread
        self.loss = loss
        self.duplication = duplication
        self.reordering = reordering
        self.reorderDelay = reorderDelay
    }
}

/// A cut through the network: datagrams between the two sides are lost.
public struct Cut: Sendable {
    /// Machines on the one side, by number; everyone else is on the other.
    public var side: Set<Int>
    /// Whether only datagrams leaving ``side`` are lost.
    public var isOneWay: Bool

    /// A cut around `side`.
    public init(side: Set<Int>, isOneWay: Bool = false) {
        self.side = side
        self.isOneWay = isOneWay
    }

    func separates(_ sender: Int, _ receiver: Int) -> Bool {
        let leaves = side.contains(sender) && !side.contains(receiver)
        let enters = !side.contains(sender) && side.contains(receiver)
        return leaves || (enters && !isOneWay)
    }
}

/// A jam: datagrams from and to these machines are late by up to ``delay``.
public struct Clog: Sendable {
    /// The machines, by number.
    public var machines: Set<Int>
    /// The longest additional delay; each datagram draws its own.
    public var delay: Duration

    /// A jam around `machines`.
    public init(machines: Set<Int>, delay: Duration) {
        self.machines = machines
        self.delay = delay
    }

    func slows(_ sender: Int, _ receiver: Int) -> Bool {
        machines.contains(sender) || machines.contains(receiver)
    }
}
