public import KithWire

/// Every constant of a node that is not fixed by the wire, with its reason: how large each
/// collection may grow, how often and how long something is done.
///
/// One file, longer than others, so that there is one place to look for a bound and to change it.
public struct Settings: Sendable {
    /// Sessions and handshakes.
    @Boxed public var sessions = Sessions()
    /// What others may ask of us.
    @Boxed public var serving = Serving()
    /// Requests in flight.
    @Boxed public var calls = Calls()
    /// Joining, publishing and searching.
    @Boxed public var operations = Operations()
    /// The routing table.
    @Boxed public var routing = Routing()
    /// Lookups.
    @Boxed public var lookup = Lookups()
    /// Records kept for others.
    @Boxed public var storage = Storage()
    /// Search results that are remembered.
    @Boxed public var discovery = Discovery()
    /// Keeping what was acknowledged, for others and for ourselves.
    @Boxed public var keeping = Keeping()
    /// Telling a neighbourhood that somebody settled in.
    @Boxed public var eclipse = Eclipse()
    /// Becoming and staying a full node, and probes for others.
    @Boxed public var reachability = Reachability()
    /// Cards, letters and requests.
    @Boxed public var contacts = Contacts()
    /// Relays, paths and cover.
    @Boxed public var mixing = Mixing()
    /// Beacons, and who is on the same link.
    @Boxed public var nearby = Nearby()

    /// The settings of an ordinary node.
    public init() {}

    /// The settings of a node in this network.
    ///
    /// In a local one nobody watches who writes when, and somebody waits who tries it out: contacts
    /// hear of each other in seconds.
    public init(for network: Network) {
        self.init()
        guard network.isLocal else { return }
        contacts.afterStart = .seconds(2)
        contacts.tellWithin = .seconds(2)
        contacts.coverAfter = .seconds(5)
        contacts.readingPause = .seconds(10)
        contacts.mailboxInterval = .seconds(30)
    }

    /// Bounds of sessions (discv5 wire 1.1, WireGuard section 5 and 6).
    ///
    /// Handshakes of ours, those who only knocked and those who proved themselves have room of
    /// their own, so that a flood of one kind takes nothing from another.
    public struct Sessions: Sendable {
        /// Sessions kept whose peer proved its keys and address; about 0.5 KiB each.
        ///
        /// When they are all taken, the block of addresses with most of them loses the one that
        /// was silent longest.
        public var provedMax = 2_560
        /// Of those, at most so many for one block of addresses (/24, /48): a twentieth, so that
        /// twenty blocks are needed to fill the table, and more people than sit behind one
        /// address of a carrier and use one node.
        ///
        /// Off on local networks, where everybody has one address.
        public var provedPerBlock = 128
        /// Of those, at most so many with one key at one address; the oldest goes.
        ///
        /// Two come about when both sides begin at once, and each may be replaced after an hour.
        public var provedPerPeer = 4
        /// Sessions kept whose peer has sent nothing but an INIT, which may be forged or a replay.
        ///
        /// At 200 handshakes a second of forged senders each still has 5 s to prove itself.
        public var knockersMax = 1_024
        /// Of those, at most so many for one block of addresses; off on local networks.
        public var knockersPerBlock = 64
        /// Of those, at most so many with one key at one address: a try and the one after it.
        public var knockersPerPeer = 2
        /// Handshakes started and not yet answered; each holds an ephemeral secret.
        public var initiationsMax = 512
        /// All of them together: what is looked at to find one.
        public var capacity: Int { provedMax + knockersMax + initiationsMax }
        /// RESP to one of our INIT that do not fit, after which others to it are dropped unread.
        ///
        /// Each costs two key agreements. Who wants to keep the right one out has to hit upon the
        /// index and be faster, 16 times.
        public var failedResponsesMax = 16
        /// A handshake of ours younger than this does not make room: it may still be answered.
        public var initiationProtection: Duration = .seconds(2)
        /// A handshake of ours is forgotten after this; every try of a call is over by then.
        public var initiationLife: Duration = .seconds(10)
        /// A session unused for this long is forgotten (discv5 keeps keys about as long).
        public var idle: Duration = .seconds(15 * 60)
        /// A session that the initiator never used after its INIT is forgotten sooner, since the
        /// INIT may have been a replay.
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
        /// One costs about 0.2 ms, so this is 4 % of a core.
        public var handshakesPerSecond = 200
        /// Handshakes answered per second of those who bring a cookie (threats 10: 1,500 for a
        /// core): at 0.2 ms a third of it.
        public var provedHandshakesPerSecond = 1_500
        /// Cookies demanded per second: 64 bytes and about 3 us each, so 2.6 Mbit/s at the most.
        ///
        /// Who wants to use them up must send more than twice of that, and know our key.
        public var cookiesPerSecond = 5_000
        /// Life of the secret behind cookies (WireGuard section 5.4.7).
        public var cookieLife: Duration = .seconds(120)
        /// INIT packets per second from one address without a cookie, and again as many with one.
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
        /// Addresses, and blocks, remembered by each rate, some 100 bytes each.
        ///
        /// A flood from more of them gets past the rates of each; the rates for everybody
        /// together stand behind them.
        public var sourcesMax = 4_096
        /// INIT packets per second from one block of addresses (/24, /48).
        public var initiationsPerBlock = 200
        /// Cookies of others that are remembered.
        public var cookiesMax = 1_024
        /// Nodes whose proof of work is remembered, 80 bytes each; about as many as sessions.
        public var proofsMax = 4_096
        /// How long a proof of work is remembered: its check costs 0.5 ms, once a day per node.
        public var proofLife: Duration = .seconds(24 * 3_600)
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

