import KithCrypto
import KithWire

/// All sessions of a node, found by our index or by peer.
///
/// They stand in three lines with bounds of their own (``Session/Line``): handshakes of ours,
/// peers that only knocked, peers that proved themselves. Who makes room is decided within the
/// line: first by the newcomer's own block of addresses, when that has its share, else by the
/// block that has most; each loses what was silent longest. So whoever owns one subnet, or
/// forges the addresses of many, pushes out its like.
struct SessionTable: ~Copyable {
    /// What there is with one peer.
    private struct Ties {
        /// The session to send in: the newest that is proved, else the newest; 0 for none.
        var current: UInt32 = 0
        /// The handshake of ours that waits for this peer's RESP; 0 for none.
        var pending: UInt32 = 0
        /// The newest session with keys; ``Session/older`` leads to the others.
        var newest: UInt32 = 0

        var areLoose: Bool { current == 0 && pending == 0 && newest == 0 }
    }

    private var sessions: Slab<Session>
    private var ties: [Peer: Ties] = [:]
    private var initiations = BlockShares()
    private var knockers = BlockShares()
    private var proved = BlockShares()
    /// Where the sweep for silent sessions goes on.
    private var broom: UInt32?
    @Boxed private var settings: Settings.Sessions
    private let isLocal: Bool
    /// What stands for every block where blocks do not count.
    private static let everybody = Address(v4: 0, port: 0).block

    init(settings: Settings.Sessions, network: Network) {
        self.settings = settings
        self.isLocal = network.isLocal
        self.sessions = Slab(capacity: settings.capacity)
    }

    var count: Int { sessions.count }

    /// Whether a line or an index is longer than it may be; O(1).
    var exceedsBounds: Bool {
        initiations.count > settings.initiationsMax || knockers.count > settings.knockersMax
            || proved.count > settings.provedMax || ties.count > sessions.count
            || initiations.count + knockers.count + proved.count != sessions.count
    }

    func contains(_ index: UInt32) -> Bool {
        sessions.contains(index)
    }

    /// The session with this index, which must be contained.
    ///
    /// Always inline: called, it would copy the session to the heap, for every datagram.
    subscript(index: UInt32) -> Session {
        @inline(__always) _read { yield sessions[index] }
        @inline(__always) _modify { yield &sessions[index] }
    }

    /// How many sessions of a block of addresses are proved.
    func provedCount(of block: Address.Block) -> Int {
        proved.weight(of: share(block))
    }

    /// At most `limit` sessions that follow each other, from a random one on; allocates.
    func some(_ limit: Int, _ entropy: inout Entropy) -> [UInt32] {
        var found: [UInt32] = []
        guard count > 0 else { return found }
        var place: UInt32? = UInt32(entropy.below(UInt64(count)))
        while found.count < min(limit, count) {
            place = sessions.nextHandle(after: place) ?? sessions.nextHandle(after: nil)
            guard let index = place else { break }
            found.append(index)
        }
        return found
    }

    /// The session to send to `peer` in, unless it is due for a new handshake.
    func usable(with peer: Peer, at now: Instant) -> UInt32? {
        guard let index = ties[peer]?.current, index != 0 else { return nil }
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
        guard let index = ties[peer]?.pending, index != 0 else { return nil }
        return index
    }

    /// Keeps a handshake that we start; nil when too many are under way.
    mutating func begin(
        _ noise: consuming NoiseIK.Initiator, with peer: Peer, at now: Instant
    ) -> UInt32? {
        if initiations.count >= settings.initiationsMax {
            guard let oldest = initiations.oldestOfBiggest,
                now - sessions[oldest].since >= settings.initiationProtection
            else { return nil }
            close(oldest)
        }
        guard let index = sessions.insert(Session(initiating: noise, peer: peer, at: now)) else {
            return nil
        }
        // Whom we ask is our own choice, so no block is charged for it.
        sessions[index].place = initiations.add(index, of: Self.everybody)
        if let before = ties[peer]?.pending, before != 0 { close(before) }
        ties[peer, default: Ties()].pending = index
        return index
    }

    /// Keeps a session that a peer asked for, so that it has an index to be answered with.
    mutating func answer(_ peer: Peer, theirIndex: UInt32, at now: Instant) -> UInt32? {
        let block = share(peer.address.block)
        makeRoom(for: block, in: .knockers)
        guard
            let index = sessions.insert(
                Session(answering: peer, theirIndex: theirIndex, at: now))
        else { return nil }
        sessions[index].place = knockers.add(index, of: block)
        tie(index, to: peer)
        return index
    }

    /// Records that session `index` now has keys: it is the one to send in, unless one that is
    /// proved would be replaced by one that is not.
    mutating func established(_ index: UInt32) {
        let peer = sessions[index].peer
        switch sessions[index].line {
        case .initiations:
            initiations.remove(sessions[index].place)
            if ties[peer]?.pending == index { ties[peer]?.pending = 0 }
            prove(index)
            tie(index, to: peer)
        case .knockers:
            if let held = ties[peer]?.current, held != 0, sessions[held].isConfirmed { return }
        case .proved:
            break
        }
        ties[peer]?.current = index
    }

