import KithCrypto
import KithWire

// Who is on the same link: beacons, greetings, and what comes of them; `Specs/Nearby.md`.
extension Node {
    /// Everybody who was noticed on a link of this machine, the nearest first.
    public var bystanders: [Bystander] {
        vicinity.bystanders.sorted { $0.isStronger(than: $1) }
    }

    /// Who may learn on the link that we are here.
    public var visibility: Visibility { vicinity.visibility }

    /// The links of this machine, as the shell said last.
    public var links: OwnLinks { vicinity.links }

    /// Says on every link from now on that we are here, as far as `visibility` wants it said.
    mutating func beVisible(_ visibility: Visibility, at now: Moment) {
        guard visibility != vicinity.visibility else { return }
        vicinity.visibility = visibility
        hurryBeacons(at: now)
    }

    /// The machine has other links than before.
    mutating func take(_ links: OwnLinks, at now: Moment, _ outbox: inout Outbox) {
        guard links != vicinity.links else { return }
        let before = vicinity.links.all
        vicinity.links = links
        vicinity.tidy(at: now.instant)
        leaveLinks(at: now.instant)
        // Who was on a link that changed is somewhere else now, or we are.
        let changed = Set(before).symmetricDifference(links.all).map(\.interface)
        for bystander in vicinity.bystanders where changed.contains(bystander.interface) {
            check(bystander, for: nil, at: now, &outbox)
        }
        if links.all.contains(where: { !before.contains($0) }) { hurryBeacons(at: now) }
    }

    /// The contact book is another: whom we know may be here, and who is here may be blocked now.
    mutating func contactsChanged(at now: Moment) {
        guard let book = correspondence?.book, vicinity.visibility != .nobody else { return }
        vicinity.reconsider(book)
        hurryBeacons(at: now)
    }

    /// Sends beacons soon: who is on our links may have changed, or nobody else is left to join through.
    mutating func hurryBeacons(at now: Moment) {
        let before = vicinity.beaconDue
        vicinity.hurry(at: now.instant)
        if vicinity.beaconDue != before { planBeacon() }
    }

    private mutating func planBeacon() {
        guard vicinity.beaconDue < .never else { return }
        timers.push(.beacon(vicinity.beaconDue), at: vicinity.beaconDue)
    }

    // MARK: Sending

    /// Asks at addresses that a directory of the link names.
    mutating func beckon(_ addresses: [Address], at now: Moment, _ outbox: inout Outbox) {
        guard vicinity.visibility != .nobody, joining.phase != .leaving else { return }
        let unknown = addresses.filter { address in
            vicinity.index(of: address).map { !vicinity.bystanders[$0].isConfirmed } ?? true
        }
        guard !unknown.isEmpty else { return }
        var dice = entropy.fork()
        let key = vicinity.directoryKey(for: aim(.one), at: now.instant, &dice)
        for address in unknown.prefix(settings.nearby.addressesMax) {
            guard let link = vicinity.links.link(of: address) else { continue }
            sendBeacon(aim(.one), key, to: address, over: link, at: now, &dice, &outbox)
        }
    }

    /// Sends the beacon that is due, unless it was sent or put off meanwhile.
    mutating func sendBeacon(due: Instant, at now: Moment, _ outbox: inout Outbox) {
        guard due == vicinity.beaconDue, joining.phase != .leaving else { return }
        // Whoever has nobody asks for a node to join through.
        sendBeacons(isStranded ? aim(.everybody) : .recognition, at: now, &outbox)
        var dice = entropy.fork()
        vicinity.beaconSent(at: now.instant, &dice)
        planBeacon()
    }

    /// The aim of a beacon for everybody, or one host; for contacts alone when they alone may know
    /// that we are here, since whoever answers is asked in a session who they are.
    func aim(_ wanted: Beacon.Aim) -> Beacon.Aim {
        vicinity.visibility == .contacts ? .recognition : wanted
    }

    /// Sends a beacon to the group of each link, with a key of its own.
    mutating func sendBeacons(_ aim: Beacon.Aim, at now: Moment, _ outbox: inout Outbox) {
        var dice = entropy.fork()
        for link in vicinity.links.all where link.carriesBeacons {
            let key = vicinity.makeKey(
                for: .init(medium: .multicast, aim: aim), at: now.instant, &dice)
            sendBeacon(aim, key.publicKey, to: link.group, over: link, at: now, &dice, &outbox)
        }
        // A book with more contacts than fit: the others' turn is next.
        vicinity.tagged += Beacon.tagCount
    }

