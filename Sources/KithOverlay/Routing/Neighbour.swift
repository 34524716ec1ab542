import KithWire

/// A node in one's own routing table, with what is known about its reliability.
struct Neighbour: Sendable {
    /// Its key, proof and addresses, as it proved them in a session.
    var record: NodeRecord
    /// The address it answers at, of the table's family.
    var address: Address
    /// When it first answered.
    let firstSeen: Instant
    /// When it last answered.
    var lastHeard: Instant
    /// The last measured round trip.
    var roundTrip: Duration?
    /// Requests without an answer since it was last heard.
    var failures: UInt8 = 0
    /// When the first of ``failures`` happened; ``Instant/never`` when there are none.
    var failingSince = Instant.never
    /// Requests that were answered or failed, halved now and then so that the present counts.
    private(set) var asked: UInt16 = 0
    /// Those of ``asked`` that were answered.
    private(set) var answered: UInt16 = 0
    /// How busy it says it is, 0…100.
    var load: UInt8?
    /// When it is due to be checked.
    var nextCheck = Instant.never

    /// Requests counted before the counts are halved; about four days of checks.
    static let countsMax: UInt16 = 1_024

    /// A node that answered for the first time at `now`.
    init(record: NodeRecord, address: Address, at now: Instant) {
        self.record = record
        self.address = address
        firstSeen = now
        lastHeard = now
    }

    /// Its id.
    var id: NodeID { record.id }

    /// Whether its last check succeeded; only such neighbours are named to others.
    var isLive: Bool { failures == 0 }

    /// Counts one request and whether it was answered.
    mutating func count(answered success: Bool) {
        if asked == Self.countsMax {
            asked /= 2
            answered /= 2
        }
        asked += 1
        if success { answered += 1 }
    }

    /// How likely it is to answer after a restart, 0…1: the success rate with one success and one
    /// failure added (Laplace), halved for each `half` of silence in the hyperbolic sense.
    func reliability(at now: Instant, half: Duration) -> Double {
        let rate = (Double(answered) + 1) / (Double(asked) + 2)
        let silence = max(0, (now - lastHeard).seconds)
        return rate / (1 + silence / half.seconds)
    }
}