    /// Records that the peer used session `index`, which proves it.
    mutating func used(_ index: UInt32, at now: Instant) {
        // Once a second is exact enough for who was silent longest, and saves most moves.
        let isOrdered = sessions[index].lastUsed.wholeSeconds == now.wholeSeconds
        sessions[index].lastUsed = now
        if sessions[index].isConfirmed {
            if !isOrdered { proved.touch(sessions[index].place) }
            return
        }
        let peer = sessions[index].peer
        knockers.remove(sessions[index].place)
        untie(index, from: peer)
        prove(index)
        // Tied anew it is the newest of its peer, so that it is not the one to go.
        tie(index, to: peer)
        ties[peer]?.current = index
    }

    /// Forgets session `index`.
    mutating func close(_ index: UInt32) {
        guard sessions.contains(index) else { return }
        let peer = sessions[index].peer
        switch sessions[index].line {
        case .initiations: initiations.remove(sessions[index].place)
        case .knockers: knockers.remove(sessions[index].place)
        case .proved: proved.remove(sessions[index].place)
        }
        untie(index, from: peer)
        _ = sessions.remove(index)
    }

    /// When session `index` may be forgotten if nothing happens to it.
    func expiry(of index: UInt32) -> Instant {
        switch sessions[index].line {
        case .initiations: sessions[index].since + settings.initiationLife
        case .knockers: sessions[index].lastUsed + settings.unconfirmedIdle
        case .proved: sessions[index].lastUsed + settings.idle
        }
    }

    /// Forgets the session that would be used next with `peer`: it went unanswered.
    mutating func closeUsable(with peer: Peer) {
        if let index = ties[peer]?.current { close(index) }
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
}

// Room, and the ties to a peer.
extension SessionTable {
    private func share(_ block: Address.Block) -> Address.Block {
        isLocal ? Self.everybody : block
    }

    /// Moves a session that stands in no line into that of the proved.
    private mutating func prove(_ index: UInt32) {
        let block = share(sessions[index].peer.address.block)
        makeRoom(for: block, in: .proved)
        sessions[index].line = .proved
        sessions[index].place = proved.add(index, of: block)
    }

    /// Forgets what must go before one more session of `block` may stand in `line`.
    private mutating func makeRoom(for block: Address.Block, in line: Session.Line) {
        switch line {
        case .initiations:
            break
        case .knockers:
            if !isLocal, knockers.weight(of: block) >= settings.knockersPerBlock {
                if let oldest = knockers.oldest(of: block) { close(oldest) }
            } else if knockers.count >= settings.knockersMax {
                if let oldest = knockers.oldestOfBiggest { close(oldest) }
            }
        case .proved:
            if !isLocal, proved.weight(of: block) >= settings.provedPerBlock {
                if let oldest = proved.oldest(of: block) { close(oldest) }
            } else if proved.count >= settings.provedMax {
                if let oldest = proved.oldestOfBiggest { close(oldest) }
            }
        }
    }

    /// Adds a session with keys to those of its peer and keeps these few.
    private mutating func tie(_ index: UInt32, to peer: Peer) {
        sessions[index].older = ties[peer]?.newest ?? 0
        ties[peer, default: Ties()].newest = index
        switch sessions[index].line {
        case .initiations: break
        case .knockers: limit(peer, in: .knockers, to: settings.knockersPerPeer)
        case .proved: limit(peer, in: .proved, to: settings.provedPerPeer)
        }
    }

    /// Forgets the oldest session of a peer in `line` when there are more than `most`.
    ///
    /// A peer has at most ``Settings/Sessions/provedPerPeer`` and
    /// ``Settings/Sessions/knockersPerPeer`` of them, so the walk is short.
    private mutating func limit(_ peer: Peer, in line: Session.Line, to most: Int) {
        var (index, found, oldest) = (ties[peer]?.newest ?? 0, 0, UInt32(0))
        while index != 0 {
            if sessions[index].line == line {
                found += 1
                oldest = index
            }
            index = sessions[index].older
        }
        if found > most { close(oldest) }
    }

    private mutating func untie(_ index: UInt32, from peer: Peer) {
        guard var left = ties[peer] else { return }
        if left.current == index { left.current = 0 }
        if left.pending == index { left.pending = 0 }
        if left.newest == index {
            left.newest = sessions[index].older
        } else {
            var before = left.newest
            while before != 0 {
                let next = sessions[before].older
                if next == index { sessions[before].older = sessions[index].older }
                before = next == index ? 0 : next
            }
        }
        ties[peer] = left.areLoose ? nil : left
    }
}

extension Instant {
    /// Seconds since the clock's start, rounded down.
    fileprivate var wholeSeconds: UInt64 { nanoseconds / 1_000_000_000 }
}
