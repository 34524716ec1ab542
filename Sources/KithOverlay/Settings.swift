/// Every constant of a node that is not fixed by the wire, with its reason.
///
/// One place to change a number. Bounds of single mechanisms stand in `Settings+*.swift`.
public struct Settings: Sendable {
    /// Sessions and handshakes.
    public var sessions = Sessions()
    /// Requests in flight.
    public var calls = Calls()
    /// Joining, publishing and searching.
    public var operations = Operations()
    /// The routing table.
    public var routing = Routing()
    /// Lookups.
    public var lookup = Lookups()
    /// Records kept for others.
    public var storage = Storage()
    /// Search results that are remembered.
    public var discovery = Discovery()

    /// The settings of an ordinary node.
    public init() {}

    /// Bounds of sessions (discv5 wire 1.1, WireGuard section 5 and 6).
    public struct Sessions: Sendable {
        /// Sessions kept; the longest silent one makes room.
        ///
        /// About 0.5 KiB each.
        public var capacity = 4_096
        /// Handshakes started and not yet answered; each holds an ephemeral secret.
        public var initiationsMax = 512
        /// A handshake of ours younger than this does not make room: it may still be answered.
        public var initiationProtection: Duration = .seconds(2)
        /// A session unused for this long is forgotten (discv5 keeps keys about as long).
        public var idle: Duration = .seconds(15 * 60)
        /// A session that the initiator never used after its INIT is forgotten sooner, since the
        /// INIT may have been a replay; it is also the first to make room.
        ///
        /// Long enough for a node that is asked again in the next lookup.
        public var unconfirmedIdle: Duration = .seconds(300)
        /// An initiator that has sent nothing but its INIT counts on the session for so much
        /// less than ``unconfirmedIdle``, for clocks that run apart and datagrams on their way.
        public var unconfirmedMargin: Duration = .seconds(20)
        /// A session older than this is replaced by a new handshake at its next use.
        public var rekeyAfter: Duration = .seconds(3_600)
        /// Packets under one key before a new handshake; far below any AEAD limit.
        public var rekeyPackets: UInt64 = 1 << 20
        /// Handshakes answered per second before strangers must bring a cookie.
        ///
        /// One costs about 0.2 ms, so this is a fifth of a core.
        public var handshakesPerSecond = 200
        /// Life of the secret behind cookies (WireGuard section 5.4.7).
        public var cookieLife: Duration = .seconds(120)
        /// INIT packets from one address: sustained per second, and at once.
        public var initiationsPerSecond = 20.0
        /// INIT packets an address may send in one burst.
        public var initiationBurst = 40.0
        /// Proofs of work checked per second for nodes that came to us unasked; each costs
        /// 0.5 ms and 1 MiB on the public network.
        public var proofChecksPerSecond = 20.0
        /// Of those, at most so many for one block of addresses (/24, /48), so that one block
        /// cannot keep all others out.
        public var proofChecksPerBlock = 1.0
        /// Nodes that came to us and wait to be admitted.
        public var admissionsMax = 256
        /// Of those, at most so many from one block of addresses.
        public var admissionsPerBlock = 4
        /// How long one of them waits for its proof to be checked before it is passed over.
        public var admissionPatience: Duration = .seconds(60)
        /// Sessions looked at each second for whether they have been silent too long; all of
        /// them in a minute.
        public var sweep = 64
        /// Addresses and blocks whose INIT rate is remembered, 60 bytes each.
        public var sourcesMax = 4_096
        /// INIT packets per second from one block of addresses (/24, /48).
        public var initiationsPerBlock = 200
        /// Cookies of others that are remembered.
        public var cookiesMax = 1_024
        /// How long after its handshake a node that came to us gets a ping of ours.
        ///
        /// By then RESP has arrived; sent at once, the ping could overtake it and be lost.
        public var admissionDelay: Duration = .seconds(2)
        /// The longest DATA with a PING, in bytes: 32 of envelope and 9 of message.
        public var admissionPingBytes = 41
        /// Room that INIT leaves for an answer to PING, in bytes: a PONG with an IPv6 address
        /// in its handshake payload takes at most 46.
        public var smallAnswerBytes = 64

        /// The defaults.
        public init() {}
    }

