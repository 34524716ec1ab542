public import KithCrypto
public import KithOverlay
public import KithWire

extension NodeHost {
    /// How a node is run.
    public struct Options: Sendable {
        /// The network to take part in.
        public var network: Network
        /// Where to listen; failing at one of them is an error.
        ///
        /// A port of 0 lets the kernel choose.
        public var listen: [Address]
        /// Where to listen as well if this machine can, such as `[::]:5484`.
        public var listenIfPossible: [Address] = []
        /// Where others reach this node when that is not where it listens, as behind a NAT with a
        /// forwarded port.
        public var advertised: [Address] = []
        /// Nodes to join through, besides those known from the last run.
        public var seeds: [NodeRecord] = []
        /// Who decides whether others may route and store through this node.
        public var role: RolePolicy = .full
        /// Constants of the node.
        public var settings: Settings
        /// The seed of the person's key, for a home whose identity is locked with a passphrase; nil
        /// starts such a node locked: it serves others and publishes nothing until
        /// ``NodeHost/unlock(with:_:)``.
        public var identity: Secret32?
        /// Whether the person's profile is published again when it was before.
        public var keepsPublished = true
        /// Whether SIGTERM and SIGINT stop the node and SIGHUP becomes ``Notice/reload``.
        ///
        /// Blocks these signals in the calling thread; start no other thread before.
        public var takesSignals = false
        /// Answers requests of the control socket, on the node's thread; nil for no socket.
        public var control: (@Sendable (ControlRequest, ControlReply, NodeHost) -> Void)?
        /// Whether data costs money, so that less cover is sent.
        public var isMetered = false
        /// Who on the same links may learn that the node is here.
        public var visibility = VisibilityPolicy.nobody
        /// Whether the directory of services on the links is read, and written to as far as strangers
        /// may know of the node; nothing comes of it where the node listens to this machine alone.
        public var usesDirectory = false
        /// Kernel buffers of each socket.
        public var buffers = UDPSocket.BufferSizes()

        /// The defaults, for `network` and these addresses.
        public init(network: Network, listen: [Address]) {
            self.network = network
            settings = Settings(for: network)
            self.listen = listen
        }
    }

    /// What a running node tells whoever started it; called on the node's thread.
    public enum Notice: Sendable, Equatable {
        /// It has neighbours and knows its surroundings.
        case joined(neighbours: Int)
        /// It found nobody, and why; it goes on trying.
        case alone(AloneReason)
        /// Others see it at another address than before.
        case addressChanged(from: Address?, to: Address)
        /// Others may route and store through it from now on, or may not, over this family.
        case roleChanged(HandshakePayload.Role, Address.Family)
        /// Records could not be made durable and were given up; nothing was acknowledged.
        ///
        /// After ``StoreError/lost(detail:)`` the node leaves by itself.
        case storageFailed(StoreError)
        /// Somebody wants to become a contact.
        case contactRequest(ContactRequest)
        /// The identity is open from now on, and what was published before is kept published.
        case unlocked
        /// SIGHUP: read what may have changed.
        case reload
        /// It leaves: no new operation starts.
        case leaving
        /// It has ended; nothing follows.
        case stopped
    }

    /// What an operation tells whoever started it; called on the node's thread.
    public enum OperationEvent: Sendable {
        /// It goes on.
        case progress(Progress)
        /// A search found someone.
        case hit(Hit)
        /// It ended; nothing follows.
        case finished(Result<Outcome, OperationError>)
    }

    /// A node at one moment.
    public struct Snapshot: Sendable {
        /// When it was taken.
        public var moment: Moment
        /// The node at a glance.
        public var status: Status
        /// All neighbours.
        public var neighbours: [NeighbourStatus]
        /// What happened in the node.
        public var counters: Counters
        /// What happened at its sockets, in sum.
        public var sockets: UDPSocket.Counters
        /// What happened around it.
        public var host: HostCounters
        /// Where it listens.
        public var listening: [Address]
        /// When it was started.
        public var started: Moment
        /// Whose identity the home holds.
        public var identity: Ed25519.PublicKey
        /// Whether the identity waits for its passphrase, so that nothing is published.
        public var isLocked: Bool
        /// The person's contact book; nil while the identity is locked.
        public var book: ContactBook?
        /// Who is on the same links.
        public var bystanders: [Bystander]
        /// How these links are.
        public var surroundings: Surroundings
    }

    /// Who on the same links may learn that a node is here; see ``Visibility``.
    public enum VisibilityPolicy: String, Sendable, CaseIterable {
        /// Nobody.
        case nobody
        /// Contacts.
        case contacts
        /// Contacts, and who looks for a first node.
        case nodes
        /// Everybody, by the name in the profile that is kept in the home.
        case everybody
    }

    /// What became of ``unlock(with:_:)``.
    public enum UnlockAnswer: Sendable, Equatable {
        /// The identity is open from now on.
        case unlocked
        /// It was open already.
        case wasOpen
        /// The seed is that of another identity.
        case otherIdentity
        /// The contact book cannot be read.
        case failed(StoreError)
        /// The node has ended.
        case ended
    }
}

/// What happened around a node so far.
public struct HostCounters: Sendable, Equatable {
    /// Turns of the loop.
    public var turns: UInt64 = 0
    /// Transactions committed.
    public var transactions: UInt64 = 0
    /// Transactions that failed; what they held was not acknowledged.
    public var failedTransactions: UInt64 = 0
    /// Datagrams held back because their record could not be made durable.
    public var withheld: UInt64 = 0
    /// Datagrams dropped because no socket serves the family of their destination.
    public var unroutable: UInt64 = 0
    /// Datagrams dropped because the outbox was full.
    public var outboxFull: UInt64 = 0

    /// All zero.
    public init() {}
}
