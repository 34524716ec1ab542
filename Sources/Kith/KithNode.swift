import KithHost
import KithOverlay
import KithWire
import Synchronization

/// A running node: takes part in the network, publishes, and searches.
///
/// It runs on a thread of its own; everything here is safe from any task.
///
/// ```swift
/// let me = try Identity.loadOrCreate(at: "me.kith")
/// try await KithNode.withNode(.init(identity: me, seeds: ["kith-node:…"])) { node in
///     let receipt = try await node.profile.publish(
///         Profile(name: "Marta Kovač", interests: ["chess", "sailing"], region: "Ljubljana"))
///     print("stored on \(receipt.stored) of \(receipt.wanted) nodes")
///     for try await hit in node.search(.interests(["chess", "go"], minScore: 0.3)) {
///         print(hit.profile.name, hit.score, hit.source)
///     }
/// }
/// ```
public final class KithNode: Sendable {
    /// How a node is run.
    public struct Configuration: Sendable {
        /// Who runs it.
        public var identity: Identity
        /// The network it takes part in.
        public var network: KithNetwork
        /// Where it listens: `ADDR:PORT`; a port of 0 lets the system choose.
        public var listen: [String]
        /// Node records (`kith-node:…`) to join through, besides nodes known from before.
        public var seeds: [String]

        /// Whether others may route and store through it.
        public var role: Role

        /// Who on the local network may learn that it is here.
        public var visibility = Visibility.contacts

        /// Who on the local network may learn that a node is here.
        public enum Visibility: String, Sendable, Hashable, CaseIterable {
            /// Nobody: nothing is sent there, and nobody is found.
            case nobody
            /// Contacts, who recognise it by what nobody else understands.
            case contacts
            /// Contacts, and whoever looks for a first node to join through.
            case nodes
            /// Everybody, by the name in the profile and the fingerprint.
            case everybody
        }

        /// Who decides whether others may route and store through a node.
        public enum Role: Sendable, Hashable {
            /// The node, once strangers are proved to reach it, which takes 15 minutes or so; on a
            /// local network it is full.
            case automatic
            /// They may.
            case full
            /// They may not: nothing is stored here, which spares a battery.
            case client
        }

        /// A configuration; the defaults listen on port 5484 of all interfaces.
        public init(
            identity: Identity, network: KithNetwork = .public,
            listen: [String] = ["0.0.0.0:5484", "[::]:5484"], seeds: [String] = [],
            role: Role = .automatic
        ) {
            self.identity = identity
            self.network = network
            self.listen = listen
            self.seeds = seeds
            self.role = role
        }
    }

    let host: NodeHost
    private let life: Life

    private init(host: NodeHost, life: Life) {
        self.host = host
        self.life = life
    }

    /// Runs a node for as long as `body` runs.
    ///
    /// `body` starts when the node has joined, or knows that it is alone (within 10 seconds; it
    /// goes on trying). When `body` ends, the node leaves the network, which may take 5 seconds.
    public static func withNode<Value>(
        _ configuration: Configuration, _ body: (KithNode) async throws -> Value
    ) async throws -> Value {
        let node = try start(configuration)
        await node.life.settled()
        do {
            let result = try await body(node)
            await node.stop()
            return result
        } catch {
            await node.stop()
            throw error
        }
    }

    /// Starts a node that runs until ``stop()``.
    public static func start(_ configuration: Configuration) throws(KithError) -> KithNode {
        let life = Life()
        let options = try options(configuration)
        do {
            let host = try NodeHost.start(
                home: configuration.identity.home, options: options
            ) { notice in
                life.hear(notice)
            }
            return KithNode(host: host, life: life)
        } catch {
            throw KithError(error)
        }
    }

    /// Leaves the network and ends; returns when it has.
    public func stop() async {
        host.stop()
        await life.ended()
        // Its thread has said its last word and only closes the files; after that the home may
        // be used again.
        host.join()
    }

    /// What one says of oneself, and to whom.
    public var profile: OwnProfile { OwnProfile(host: host) }

    /// Whom one knows, and what each sees of the other.
    public var contacts: OwnContacts { OwnContacts(host: host, life: life) }

