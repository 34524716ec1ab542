package import KithCrypto
import KithWire

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
