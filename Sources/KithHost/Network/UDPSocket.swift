import CLinux
import Glibc
import KithOverlay
public import KithWire

/// A UDP socket that receives and sends in batches and never blocks.
///
/// Everything it needs per datagram is allocated once: ``batch`` receive buffers, and headers
/// for as many sends whose bytes stay where the caller has them. Belongs to one thread.
public final class UDPSocket {
    /// Datagrams per system call, either way; beyond 64 the cost of the call no longer shows.
    public static let batch = 64
    /// The largest datagram taken, in bytes; longer ones arrive cut off and are dropped.
    public static let datagramBytesMax = Outbox.slotBytes

    /// Kernel buffers of one socket, in bytes.
    public struct BufferSizes: Sendable {
        /// Received and not yet read.
        ///
        /// 4 MiB hold some 3,000 datagrams, a pause of a quarter of a second at 12,000 per
        /// second. Without privileges the kernel cuts it to `rmem_max`.
        public var receive: Int32 = 4 << 20
        /// Sent and still in the kernel: 1 MiB holds several full outboxes.
        public var send: Int32 = 1 << 20

        /// The defaults.
        public init() {}
    }

    /// What happened so far.
    public struct Counters: Sendable, Equatable {
        /// Datagrams given to the caller.
        public var received: UInt64 = 0
        /// Their bytes, without headers of IP and UDP.
        public var receivedBytes: UInt64 = 0
        /// Dropped: longer than ``UDPSocket/datagramBytesMax``.
        public var refusedLong: UInt64 = 0
        /// Dropped: the kernel named no sender of a known family.
        public var refusedSender: UInt64 = 0
        /// Datagrams that the kernel took.
        public var sent: UInt64 = 0
        /// Their bytes.
        public var sentBytes: UInt64 = 0
        /// Dropped: the kernel's buffers were full.
        public var droppedFull: UInt64 = 0
        /// Dropped: no route, forbidden by a filter, and the like.
        public var droppedFailed: UInt64 = 0

        /// All zero.
        public init() {}

        /// The sums of two.
        public static func + (a: Counters, b: Counters) -> Counters {
            var sum = a
            sum.received += b.received
            sum.receivedBytes += b.receivedBytes
            sum.refusedLong += b.refusedLong
            sum.refusedSender += b.refusedSender
            sum.sent += b.sent
            sum.sentBytes += b.sentBytes
            sum.droppedFull += b.droppedFull
            sum.droppedFailed += b.droppedFailed
            return sum
        }
    }

    /// The address it is bound to, with the port that the kernel chose when 0 was asked for.
    public let local: Address
    /// Whether it is bound to every address of its family.
    public let isWildcard: Bool
    /// What happened so far.
    public private(set) var counters = Counters()

    private let descriptor: FileDescriptor
    private let inbound: MessageArray
    private let outbound: MessageArray
    private var accepted: [UInt8] = []
    private var queued = 0

    /// A socket bound to `address`; port 0 lets the kernel choose.
    ///
    /// - Throws: ``HostError/portInUse(_:)``, ``HostError/addressUnavailable(_:)``,
    ///   ``HostError/addressForbidden(_:)``, ``HostError/familyUnavailable(_:)``.
    public init(
        boundTo address: Address, buffers: BufferSizes = BufferSizes()
    ) throws(HostError) {
        descriptor = try UDPSocket.open(address, buffers: buffers)
        isWildcard = address.scope == .unspecified
        local = try UDPSocket.bind(descriptor.number, to: address)
        inbound = MessageArray(family: address.family, buffers: true)
        outbound = MessageArray(family: address.family, buffers: false)
        accepted.reserveCapacity(UDPSocket.batch)
    }

    /// What the loop watches.
    public var number: Int32 { descriptor.number }

    /// Whether hosts beside `address`, one of this machine's, reach it here.
    func serves(_ address: Address) -> Bool {
        address.family == family && (isWildcard || local.isSameHost(as: address))
    }

    /// The family of every datagram here.
    public var family: Address.Family { local.family }

    // MARK: Receiving

