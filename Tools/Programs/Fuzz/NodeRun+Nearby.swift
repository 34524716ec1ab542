import KithCrypto
import KithOverlay
import KithWire

// Strangers on the node's own links.
extension NodeRun {
    private static let visibilities: [Visibility] = [
        .nobody, .contacts, .nodes, .everybody(name: "Ada"),
    ]

    /// The links whose hosts ``Route`` has among its addresses.
    static let links = OwnLinks([
        Link(interface: 1, address: Address(v4: 0x0a00_00fe, port: 5_484), prefixBits: 16),
        Link(
            interface: 2, address: Address(v6: 0xfc00 << 48, low: 0xfe, port: 5_484),
            prefixBits: 64),
    ])

    /// Something that happens on a link.
    func neighbourly() {
        switch script.below(6) {
        case 0:
            let links = script.below(4) == 0 ? OwnLinks() : Self.links
            node.perform(.links(links), at: now, into: &outbox)
        case 1:
            let visibility = Self.visibilities[script.below(Self.visibilities.count)]
            node.perform(.beVisible(visibility), at: now, into: &outbox)
        case 2:
            let addresses = (0..<script.below(3)).map { _ in Route.address(script.byte()) }
            let isSweep = script.below(4) == 0
            operations += 1
            let id = OperationID(operations)
            running.insert(id)
            let scan = Scan(sweeping: isSweep ? node.links.all : [], addresses: addresses)
            node.perform(.start(id, .scan(scan)), at: now, into: &outbox)
        case 3: giveBeacon()
        case 4: giveGreeting()
        default:
            node.perform(.beckon([Route.address(script.byte())]), at: now, into: &outbox)
        }
    }

    private func giveBeacon() {
        let stranger = Stranger.all[script.below(Stranger.all.count)]
        let address = Route.address(script.byte())
        let ephemeral = X25519.SecretKey.generate(from: &entropy).publicKey
        let occasion = Introduction.Occasion(
            ephemeral: ephemeral, node: stranger.agreement.publicKey, nonce: stranger.nonce,
            address: script.below(4) == 0 ? address.with(port: 9) : address)
        let visible = Beacon.Visible(
            node: occasion.node, nonce: occasion.nonce,
            introduction: Introduction(
                "Bob", on: occasion, at: now.unix, network: network, by: stranger.signing))
        let aim = Beacon.Aim(rawValue: script.byte() % 3) ?? .one
        let beacon = Beacon(
            ephemeral: ephemeral, tags: (0..<Beacon.tagCount).map { _ in entropy.next() },
            aim: aim, visible: script.below(2) == 0 ? visible : nil)
        give(beacon.encode(in: network), from: address)
    }

    /// Answers a beacon of the node, rightly or not.
    private func giveGreeting() {
        let beacon = mail.last { $0.bytes.first == 5 }
        let stranger = Stranger.all[script.below(Stranger.all.count)]
        let address = Route.address(script.byte())
        let own = X25519.SecretKey.generate(from: &entropy)
        var other = own.publicKey
        if let beacon {
            let bytes = beacon.bytes
            other = X25519.PublicKey(Bytes32(copying: bytes.span.bytes.extracting(4..<36)))
        }
        let node = Greeting.Node(
            key: stranger.agreement.publicKey,
            nonce: script.below(4) == 0 ? 99 : stranger.nonce,
            role: script.below(2) == 0 ? .full : .client, tag: Bytes16(), introduction: nil)
        let named = stranger.record(at: Route.address(script.byte()), in: network)
        let greeting = Greeting(script.below(4) == 0 ? .named([named]) : .here(node))
        do {
            give(try greeting.seal(with: own, for: other, network: network), from: address)
        } catch {
            fail("a greeting for a good key: \(error)")
        }
    }

    /// Whether the node may send to `address`: the network allows it, it is on a link, or a group.
    func maySend(to address: Address) -> Bool {
        address.isUsable(in: network) || node.links.contains(address)
            || node.links.all.contains { $0.group == address }
    }
}
