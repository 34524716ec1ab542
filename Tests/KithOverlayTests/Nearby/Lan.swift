import KithCrypto
import KithWire

@testable import KithOverlay

/// Hosts on one link in virtual time: what is sent to the group reaches all of them, what is sent
/// to an address whoever has it.
final class Lan {
    struct Datagram {
        var from: Address
        var to: Address
        var bytes: [UInt8]
        /// Whether it left by a link, as beacons and greetings do.
        var isBound: Bool
    }

    /// One host, its node, and what it was told.
    final class Host {
        var node: Node
        let record: NodeRecord
        let identity: Ed25519.PublicKey
        /// Where it is now, one address per family.
        var addresses: [Address]
        /// How the world beyond the link sees it, by a router that lets everything through.
        var outside: Address?
        var events: [Event] = []
        /// What it sent.
        var sent: [Datagram] = []

        init(node: consuming Node, record: NodeRecord, identity: Ed25519.PublicKey) {
            self.node = node
            self.record = record
            self.identity = identity
            addresses = []
        }

        /// How the operation ended, if it did.
        func result(of id: OperationID) -> Result<Outcome, OperationError>? {
            for case .finished(let finished, let result) in events where finished == id {
                return result
            }
            return nil
        }

    }

    let network: Network
    var now = Moment(
        instant: .start + .seconds(1), unix: UnixTime(milliseconds: 1_795_262_400_000))
    var hosts: [Host] = []
    /// Whether the switch between them drops what is sent to groups.
    var dropsMulticast = false
    private var outbox = Outbox(capacity: 512)
    private var wire: [Datagram] = []

    init(network: Network = Duo.network) {
        self.network = network
    }