    /// Takes up to ``batch`` waiting datagrams; earlier ones are gone.
    ///
    /// - Returns: how many there are for ``sender(_:)`` and ``withDatagram(_:_:)``, and whether
    ///   more may wait.
    public func receive() -> (count: Int, more: Bool) {
        accepted.removeAll(keepingCapacity: true)
        inbound.prepareToReceive()
        let flags = Int32(MSG_DONTWAIT)
        let taken = retryingInterrupted {
            recvmmsg(descriptor.number, inbound.headers, UInt32(UDPSocket.batch), flags, nil)
        }
        // An error here is EAGAIN, or an ICMP message about something sent earlier
        // (ECONNREFUSED): UDP promises nothing, the node's own time-outs decide.
        guard taken > 0 else { return (0, false) }
        for index in 0..<Int(taken) {
            if inbound.headers[index].msg_hdr.msg_flags & Int32(MSG_TRUNC) != 0 {
                counters.refusedLong += 1
            } else if SocketAddress.load(from: inbound.name(index)) == nil {
                counters.refusedSender += 1
            } else {
                counters.received += 1
                counters.receivedBytes += UInt64(inbound.headers[index].msg_len)
                accepted.append(UInt8(index))
            }
        }
        return (accepted.count, taken == UDPSocket.batch)
    }

    /// Who sent datagram `index` of the last batch.
    public func sender(_ index: Int) -> Address {
        guard let address = SocketAddress.load(from: inbound.name(Int(accepted[index]))) else {
            preconditionFailure("datagram \(index) has no sender")
        }
        return address
    }

    /// Where datagram `index` of the last batch arrived.
    public func arrival(_ index: Int) -> ArrivalPoint {
        guard isWildcard else { return .unknown }
        let slot = Int(accepted[index])
        let count = Int(inbound.headers[slot].msg_hdr.msg_controllen)
        return PacketInfo.load(from: inbound.control(slot), count: count)
    }

    /// Lends the bytes of datagram `index` of the last batch.
    public func withDatagram<R>(_ index: Int, _ body: (RawSpan) -> R) -> R {
        let slot = Int(accepted[index])
        let bytes = UnsafeRawBufferPointer(
            start: inbound.payload(slot), count: Int(inbound.headers[slot].msg_len))
        return body(RawSpan(_unsafeBytes: bytes))
    }

    // MARK: Sending

    /// Adds a datagram to the next batch, and sends the batch when it is full.
    ///
    /// The bytes are not copied: they must stay until ``flush()`` returns.
    public func queue(
        _ bytes: UnsafeMutableRawPointer, count: Int, to destination: Address,
        from point: ArrivalPoint = .unknown
    ) {
        precondition(destination.family == family, "\(destination) on a socket of \(local)")
        if queued == UDPSocket.batch { flush() }
        outbound.fill(queued, bytes: bytes, count: count, destination: destination, from: point)
        queued += 1
    }

    /// Sends what is queued; what the kernel does not take is dropped and counted.
    ///
    /// - Returns: the number of the last error for which something was dropped; nil when all left.
    @discardableResult
    public func flush() -> Int32? {
        var failure: Int32?
        var next = 0
        var refusals = 0
        while next < queued {
            let sent = retryingInterrupted {
                sendmmsg(
                    descriptor.number, outbound.headers + next, UInt32(queued - next),
                    Int32(MSG_DONTWAIT))
            }
            if sent > 0 {
                for index in next..<(next + Int(sent)) {
                    counters.sentBytes += UInt64(outbound.vectors[index].iov_len)
                }
                counters.sent += UInt64(sent)
                next += Int(sent)
                continue
            }
            switch errno {
            case EAGAIN, ENOBUFS, ENOMEM:
                failure = errno
                counters.droppedFull += UInt64(queued - next)
                next = queued
            case ECONNREFUSED where refusals < UDPSocket.batch:
                // About an earlier datagram; reading the error cleared it, so the same
                // datagram gets another try.
                refusals += 1
            default:
                failure = errno
                counters.droppedFailed += 1
                next += 1
            }
        }
        queued = 0
        return failure
    }

    // MARK: Opening

