import Glibc
import KithOverlay
import KithWire

/// The sockets of a node, and by which of them each datagram of its outbox leaves.
final class SocketSet {
    /// Where a datagram leaves.
    struct Exit {
        /// Index of the socket; negative when none serves the destination.
        var socket: Int
        /// The address to leave from.
        var point: ArrivalPoint
    }

    /// The sockets, in the order in which they were asked for.
    let sockets: [UDPSocket]
    /// Datagrams that no socket can send.
    private(set) var unroutable: UInt64 = 0

    private let exits: UnsafeMutablePointer<Exit>
    private let capacity: Int
    private var assigned = 0
    /// What became of a beacon to the group of a link: an error number, or nil.
    var afterBeacon: ((Link, Int32?) -> Void)?

    /// Opens all of `listen`, and of `ifPossible` what this machine can.
    init(
        listen: [Address], ifPossible: [Address], buffers: UDPSocket.BufferSizes,
        outboxCapacity: Int
    ) throws(HostError) {
        var opened: [UDPSocket] = []
        for address in listen {
            opened.append(try UDPSocket(boundTo: address, buffers: buffers))
        }
        for address in ifPossible {
            do throws(HostError) {
                opened.append(try UDPSocket(boundTo: address, buffers: buffers))
            } catch {
                // A machine without IPv6 says one of these; a port in use is still an error.
                switch error {
                case .familyUnavailable, .addressUnavailable: continue
                default: throw error
                }
            }
        }
        guard !opened.isEmpty else { throw .nothingToListenOn }
        sockets = opened
        capacity = outboxCapacity
        exits = .allocate(capacity: outboxCapacity)
        exits.initialize(repeating: Exit(socket: -1, point: .unknown), count: outboxCapacity)
    }

    deinit {
        exits.deallocate()
    }

    /// Families that at least one socket serves.
    var families: [Address.Family] {
        Address.Family.allCases.filter { family in sockets.contains { $0.family == family } }
    }

    /// The sum over all sockets.
    var counters: UDPSocket.Counters {
        sockets.reduce(UDPSocket.Counters()) { $0 + $1.counters }
    }

    /// Decides for the datagrams that came into the outbox since the last call.
    ///
    /// Those to `asker` answer what it sent to `socket` and leave from where that arrived; others
    /// leave by the first socket that can reach their destination.
    /// - Returns: whether one of them is no answer to `asker`.
    @discardableResult
    func assign(
        _ outbox: borrowing Outbox, answering asker: Address? = nil, socket: Int = -1,
        from point: ArrivalPoint = .unknown
    ) -> Bool {
        precondition(outbox.count <= capacity, "an outbox of \(outbox.count)")
        var hasOthers = false
        while assigned < outbox.count {
            let destination = outbox.destination(assigned)
            if let link = outbox.link(assigned) {
                exits[assigned] = Exit(socket: exit(on: link), point: ArrivalPoint(link))
            } else if destination == asker {
                exits[assigned] = Exit(socket: socket, point: point)
            } else {
                exits[assigned] = Exit(socket: exit(to: destination), point: .unknown)
                hasOthers = true
            }
            assigned += 1
        }
        return hasOthers
    }

    /// Sends the outbox and empties it.
    ///
    /// - Parameter durable: whether what it promises is on disk; if not, such datagrams stay.
    /// - Returns: how many stayed.
    func send(_ outbox: inout Outbox, durable: Bool) -> UInt64 {
        assign(outbox)
        var withheld: UInt64 = 0
        for index in 0..<outbox.count {
            if !durable, outbox.needsDurability(index) {
                withheld += 1
                continue
            }
            let exit = exits[index]
            guard exit.socket >= 0 else {
                unroutable += 1
                continue
            }
            if let link = outbox.link(index) {
                // By itself, since what becomes of it matters.
                sockets[exit.socket].flush()
                sockets[exit.socket].queue(
                    outbox.pointer(index), count: outbox.byteCount(index),
                    to: outbox.destination(index), from: exit.point)
                let error = sockets[exit.socket].flush()
                // A full buffer says nothing about the link, and neither does one host.
                if outbox.destination(index) == link.group, error != EAGAIN, error != ENOBUFS {
                    afterBeacon?(link, error)
                }
                continue
            }
            sockets[exit.socket].queue(
                outbox.pointer(index), count: outbox.byteCount(index),
                to: outbox.destination(index), from: exit.point)
        }
        for socket in sockets { socket.flush() }
        outbox.clear()
        assigned = 0
        return withheld
    }

    /// The socket that has our address on a link; negative when there is none any more.
    private func exit(on link: Link) -> Int {
        sockets.firstIndex {
            $0.local.port == link.address.port && $0.serves(link.address)
        } ?? -1
    }

    /// A socket on a loopback address reaches only loopback addresses.
    private func exit(to destination: Address) -> Int {
        let isLoopback = destination.scope == .loopback
        var fallback = -1
        for (index, socket) in sockets.enumerated() where socket.family == destination.family {
            if socket.isWildcard || (socket.local.scope == .loopback) == isLoopback {
                return index
            }
            if fallback < 0 { fallback = index }
        }
        return fallback
    }
}
