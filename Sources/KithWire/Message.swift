public import KithCrypto

/// One request or reply, decoded from a view without copying or allocating.
///
/// Lists and long byte strings stay where they are: ``Field`` and ``Items`` say where in the
/// bytes that were decoded. Everything in them was checked; what is signed was not verified.
public struct Message: BitwiseCopyable, Sendable {
    /// The largest encoding of a record, in bytes: it and its reply fit into one datagram.
    public static let recordBytesMax = 896
    /// The most node records or records in one reply; the bucket size of Kademlia's k.
    public static let itemsMax = 16
    /// The largest interest digest of an asker in bytes: two for each of 32 interests.
    public static let digestBytesMax = 64
    /// The longest time a copy may be asked to be kept, in seconds: the life of a record.
    public static let keepSecondsMax: UInt32 = 86_400
    /// The largest load, in percent.
    public static let loadMax: UInt8 = 100
    /// The longest name that is asked for, in bytes of UTF-8: that of two profiles.
    public static let askedNameBytesMax = 128
    /// The most bytes of a card with who it is of, in a SHOWN.
    public static let cardBytesMax = 512
    /// The longest time a relay's key may be announced for, in seconds.
    public static let relaySecondsMax: UInt32 = 7_200
    /// The most bytes of padding in a PROBE for another node.
    public static let paddingBytesMax = 128

    /// What a message asks or answers; the raw value is key 0 of its map.
    public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
        /// Are you there?
        case ping = 1
        /// Yes.
        case pong = 2
        /// Who is close to this point?
        case findNode = 3
        /// These are.
        case nodes = 4
        /// What is at this location?
        case findRecord = 5
        /// These records, and these nodes are closer.
        case records = 6
        /// Keep this record.
        case store = 7
        /// Kept; the receipt is signed.
        case stored = 8
        /// No, and why.
        case refused = 9
        /// Have me probed; or probe this node.
        case probe = 11
        /// It will be done.
        case probing = 12
        /// Whom of your contacts, of those who allow it, do you know that fits?
        case ask = 13
        /// These cards.
        case shown = 14
        /// Do you relay cells, and under which key?
        case relay = 15
        /// I do, under this one.
        case relaying = 16
        /// Your cell arrived.
        case taken = 18

        /// Whether an answer is expected.
        public var isRequest: Bool {
            switch self {
            case .ping, .findNode, .findRecord, .store, .probe, .ask, .relay: true
            case .pong, .nodes, .records, .stored, .refused, .probing, .shown, .relaying, .taken:
                false
            }
        }
    }

    /// What a message says.
    public enum Body: BitwiseCopyable, Sendable {
        /// Are you there?
        case ping
        /// Which nodes are close to `target`?
        case findNode(target: Point)
        /// Which records are at `location`, leaving out the first `skip`; those that are like
        /// `digest`, the asker's interest digest, first.
        case findRecord(location: Location, digest: Field?, skip: UInt8)
        /// Keep `record`, no longer than `keepSeconds` unless that is 0; `token` came with the
        /// answer to a ``findRecord(location:digest:skip:)``.
        case store(record: Field, token: Bytes16, keepSeconds: UInt32)
        /// Let somebody whom I never wrote to send me a handshake, to see if it arrives.
        case probe
        /// Send a handshake to the only node in `target`, which asked me for it; `padding` makes
        /// this request as long as that handshake.
        case probeOther(target: Items, padding: Field)
        /// Here I am.
        case pong
        /// The closest nodes that I know.
        case nodes(Items)
        /// The closest nodes, some of the `total` records, a token unless full, and a signed word
        /// when the location is nearly full.
        case records(nodes: Items, records: Items, token: Bytes16?, total: UInt32, full: Full?)
        /// Kept until `expires`; `signature` is that of a receipt by `signer`.
        case stored(expires: UnixTime, signer: Ed25519.PublicKey, signature: Ed25519.Signature)
        /// Not done; `newer` is the sequence that is held when the record was older.
        case refused(Refusal, newer: UInt64?)
        /// Somebody was asked to, or I do it.
        case probing
        /// Show me the cards that fit of those that I may see, leaving out the first `skip`; I am
        /// `asker`, and only a contact of yours could make this `pass`.
        case ask(asker: Ed25519.PublicKey, pass: Bytes16, wanted: Wanted, skip: UInt8)
        /// Some of the `total` cards that fit, each of one person.
        case shown(cards: Items, total: UInt32)
        /// Under which key do you open cells?
        case relay
        /// Under this one, for so many seconds more at least.
        case relaying(key: X25519.PublicKey, seconds: UInt32)
        /// The cell with this call was taken.
        case taken
    }

    /// Whom an ASK asks for.
    public enum Wanted: BitwiseCopyable, Sendable {
        /// Who has a name like this, UTF-8 as it was typed.
        case name(Field)
        /// Who shares interests with these, each in UTF-8.
        case interests(Items)
    }

    /// That the location which was asked for is nearly full, as the replying node signed it; see
    /// ``FullStatement``.
    public struct Full: BitwiseCopyable, Sendable {
        /// Until when that may be believed.
        public let until: UnixTime
        /// The node's key A.
        public let signer: Ed25519.PublicKey
        /// The node's signature.
        public let signature: Ed25519.Signature

        /// The most bytes it takes in a message, with its key.
        public static let bytesMax =
            2 + CBORWriter.headBytes(.max) + CBORWriter.stringBytes(Bytes32.count)
            + CBORWriter.stringBytes(Ed25519.Signature.count)

        init(until: UnixTime, signer: Ed25519.PublicKey, signature: Ed25519.Signature) {
            self.until = until
            self.signer = signer
            self.signature = signature
        }

        /// What goes into a message of a statement about the location that was asked for.
        public init(_ statement: FullStatement) {
            self.init(
                until: statement.until, signer: statement.signer, signature: statement.signature)
        }

        var encodedBytes: Int {
            Full.bytesMax - CBORWriter.headBytes(.max) + CBORWriter.headBytes(until.milliseconds)
        }
    }

    /// Chosen by the asker and echoed in the reply.
    public let call: UInt32
    /// What the message says.
    public let body: Body
    /// How busy the replying node is, 0…100 percent; nil in a request.
    public let load: UInt8?
    /// The address that the replying node saw the asker at; nil in a request.
    public let seen: Address?

    init(call: UInt32, body: Body, load: UInt8? = nil, seen: Address? = nil) {
        self.call = call
        self.body = body
        self.load = load
        self.seen = seen
    }

    /// The kind of this message.
    public var kind: Kind {
        switch body {
        case .ping: .ping
        case .findNode: .findNode
        case .findRecord: .findRecord
        case .store: .store
        case .pong: .pong
        case .nodes: .nodes
        case .records: .records
        case .stored: .stored
        case .refused: .refused
        case .probe, .probeOther: .probe
        case .probing: .probing
        case .ask: .ask
        case .shown: .shown
        case .relay: .relay
        case .relaying: .relaying
        case .taken: .taken
        }
    }
}

/// Why a node did not do what it was asked; the raw value goes into the message.
public enum Refusal: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
    /// The token is not one of ours, or too old.
    case badToken = 1
    /// The record does not verify.
    case invalidRecord = 2
    /// A newer record of the same author is held.
    case older = 3
    /// No more records fit at this location.
    case locationFull = 4
    /// No more records fit at all.
    case storageFull = 5
    /// Too many requests, or nobody to pass this one on to: ask another node.
    case rate = 6
    /// Not in a handshake, which can be replayed: ask again in the session.
    case notInHandshake = 7
    /// It relays no cells, or none any more for now.
    case notRelaying = 8
}