    /// How much others may ask of us inside sessions.
    ///
    /// Per address (without port), per block of addresses, and together; the first two are off
    /// on local networks. The most that one honest address asks of one node: a person of 32
    /// interests publishes 65 records around midnight and withdraws as many older entries, in a
    /// network so small that every node is a replica of each: 130 reads and 130 STOREs within
    /// seconds; a search there adds up to 300 reads. In a network of 1,000 nodes it is a few a minute.
    public struct Serving: Sendable {
        /// Requests of any kind per second from one address: about 0.5 % of a core; and again as
        /// many reads and STOREs of a neighbour.
        ///
        /// A neighbour that hands over 8 locations at once over 100 ms asks 160 times a second.
        public var requestsPerSecond = 200.0
        /// Requests at once: a publication (260) and a search (300) of the same person, and nearly
        /// as much again.
        public var requestBurst = 1_000
        /// Requests per second of everybody: at some 25 us each a quarter of a core.
        public var requestsPerSecondInAll = 10_000
        /// STORE per second from one address; each costs a check of a signature, 59 us, and
        /// a signature of ours.
        public var storesPerSecond = 50.0
        /// STORE at once: twice the 130 of a publication.
        public var storeBurst = 260
        /// STORE per second of everybody (threats 10: 3,000 checks of signatures for a core).
        public var storesPerSecondInAll = 3_000
        /// FIND_RECORD per second from one address: harvesting all names is slow, and people
        /// behind one address who search small networks do not notice.
        ///
        /// Threats 17 says one a second; two people who search at once in a network of a few
        /// nodes would reach that.
        public var readsPerSecond = 5.0
        /// FIND_RECORD at once: a publication (130) and a search (300), and half as much again.
        public var readBurst = 600
        /// A block of addresses may ask so many times what one address may.
        public var blockFactor = 4
        /// Pause between two answers REFUSED 6 to one address; in between there is silence.
        public var refusalPause: Duration = .seconds(1)
        /// The time over which our work is averaged to say how busy we are.
        public var loadWindow: Duration = .seconds(2)

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
        /// Lookups at once, and as many placements: a publication makes 9 of each at a time, a
        /// search 16.
        public var lookupsMax: Int { 16 * capacity }
        /// Lookups that one search keeps running at once.
        public var lookupsPerSearch = 8
        /// How long a search may take before it answers with what it has.
        public var searchPatience: Duration = .seconds(10)
        /// The same of a search that is mixed, where each read takes a second and some take three.
        public var mixedSearchPatience: Duration = .seconds(40)
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
        /// Locations that a search reads below full ones.
        ///
        /// About 12 requests a page each; 32 of them show 6,000 people when all are full.
        public var shardsPerSearch = 32
        /// Of those, at most so many below one location before others have their turn (DESIGN
        /// section 7: up to 4 in parallel).
        public var shardsPerTurn = 4
        /// Candidates after which a search reads no deeper, or twice the limit if that is more
        /// (DESIGN section 7: F_lookup = 30).
        public var candidatesEnough = 30
        /// Full locations of others remembered while the statements about them hold; 100 bytes
        /// each, enough for the way of every entry of a profile.
        public var fullLocationsMax = 1_024
        /// Pages of one index location that a search reads.
        public var pagesPerLocation = 8
        /// Nodes closest to a record's location that a read or write waits for: three replicas and
        /// five that take their place.
        ///
        /// A lookup for routing waits for 16.
        public var recordWidth = 8
        /// Nodes that must show the same newest version before a read asks nobody else, once the
        /// three closest have answered.
        ///
        /// Half of the eight copies: with two, two liars next to a location could show an earlier
        /// version to whoever asks them first.
        public var holdersEnough = 4
        /// Nodes that a bucket refresh waits for: as many as make a sample of the network's size, so
        /// that a node that has just joined has samples from all over the id space.
        public var refreshWidth = 8
        /// Records of one publication that are placed at once.
        public var placementsPerPublication = 8
        /// Index entries of earlier profiles that are still to be withdrawn: those of the last
        /// two; what is older expires within a day.
        public var staleMax = 64
        /// Pause before publishing is tried again after a failure.
        public var republishRetry: Duration = .seconds(60)
        /// Pause before publishing again where nodes closer than some replicas did not take the
        /// profile.
        ///
        /// Whatever kept them from it, a fault of a clock, a disk or a link, is hoped to be over;
        /// with 5 % loss it comes to three publications of a hundred.
        public var republishAstray: Duration = .seconds(300)
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

extension Settings {
    /// Bounds of the routing table (DESIGN section 5; threats 2 and 3).
    public struct Routing: Sendable {
        /// Neighbours per bucket, k: the disjoint-path measurements of S/Kademlia hold for 16, and
        /// 16 node records fill one reply (geth and discv5 use 16, Kademlia 20, Mainline 8).
        public var bucketSize = 16
        /// Of those closest to a target so many are asked however busy they say they are: the
        /// replicas.
        public var neverSpared = 3
        /// Blocks of addresses that must see us at the same address before we believe it; one on
        /// local networks, where everybody is in one.
        public var votesNeeded = 3
        /// Candidates kept per full bucket (geth: 10).
        public var replacements = 10
        /// Neighbours, and candidates, of one bucket from one block of addresses (/24, /48): who
        /// owns one subnet must not own a bucket (geth: 2 since the eclipse attack of 2018).
        public var perBlockInBucket = 2
        /// Neighbours of the whole table from one block of addresses (geth: 10).
        public var perBlockInTable = 10
        /// Mean time from hearing a neighbour to checking it.
        ///
        /// The Rust implementation of discv5 pings every 300 s. This does not keep UDP bindings
        /// of NATs open, and is not meant to.
        public var checkInterval: Duration = .seconds(300)
        /// Spread of ``checkInterval`` either way, so that checks do not come in beats.
        public var checkSpread = 0.25
        /// Time from a failed check to the next one; doubles with each further failure up to
        /// ``checkInterval``.
        ///
        /// Long enough to outlive a burst of loss.
        public var recheckInterval: Duration = .seconds(10)
        /// Time after which a check that nobody reported on is due again.
        public var checkPatience: Duration = .seconds(15)
        /// Consecutive failed checks that drop a neighbour.
        ///
        /// Two: with 5 % loss either way two tries fail a live node in one check of a hundred, so
        /// two checks in a row in one of ten thousand.
        public var failuresMax = 2
        /// A bucket in which nothing was looked up for this long is refreshed (Kademlia section
        /// 2.3: one hour).
        public var refreshInterval: Duration = .seconds(3_600)
        /// Spread of ``refreshInterval`` either way.
        public var refreshSpread = 0.25
        /// Votes on our own address kept per family, one per block of addresses.
        public var votesMax = 16
        /// Estimates of the network's size remembered.
        ///
        /// One is off by about 30 %; the median of 32 by about 6 %.
        public var sizeSamplesMax = 32
        /// Fewer fresh samples say less than our own neighbourhood does.
        public var sizeSamplesMin = 3
        /// How long a sample counts; a network hardly doubles within it.
        public var sizeSampleLife: Duration = .seconds(1_800)
        /// Neighbours kept across restarts (DESIGN section 5).
        public var reliableMax = 500
        /// The age at which an answer counts half when neighbours are ordered by reliability.
        ///
        /// IPFS: 80 % of joining nodes are gone after 8 h.
        public var reliabilityHalf: Duration = .seconds(8 * 3_600)