    /// Sends a beacon to one host, or to a group.
    mutating func sendBeacon(
        _ aim: Beacon.Aim, _ ephemeral: X25519.PublicKey, to destination: Address,
        over link: Link, at now: Moment, _ dice: inout Entropy, _ outbox: inout Outbox
    ) {
        let tags =
            correspondence?.beaconTags(
                ephemeral: ephemeral, from: link.address, beginning: vicinity.tagged, at: now.unix,
                &dice) ?? (0..<Beacon.tagCount).map { _ in dice.next() }
        let introduction = introduction(ephemeral, from: link, at: now.unix)
        let visible = introduction.map {
            Beacon.Visible(node: record.key, nonce: record.nonce, introduction: $0)
        }
        let beacon = Beacon(ephemeral: ephemeral, tags: tags, aim: aim, visible: visible)
        counters.beaconsSent += 1
        outbox.append(beacon.encode(in: network), to: destination, over: link)
    }

    /// Who we are, for everybody, when the person wants that.
    private func introduction(
        _ ephemeral: X25519.PublicKey, from link: Link, at now: UnixTime
    ) -> Introduction? {
        guard case .everybody(let name) = vicinity.visibility, Introduction.isName(name) else {
            return nil
        }
        let occasion = Introduction.Occasion(
            ephemeral: ephemeral, node: record.key, nonce: record.nonce, address: link.address)
        switch identity {
        case .some(let key):
            return Introduction(name, on: occasion, at: now, network: network, by: key)
        case .none:
            return nil
        }
    }

    // MARK: Beacons of others

    /// Somebody says that they are here.
    ///
    /// What a group sends back to us comes from our own address, or by a key of ours. Only what comes
    /// from a host on a link of ours is looked at, and only so often; an answer goes
    /// to contacts, and to strangers who ask as far as we want to be seen by them.
    mutating func receiveBeacon(
        _ datagram: RawSpan, from sender: Address, at now: Moment, _ outbox: inout Outbox
    ) {
        if vicinity.links.all.contains(where: { $0.address == sender }) {
            counters.beaconsEchoed += 1
            return
        }
        guard vicinity.visibility != .nobody, joining.phase != .leaving,
            let link = vicinity.links.link(of: sender),
            vicinity.admitsLook(at: sender, now: now.instant)
        else {
            counters.refusedBeacons += 1
            return
        }
        let beacon: Beacon
        do {
            beacon = try Beacon.decode(datagram, in: network)
        } catch {
            counters.refusedBeacons += 1
            return
        }
        guard !vicinity.isOwn(beacon.ephemeral) else {
            counters.beaconsEchoed += 1
            return
        }
        counters.beaconsHeard += 1
        let contact = correspondence?.sender(of: beacon, from: sender, at: now.unix)
        note(beacon, of: contact, from: sender, on: link, at: now)
        guard contact != nil || (beacon.aim != .recognition && answersStrangers),
            vicinity.admitsReaction(to: sender, at: now.instant)
        else { return }
        var dice = entropy.fork()
        let origin = Vicinity.Origin(medium: Self.medium(of: beacon.aim), aim: nil)
        let key = vicinity.makeKey(for: origin, at: now.instant, &dice)
        greet(
            contact, at: sender, over: link, answering: beacon.ephemeral, with: key, at: now,
            &dice, &outbox)
    }

    /// How a beacon with this aim came.
    private static func medium(of aim: Beacon.Aim) -> Bystander.Medium {
        switch aim {
        case .recognition, .everybody: .multicast
        case .one: .asked
        }
    }

    /// Whether a stranger who asks is answered: not while our own seeds may still answer, since
    /// then nobody would know what to say.
    private var answersStrangers: Bool {
        switch vicinity.visibility {
        case .nobody, .contacts: false
        case .nodes: joining.phase != .joining && joining.phase != .idle
        case .everybody: true
        }
    }

    /// Remembers a beacon of somebody we know, or of somebody who says who they are.
    ///
    /// What somebody says weighs less than what a contact showed, and nothing against a node that
    /// has answered at this address.
    private mutating func note(
        _ beacon: Beacon, of contact: Ed25519.PublicKey?, from sender: Address, on link: Link,
        at now: Moment
    ) {
        let claim = contact == nil ? goodClaim(of: beacon, from: sender, at: now.unix) : nil
        guard let person = contact ?? claim?.introduction.identity,
            let index = vicinity.bystander(
                at: sender, on: link, by: Self.medium(of: beacon.aim), at: now.instant)
        else { return }
        vicinity.update(index) { bystander in
            if contact == nil {
                guard !bystander.isContact,
                    bystander.node == nil || bystander.node?.key == claim?.node
                else { return }
            } else if bystander.person != person {
                // Somebody else's node was at this address; theirs is not known yet.
                bystander.forgetNode()
            }
            bystander.person = person
            bystander.isContact = contact != nil
            bystander.name = claim?.introduction.name
        }
    }

