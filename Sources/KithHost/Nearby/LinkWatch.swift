import KithOverlay
import KithWire

/// The links of this machine as the node needs them: which there are, and a socket in the group of
/// each.
///
/// Follows the machine: told by the kernel, and where it does not tell, by looking every few seconds.
final class LinkWatch {
    /// How a link is for beacons.
    struct State {
        let link: Link
        let name: String
        /// Why nobody is heard there; nil when the group was joined.
        var deafness: Deafness?
        /// Why the last beacon did not leave, as an error number; nil when it did or none was sent.
        var muteness: Int32?
    }

    /// Why nobody is heard on a link.
    enum Deafness: Equatable {
        /// The interface cannot address groups.
        case noMulticast
        /// The group could not be joined; the same may work in a moment.
        case failed(HostError)
    }

    /// Several messages of the kernel come with one change.
    private static let settling: Duration = .milliseconds(50)
    /// A new IPv6 address can be used when its duplicate detection is over, of which the kernel does not
    /// tell; and a join that failed may work now.
    private static let lookAgain: Duration = .seconds(2)
    /// How often one looks where the kernel does not tell.
    private static let lookEvery: Duration = .seconds(5)

    /// The links, in the order of the kernel.
    private(set) var states: [State] = []
    /// Interfaces on which nobody could be met, and why.
    private(set) var others: [(name: String, reason: String)] = []
    /// When ``look(at:)`` is to be called.
    private(set) var due: Instant

    private let loop: EventLoop
    private let sockets: [UDPSocket]
    private let hear: (RawSpan, Address) -> Void
    private var news: LinkNews?
    private var newsToken: EventLoop.Token?
    private var groups: [(socket: GroupSocket, token: EventLoop.Token)] = []
    private var isUnsettled = false

    /// Watches for a node with these sockets; `hear` gets what is sent to the groups.
    init(
        _ loop: EventLoop, sockets: [UDPSocket], at now: Instant,
        hear: @escaping (RawSpan, Address) -> Void
    ) {
        self.loop = loop
        self.sockets = sockets
        self.hear = hear
        due = now
        do throws(HostError) {
            let news = try LinkNews()
            newsToken = try loop.watch(news.number, for: .readable) { [unowned self] _ in
                news.drain()
                due = min(due, SystemClock.instant() + Self.settling)
                isUnsettled = true
            }
            self.news = news
        } catch {
            // A sandbox may forbid it; then one looks from time to time.
            news = nil
        }
    }

    /// The links now, as far as a socket of the node reaches them.
    var links: OwnLinks { OwnLinks(states.map(\.link)) }

    /// Looks at the machine's interfaces, leaves groups that are gone and joins new ones.
    ///
    /// - Returns: whether the links are others than before.
    func look(at now: Instant) -> Bool {
        let before = links
        let interfaces = Interface.all()
        var found: [State] = []
        others = []
        for interface in interfaces where !interface.isLoopback {
            guard interface.hasLink else {
                note(interface, "it leads to one machine only")
                continue
            }
            guard interface.isConnected else {
                note(interface, "there is no cable or signal")
                continue
            }
            guard let number = UInt16(exactly: interface.number) else {
                note(interface, "its number is too large: \(interface.number)")
                continue
            }
            guard let port = port(serving: interface.address) else {
                note(interface, "the node does not listen there")
                continue
            }
            let link = Link(
                interface: number, address: interface.address.with(port: port),
                prefixBits: interface.prefixBits)
            guard found.count < OwnLinks.max, !found.contains(where: { $0.link == link }) else {
                continue
            }
            let old = states.first { $0.link == link }
            found.append(
                State(
                    link: link, name: interface.name,
                    deafness: interface.hasMulticast ? old?.deafness : .noMulticast,
                    muteness: old?.muteness))
        }
        states = found
        joinGroups()
        let isUneasy =
            isUnsettled || states.contains { ![nil, .noMulticast].contains($0.deafness) }
        isUnsettled = false
        due = isUneasy ? now + Self.lookAgain : news == nil ? now + Self.lookEvery : .never
        return links != before
    }

    /// Takes note of what became of a beacon: an error number, or nil when it left.
    func beacon(over link: Link, failed error: Int32?) {
        guard let index = states.firstIndex(where: { $0.link == link }) else { return }
        states[index].muteness = error
    }

    private func note(_ interface: Interface, _ reason: String) {
        guard !others.contains(where: { $0.name == interface.name }) else { return }
        others.append((interface.name, reason))
    }

    /// The port of the socket that hosts beside `address` would answer.
    private func port(serving address: Address) -> UInt16? {
        sockets.first { $0.serves(address) }?.local.port
    }

    private func joinGroups() {
        for (socket, token) in groups where !isWanted(socket) { loop.unwatch(token) }
        groups.removeAll { !isWanted($0.socket) }
        for index in states.indices where states[index].deafness != .noMulticast {
            let link = states[index].link
            guard
                !groups.contains(where: {
                    $0.socket.interface == link.interface && $0.socket.group == link.group
                })
            else {
                states[index].deafness = nil
                continue
            }
            do throws(HostError) {
                let socket = try GroupSocket(link)
                let token = try loop.watch(socket.number, for: .readable) { [unowned self] _ in
                    socket.receive { datagram, sender in
                        // A source of another link did not come from this one.
                        guard isBeside(sender, on: socket.interface) else { return }
                        hear(datagram, sender)
                    }
                }
                groups.append((socket, token))
                states[index].deafness = nil
            } catch {
                states[index].deafness = .failed(error)
            }
        }
    }

    private func isWanted(_ socket: GroupSocket) -> Bool {
        states.contains {
            $0.link.interface == socket.interface && $0.link.group == socket.group
        }
    }

    private func isBeside(_ sender: Address, on interface: UInt16) -> Bool {
        states.contains { $0.link.interface == interface && $0.link.contains(sender) }
    }
}
