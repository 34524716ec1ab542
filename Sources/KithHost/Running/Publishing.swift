import KithOverlay
import KithWire

/// Keeps the state on disk in step with what the node publishes and withdraws.
///
/// The node says only which sequence it signed; which profile that was for, the shell knows from
/// the operation it started.
struct Publishing {
    private enum Intent {
        case publish([UInt8])
        case withdraw
    }

    private var intent: (id: OperationID, what: Intent)?
    private var body: [UInt8]?
    private var sequence: UInt64 = 0

    /// The profile that was published before a restart.
    mutating func kept(_ body: [UInt8]) {
        self.body = body
    }

    /// An operation is about to start.
    mutating func willStart(_ operation: Operation, as id: OperationID) {
        switch operation {
        case .publish(let profile, _): intent = (id, .publish(profile.encode()))
        case .unpublish, .hide: intent = (id, .withdraw)
        case .present(let presentation, _):
            let published = presentation.profile(seenBy: .everyone)
            intent = (id, published.map { .publish($0.encode()) } ?? .withdraw)
        default: break
        }
    }

    /// The node signed something with this sequence: for the operation just started, or again
    /// what it keeps published.
    mutating func signed(_ sequence: UInt64, at now: UnixTime) -> Change {
        self.sequence = sequence
        defer { intent = nil }
        switch intent?.what {
        case .publish(let body):
            self.body = body
            return state(.published, at: now)
        case .withdraw:
            return state(.withdrawn, at: now)
        case .none:
            return .signedSequence(sequence)
        }
    }

    /// An operation ended.
    ///
    /// How it ended changes nothing on disk: what missed its majority is tried again, also after
    /// a restart, and a person who asked to be withdrawn is never published again for that.
    mutating func ended(_ id: OperationID) {
        if intent?.id == id { intent = nil }
    }

    private func state(_ phase: PublicationState.Phase, at now: UnixTime) -> Change {
        .publication(
            PublicationState(phase: phase, sequence: sequence, body: body, changed: now))
    }
}
