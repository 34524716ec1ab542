/// What happened so far, in integers; the shell formats them.
public struct Counters: Sendable, Equatable {
    /// Datagrams given to the node.
    public var received: UInt64 = 0
    /// Refused: shorter than 37 or longer than 1,232 bytes.
    public var refusedSize: UInt64 = 0
    /// Refused: unknown type or version, or a broken header.
    public var refusedHeader: UInt64 = 0
    /// Refused: the sender's address may not be used on this network.
    public var refusedAddress: UInt64 = 0
    /// Refused: too many handshakes from one address, although it proved it, or too many
    /// demands for a cookie.
    public var refusedRate: UInt64 = 0
    /// Refused: no session with this index and address.
    public var refusedSession: UInt64 = 0
    /// Refused: mac1 does not fit our key.
    public var refusedMac: UInt64 = 0
    /// Refused: authentication failed.
    public var refusedAuthentication: UInt64 = 0
    /// Refused: a counter seen before or too old.
    public var refusedReplay: UInt64 = 0
    /// Refused: authentic, but not a message of the protocol.
    public var refusedMessage: UInt64 = 0
    /// Refused: an answer nobody asked for.
    public var refusedUnsolicited: UInt64 = 0
    /// Refused: the answer of a node whose proof of work does not hold.
    public var refusedProof: UInt64 = 0
    /// Refused: a request in a session, beyond what its address, its block or all may ask.
    public var refusedBudget: UInt64 = 0
    /// Questions about contacts by somebody who is none, or who is not answered.
    public var refusedAsks: UInt64 = 0
    /// Beacons that were not looked at: from beyond our links, too many, damaged, or of another
    /// network.
    public var refusedBeacons: UInt64 = 0
    /// Beacons of others.
    public var beaconsHeard: UInt64 = 0
    /// Beacons of our own that came back from a group.
    public var beaconsEchoed: UInt64 = 0
    /// Beacons sent, one for each link.
    public var beaconsSent: UInt64 = 0
    /// Greetings that were not looked at, or that answer nothing of ours.
    public var refusedGreetings: UInt64 = 0
    /// Greetings of others.
    public var greetingsHeard: UInt64 = 0
    /// Greetings sent.
    public var greetingsSent: UInt64 = 0
    /// Not answered because the outbox was full.
    public var dropped: UInt64 = 0
    /// Requests in a session that were answered, with a refusal too.
    public var requestsAnswered: UInt64 = 0
    /// Answers to calls of ours that were taken, those in RESP included.
    public var answersTaken: UInt64 = 0
    /// Cookies that others demanded of us.
    public var cookiesTaken: UInt64 = 0
    /// Nodes that came to us unasked and whose proof of work does not hold.
    public var refusedVisitors: UInt64 = 0
    /// Cookies demanded of strangers while busy.
    public var cookiesSent: UInt64 = 0
    /// Handshakes answered.
    public var handshakesAnswered: UInt64 = 0
    /// Handshakes started.
    public var handshakesStarted: UInt64 = 0
    /// Handshakes completed that we started.
    public var handshakesCompleted: UInt64 = 0
    /// Requests sent, retries included.
    public var requestsSent: UInt64 = 0
    /// Calls that ended without an answer.
    public var callsFailed: UInt64 = 0
    /// Requests answered: PING.
    public var answeredPing: UInt64 = 0
    /// Requests answered: FIND_NODE.
    public var answeredFindNode: UInt64 = 0
    /// Requests answered: FIND_RECORD.
    public var answeredFindRecord: UInt64 = 0
    /// Requests answered: STORE with a receipt.
    public var answeredStore: UInt64 = 0
    /// Questions of contacts answered.
    public var answeredAsk: UInt64 = 0
    /// Requests answered: PROBE with a promise.
    public var answeredProbe: UInt64 = 0
    /// Cells taken, of others and answers to us.
    public var cellsTaken: UInt64 = 0
    /// Cells that were no cells, came too often, or were not to be passed on.
    public var refusedCells: UInt64 = 0
    /// Cells passed on, and taken by the next.
    public var cellsPassedOn: UInt64 = 0
    /// Cells that the next did not take.
    public var cellsLost: UInt64 = 0
    /// Cells that came a second time.
    public var cellsReplayed: UInt64 = 0
    /// Queries of others acted on as their exit.
    public var errandsDone: UInt64 = 0
    /// Cells sent, ours and those of others, each time that one was.
    public var cellsSent: UInt64 = 0
    /// Cells of ours that left: queries.
    public var cellsOfQueries: UInt64 = 0
    /// Cells of ours that left: queries that mean nothing.
    public var cellsOfNoise: UInt64 = 0
    /// Cells of ours that left: echoes.
    public var cellsOfLoops: UInt64 = 0
    /// Cells of ours whose answer came back.
    public var cellsReturned: UInt64 = 0
    /// Cells of ours whose answer did not.
    public var cellsMissed: UInt64 = 0
    /// Handshakes sent because somebody asked for a probe.
    public var probesMade: UInt64 = 0
    /// STORE requests refused with a reason.
    public var refusedStore: UInt64 = 0
    /// Records of others that failed verification when read.
    public var invalidRecords: UInt64 = 0
    /// Receipts that failed verification.
    public var invalidReceipts: UInt64 = 0
    /// Statements that a location is full which failed verification.
    public var invalidFullStatements: UInt64 = 0
    /// Replicas brought up to date after a read.
    public var repairs: UInt64 = 0
    /// Copies left at nodes on the way of a read.
    public var cached: UInt64 = 0
    /// Records that a node new among the closest took from us.
    public var handedOver: UInt64 = 0
    /// Audits of a receipt that found its record.
    public var receiptsKept: UInt64 = 0
    /// Audits of a receipt that did not.
    public var receiptsBroken: UInt64 = 0
    /// Lookups whose target looked settled on purpose.
    public var suspicions: UInt64 = 0
    /// Bytes received before the sender proved its address.
    public var unprovedBytesReceived: UInt64 = 0
    /// Bytes sent to addresses that were not proved.
    public var unprovedBytesSent: UInt64 = 0