        /// The defaults.
        public init() {}
    }

    /// Bounds of lookups (DESIGN section 5; threats 3 and 5).
    public struct Lookups: Sendable {
        /// Answering nodes wanted, closest first; k of the routing table.
        public var width = 16
        /// Requests in flight on one path while it comes closer, α (Kademlia section 2.3).
        public var parallelism = 3
        /// Requests in flight once the closest node known has answered: nobody closer will turn
        /// up, what remains is to hear the others, and nothing is won by asking one by one.
        public var ringParallelism = 8
        /// Disjoint paths of a read (DESIGN section 5).
        public var pathsOfReads = 4
        /// Disjoint paths of the search for where to store (DESIGN section 5).
        public var pathsOfWrites = 8
        /// Requests in flight on each of several disjoint paths.
        public var pathParallelism = 1
        /// How many of the closest candidates of each disjoint path must have answered before it
        /// has arrived; see ``Lookup``.
        public var pathWidth = 2
        /// Nodes asked at most.
        ///
        /// An honest lookup among 10,000 nodes asks about 25; more than 64
        /// means that somebody feeds us invented nodes.
        public var askedMax = 64
        /// Candidates remembered; more than ``askedMax``, so that asked ones are never forgotten.
        public var candidatesMax = 128
        /// Node records looked at per reply; what a reply can hold.
        public var perReply = 16
        /// Closest candidates considered from one block of addresses.
        public var perBlock = 2
        /// Failed hints of one informant, none of its hints having answered, after which its
        /// other hints are dropped.
        ///
        /// Stale entries are 4…15 % of real tables (IPFS measurements),
        /// so an honest node is cut off in less than one case of 300.
        public var failedHintsMax = 3
        /// Nodes of one block that one lookup asks: as many as a table may hold (DESIGN section 5),
        /// so that hints cannot make us send more than that to somebody who never asked.
        public var askedPerBlock = 10
        /// Addresses tried for one node: hints are not signed, so a liar can name a real node
        /// with a false address; a second informant's word gets its own try.
        public var addressesPerNode = 2

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of what a node keeps for others.
    public struct Storage: Sendable, Equatable {
        /// Bytes kept for everybody together: 64 MiB, as OpenDHT's default for a node.
        public var bytesMax = 64 << 20
        /// Bytes kept for one /24 or /48: a sixteenth of the total.
        ///
        /// Sixteen of them are needed to fill a node. Off on local networks, where everybody has
        /// one address.
        public var sourceBytesMax = 4 << 20
        /// Records at one shared location: what a reader can page through (`skip` is one byte).
        public var locationRecordsMax = 256
        /// Records at one shared location out of one /24 or /48 (DESIGN section 6).
        ///
        /// Off on local networks.
        public var locationBlockRecordsMax = 8
        /// Records at one shared location out of the block of a node that stands among the closest
        /// to it and hands over what it keeps: a quarter of the location.
        ///
        /// Each of those who give it something brings another part; what is left its authors bring
        /// when they publish again.
        public var locationReplicaRecordsMax = 64
        /// From this share of ``locationRecordsMax`` on, in percent, a node signs that a location
        /// is full, so that writers go one shard deeper (DESIGN section 7: 75 %).
        ///
        /// The rest is for those who write at the same moment and those who renew.
        public var fullPercent = 75
        /// A location that was full counts as full down to this share, in percent.
        ///
        /// Nobody below it is found while it does not; they come up when they publish again.
        public var staysFullPercent = 50
        /// How long it is remembered that a location was full: longer than the time from one
        /// publication to the next.
        public var fullMemory: Duration = .seconds(2 * 3_600)
        /// Full locations remembered, about 200 bytes each; 192 entries each take more than
        /// ``bytesMax`` allows for so many.
        public var fullStatementsMax = 512
        /// Charged for each record besides its own bytes, for the indexes around it.
        ///
        /// Measured (release build, resident memory): 50,000 profiles of 661 bytes with their
        /// bodies take 1,254 bytes each, 20,000 name entries of 198 bytes 653 each, so a full
        /// store takes no more memory than ``bytesMax``.
        public var bookkeepingBytes = 640
        /// Life of the secret behind STORE tokens; the one before is accepted too, so a token
        /// is good for 300…600 s (BEP 5 changes it every 5 min and accepts 10).
        public var tokenSecretLife: Duration = .seconds(300)
        /// How long no STORE token is given after a record could not be made durable.
        ///
        /// Writers then walk on at once. Shorter than ``Operations/republishRetry``, so that who
        /// was refused finds a node whose disk works again.
        public var failurePause: Duration = .seconds(30)

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of indexing, searching and remembering what was found.
    public struct Discovery: Sendable, Equatable {
        /// Searches remembered (DESIGN section 7).
        public var queriesMax = 1_000
        /// How long a search is remembered (DESIGN section 7): long enough for someone who goes
        /// back and forth, short enough that a newcomer is found soon.
        public var queryLife: Duration = .seconds(300)
        /// How long a profile is shown without asking its replicas again; as long as a search is
        /// remembered, so that a withdrawal shows within five minutes.
        public var profileFreshness: Duration = .seconds(300)
        /// People whose newest sequence, and profile, are remembered (DESIGN section 7).
        public var profilesMax = 5_000
        /// How long a sequence is remembered at least.
        ///
        /// No record lives longer than 24 h, so what is older than a forgotten sequence has
        /// expired by then.
        public var sequenceLife: Duration = .seconds(24 * 3_600)

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of handing over, caching and auditing (DESIGN section 6).
    public struct Keeping: Sendable, Equatable {
        /// Copies of an entry beyond its three replicas, which nobody is promised.
        ///
        /// Of six copies all are lost with 1.6 % when half of the network goes at once, of three
        /// with 12.5 %; `Specs/Rationale.md` has what was measured.
        public var sparesOfEntries = 3
        /// Copies of a profile beyond its three replicas, which nobody is promised.
        ///
        /// There is one profile where there are 32 entries, and without it they lead nowhere: of
        /// eight copies all are lost with 0.4 %.
        public var sparesOfProfiles = 5
        /// Life of the copy that a reader leaves at the closest node that had none.
        ///
        /// Kademlia section 4.1 caches for a shorter time than a record lives; a popular record
        /// is read, and cached again, more often than that.
        public var cacheLife: Duration = .seconds(1_800)
        /// Time between two looks at the same record and who stands closest to it.
        ///
        /// A neighbour that died is dropped after some five minutes, so more often tells little.
        public var patrolInterval: Duration = .seconds(60)
        /// Records looked at each second; a look costs about 1 us.
        public var patrolPerSecond = 256
        /// How many of the closest that hold a record give it to a newcomer: the closest may lie,
        /// be down or not know, so the second does, too; the newcomer is asked first and takes
        /// the record once.
        public var handingOver = 2
        /// Locations that wait to be handed over, 200 bytes each.
        public var errandsMax = 4_096
        /// Locations handed over at once.
        public var errandsAtOnce = 8
        /// Locations handed over at once by a node that leaves and has seconds for it.
        public var errandsAtOnceLeaving = 64
        /// Records given to one node for one location; as many as a replica may bring.
        public var recordsPerErrand = 64
        /// How full a node says it is, in percent, before others are asked in its place
        /// (DESIGN section 12: load below 0.8).
        public var loadSteering: UInt8 = 80
        /// How full a node is, in percent, before it makes sure that those who are to keep what it
        /// keeps beyond its duty have it: what is evicted next would be lost otherwise.
        public var loadRelief: UInt8 = 90
        /// Records of a publication, besides the profile, whose replicas are asked in each audit.
        ///
        /// With audits between two publications each entry has its turn about every four hours.
        public var auditedEntries = 4
        /// How long a node that broke a promise is the last to be stored on.
        public var distrust: Duration = .seconds(24 * 3_600)
        /// Such nodes that are remembered.
        public var distrustedMax = 256
        /// Nodes whose key of receipts is remembered, 100 bytes each: a publication has some 200
        /// receipts, of which few nodes gave many.
        public var signersMax = 1_024

