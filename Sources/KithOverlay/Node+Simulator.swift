package import KithCrypto
package import KithWire

// What only the simulator needs.
extension Node {
    /// Lets the node publish for another person from now on, for the simulator alone: many
    /// people share one simulated machine there, one after the other.
    ///
    /// Whoever published before is no longer kept published. No publication may be on its way.
    package mutating func publish(for person: consuming Ed25519.SecretKey) {
        precondition(publications.count == 0, "a publication is on its way")
        author = person.publicKey
        identity = .some(consume person)
        standing = nil
        clock = SequenceClock()
    }

    /// Has the node do this to every cell of others that goes on from it; for the simulator alone.
    package mutating func spoilCells(_ fault: RelayFault?) {
        relay.value.fault = fault
    }

    /// Has the node take note of all that it learns as a relay; for the simulator alone.
    package mutating func keepDiary() {
        relay.value.diary = []
    }

    /// What it took note of since this was asked last.
    package mutating func takeDiary() -> [Sighting] {
        defer { if relay.value.diary != nil { relay.value.diary = [] } }
        return relay.value.diary ?? []
    }

    mutating func note(
        passing packet: RawSpan, from sender: Address, at now: Instant, as cell: UInt32,
        until due: Instant
    ) {
        let came = Bytes16(copying: packet.extracting(first: Bytes16.count))
        let left = relay.value.queue.mark(of: cell)
        let next = relay.value.queue[cell].next.address
        relay.value.diary?.append(
            .passed(came, from: sender, at: now, as: left, to: next, leaving: due))
    }

    mutating func note(
        _ errand: UInt32, in packet: RawSpan, from sender: Address, at now: Instant,
        acting due: Instant
    ) {
        var location: Location?
        if case .find(let wanted, _, _) = relay.value.errands[errand].wanted { location = wanted }
        let came = Bytes16(copying: packet.extracting(first: Bytes16.count))
        relay.value.diary?.append(
            .asked(errand, location, in: came, from: sender, at: now, acting: due))
    }

    mutating func note(answer cell: UInt32, of errand: UInt32, at now: Instant) {
        let left = relay.value.queue.mark(of: cell)
        let next = relay.value.queue[cell].next.address
        relay.value.diary?.append(.answered(errand, as: left, to: next, at: now))
    }

    mutating func note(read location: Location, by reader: Address, at now: Instant) {
        relay.value.diary?.append(.read(location, by: reader, at: now))
    }

    /// What a bad relay does in place of passing a cell on.
    mutating func misbehave(_ fault: RelayFault, with cell: UInt32, due: Instant) {
        switch fault {
        case .drop:
            relay.value.queue.remove(cell)
        case .replay:
            for copy in 0..<40 {
                guard let again = relay.value.queue.copy(cell) else { break }
                timers.push(.cell(again), at: due + .milliseconds(Int64(10 * copy)))
            }
            timers.push(.cell(cell), at: due)
        case .flip:
            let bits = UInt64(8 * Sphinx.packetBytes)
            relay.value.queue.flip(Int(entropy.below(bits)), of: cell)
            timers.push(.cell(cell), at: due)
        case .tag:
            relay.value.queue.flip(8 * (Sphinx.packetBytes - 1), of: cell)
            timers.push(.cell(cell), at: due)
        case .delay:
            timers.push(.cell(cell), at: due + .seconds(60))
        }
    }
}

/// What a node learns that spies on those whom it serves; for the simulator.
///
/// A cell is known again by its first bytes: those with which one relay sends it are those with
/// which the next one gets it.
package enum Sighting: Sendable {
    /// A cell came from an address, and is to leave for another.
    case passed(Bytes16, from: Address, at: Instant, as: Bytes16, to: Address, leaving: Instant)
    /// A cell ended here and is to be acted on: it asks for a location, unless it is an echo or
    /// writes.
    case asked(UInt32, Location?, in: Bytes16, from: Address, at: Instant, acting: Instant)
    /// The answer to such a cell left.
    case answered(UInt32, as: Bytes16, to: Address, at: Instant)
    /// Somebody read a location that is kept here, or near.
    case read(Location, by: Address, at: Instant)
}

/// What a bad relay does to the cells that it should pass on; for the simulator.
package enum RelayFault: CaseIterable, Sendable {
    /// It says that it took them and forgets them.
    case drop
    /// It sends each many times.
    case replay
    /// It flips any bit.
    case flip
    /// It flips a bit of the body, to recognise it further on.
    case tag
    /// It keeps them for a minute.
    case delay
}