    /// Adds a host and switches it on: its address ends in `number`, and so does its identity.
    @discardableResult
    func add(
        _ number: UInt32, visible visibility: Visibility = .nodes, role: RolePolicy = .automatic,
        knowing others: [UInt32] = [], joins: Bool = true
    ) -> Host {
        var entropy = Entropy(seed: UInt64(number))
        let nodeSeed = entropy.bytes32()
        let key = Ed25519.SecretKey(seed: nodeSeed).agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: network, entropy: &entropy)
        let book = ContactBook(at: now.unix, entropy: &entropy)
        let node = Node(
            network: network, role: role, nodeKey: Ed25519.SecretKey(seed: nodeSeed),
            proofNonce: proof.nonce, id: proof.id, identity: Self.person(number),
            addresses: [], families: [.v4, .v6], book: book, entropy: entropy.fork(), at: now)
        let host = Host(
            node: node, record: NodeRecord(key: key, nonce: proof.nonce, id: proof.id),
            identity: Self.person(number).publicKey)
        hosts.append(host)
        for (index, other) in others.enumerated() {
            let change = ContactChange.add(
                Self.person(other).publicKey, name: "\(other)", ownName: nil, message: nil)
            perform(.start(OperationID(1_000 + UInt64(index)), .contacts(change)), on: host)
        }
        perform(.beVisible(visibility), on: host)
        move(host, to: number)
        if joins { perform(.join([]), on: host) }
        return host
    }

    /// Adds a host elsewhere that others reach by a router: node and address of a ``Holder``.
    func add(elsewhere seed: UInt64, host v4: UInt32) -> Host {
        var entropy = Entropy(seed: seed)
        let nodeSeed = entropy.bytes32()
        let key = Ed25519.SecretKey(seed: nodeSeed).agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: network, entropy: &entropy)
        let address = Address(v4: v4, port: 5_484)
        let node = Node(
            network: network, role: .full, nodeKey: Ed25519.SecretKey(seed: nodeSeed),
            proofNonce: proof.nonce, id: proof.id, identity: nil, addresses: [address],
            entropy: entropy.fork(), at: now)
        let host = Host(
            node: node,
            record: NodeRecord(key: key, nonce: proof.nonce, id: proof.id, v4: address),
            identity: Self.person(0).publicKey)
        host.addresses = [address]
        hosts.append(host)
        return host
    }

    /// The key pair of the person at host `number`.
    static func person(_ number: UInt32) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: BLAKE2b.hash32([UInt8(number), 0x50]))
    }

    /// Gives a host other addresses; without a number it has none any more.
    func move(_ host: Host, to number: UInt32?, ipv6: Bool = true) {
        host.addresses = []
        host.outside = number.map { Address(v4: 0x0b0b_0b00, port: 1_000 + UInt16($0)) }
        if let number {
            host.addresses.append(Address(v4: 0xc0a8_0700 + number, port: 5_484))
            if ipv6 {
                host.addresses.append(
                    Address(v6: 0xfe80 << 48, low: UInt64(number), port: 5_484).with(zone: 2))
            }
        }
        let links = host.addresses.map {
            Link(interface: 2, address: $0, prefixBits: $0.family == .v4 ? 24 : 64)
        }
        perform(.links(OwnLinks(links)), on: host)
    }

    func perform(_ command: Command, on host: Host) {
        outbox.clear()
        host.node.perform(command, at: now, into: &outbox)
        collect(from: host)
    }

    /// Gives a host a datagram of a sender who need not exist.
    ///
    /// - Returns: what it sent at once.
    @discardableResult
    func give(_ bytes: [UInt8], from sender: Address, to host: Host) -> [Datagram] {
        let before = host.sent.count
        outbox.clear()
        host.node.receive(bytes.span.bytes, from: sender, at: now, into: &outbox)
        collect(from: host)
        return Array(host.sent[before...])
    }

    /// Lets time go by, in steps that are shorter than any timer's.
    func run(_ duration: Duration) {
        let end = now.instant + duration
        deliverAll()
        while now.instant < end {
            let next = min(end, now.instant + .milliseconds(10))
            now = now.advanced(by: next - now.instant)
            for host in hosts where host.node.nextDeadline <= now.instant {
                outbox.clear()
                host.node.advance(to: now, into: &outbox)
                collect(from: host)
            }
            deliverAll()
        }
    }

    private func deliverAll() {
        while !wire.isEmpty {
            let datagram = wire.removeFirst()
            for host in receivers(of: datagram) {
                give(datagram.bytes, from: datagram.from, to: host)
            }
        }
    }

    private func receivers(of datagram: Datagram) -> [Host] {
        let family = datagram.to.family
        guard datagram.to.scope == .multicast else {
            return hosts.filter {
                $0.addresses.contains(datagram.to) || $0.outside == datagram.to
            }
        }
        if dropsMulticast { return [] }
        // Its own sender hears it as well, as on a real link.
        return hosts.filter { $0.addresses.contains { $0.family == family } }
    }

    private func collect(from host: Host) {
        while let event = host.node.nextEvent() { host.events.append(event) }
        for index in 0..<outbox.count {
            let bytes = outbox.withDatagram(index) { $0.withUnsafeBytes { [UInt8]($0) } }
            let to = outbox.destination(index)
            let link = outbox.link(index)
            guard
                let from = link?.address ?? (to.scope == .global ? host.outside : nil)
                    ?? host.addresses.first(where: { $0.family == to.family })
            else { continue }
            let datagram = Datagram(from: from, to: to, bytes: bytes, isBound: link != nil)
            host.sent.append(datagram)
            wire.append(datagram)
        }
        outbox.clear()
    }
}

extension Lan.Host {
    // A node cannot stand inside of `#expect` itself.

    var bystanders: [Bystander] { node.bystanders }
    var neighbourCount: Int { node.neighbourCount }
    var isIsland: Bool { node.isIsland }
    var exceededBound: StaticString? { node.exceededBound }
    var counters: Counters { node.counters }
    /// Whether each datagram that came was counted once.
    var isAccounted: Bool { counters.outcomes == counters.received }
    var links: [Link] { node.links.all }
    var scanCount: Int { node.scans.count }
    /// Keys of the neighbours over IPv4.
    var neighbourKeys: [X25519.PublicKey] { node.tableV4.neighbours.map(\.record.key) }
    func isUsable(_ address: Address) -> Bool { node.isUsable(address) }
    func mayBeNamed(_ record: NodeRecord, to asker: Address) -> Bool {
        node.mayBeNamed(record, to: asker)
    }
    /// Where joining stands.
    func phase(_ lan: Lan) -> Status.Phase { node.status(at: lan.now.instant).phase }

    /// Who is near, as this host sees it, by the IPv4 address.
    var seen: [Bystander] { bystanders.filter { $0.address.family == .v4 } }

    /// The datagrams of this type that it sent: 5 beacons, 6 greetings.
    func sent(_ type: UInt8) -> [Lan.Datagram] { sent.filter { $0.bytes.first == type } }
}