    private static func open(
        _ address: Address, buffers: BufferSizes
    ) throws(HostError) -> FileDescriptor {
        let domain = address.family == .v4 ? AF_INET : AF_INET6
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = socket(domain, Int32(kind), Int32(IPPROTO_UDP))
        guard number >= 0 else {
            if errno == EAFNOSUPPORT { throw .familyUnavailable(address) }
            throw .system(call: "socket", errno: errno)
        }
        let descriptor = FileDescriptor(owning: number)
        let isWildcard = address.scope == .unspecified
        switch address.family {
        case .v4:
            // Beacons stay on the link; both are what Linux would do anyway (ip(7), ipv6(7)).
            set(number, Int32(IPPROTO_IP), IP_MULTICAST_TTL, 1)
            // What is sent to groups arrives at the sockets in them (``GroupSocket``), which know the
            // interface; by default a wildcard socket gets it as well.
            set(number, Int32(IPPROTO_IP), IP_MULTICAST_ALL, 0)
            // Sets "don't fragment" and ignores what ICMP says about the path, which anybody
            // can forge; 1,232 bytes fit every path that IPv6 could use.
            set(number, Int32(IPPROTO_IP), IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
            if isWildcard { set(number, Int32(IPPROTO_IP), IP_PKTINFO, 1) }
        case .v6:
            set(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
            set(number, Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, 1)
            set(number, Int32(IPPROTO_IPV6), multicastAllV6, 0)
            set(number, Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
            if isWildcard { set(number, Int32(IPPROTO_IPV6), IPV6_RECVPKTINFO, 1) }
        }
        // The forced form ignores rmem_max and needs CAP_NET_ADMIN.
        if !set(number, SOL_SOCKET, SO_RCVBUFFORCE, buffers.receive) {
            set(number, SOL_SOCKET, SO_RCVBUF, buffers.receive)
        }
        if !set(number, SOL_SOCKET, SO_SNDBUFFORCE, buffers.send) {
            set(number, SOL_SOCKET, SO_SNDBUF, buffers.send)
        }
        return descriptor
    }

    /// IPV6_MULTICAST_ALL (linux/in6.h), which the C library does not have.
    private static let multicastAllV6: Int32 = 29

    @discardableResult
    private static func set(
        _ number: Int32, _ level: Int32, _ option: Int32, _ value: Int32
    ) -> Bool {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        return setsockopt(number, level, option, &value, size) == 0
    }

    /// Binds to `address`, and answers which it became.
    ///
    /// The port of Kith's groups is shared with sockets that listen to a group (``GroupSocket``), and
    /// with nobody else: the flag for that is set after a port was found to be free, and of the
    /// same user's programs only those that set it, too, may come later.
    private static func bind(_ number: Int32, to address: Address) throws(HostError) -> Address {
        let sharesPort = address.scope == .unspecified && address.port == Beacon.port
        do throws(HostError) {
            let bound = try bindAlone(number, to: address)
            if sharesPort { set(number, SOL_SOCKET, SO_REUSEPORT, 1) }
            return bound
        } catch {
            guard sharesPort, case .portInUse = error, isFree(address) else { throw error }
            set(number, SOL_SOCKET, SO_REUSEPORT, 1)
            return try bindAlone(number, to: address)
        }
    }

    /// Whether nobody but listeners to groups has the port of a wildcard address: then a loopback
    /// address is free to be bound with it.
    private static func isFree(_ wildcard: Address) -> Bool {
        let loopback =
            wildcard.family == .v4
            ? Address(v4: 0x7f00_0001, port: wildcard.port)
            : Address(v6: 0, low: 1, port: wildcard.port)
        do throws(HostError) {
            let probe = try open(loopback, buffers: BufferSizes())
            _ = try bindAlone(probe.number, to: loopback)
            return true
        } catch {
            return false
        }
    }

    private static func bindAlone(
        _ number: Int32, to address: Address
    ) throws(HostError) -> Address {
        var storage = sockaddr_in6()
        var size = SocketAddress.byteCount(address.family)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            SocketAddress.store(address, at: pointer)
            return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                Glibc.bind(number, name, size) == 0 && getsockname(number, name, &size) == 0
            }
        }
        guard result else {
            switch errno {
            case EADDRINUSE: throw .portInUse(address)
            case EADDRNOTAVAIL: throw .addressUnavailable(address)
            case EACCES, EPERM: throw .addressForbidden(address)
            case EAFNOSUPPORT: throw .familyUnavailable(address)
            default: throw .system(call: "bind", errno: errno)
            }
        }
        let bound = withUnsafePointer(to: &storage) { SocketAddress.load(from: $0) }
        guard let bound else { throw .familyUnavailable(address) }
        return bound
    }
}
