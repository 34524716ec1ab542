extension Settings {
    /// Bounds of the routing table (DESIGN section 5; threats 2 and 3).
    public struct Routing: Sendable {
        /// Neighbours per bucket, k: the disjoint-path measurements of S/Kademlia hold for 16, and
        /// 16 node records fill one reply (geth and discv5 use 16, Kademlia 20, Mainline 8).
        public var bucketSize = 16
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
        /// Addresses tried for one node: hints are not signed, so a liar can name a real node
        /// with a false address; a second informant's word gets its own try.
        public var addressesPerNode = 2

        /// The defaults.
        public init() {}
    }
}