    /// The people who fit a query, as they are found: in the contact book, at the nodes of contacts
    /// who share, in the network.
    ///
    /// - Parameters:
    ///   - layers: where to look; what a layer needs and the person has not turned on is left out.
    ///   - via: how the network is asked.
    public func search(
        _ query: Query, limit: Int = 20, in layers: Set<Hit.Source> = Set(Hit.Source.allCases),
        via: Via = .auto
    ) -> SearchResults {
        let layers = Set(layers.map(\.layer))
        let operation: Operation =
            switch query {
            case .name(let name): .findName(name, limit: limit, layers: layers, via: via.route)
            case .interests(let interests, let minScore):
                .findInterests(
                    interests, minScore: minScore, limit: limit, layers: layers, via: via.route)
            }
        return SearchResults(host: host, operation: operation)
    }

    /// How the node is doing now.
    public var status: NodeStatus {
        get async throws(KithError) {
            guard let snapshot = await host.snapshot() else { throw .cancelled }
            return NodeStatus(snapshot)
        }
    }

    private static func options(
        _ configuration: Configuration
    ) throws(KithError) -> NodeHost.Options {
        var listen: [Address] = []
        for text in configuration.listen {
            guard let address = Address(text) else {
                throw .invalidRecord("'\(text)' is no address and port")
            }
            listen.append(address)
        }
        var options = NodeHost.Options(network: configuration.network.parameters, listen: [])
        options.identity = configuration.identity.seed
        // All interfaces of a family that this machine lacks is no error, one address is.
        options.listen = listen.filter { $0.scope != .unspecified || $0.family == .v4 }
        options.listenIfPossible = listen.filter { $0.scope == .unspecified && $0.family == .v6 }
        options.role =
            switch configuration.role {
            case .automatic: .automatic
            case .full: .full
            case .client: .client
            }
        options.visibility =
            switch configuration.visibility {
            case .nobody: .nobody
            case .contacts: .contacts
            case .nodes: .nodes
            case .everybody: .everybody
            }
        options.usesDirectory = options.visibility != .nobody
        for text in configuration.seeds {
            do throws(NodeRecordTextError) {
                options.seeds.append(try NodeRecord(text: text))
            } catch {
                throw .invalidRecord("'\(text)' is no node record")
            }
        }
        return options
    }
}

/// How a node is doing.
public struct NodeStatus: Sendable, Hashable {
    /// Where joining stands.
    public enum Phase: Sendable, Hashable {
        /// Asking others.
        case joining
        /// Has neighbours.
        case joined
        /// Found nobody: no seed was given, or nobody answers. It goes on trying.
        case alone
        /// On its way out.
        case leaving
    }

    /// Whether strangers reach a node, and what is in the way.
    public enum Reachability: Sendable, Hashable {
        /// It was told what to say.
        case told
        /// Strangers have reached it.
        case reached
        /// Its address is not known, or not for long enough.
        case unknown
        /// No stranger has reached it: a firewall or a NAT is in the way.
        case unreached
        /// A NAT shows everybody another port of it.
        case changingPorts
    }

    /// Where joining stands.
    public let phase: Phase
    /// Others join through this text: `kith-node:…`; nil while no address is known that they
    /// could use.
    public let record: String?
    /// Where it listens: `ADDR:PORT`.
    public let listening: [String]
    /// Neighbours in the routing tables.
    public let neighbours: Int
    /// Whether others may route and store through it.
    public let isServing: Bool
    /// Whether strangers reach it, by the best of its address families.
    public let reachability: Reachability
    /// Records kept for others.
    public let records: Int
    /// Whether a profile is kept published.
    public let isPublished: Bool
    /// Nodes that acknowledged the profile when it was last published.
    public let replicas: Int

    init(_ snapshot: NodeHost.Snapshot) {
        let status = snapshot.status
        phase =
            switch status.phase {
            case .idle, .joining: .joining
            case .joined: .joined
            case .alone: .alone
            case .leaving: .leaving
            }
        record = status.node.isReachable ? status.node.text : nil
        listening = snapshot.listening.map(\.description)
        neighbours = status.neighboursV4 + status.neighboursV6
        isServing = status.role == .full
        let both = [status.reachV4, status.reachV6]
        let best = both.first { $0.role == .full } ?? both.first { $0 != .unused } ?? .unused
        reachability =
            switch best {
            case .told: .told
            case .reached: .reached
            case .unused, .noAddress, .settling: .unknown
            case .unreached: .unreached
            case .changingPorts: .changingPorts
            }
        records = status.records
        isPublished = status.publishedSequence != nil
        replicas = status.publishedReplicas
    }
}