        /// Copies of a record of this kind beyond its replicas.
        func spares(of kind: Record.Kind) -> Int {
            kind.isShared ? sparesOfEntries : sparesOfProfiles
        }

        /// The defaults.
        public init() {}
    }

    /// When a neighbourhood counts as settled on purpose, and what is done then (threats 2, 4).
    public struct Eclipse: Sendable, Equatable {
        /// Probability below which chance is ruled out and somebody is told.
        ///
        /// A publication makes some 35 lookups; one in 30,000 is a false alarm then.
        public var chance = 1e-6
        /// Probability below which a lookup is widened.
        ///
        /// A false alarm costs six lookups, and an attack that is not seen costs a person: this
        /// one widens 2 of 100 lookups, and misses less than 1 of 1,000 times that 16 ids stand
        /// closer than every honest one (Specs/Rationale.md has the table).
        public var oddChance = 3e-3
        /// The same for the one lookup of a publication that finds where its profile goes.
        ///
        /// What was written to settlers alone no reader can find, so here a false alarm in five
        /// lookups is worth it: 16 ids are missed only where 10 nodes are expected as close by an
        /// estimate that is a third too high.
        public var oddChanceOfProfileWrites = 5e-2
        /// The network may be larger than estimated by this factor before somebody is told.
        public var sizeMargin = 2.0
        /// Answers below which subnets are not compared.
        public var subnetAnswersMin = 8
        /// Percent of answers out of one /16 or /32 that are too many.
        public var subnetPercentMax = 50
        /// Nodes that a region holds by expectation.
        public var regionNodes = 8
        /// The most that a widened write goes to (SR-DHT-Store uses 20).
        public var writeSetMax = 20
        /// Points of the region that are looked up besides the location.
        public var regionPoints = 5
        /// How many of these lie further away than the region, since the size of the network is
        /// known to a factor of two at best: then the region holds twice or half as many nodes.
        public var regionPointsOutside = 2
        /// Nodes that a widened read or write waits for: 16 that may be ground, and the region
        /// and what lies around it.
        public var widenedWidth = 40
        /// Widened reads and writes at once, about 6 KiB each.
        public var wideningsMax = 64
        /// How long a suspicion is shown after it was last met.
        public var memory: Duration = .seconds(3_600)

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of client mode, promotion and probes.
    public struct Reachability: Sendable, Equatable {
        /// How long our own address must have been the same before others may route through us
        /// (HyperDHT waits 20 min, mainline clients 15: who left within that was never counted on).
        public var promotionAfter: Duration = .seconds(15 * 60)
        /// Probes are asked for so long before: earlier ones would only be made again.
        public var probeLead: Duration = .seconds(5 * 60)
        /// Pause between two requests for a probe while not proved.
        public var probeInterval: Duration = .seconds(60)
        /// Blocks of addresses that must have reached us (sigp's discv5: 2).
        public var blocksNeeded = 2
        /// Within how long of each other.
        public var evidenceWindow: Duration = .seconds(10 * 60)
        /// Handshakes of strangers that are remembered; more than ``blocksNeeded``.
        public var evidenceMax = 16
        /// Time for the handshake to arrive after a probe was asked for: two requests and
        /// a handshake, each of which may be tried twice.
        public var probePatience: Duration = .seconds(10)
        /// Probes in a row that were in vain until a node rests.
        public var attempts = 8
        /// How long it rests first; doubles up to ``restMax``.
        public var rest: Duration = .seconds(3_600)
        /// The longest rest (sigp's discv5 tries again after 6 h).
        public var restMax: Duration = .seconds(6 * 3_600)
        /// A full node that no stranger reached for this long asks for a probe.
        public var recheck: Duration = .seconds(3_600)
        /// Pause before the next probe after one in vain.
        public var recheckSoon: Duration = .seconds(5 * 60)
        /// Probes in a row that were in vain until a node serves no more.
        ///
        /// Three: a probe takes six datagrams and somebody who is still there, so that with 5 %
        /// loss one in five is in vain by accident, three in a row one in a hundred.
        public var failuresMax = 3
        /// A block that we sent nothing to for this long counts as strange again.
        ///
        /// RFC 4787 (REQ-5) recommends 5 min for the filter of a NAT, boxes keep 30 s to 5 min.
        public var contactMemory: Duration = .seconds(10 * 60)
        /// Blocks remembered that we sent something to, 60 bytes each.
        public var contactsMax = 4_096
        /// Pause in sending after which the mapping of a NAT is refreshed; nil for never.
        ///
        /// RFC 4787 (REQ-5) forbids less than 2 min, yet boxes exist that forget after 30 s.
        public var keepAlive: Duration? = .seconds(25)
        /// Neighbours that are told of a new role or address: those that replicas and routes to
        /// our own neighbourhood go through, k.
        public var announced = 16
        /// Pause between two questions to the neighbourhood about our own address, so that one
        /// liar cannot make us ask all the time.
        public var doubtInterval: Duration = .seconds(60)
        /// How long somebody's word on our address counts; neighbours repeat theirs every 5 min.
        public var voteLife: Duration = .seconds(3_600)
        /// Mean pause between two probes made or passed on, for whomever.
        public var probePause: Duration = .milliseconds(500)
        /// Probes at once after a pause.
        public var probeBurst = 20
        /// Mean pause between two probes for one block of addresses (/24, /48): nobody's
        /// network gets more than a handshake per half minute from a node.
        public var probePausePerBlock: Duration = .seconds(30)
        /// Probes at once for one block.
        public var probeBurstPerBlock = 4
        /// Blocks whose probes are counted.
        public var askersMax = 1_024
        /// Sessions looked at for somebody to pass a probe on to: a microsecond or two.
        public var proberDraws = 64
        /// How lately such a one must have been heard: a NAT in front of it may be shut later.
        public var proberFreshness: Duration = .seconds(60)
        /// What an INIT with PING takes: 136 bytes and a payload of 64.
        public var probeBytes = 200