    /// What became of each datagram received: every one is counted in exactly one of these, so
    /// that this equals ``received``.
    public var outcomes: UInt64 {
        refused + dropped + cookiesSent + handshakesAnswered + requestsAnswered + answersTaken
            + cookiesTaken + cellsTaken + beaconsHeard + beaconsEchoed + greetingsHeard
    }

    /// Datagrams refused in silence, for whatever reason.
    public var refused: UInt64 {
        refusedSize + refusedHeader + refusedAddress + refusedRate + refusedSession + refusedMac
            + refusedAuthentication + refusedReplay + refusedMessage + refusedUnsolicited
            + refusedProof + refusedBudget + refusedAsks + refusedCells + refusedBeacons
            + refusedGreetings
    }

    /// All zero.
    public init() {}

    /// Both together.
    public func adding(_ other: Counters) -> Counters {
        var sum = self
        sum.received += other.received
        sum.refusedSize += other.refusedSize
        sum.refusedHeader += other.refusedHeader
        sum.refusedAddress += other.refusedAddress
        sum.refusedRate += other.refusedRate
        sum.refusedSession += other.refusedSession
        sum.refusedMac += other.refusedMac
        sum.refusedAuthentication += other.refusedAuthentication
        sum.refusedReplay += other.refusedReplay
        sum.refusedMessage += other.refusedMessage
        sum.refusedUnsolicited += other.refusedUnsolicited
        sum.refusedProof += other.refusedProof
        sum.refusedBudget += other.refusedBudget
        sum.refusedAsks += other.refusedAsks
        sum.refusedBeacons += other.refusedBeacons
        sum.beaconsHeard += other.beaconsHeard
        sum.beaconsEchoed += other.beaconsEchoed
        sum.beaconsSent += other.beaconsSent
        sum.refusedGreetings += other.refusedGreetings
        sum.greetingsHeard += other.greetingsHeard
        sum.greetingsSent += other.greetingsSent
        sum.dropped += other.dropped
        sum.requestsAnswered += other.requestsAnswered
        sum.answersTaken += other.answersTaken
        sum.cookiesTaken += other.cookiesTaken
        sum.refusedVisitors += other.refusedVisitors
        sum.cookiesSent += other.cookiesSent
        sum.handshakesAnswered += other.handshakesAnswered
        sum.handshakesStarted += other.handshakesStarted
        sum.handshakesCompleted += other.handshakesCompleted
        sum.requestsSent += other.requestsSent
        sum.callsFailed += other.callsFailed
        sum.answeredPing += other.answeredPing
        sum.answeredFindNode += other.answeredFindNode
        sum.answeredFindRecord += other.answeredFindRecord
        sum.answeredStore += other.answeredStore
        sum.answeredAsk += other.answeredAsk
        sum.answeredProbe += other.answeredProbe
        sum.probesMade += other.probesMade
        sum.cellsTaken += other.cellsTaken
        sum.refusedCells += other.refusedCells
        sum.cellsPassedOn += other.cellsPassedOn
        sum.cellsLost += other.cellsLost
        sum.cellsReplayed += other.cellsReplayed
        sum.errandsDone += other.errandsDone
        sum.cellsSent += other.cellsSent
        sum.cellsOfQueries += other.cellsOfQueries
        sum.cellsOfNoise += other.cellsOfNoise
        sum.cellsOfLoops += other.cellsOfLoops
        sum.cellsReturned += other.cellsReturned
        sum.cellsMissed += other.cellsMissed
        sum.refusedStore += other.refusedStore
        sum.invalidRecords += other.invalidRecords
        sum.invalidReceipts += other.invalidReceipts
        sum.invalidFullStatements += other.invalidFullStatements
        sum.repairs += other.repairs
        sum.cached += other.cached
        sum.handedOver += other.handedOver
        sum.receiptsKept += other.receiptsKept
        sum.receiptsBroken += other.receiptsBroken
        sum.suspicions += other.suspicions
        sum.unprovedBytesReceived += other.unprovedBytesReceived
        sum.unprovedBytesSent += other.unprovedBytesSent
        return sum
    }
}