    /// Who a beacon says that its sender is, when they signed it and are not blocked.
    private func goodClaim(
        of beacon: Beacon, from sender: Address, at now: UnixTime
    ) -> Beacon.Visible? {
        guard let claim = beacon.visible else { return nil }
        let occasion = beacon.occasion(from: sender, of: claim)
        guard claim.introduction.isGood(on: occasion, at: now, network: network),
            !isBlocked(claim.introduction.identity)
        else { return nil }
        return claim
    }

    private func isBlocked(_ person: Ed25519.PublicKey) -> Bool {
        correspondence?.book.blocked.contains(person) ?? false
    }

    // MARK: Greetings

    /// Tells one host which node is here, and a contact whose it is.
    ///
    /// A stranger is told of other nodes instead, where these are known and ours is not public anyway.
    private mutating func greet(
        _ contact: Ed25519.PublicKey?, at address: Address, over link: Link,
        answering other: X25519.PublicKey, with key: borrowing X25519.SecretKey, at now: Moment,
        _ dice: inout Entropy, _ outbox: inout Outbox
    ) {
        let ephemeral = key.publicKey
        let tag = contact.flatMap {
            correspondence?.greetingTag(
                for: $0, node: record.key, ephemeral: ephemeral, answering: other,
                from: link.address)
        }
        let introduction = introduction(ephemeral, from: link, at: now.unix)
        let content: Greeting.Content
        if contact == nil, introduction == nil, !serves, !isIsland, !network.isLocal {
            let named = nodesToName(&dice)
            guard !named.isEmpty else { return }
            content = .named(named)
        } else {
            content = .here(
                Greeting.Node(
                    key: record.key, nonce: record.nonce, role: role(towards: address),
                    tag: tag ?? Bytes16(copying: dice.bytes(Bytes16.count).span.bytes),
                    introduction: introduction))
        }
        do {
            let datagram = try Greeting(content).seal(with: key, for: other, network: network)
            counters.greetingsSent += 1
            outbox.append(datagram, to: address, over: link)
        } catch {
            // A key of low order: nobody who wants an answer sends one.
        }
    }

    /// Some neighbours that everybody can reach.
    private func nodesToName(_ dice: inout Entropy) -> [NodeRecord] {
        var nodes: [NodeRecord] = []
        for neighbour in tableV4.neighbours where neighbour.isLive && !isBeside(neighbour.address) {
            nodes.append(neighbour.record)
        }
        for neighbour in tableV6.neighbours where neighbour.isLive && !isBeside(neighbour.address) {
            nodes.append(neighbour.record)
        }
        dice.shuffle(&nodes)
        return Array(nodes.prefix(Greeting.namedMax))
    }

    /// Somebody answers a beacon of ours, or greets back.
    ///
    /// Strangers are heard only where we asked for them: what they say makes us ask their node in a
    /// session, which tells it who we are.
    mutating func receiveGreeting(
        _ datagram: RawSpan, from sender: Address, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let link = vicinity.links.link(of: sender), vicinity.visibility != .nobody,
            joining.phase != .leaving, let head = try? Greeting.head(of: datagram),
            let own = vicinity.key(named: head.name, at: now.instant),
            vicinity.admitsGreeting(of: sender, now: now.instant)
        else {
            counters.refusedGreetings += 1
            return
        }
        let key = own.secret.withBytes { X25519.SecretKey(copying: $0) }
        guard let greeting = Greeting.open(datagram, with: key, network: network) else {
            counters.refusedGreetings += 1
            return
        }
        switch greeting.content {
        case .named(let nodes):
            counters.greetingsHeard += 1
            guard own.origin.aim == .everybody || own.origin.aim == .one else { return }
            _ = vicinity.bystander(
                at: sender, on: link, by: own.origin.medium, at: now.instant)
            var elsewhere: [NodeRecord] = []
            for node in nodes {
                if let v4 = node.v4, isBeside(v4) { continue }
                if let v6 = node.v6, isBeside(v6) { continue }
                elsewhere.append(node)
            }
            joinThrough(elsewhere, at: now, &outbox)
        case .here(let node):
            receive(
                node, head, by: key, own.origin, from: sender, on: link, at: now, &outbox)
        }
    }

