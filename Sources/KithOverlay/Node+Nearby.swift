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
        vicinity.links = links
        vicinity.tidy(at: now.instant)
        // Who was there is somewhere else now, or we are.
        for bystander in vicinity.bystanders { check(bystander, for: nil, at: now, &outbox) }
        hurryBeacons(at: now)
    }

    /// The contact book is another: whom we know may be here, and who is here may be blocked now.
    mutating func contactsChanged(at now: Moment) {
        guard let book = correspondence?.book, vicinity.visibility != .nobody else { return }
        vicinity.reconsider(book)
        hurryBeacons(at: now)
    }

    private mutating func hurryBeacons(at now: Moment) {
        vicinity.hurry(at: now.instant)
        planBeacon()
    }

    private mutating func planBeacon() {
        guard vicinity.beaconDue < .never else { return }
        timers.push(.beacon(vicinity.beaconDue), at: vicinity.beaconDue)
    }

    // MARK: Sending

    /// Asks at addresses that a directory of the link names.
    mutating func beckon(_ addresses: [Address], at now: Moment, _ outbox: inout Outbox) {
        guard vicinity.visibility != .nobody else { return }
        var dice = entropy.fork()
        let key = vicinity.makeKey(for: .directory, isBeacon: true, at: now.instant, &dice)
        for address in addresses where vicinity.index(of: address) == nil {
            guard let link = vicinity.links.link(of: address) else { continue }
            sendBeacon(.one, key.publicKey, to: address, over: link, at: now, &dice, &outbox)
        }
    }

    /// Sends the beacon that is due, unless it was sent or put off meanwhile.
    mutating func sendBeacon(due: Instant, at now: Moment, _ outbox: inout Outbox) {
        guard due == vicinity.beaconDue, joining.phase != .leaving else { return }
        // Whoever has nobody yet asks for a node to join through, unless strangers are not to know.
        let asks = joining.phase != .joined && vicinity.visibility != .contacts
        sendBeacons(asks ? .everybody : .recognition, at: now, &outbox)
        var dice = entropy.fork()
        vicinity.beaconSent(at: now.instant, &dice)
        planBeacon()
    }

    /// Sends a beacon to the group of each link.
    mutating func sendBeacons(_ aim: Beacon.Aim, at now: Moment, _ outbox: inout Outbox) {
        var dice = entropy.fork()
        let key = vicinity.makeKey(for: .multicast, isBeacon: true, at: now.instant, &dice)
        for link in vicinity.links.all where link.carriesBeacons {
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
        let introduction = introduction(ephemeral, from: link)
        let visible = introduction.map {
            Beacon.Visible(node: record.key, nonce: record.nonce, introduction: $0)
        }
        let beacon = Beacon(ephemeral: ephemeral, tags: tags, aim: aim, visible: visible)
        counters.beaconsSent += 1
        outbox.append(beacon.encode(in: network), to: destination, over: link)
    }

    /// Who we are, for everybody, when the person wants that.
    private func introduction(
        _ ephemeral: X25519.PublicKey, from link: Link
    ) -> Introduction? {
        guard case .everybody(let name) = vicinity.visibility, Introduction.isName(name) else {
            return nil
        }
        let occasion = Introduction.Occasion(
            ephemeral: ephemeral, node: record.key, nonce: record.nonce, address: link.address)
        switch identity {
        case .some(let key):
            return Introduction(name, on: occasion, network: network, by: key)
        case .none:
            return nil
        }
    }

    // MARK: Beacons of others

    /// Somebody says that they are here.
    ///
    /// Only what comes from a host on a link of ours is looked at, and only so often; an answer goes
    /// to contacts, and to strangers who ask as far as we want to be seen by them.
    mutating func receiveBeacon(
        _ datagram: RawSpan, from sender: Address, at now: Moment, _ outbox: inout Outbox
    ) {
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
        let key = vicinity.makeKey(
            for: Self.medium(of: beacon.aim), isBeacon: false, at: now.instant, &dice)
        greet(
            contact, at: sender, over: link, answering: beacon.ephemeral, with: key, &dice,
            &outbox)
    }

    /// How a beacon with this aim came.
    private static func medium(of aim: Beacon.Aim) -> Bystander.Medium {
        switch aim {
        case .recognition, .everybody: .multicast
        case .one: .asked
        }
    }

    /// Whether somebody whom we do not know is told that there is a node.
    ///
    /// A client that has neighbours is of no use to who looks for a node to join through.
    private var answersStrangers: Bool {
        switch vicinity.visibility {
        case .nobody, .contacts: false
        case .nodes: serves || joining.phase != .joined || isIsland
        case .everybody: true
        }
    }

    /// Remembers a beacon of somebody we know, or of somebody who says who they are.
    private mutating func note(
        _ beacon: Beacon, of contact: Ed25519.PublicKey?, from sender: Address, on link: Link,
        at now: Moment
    ) {
        var visible = beacon.visible
        if let claim = visible {
            let occasion = beacon.occasion(from: sender, of: claim)
            if !claim.introduction.isGood(on: occasion, network: network) { visible = nil }
        }
        let blocked = correspondence?.book.blocked ?? []
        if let claim = visible, blocked.contains(claim.introduction.identity) { return }
        guard contact != nil || visible != nil,
            let index = vicinity.bystander(
                at: sender, on: link, by: Self.medium(of: beacon.aim), at: now.instant)
        else { return }
        let isKnown = visible.map { correspondence?.book[$0.introduction.identity] != nil } ?? false
        vicinity.update(index) { bystander in
            if let introduction = visible?.introduction {
                bystander.person = introduction.identity
                bystander.name = introduction.name
                bystander.isContact = isKnown
            }
            if let contact {
                bystander.person = contact
                bystander.isContact = true
            }
        }
    }

    // MARK: Greetings

    /// Tells one host which node is here, and a contact whose it is.
    private mutating func greet(
        _ contact: Ed25519.PublicKey?, at address: Address, over link: Link,
        answering other: X25519.PublicKey, with key: borrowing X25519.SecretKey,
        _ dice: inout Entropy, _ outbox: inout Outbox
    ) {
        let ephemeral = key.publicKey
        let tag = contact.flatMap {
            correspondence?.greetingTag(
                for: $0, node: record.key, ephemeral: ephemeral, answering: other,
                from: link.address)
        }
        let greeting = Greeting(
            node: record.key, nonce: record.nonce, role: role(towards: address),
            tag: tag ?? Bytes16(copying: dice.bytes(Bytes16.count).span.bytes),
            introduction: introduction(ephemeral, from: link))
        do {
            let datagram = try greeting.seal(with: key, for: other, network: network)
            counters.greetingsSent += 1
            outbox.append(datagram, to: address, over: link)
        } catch {
            // A key of low order: nobody who wants an answer sends one.
        }
    }

    /// Somebody answers a beacon of ours, or greets back.
    mutating func receiveGreeting(
        _ datagram: RawSpan, from sender: Address, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let link = vicinity.links.link(of: sender), vicinity.visibility != .nobody,
            let head = try? Greeting.head(of: datagram),
            let own = vicinity.key(named: head.name, at: now.instant),
            vicinity.admitsLook(at: sender, now: now.instant)
        else {
            counters.refusedGreetings += 1
            return
        }
        let key = own.secret.withBytes { X25519.SecretKey(copying: $0) }
        guard let greeting = Greeting.open(datagram, with: key, network: network),
            greeting.node != record.key,
            let node = node(of: greeting, at: sender, now: now.instant)
        else {
            counters.refusedGreetings += 1
            return
        }
        counters.greetingsHeard += 1
        let contact = correspondence?.sender(
            of: greeting, ephemeral: head.ephemeral, answering: key.publicKey, from: sender)
        guard
            note(
                greeting, node, of: contact, head.ephemeral, from: sender, on: link,
                by: own.medium, at: now, &outbox)
        else { return }
        if own.isBeacon, contact != nil || answersStrangers,
            vicinity.admitsReturn(to: sender, at: now.instant)
        {
            var dice = entropy.fork()
            greet(
                contact, at: sender, over: link, answering: head.ephemeral, with: key, &dice,
                &outbox)
        }
        joinThrough(node, at: sender, now, &outbox)
    }

    /// The node that greets, when its proof of work holds.
    private mutating func node(
        of greeting: Greeting, at address: Address, now: Instant
    ) -> NodeRecord? {
        var id = proofs.id(of: greeting.node, nonce: greeting.nonce, at: now)
        if id == nil, !proofs.knows(greeting.node, at: now) {
            id = NodeProof.id(key: greeting.node, nonce: greeting.nonce, network: network)
            if let id { proofs.remember(greeting.node, nonce: greeting.nonce, id: id, at: now) }
        }
        guard let id else { return nil }
        let isV4 = address.family == .v4
        return NodeRecord(
            key: greeting.node, nonce: greeting.nonce, id: id, v4: isV4 ? address : nil,
            v6: isV4 ? nil : address)
    }

    /// Remembers who greets, and asks the node there to answer in a session.
    ///
    /// - Returns: false for somebody who is blocked.
    private mutating func note(
        _ greeting: Greeting, _ node: NodeRecord, of contact: Ed25519.PublicKey?,
        _ ephemeral: X25519.PublicKey, from sender: Address, on link: Link,
        by medium: Bystander.Medium, at now: Moment, _ outbox: inout Outbox
    ) -> Bool {
        var introduction = greeting.introduction
        if let claim = introduction,
            !claim.isGood(
                on: greeting.occasion(from: sender, ephemeral: ephemeral), network: network)
        {
            introduction = nil
        }
        let identity = contact ?? introduction?.identity
        if let identity, correspondence?.book.blocked.contains(identity) == true { return false }
        guard let index = vicinity.bystander(at: sender, on: link, by: medium, at: now.instant)
        else { return true }
        let isContact = identity.map { correspondence?.book[$0] != nil } ?? false
        let wasThere = vicinity.bystanders[index].node?.key == node.key
        vicinity.update(index) { bystander in
            if !wasThere {
                bystander.isConfirmed = false
                bystander.roundTrip = nil
            }
            bystander.node = node
            bystander.role = greeting.role
            bystander.person = identity
            bystander.isContact = isContact
            bystander.name = introduction?.name
        }
        check(vicinity.bystanders[index], for: nil, at: now, &outbox)
        // Who moved is not where they were: that is found out at once.
        for other in vicinity.bystanders
        where !wasThere && other.node?.key == node.key && other.address != sender {
            check(other, for: nil, at: now, &outbox)
        }
        return true
    }

    // MARK: Sessions

    /// Asks the node of a bystander whether it is there.
    ///
    /// - Returns: whether it was asked.
    @discardableResult
    mutating func check(
        _ bystander: Bystander, for scan: OperationID?, at now: Moment, _ outbox: inout Outbox
    ) -> Bool {
        guard let node = bystander.node else { return false }
        let call = call(
            .ping, of: node, at: bystander.address, for: .nearby(scan), now: now, &outbox)
        return call != nil
    }

    /// The node of a bystander answered, or did not: `roundTrip` is nil then.
    mutating func checked(
        _ call: Call, for scan: OperationID?, roundTrip: Duration?, at now: Moment
    ) {
        if let index = vicinity.index(of: call.address),
            vicinity.bystanders[index].node?.key == call.node.key
        {
            if let roundTrip {
                vicinity.update(index) { bystander in
                    bystander.isConfirmed = true
                    bystander.roundTrip = roundTrip
                    bystander.lastHeard = now.instant
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
            // One question at a time: until it is answered this one counts as heard of.
            if let index = vicinity.index(of: bystander.address) {
                vicinity.update(index) { $0.lastHeard = now.instant }
            }
            check(bystander, for: nil, at: now, &outbox)
        }
    }
}
