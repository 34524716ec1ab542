import KithCrypto
import KithWire

/// What is asked of another node.
enum Request {
    case ping
    case findNode(Location)
    case findRecord(Location, digest: [UInt8], skip: UInt8)
    /// `keepSeconds` is 0 for as long as the record lives.
    case store(record: [UInt8], token: Bytes16, keepSeconds: UInt32 = 0)
    /// Have us probed.
    case probe
    /// Probe this node, which asked us for it.
    case probeOther(NodeRecord)
    /// Under which key do you open cells?
    case relay
    /// Take this cell of the queue, which is no message.
    case cell(UInt32)
    /// Show us whom you know of those that fit.
    case ask(asker: Ed25519.PublicKey, pass: Bytes16, Wanted, skip: UInt8)

    /// Whom a question to a contact's node is about; the bytes are UTF-8.
    enum Wanted: Equatable {
        case name([UInt8])
        case interests([[UInt8]])
    }

    /// Whether it may travel in a handshake: reads only, since a handshake can be replayed.
    var isRead: Bool {
        switch self {
        case .ping, .findNode, .findRecord: true
        case .store, .probe, .probeOther, .ask, .relay, .cell: false
        }
    }
}

/// One request in flight, from its first try to its answer or its failure.
struct Call {
    /// Who waits for the answer.
    enum Purpose: Equatable {
        /// The lookup run with this handle.
        case lookup(UInt32)
        /// The placement run with this handle.
        case placement(UInt32)
        /// A ping that a person asked for.
        case ping(OperationID)
        /// A check that a neighbour is alive.
        case liveness
        /// A first ping to a node that came to us, before it may become a neighbour.
        case admission
        /// Bringing a replica up to date after a read.
        case repair
        /// Leaving a short-lived copy after a read.
        case cache
        /// Asking a node that is new among the closest what it lacks, for this errand.
        case offer(UInt32)
        /// Giving it a record.
        case handOver(UInt32)
        /// Asking whether a promise is kept: holding `index` of the publication `sequence`.
        case audit(index: Int, sequence: UInt64)
        /// The first request to a seed while joining.
        case seed
        /// A request to a seed that is no neighbour, to hear of a part of the network that we lost.
        case reunion
        /// A fresh handshake with a neighbour, which tells it our role and address.
        case announcement
        /// Asking somebody to have us probed.
        case ownProbe
        /// Passing on the wish of another to be probed.
        case passedOn
        /// A handshake with a node that wants to know whether it arrives.
        case probe
        /// Asking a contact's node for a search.
        case sharing(search: UInt32, skip: UInt8)
        /// Asking a relay for its key.
        case relayKey
        /// Passing on this cell of the queue.
        case cell(UInt32)
        /// Whether somebody on our link is there, perhaps for a scan.
        case nearby(OperationID?)

        /// Whether its first try is a handshake, session or not.
        var wantsHandshake: Bool { self == .announcement || self == .probe }
    }

    /// Where the call stands.
    enum State: Equatable {
        /// Sent inside session `session`.
        case inSession(UInt32)
        /// Sent inside the handshake `session`, or waiting for it to finish.
        case inHandshake(UInt32)
    }

    let purpose: Purpose
    let request: Request
    let node: NodeRecord
    let address: Address
    /// When the first try left.
    let started: Instant
    /// When the last try left; the round trip counts from here.
    var sent: Instant
    var state: State
    var tries: Int
}

extension Call.Purpose {
    /// How often such a call is tried.
    func tries(_ settings: Settings.Calls) -> Int {
        switch self {
        case .placement, .ping, .seed, .cell: settings.tries
        case .lookup, .liveness, .offer, .handOver, .audit, .announcement, .ownProbe, .sharing,
            .relayKey:
            settings.tries - 1
        // A node that was there a moment ago is asked in its session, then in a handshake.
        case .nearby: settings.tries - 1
        case .admission, .repair, .cache, .reunion, .passedOn, .probe: 1
        }
    }
}
