import KithCrypto
import KithWire

/// All sessions of a node, bounded, found by our index or by peer.
struct SessionTable: ~Copyable {
    private var sessions: Slab<Session>
    /// The session to send in: the newest that is established with this peer.
    private var current: [Peer: UInt32] = [:]
    /// The handshake of ours that waits for this peer's RESP.
    private var pending: [Peer: UInt32] = [:]
    private var initiations = 0
    /// Where the search for a session to forget goes on (clock algorithm, an approximation of
    /// least recently used that needs no list).
    private var hand: UInt32?
    /// Where the sweep for silent sessions goes on.
    private var broom: UInt32?
    private let settings: Settings.Sessions

    init(settings: Settings.Sessions) {
        self.settings = settings
        self.sessions = Slab(capacity: settings.capacity)
    }

    var count: Int { sessions.count }

    func contains(_ index: UInt32) -> Bool {
        sessions.contains(index)
    }

    subscript(index: UInt32) -> Session {
        _read { yield sessions[index] }
        _modify { yield &sessions[index] }
    }

    /// The session to send to `peer` in, unless it is due for a new handshake.
    func usable(with peer: Peer, at now: Instant) -> UInt32? {
        guard let index = current[peer], sessions.contains(index) else { return nil }
        let age = now - sessions[index].since
        if sessions[index].origin == .ours, sessions[index].sendCounter == 0,
            age > settings.unconfirmedIdle - settings.unconfirmedMargin
        {
            // The peer never saw that we hold the keys and may have forgotten them.
            return nil
        }
        let isFresh =
            age < settings.rekeyAfter && sessions[index].sendCounter < settings.rekeyPackets
        return isFresh ? index : nil
    }

    /// Our handshake with `peer` that is under way.
    func initiation(with peer: Peer) -> UInt32? {
        guard let index = pending[peer], sessions.contains(index) else { return nil }
        return index
    }

    /// Keeps a handshake that we start; nil when too many are under way.
    mutating func begin(
        _ noise: consuming NoiseIK.Initiator, with peer: Peer, at now: Instant
    ) -> UInt32? {
        guard initiations < settings.initiationsMax else { return nil }
        makeRoom(at: now)
        guard let index = sessions.insert(Session(initiating: noise, peer: peer, at: now)) else {
            return nil
        }
        initiations += 1
        pending[peer] = index
        return index
    }

    /// Keeps a session that a peer asked for, so that it has an index to be answered with.
    mutating func answer(_ peer: Peer, theirIndex: UInt32, at now: Instant) -> UInt32? {
        makeRoom(at: now)
        return sessions.insert(Session(answering: peer, theirIndex: theirIndex, at: now))
    }

    /// Records that session `index` now has keys: it is the one to send in, unless one that is
    /// proved would be replaced by one that is not.
    mutating func established(_ index: UInt32) {
        let peer = sessions[index].peer
        if sessions[index].origin == .ours { initiations -= 1 }
        if pending[peer] == index { pending[peer] = nil }
        if let held = current[peer], sessions.contains(held), sessions[held].isConfirmed,
            !sessions[index].isConfirmed
        {
            return
        }
        current[peer] = index
    }

    /// Records that the peer used session `index`, which proves it.
    mutating func used(_ index: UInt32, at now: Instant) {
        sessions[index].lastUsed = now
        guard !sessions[index].isConfirmed else { return }
        sessions[index].isConfirmed = true
        current[sessions[index].peer] = index
    }

    /// Forgets session `index`.
    mutating func close(_ index: UInt32) {
        guard sessions.contains(index) else { return }
        let session = sessions.remove(index)
        let peer = session.peer
        if session.origin == .ours, !session.isEstablished { initiations -= 1 }
        if current[peer] == index { current[peer] = nil }
        if pending[peer] == index { pending[peer] = nil }
    }

    /// When session `index` may be forgotten if nothing happens to it.
    func expiry(of index: UInt32) -> Instant {
        let life = sessions[index].isConfirmed ? settings.idle : settings.unconfirmedIdle
        return sessions[index].lastUsed + life
    }

    /// Forgets the session that would be used next with `peer`: it went unanswered.
    mutating func closeUsable(with peer: Peer) {
        if let index = current[peer] { close(index) }
    }

    /// Looks at the next `count` sessions and forgets those that were silent too long.
    ///
    /// A sweep needs no timer per session, which strangers could make many of.
    mutating func sweep(_ count: Int, at now: Instant) {
        for _ in 0..<min(count, sessions.count) {
            broom = sessions.nextHandle(after: broom) ?? sessions.nextHandle(after: nil)
            guard let index = broom else { return }
            if expiry(of: index) <= now { close(index) }
        }
    }

    /// Forgets one session when the table is full: the next of the clock that was not used
    /// lately, else the next.
    private mutating func makeRoom(at now: Instant) {
        guard sessions.isFull else { return }
        var steps = 0
        while steps < 64 {
            hand = sessions.nextHandle(after: hand) ?? sessions.nextHandle(after: nil)
            guard let index = hand else { return }
            if now - sessions[index].lastUsed >= protection(of: index) { break }
            steps += 1
        }
        if let index = hand { close(index) }
    }

    /// How long after its last use a session is not the one to go.
    ///
    /// Who only knocked goes first; a handshake of ours may still be answered.
    private func protection(of index: UInt32) -> Duration {
        if sessions[index].isConfirmed { return settings.idle / 4 }
        let isOurs = sessions[index].origin == .ours && !sessions[index].isEstablished
        return isOurs ? settings.initiationProtection : .zero
    }
}