        /// The defaults.
        public init() {}

        /// Padding that makes a PROBE for `target` as long as the handshake it asks for.
        func probePadding(of target: NodeRecord) -> Int {
            // Envelope, and of the message: map, kind, call, and two keys.
            max(0, probeBytes - 32 - 9 - 2 - target.encodedBytes)
        }
    }
}

extension Settings {
    /// Bounds of what a person exchanges with contacts (Specs/Contacts.md).
    public struct Contacts: Sendable, Equatable {
        /// Contacts of one person; each costs a letter a day.
        public var contactsMax = 1_024
        /// People who are ignored.
        public var blockedMax = 1_024
        /// Requests that wait for an answer; later ones stay in the mailbox.
        public var requestsMax = 256
        /// Refused requests that are remembered.
        public var refusedMax = 256
        /// For how many days: a request is left on ``requestDays`` days, and stands in the mailbox
        /// for a day after that, by clocks that may be off by one.
        public var refusalDays: UInt32 = 9
        /// Revoked secrets whose cards are being covered.
        public var revokedMax = 256
        /// Reads and writes at once.
        public var atOnce = 8
        /// Reads and writes that wait; what else is due is looked at when they are done.
        public var queueMax = 64
        /// Pause between two writes of a card, and of a profile.
        public var cardInterval: Duration = .seconds(2_700)
        /// How much longer or shorter any of these intervals is, so that nothing comes in beats.
        public var spread = 0.25
        /// How long before a day begins its card is there; longer than the longest interval.
        public var nextEpochLead: Duration = .seconds(3_600)
        /// Pause after a write that missed its majority.
        public var retry: Duration = .seconds(60)
        /// Pause after a start, to find the neighbourhood.
        public var afterStart: Duration = .seconds(10)
        /// The most that a sequence lies before the time at which it was signed.
        ///
        /// More would look like an old record to those who keep it.
        public var blur: Duration = .seconds(600)
        /// Contacts that are to be told of a new secret are told within this time.
        public var tellWithin: Duration = .seconds(20)
        /// When the cards of the old one are covered: when most could know the new one.
        public var coverAfter: Duration = .seconds(25)
        /// Pause between two writings of a letter that was read.
        public var letterInterval: Duration = .seconds(72_000)
        /// Pause between two writings of a letter that was not read yet.
        public var unreadInterval: Duration = .seconds(21_600)
        /// Pause after the first look into the mailbox of somebody from whom a letter is expected;
        /// doubles with every look.
        public var readingPause: Duration = .seconds(60)
        /// The longest such pause.
        public var readingPauseMax: Duration = .seconds(3_600)
        /// Pause between two looks where nothing is expected.
        public var readingInterval: Duration = .seconds(21_600)
        /// Pause between two looks into one's own mailbox.
        public var mailboxInterval: Duration = .seconds(1_800)
        /// Requests of one day that are read: an answer shows one of them.
        public var requestsReadMax = 32
        /// Days on which a request is left for somebody who does not answer.
        public var requestDays = 7
        /// Pause before the next request is drafted.
        public var requestInterval: Duration = .seconds(600)
        /// Contacts' nodes asked for one search, favourites first.
        public var askedMax = 16
        /// Cards that one of them may show: more would be a list of its contacts.
        public var shownMax = 64
        /// A card that was last read longer ago is not searched any more.
        public var cardLife: Duration = .seconds(7 * 86_400)
        /// Nonces tried for a stamp before the node does something else: about 2 ms.
        public var stampTries = 4_096
        /// What else it does that long.
        public var stampPause: Duration = .milliseconds(4)

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of mixing (`Specs/Mixing.md`).
    public struct Mixing: Sendable, Equatable {
        /// Whether cells of others are passed on, and acted on as an exit, while this node serves.
        public var relays = true
        /// How cards, letters and requests travel.
        public var contacts = Via.auto
        /// Life of an onion key: what is stolen from a relay opens no older cell.
        public var keyLife: Duration = .seconds(3_600)
        /// How long a key is accepted after its successor came, for cells on their way.
        public var keyGrace: Duration = .seconds(600)
        /// Tags of cells that are remembered of one key; beyond it cells are dropped.
        ///
        /// What ``cellsPerSecond`` lets in during the life of a key, and 4 MiB.
        public var tagsMax = 1 << 19
        /// Cells of others taken in a second: 1 Mbit/s of cells, 1 % of a core.
        public var cellsPerSecond = 100
        /// Cells taken at once after a quiet second.
        public var cellBurst = 400
        /// Cells of one address taken in a second, five times what a busy asker sends.
        public var cellsPerSource: Double = 25
        /// Cells of one address taken at once.
        public var sourceBurst = 100
        /// Cells that wait at once, 1.2 KB each: the longest delay at 1/10 of the rate.
        public var waitingMax = 512
        /// Of those, what is left for cells of our own and for answers: whoever sends cells with long
        /// delays must not keep us from asking.
        public var waitingOwn = 128
        /// Load above which no cell of others is taken: a node is for its neighbours first.
        public var loadMax: UInt8 = 70
        /// The longest that a cell is kept back, whatever it says.
        public var delayMax: Duration = .seconds(20)
        /// Queries of others acted on at once.
        public var exitsMax = 64
        /// Cells that come a second time at once, from one peer, before it is taken for one that
        /// replays.
        public var replaysMax = 40
        /// How often such a cell may come in the long run: a fifth of ``cellsPerSource``, since one
        /// whose acknowledgement was lost comes again.
        public var replayPause: Duration = .milliseconds(200)
        /// How long nothing is taken of a peer that replays.
        public var shunned: Duration = .seconds(3_600)
        /// Peers that are shunned.
        public var shunnedMax = 256