    /// Bounds of calls.
    public struct Calls: Sendable {
        /// Calls in flight at once; more are refused at the start of an operation.
        public var capacity = 4_096
        /// Time until a first try in a session is given up (discv5: 500 ms).
        public var patience: Duration = .milliseconds(500)
        /// Time until a handshake is given up (discv5: 1 s).
        public var handshakePatience: Duration = .milliseconds(1_000)
        /// A node that failed a call is not asked again by lookups for this long; about what
        /// its neighbours need to notice, too.
        public var silence: Duration = .seconds(30)
        /// Silent nodes remembered; half of the sessions may go at once and more are not asked.
        public var silentMax = 2_048
        /// Tries of one call: in the session, then with a fresh handshake, then once more.
        public var tries = 3
        /// Time after which a lookup asks someone else without giving up this try: above most
        /// round trips of the internet, far below ``patience``.
        public var slow: Duration = .milliseconds(250)

        /// The defaults.
        public init() {}
    }

    /// Bounds of operations.
    public struct Operations: Sendable {
        /// Operations at once, those of the person and the node's own.
        public var capacity = 256
        /// Lookups that one search keeps running at once.
        public var lookupsPerSearch = 8
        /// How long a search may take before it answers with what it has.
        public var searchPatience: Duration = .seconds(10)
        /// Pause between attempts to join while alone; doubles up to ``joinPauseMax``.
        public var joinPause: Duration = .seconds(5)
        /// The longest pause between attempts to join.
        public var joinPauseMax: Duration = .seconds(300)
        /// Mean time between two requests to a seed that is no neighbour.
        ///
        /// Halves of a network that were cut apart grow together again within half an hour.
        public var reunion: Duration = .seconds(15 * 60)
        /// Pause before a node with fewer neighbours than a lookup is wide looks around again.
        ///
        /// Doubles up to ``joinPauseMax``. Short, because a network that has just begun grows
        /// within seconds.
        public var sparsePause: Duration = .seconds(1)
        /// Owners publish again this often: three replicas with IPFS-like churn lose a record
        /// with 0.3 % per hour (reference: Weibull fit, `Specs/Rationale.md`).
        public var republish: Duration = .seconds(45 * 60)
        /// Spread of ``republish`` either way, so that a network does not beat in time.
        public var republishSpread = 0.25
        /// Life of a published record.
        public var recordLife: Duration = .seconds(24 * 3_600)
        /// Before midnight (UTC) entries are also published for the next day.
        public var nextDayLead: Duration = .seconds(2 * 3_600)
        /// After midnight (UTC) searches also look at the day before.
        public var previousDayGrace: Duration = .seconds(2 * 3_600)
        /// Profiles fetched for one search, best candidates first.
        public var profilesPerSearch = 40
        /// Profiles fetched when more hits than that are asked for: twice the limit, up to this.
        public var profilesPerSearchMax = 256
        /// Invalid entries from one replica after which it is not believed any more.
        ///
        /// One may have expired on its way; nobody keeps two without having lied.
        public var faultsPerReplica = 2
        /// Pages of one index location that a search reads.
        public var pagesPerLocation = 8
        /// Nodes closest to a record's location that a read or write waits for: three replicas and
        /// five that take their place.
        ///
        /// A lookup for routing waits for 16.
        public var recordWidth = 8
        /// Nodes that a bucket refresh waits for: it wants a few new names, not the closest.
        public var refreshWidth = 4
        /// Records of one publication that are placed at once.
        public var placementsPerPublication = 8
        /// Pause before publishing is tried again after a failure.
        public var republishRetry: Duration = .seconds(60)
        /// Pause after a start before the profile is published again, to find the neighbourhood.
        public var republishAfterStart: Duration = .seconds(10)
        /// How often the table is looked at for neighbours to check and buckets to refresh.
        public var maintenance: Duration = .seconds(1)
        /// How often expired records are dropped.
        public var expiryInterval: Duration = .seconds(60)
        /// Room kept for node records in an answer that carries records: three of them.
        public var answerNodesBytes = 285
        /// What such an answer takes besides nodes and records: token, total, load, address.
        public var answerOverheadBytes = 72
        /// Signatures of index entries checked per search; 59 us each.
        public var entriesPerSearch = 512

        /// The defaults.
        public init() {}
    }
}
