package import KithHost
package import KithOverlay
import KithWire

/// Whom to look for.
public enum Query: Sendable, Hashable {
    /// People whose name has these words; beginnings and one typo are forgiven.
    case name(String)
    /// People who share interests with this list, ranked by Jaccard: shared interests divided by
    /// all interests of both. Only those above `minScore` are found.
    case interests([String], minScore: Double = 0.3)
}

/// How a question travels, or a profile.
public enum Via: String, Sendable, Hashable, CaseIterable {
    /// By three relays, or not at all: the nodes that answer do not learn who asks. Takes seconds, and
    /// for a profile a minute.
    case mix
    /// Straight to the nodes that know, which learn it.
    case direct
    /// Mixed where enough relays are known; never on a local network.
    case auto

    /// The way as the node names it.
    var route: KithOverlay.Via {
        switch self {
        case .mix: .mix
        case .direct: .direct
        case .auto: .auto
        }
    }
}

/// Somebody whom a search found.
public struct Hit: Sendable, Hashable {
    /// Which layer knew this person.
    public enum Source: String, Sendable, Hashable, CaseIterable {
        /// One's own contact book.
        case contacts
        /// A contact's node that shares what it may.
        case sharing
        /// The network.
        case network
        /// A traditional server.
        case server
    }

    /// What the person says about themselves, signed by them.
    public let profile: Profile
    /// The person's key as text: `kith1…`.
    public let identity: String
    /// Sixteen digits to compare before trusting a name: anyone may choose any name.
    public let fingerprint: String
    /// How well it fits, above 0 and at most 1.
    public let score: Double
    /// Which layer knew.
    public let source: Source
    /// Why it fits, in words.
    public let why: [String]
    /// Whether somebody else among the results has a name that looks the same.
    public let lookAlike: Bool

    /// A hit of the node.
    package init(_ hit: KithOverlay.Hit) {
        profile = Profile(hit.profile)
        identity = IdentityText.encode(hit.identity)
        fingerprint = IdentityText.fingerprint(of: hit.identity)
        score = hit.score
        source = Source(hit.source)
        why = hit.why.map(\.description)
        lookAlike = hit.lookAlike
    }
}

extension Hit.Source {
    /// The layer as the node names it.
    var layer: KithOverlay.Hit.Source {
        switch self {
        case .contacts: .contacts
        case .sharing: .sharing
        case .network: .network
        case .server: .server
        }
    }

    /// The layer as the node names it.
    init(_ source: KithOverlay.Hit.Source) {
        self =
            switch source {
            case .contacts: .contacts
            case .sharing: .sharing
            case .network: .network
            case .server: .server
            }
    }
}

/// The people that a search finds, as they are found; each iteration searches once.
///
/// A better or newer hit for the same person may follow an earlier one; ``ranked()`` waits for
/// the end and gives each person once, best first. Ending an iteration early, or cancelling its
/// task, ends the search.
public struct SearchResults: AsyncSequence, Sendable {
    /// Somebody found.
    public typealias Element = Hit
    /// Why a search fails.
    public typealias Failure = KithError

    private let host: NodeHost
    private let operation: Operation

    /// The results of an operation.
    package init(host: NodeHost, operation: Operation) {
        self.host = host
        self.operation = operation
    }

    /// Starts the search.
    public func makeAsyncIterator() -> Iterator {
        Iterator(host: host, operation: operation)
    }

    /// Everyone found, each once, best first, when the search has ended.
    public func ranked() async throws(KithError) -> [Hit] {
        guard case .found(let hits, _) = try await host.outcome(of: operation) else { return [] }
        return hits.map(Hit.init)
    }

    /// A running search.
    public struct Iterator: AsyncIteratorProtocol {
        private var stream: AsyncThrowingStream<Hit, any Error>.Iterator

        init(host: NodeHost, operation: Operation) {
            let (stream, continuation) = AsyncThrowingStream<Hit, any Error>.makeStream()
            let id = host.start(operation) { event in
                switch event {
                case .progress: break
                case .hit(let hit): continuation.yield(Hit(hit))
                case .finished(.success): continuation.finish()
                case .finished(.failure(let error)):
                    continuation.finish(throwing: KithError(error))
                }
            }
            continuation.onTermination = { _ in host.cancel(id) }
            self.stream = stream.makeAsyncIterator()
        }

        /// The next hit, or nil when the search has ended.
        public mutating func next() async throws(KithError) -> Hit? {
            try await next(isolation: nil)
        }

        /// The next hit, or nil when the search has ended.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(KithError) -> Hit? {
            do {
                return try await stream.next(isolation: actor)
            } catch let error as KithError {
                throw error
            } catch {
                preconditionFailure("a search ended with \(error)")
            }
        }
    }
}