        /// The most relays that are known.
        public var relaysMax = 128
        /// Relays that are looked for; with fewer it goes on looking.
        public var relaysWanted = 48
        /// Relays with fewer of which nothing is mixed unless a person asks for it: the exit would
        /// know that the asker is one of a handful.
        public var relaysMin = 16
        /// Pause between two lookups that look for relays, while there are too few.
        public var samplePause: Duration = .seconds(2)
        /// Lookups in a row that bring nobody new before it pauses longer.
        public var samplesInVain = 6
        /// The pause then, and while there are enough.
        public var sampleInterval: Duration = .seconds(600)
        /// Relays that are asked for their key at once.
        public var keysAtOnce = 8
        /// A key that is good for less than this is not used, and asked for again.
        public var keyMargin: Duration = .seconds(120)
        /// How long a relay that said no, or nothing, is not asked again.
        public var relayRest: Duration = .seconds(3_600)
        /// Cells in a row that did not come back before a relay of their path rests.
        ///
        /// With a tenth of all relays bad a good one misses five in a row once in 10^4 times.
        public var lossesMax = 5
        /// Cells in a row after which one relay of a path is taken for the cause, and the others are
        /// not charged.
        public var lossesTelling = 3
        /// Cells of which fewer than ``returnedMin`` came back before a relay rests.
        public var returnsCounted = 50
        /// See ``returnsCounted``: four in five.
        public var returnedMin = 40