    private mutating func receive(
        _ said: Greeting.Node, _ head: Greeting.Head, by key: borrowing X25519.SecretKey,
        _ origin: Vicinity.Origin, from sender: Address, on link: Link, at now: Moment,
        _ outbox: inout Outbox
    ) {
        let contact = correspondence?.sender(
            of: said, ephemeral: head.ephemeral, answering: key.publicKey, from: sender)
        guard said.key != record.key, contact != nil || hearsStrangers(origin),
            case .holds(let id) = proof(
                of: Peer(key: said.key, address: sender), nonce: said.nonce,
                isKnown: contact != nil, at: now.instant)
        else {
            counters.refusedGreetings += 1
            return
        }
        counters.greetingsHeard += 1
        let node = NodeRecord(key: said.key, nonce: said.nonce, id: id, at: sender)
        note(
            said, node, of: contact, head.ephemeral, from: sender, on: link, by: origin.medium,
            at: now, &outbox)
        let isMutual = contact != nil || answersStrangers
        guard origin.aim != nil, isMutual,
            vicinity.mayReturn(by: head.name, to: head.ephemeral),
            vicinity.admitsReturn(to: sender, at: now.instant)
        else { return }
        var dice = entropy.fork()
        greet(
            contact, at: sender, over: link, answering: head.ephemeral, with: key, at: now, &dice,
            &outbox)
    }

    /// Whether strangers may answer what we sent: a beacon that asks for them, or a greeting, which
    /// strangers get only while they may know of us.
    private func hearsStrangers(_ origin: Vicinity.Origin) -> Bool {
        guard vicinity.visibility != .contacts else { return false }
        return origin.aim != .recognition
    }

    /// Remembers who greets, and asks the node there to answer in a session.
    ///
    /// A node that has answered at this address stays until it answers no more, and a contact stays
    /// one whatever a stranger says from there.
    private mutating func note(
        _ said: Greeting.Node, _ node: NodeRecord, of contact: Ed25519.PublicKey?,
        _ ephemeral: X25519.PublicKey, from sender: Address, on link: Link,
        by medium: Bystander.Medium, at now: Moment, _ outbox: inout Outbox
    ) {
        var introduction = said.introduction
        let occasion = said.occasion(from: sender, ephemeral: ephemeral)
        if let claim = introduction,
            isBlocked(claim.identity)
                || !claim.isGood(on: occasion, at: now.unix, network: network)
        {
            introduction = nil
        }
        guard
            let index = vicinity.bystander(at: sender, on: link, by: medium, at: now.instant)
        else { return }
        let before = vicinity.bystanders[index]
        let wasThere = before.node?.key == node.key
        if wasThere || !before.isConfirmed {
            vicinity.update(index) { bystander in
                if !wasThere { bystander.forgetNode() }
                bystander.node = node
                bystander.role = said.role
                if contact == nil, bystander.isContact, wasThere { return }
                bystander.person = contact ?? introduction?.identity
                bystander.isContact = contact != nil
                bystander.name = introduction?.name
            }
        }
        check(vicinity.bystanders[index], for: nil, at: now, &outbox)
        // Who moved is not where they were: that is found out at once.
        for other in vicinity.bystanders
        where !wasThere && other.node?.key == node.key && other.address != sender {
            check(other, for: nil, at: now, &outbox)
        }
    }

    // MARK: Sessions

    /// Asks the node of a bystander whether it is there.
    ///
    /// - Returns: whether it was asked.
    @discardableResult
    mutating func check(
        _ bystander: Bystander, for scan: OperationID?, at now: Moment, _ outbox: inout Outbox
    ) -> Bool {
        guard let node = bystander.node, !bystander.isAsked,
            let index = vicinity.index(of: bystander.address)
        else { return false }
        let call = call(
            .ping, of: node, at: bystander.address, for: .nearby(scan), now: now, &outbox)
        if call != nil { vicinity.update(index) { $0.isAsked = true } }
        return call != nil
    }

    /// The node of a bystander answered, or did not: `roundTrip` is nil then.
    mutating func checked(
        _ call: Call, for scan: OperationID?, roundTrip: Duration?, at now: Moment,
        _ outbox: inout Outbox
    ) {
        if let index = vicinity.index(of: call.address),
            vicinity.bystanders[index].node?.key == call.node.key
        {
            if let roundTrip {
                vicinity.update(index) { bystander in
                    bystander.isAsked = false
                    bystander.isConfirmed = true
                    bystander.roundTrip = roundTrip
                    bystander.lastHeard = now.instant
                }
                if vicinity.visibility != .contacts || vicinity.bystanders[index].isContact {
                    joinThrough([call.node], at: now, &outbox)
                }
            } else {
                vicinity.forget(call.address)
            }
        }
        if let scan { checkEnded(of: scan, at: now) }
    }

    /// Forgets who left, and asks those who were silent for long.
    mutating func tendVicinity(at now: Moment, _ outbox: inout Outbox) {
        vicinity.tidy(at: now.instant)
        for bystander in vicinity.silent(at: now.instant) {
            check(bystander, for: nil, at: now, &outbox)
        }
    }
}
