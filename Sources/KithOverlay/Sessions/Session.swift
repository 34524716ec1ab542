import KithCrypto
import KithWire

/// Whom a session is with: a key at one address.
///
/// A new address needs a new handshake.
struct Peer: Hashable {
    let key: X25519.PublicKey
    let address: Address
}

/// One conversation with a peer: first a handshake that we started, then transport keys.
///
/// `Noise_IK_25519_ChaChaPoly_SHA256`; see `Specs/Wire.md`.
struct Session: ~Copyable {
    enum State: ~Copyable {
        /// We sent INIT and wait for RESP.
        case initiating(NoiseIK.Initiator)
        /// Both sides have keys.
        case established(NoiseIK.Transport)
        /// Given up; only for the moment in which a state is replaced.
        case closed
    }

    /// Which bounded line of the ``SessionTable`` a session stands in.
    enum Line {
        /// Handshakes that we started.
        case initiations
        /// Peers that sent an INIT and nothing else: it may be forged or replayed.
        case knockers
        /// Peers that hold the keys and are at the address.
        case proved
    }

    /// Who sent INIT.
    enum Origin {
        case ours
        case theirs
    }

    let peer: Peer
    let origin: Origin
    /// When the handshake started.
    let since: Instant
    var state: State
    /// The index the peer wants to see in what we send.
    var theirIndex: UInt32 = 0
    /// The next counter to send with.
    var sendCounter: UInt64 = 0
    var window = ReplayWindow()
    /// Where it stands in the table, and its place there.
    var line: Line
    /// See ``line``.
    var place: Int32 = 0
    /// The next older session with the same peer that has keys; 0 for none.
    var older: UInt32 = 0
    var lastUsed: Instant
    /// The nonce of the peer's proof of work, as it says.
    var proofNonce: UInt64 = 0
    /// Whether the peer serves others, as it says.
    var role = HandshakePayload.Role.client
    /// mac1 of our INIT, which a COOKIE must be sealed for.
    var initiationMac = Bytes16()
    /// Whether our INIT already showed a cookie; then no further COOKIE restarts it at once.
    var hasShownCookie = false
    /// RESP that came for our INIT and did not fit; each costs two key agreements.
    var failedResponses = 0
    /// Calls that wait for this handshake to finish.
    var waiting: [UInt32] = []

    /// A handshake of ours with `peer`.
    init(initiating noise: consuming NoiseIK.Initiator, peer: Peer, at now: Instant) {
        self.peer = peer
        self.origin = .ours
        self.line = .initiations
        self.since = now
        self.lastUsed = now
        self.state = .initiating(noise)
    }

    /// A session that `peer` asked for and we are about to answer.
    init(answering peer: Peer, theirIndex: UInt32, at now: Instant) {
        self.peer = peer
        self.origin = .theirs
        self.line = .knockers
        self.since = now
        self.lastUsed = now
        self.theirIndex = theirIndex
        self.state = .closed
    }

    /// Whether the peer has proved that it holds the keys and the address.
    ///
    /// A session that we started is proved by RESP, one that it started by its first DATA.
    var isConfirmed: Bool { line == .proved }

    /// Whether transport keys exist.
    var isEstablished: Bool {
        switch state {
        case .established: true
        case .initiating: false
        case .closed: false
        }
    }

    /// Reads RESP into `payload`; on failure the handshake goes on waiting.
    ///
    /// - Returns: the size of the payload in bytes.
    mutating func complete(
        with message: RawSpan, theirIndex: UInt32, local: borrowing X25519.SecretKey,
        payload: inout MutableRawSpan, at now: Instant
    ) throws(CryptoError) -> Int {
        var taken = State.closed
        swap(&taken, &state)
        switch consume taken {
        case .initiating(var noise):
            let count: Int
            do {
                count = try noise.readSecond(message, local: local, payloadInto: &payload)
            } catch {
                state = .initiating(noise)
                throw error
            }
            state = .established(noise.finish())
            self.theirIndex = theirIndex
            lastUsed = now
            return count
        case .established(let transport):
            state = .established(transport)
            throw .authenticationFailed
        case .closed:
            throw .authenticationFailed
        }
    }
}