        /// Guards of a node: the only relays that learn where it is.
        public var guardsMax = 3
        /// How long a guard is kept.
        ///
        /// Of three guards one is a spy's with c = 20 % in 49 %; with new ones every hour it would
        /// be certain within a day (Øverlier and Syverson 2006; Tor keeps them for months).
        public var guardLife: Duration = .seconds(30 * 86_400)
        /// Life of a path.
        public var pathLife: Duration = .seconds(1_200)
        /// Paths that are kept.
        public var pathsMax = 16
        /// Exits asked for the same thing, so that one that lies is noticed.
        public var exits = 2
        /// How many paths a query tries beyond these.
        public var retries = 6
        /// How long a query waits for the way of one cell: of a hundred one takes longer than 2.4 s at
        /// 5 % loss.
        public var patience: Duration = .seconds(3)
        /// How long a write waits: eight delays of 4 s and two lookups.
        public var patienceOfWrites: Duration = .seconds(75)
        /// How long a relay waits until the next has taken a cell, before it sends it again; a round
        /// trip and a half between continents.
        public var linkPatience: Duration = .milliseconds(300)
        /// How often a cell is sent: in the session twice, then after a handshake.
        public var linkTries = 3
        /// How long the second exit is waited for after the first answered.
        public var grace: Duration = .milliseconds(250)
        /// When a query fails.
        public var deadline: Duration = .seconds(12)
        /// When a write fails.
        public var deadlineOfWrites: Duration = .seconds(180)
        /// How long a query waits for relays to be found.
        public var readyWithin: Duration = .seconds(8)
        /// Mean delay at each relay of a query.
        public var delay: Duration = .milliseconds(100)
        /// The longest delay that is drawn for a query.
        public var delayCap: Duration = .seconds(1)
        /// Mean delay at each relay of a write, for which nobody waits.
        public var delayOfWrites: Duration = .seconds(4)
        /// The longest delay that is drawn for a write.
        public var delayOfWritesCap: Duration = .seconds(20)
        /// Whether cells leave that mean nothing; without them who watches sees when we ask.
        public var sendsCover = true
        /// Mean time between two cells while nobody searches.
        public var idleInterval: Duration = .seconds(5)
        /// Mean time between two cells while somebody does.
        public var activeInterval: Duration = .milliseconds(60)
        /// How long the second rate goes on at least after a query, and how much longer in the mean.
        public var activeFor: Duration = .seconds(10)
        /// Mean time between two beginnings of the second rate though nobody searches: many times as
        /// often as a person does, for half as many cells again.
        public var pretenceInterval: Duration = .seconds(3_600)
        /// How many times longer both intervals are where data costs money.
        public var meteredFactor: Double = 4
        /// Cells of ours that wait for their moment.
        public var outgoingMax = 256
        /// Cells of ours that may come back.
        public var attemptsMax = 512
        /// Mixed queries at once.
        public var queriesMax = 128

        /// Timers that mixing may have at once: one per cell that waits or is acted on, one per cell
        /// of ours in the longest patience of writes, and a few per query.
        var timersMax: Int {
            waitingMax + exitsMax + 8 * attemptsMax + 256 * queriesMax
        }

        /// The defaults.
        public init() {}
    }
}

extension Settings {
    /// Bounds of finding out who is near (`Specs/Nearby.md`).
    public struct Nearby: Sendable, Equatable {
        /// Pauses between the first beacons: one alone may get lost, and a host that has just come to
        /// a network hears nothing for a moment.
        public var burstPauses: [Duration] = [.seconds(1), .seconds(2)]
        /// The shortest pause between beacons after that (DESIGN section 10); each is drawn, so that
        /// two hosts that were switched on together do not stay in step.
        public var beaconPauseMin: Duration = .seconds(30)
        /// The longest.
        public var beaconPauseMax: Duration = .seconds(60)
        /// How long a greeting may answer a beacon.
        public var beaconLife: Duration = .seconds(10)
        /// How long a greeting may be greeted back.
        public var greetingLife: Duration = .seconds(5)
        /// From a beacon to one that is hurried.
        public var hurryPause: Duration = .seconds(2)
        /// Who is greeted back by one key: as many as answer on one link.
        public var returnsPerBeacon = 256
        /// Addresses asked in one scan by hand, or at once by what the directory names.
        public var addressesMax = 16
        /// Keys of beacons that are remembered: the burst and some scans on a handful of links.
        public var beaconKeysMax = 64
        /// Keys of greetings that are remembered: all that leave in ``greetingLife``.
        public var greetingKeysMax = 256
        /// A beacon of one host is answered once in this time (threats 24).
        public var reactionPause: Duration = .seconds(30)
        /// Between answers to all, in the long run.
        public var allReactionsPause: Duration = .milliseconds(50)
        /// As many at once: 50 hosts that are switched on together are all answered.
        public var allReactionsBurst = 100
        /// Beacons and greetings of one host that are looked at: one costs a hash for each contact and
        /// day, or a key agreement.
        public var lookPause: Duration = .milliseconds(500)
        /// As many at once.
        public var lookBurst = 8
        /// Those of all: 100 a second with 500 contacts are 8 % of a core.
        public var allLooksPause: Duration = .milliseconds(10)
        /// As many at once.
        public var allLooksBurst = 200
        /// Hosts remembered by each rate.
        public var hostsMax = 1_024
        /// Addresses at which somebody was noticed.
        public var bystandersMax = 256
        /// Who was not heard of for so long is asked whether they are there: with three tries and
        /// two handshakes after it, who vanished is gone within 60 s.
        public var checkAfter: Duration = .seconds(45)
        /// A hint that nothing came of is forgotten.
        public var hintLife: Duration = .seconds(90)
        /// Between two hosts asked in a sweep: 50 a second (DESIGN section 10).
        public var sweepPause: Duration = .milliseconds(20)
        /// How long a scan listens after its last question.
        public var scanListening: Duration = .milliseconds(1_000)
        /// When addresses are asked once more that have not answered.
        public var scanAgain: Duration = .milliseconds(300)
        /// How long it listens for somebody at an address that was typed: the kernel needs 3 s to find
        /// out that nobody has it (arp(7), mcast_solicit and retrans_time).
        public var handPatience: Duration = .milliseconds(3_300)
        /// How long a scan waits for those who are asked whether they are there: a try in the
        /// session and one handshake.
        public var scanPatience: Duration = .milliseconds(1_600)

        /// The defaults.
        public init() {}
    }
}
