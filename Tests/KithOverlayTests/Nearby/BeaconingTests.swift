import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Hosts on one link")
struct BeaconingTests {
    @Test("recognise each other as contacts within a second, over both families")
    func contacts() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        lan.run(.seconds(5))
        let bob = lan.add(2, visible: .contacts, knowing: [1])
        lan.run(.seconds(1))
        for (host, other) in [(ada, bob), (bob, ada)] {
            let seen = host.bystanders
            #expect(Set(seen.map(\.address.family)) == [.v4, .v6])
            for bystander in seen {
                #expect(bystander.person == other.identity && bystander.isContact)
                #expect(bystander.isConfirmed && bystander.roundTrip != nil)
                #expect(bystander.node?.key == other.record.key)
                #expect(bystander.name == nil)
            }
        }
    }

    @Test("who know each other one way only stay strangers")
    func oneWay() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        let bob = lan.add(2, visible: .contacts)
        lan.run(.seconds(5))
        #expect(ada.bystanders.isEmpty && bob.bystanders.isEmpty)
        #expect(ada.sent(6).isEmpty && bob.sent(6).isEmpty)
    }

    @Test("send nothing and answer nothing when nobody may see them")
    func nobody() {
        let lan = Lan()
        let ada = lan.add(1, visible: .nobody, knowing: [2])
        let bob = lan.add(2, visible: .everybody(name: "Bob"), knowing: [1])
        lan.run(.seconds(5))
        #expect(ada.sent.isEmpty && ada.bystanders.isEmpty)
        #expect(bob.bystanders.isEmpty)
    }

    @Test("who want to be seen by everybody are, by name, key and node")
    func everybody() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .everybody(name: "Ada"))
        let bob = lan.add(2, visible: .contacts)
        lan.run(.seconds(5))
        let seen = try #require(bob.seen.first)
        #expect(seen.name == "Ada" && seen.person == ada.identity && !seen.isContact)
        // Bob wants to be known to contacts alone, so he asks nobody who she is: it stays a hint.
        #expect(!seen.isConfirmed && seen.node == nil)
        lan.perform(.start(OperationID(1), .scan(Scan())), on: bob)
        lan.run(.seconds(3))
        #expect(bob.result(of: OperationID(1)) != nil && bob.seen.first?.isConfirmed == false)
        #expect(ada.bystanders.isEmpty)
        let carol = lan.add(3, visible: .nodes)
        lan.run(.seconds(3))
        let met = try #require(carol.seen.first)
        #expect(met.isConfirmed && met.name == "Ada" && met.node?.key == ada.record.key)
        #expect(ada.seen.first?.isConfirmed == true && ada.seen.first?.person == nil)
    }

    @Test("that contacts alone may see are not known to strangers who answer their beacons")
    func strangersAnswer() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        lan.run(.milliseconds(100))
        lan.perform(.start(OperationID(1), .scan(Scan())), on: ada)
        let mallory = Address(v4: 0xc0a8_0763, port: 5_484)
        var entropy = Entropy(seed: 3)
        let before = ada.sent.count
        for beacon in ada.sent(5) {
            let key = X25519.PublicKey(Bytes32(copying: beacon.bytes.span.bytes.extracting(4..<36)))
            let own = X25519.SecretKey.generate(from: &entropy)
            let greeting = try Greeting(
                .here(
                    .init(
                        key: own.publicKey, nonce: 1, role: .full, tag: Bytes16(), introduction: nil
                    ))
            ).seal(with: own, for: key, network: lan.network)
            lan.give(greeting, from: mallory, to: ada)
        }
        lan.run(.milliseconds(500))
        let toMallory = ada.sent[before...].filter { $0.to == mallory }
        #expect(toMallory.isEmpty && ada.bystanders.isEmpty && ada.isAccounted)
    }

    @Test("keep what a contact showed, whatever somebody says from that address")
    func spoofed() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .nodes, knowing: [2])
        let bob = lan.add(2, visible: .nodes, knowing: [1])
        lan.run(.seconds(5))
        let known = try #require(ada.seen.first)
        #expect(known.isContact && known.isConfirmed)
        var entropy = Entropy(seed: 3)
        lan.perform(.start(OperationID(1), .scan(Scan())), on: ada)
        let beacon = try #require(ada.sent(5).last { $0.to.family == .v4 })
        let key = X25519.PublicKey(Bytes32(copying: beacon.bytes.span.bytes.extracting(4..<36)))
        for node in [bob.record, NodeRecord(key: key, nonce: 7, id: NodeID())] {
            let own = X25519.SecretKey.generate(from: &entropy)
            let occasion = Introduction.Occasion(
                ephemeral: own.publicKey, node: node.key, nonce: node.nonce,
                address: bob.addresses[0])
            let greeting = try Greeting(
                .here(
                    .init(
                        key: node.key, nonce: node.nonce, role: .full, tag: Bytes16(),
                        introduction: Introduction(
                            "Mallory", on: occasion, at: lan.now.unix, network: lan.network,
                            by: Lan.person(66))))
            ).seal(with: own, for: key, network: lan.network)
            lan.give(greeting, from: bob.addresses[0], to: ada)
            let visible = Beacon.Visible(
                node: node.key, nonce: node.nonce,
                introduction: Introduction(
                    "Mallory", on: occasion, at: lan.now.unix, network: lan.network,
                    by: Lan.person(66)))
            let claim = Beacon(
                ephemeral: own.publicKey, tags: (0..<Beacon.tagCount).map { _ in entropy.next() },
                aim: .recognition, visible: visible)
            lan.give(claim.encode(in: lan.network), from: bob.addresses[0], to: ada)
            lan.run(.seconds(3))
            let now = try #require(ada.seen.first)
            #expect(now.person == bob.identity && now.isContact && now.isConfirmed)
            #expect(now.name == nil && now.node?.key == bob.record.key)
        }
    }

    @Test("do not show or answer somebody who is blocked")
    func blocked() {
        let lan = Lan()
        let ada = lan.add(1, visible: .everybody(name: "Ada"))
        let bob = lan.add(2, visible: .contacts)
        let change = ContactChange.block(ada.identity)
        lan.perform(.start(OperationID(1), .contacts(change)), on: bob)
        lan.run(.seconds(5))
        lan.perform(.start(OperationID(2), .scan(Scan())), on: bob)
        lan.run(.seconds(3))
        #expect(bob.bystanders.isEmpty)
    }

    @Test("send beacons at once, after 1 s and 2 s, then every 30 to 60 s, each with new bytes")
    func pace() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2, 3])
        var times: [Double] = []
        let start = lan.now.instant
        for _ in 0..<6_000 {
            let before = ada.sent(5).count
            lan.run(.milliseconds(100))
            if ada.sent(5).count > before { times.append((lan.now.instant - start).seconds) }
        }
        #expect(times.count >= 12 && times[0] < 0.2)
        #expect(abs(times[1] - 1) < 0.2 && abs(times[2] - 3) < 0.2)
        let pauses = zip(times.dropFirst(3), times.dropFirst(2)).map { $0 - $1 }
        #expect(pauses.allSatisfy { (29.8...60.2).contains($0) })
        #expect(Set(pauses.map { Int($0) }).count > 4)
        #expect(ada.sent(5).allSatisfy { $0.bytes.count == Beacon.bytesMin && $0.isBound })
    }

    @Test("say nothing in two days that tells a stranger that it was the same person")
    func unlinkable() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2, 3])
        lan.run(.seconds(60))
        let first = ada.sent(5).map(\.bytes)
        ada.sent = []
        lan.now = Moment(
            instant: lan.now.instant, unix: lan.now.unix + .seconds(86_400))
        lan.move(ada, to: 3, ipv6: false)
        lan.run(.seconds(60))
        let second = ada.sent(5).map(\.bytes)
        #expect(first.count >= 6 && second.count >= 3)
        // Type and version, and the item: an array of the aim; everything else must differ.
        let constant = 4 + 2
        for (a, b) in first.flatMap({ a in second.map { (a, $0) } }) {
            #expect(a.count == b.count)
            #expect(Self.longestCommonRun(a, b) <= constant + 1, "\(a) and \(b)")
            let tags = [a, b].map { bytes in
                Set((0..<Beacon.tagCount).map { Array(bytes[36 + 8 * $0..<44 + 8 * $0]) })
            }
            #expect(tags[0].isDisjoint(with: tags[1]))
        }
    }

    /// The longest run of bytes that both have at the same place.
    private static func longestCommonRun(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var (longest, run) = (0, 0)
        for (x, y) in zip(a, b) {
            run = x == y ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    @Test("with more contacts than a beacon has room for are recognised by all of them in turn")
    func manyContacts() {
        let lan = Lan()
        let others = (2...101).map { UInt32($0) }
        let ada = lan.add(1, visible: .contacts, knowing: others)
        let readers = [2, 70, 101].map { lan.add(UInt32($0), visible: .contacts, knowing: [1]) }
        lan.run(.seconds(5))
        for reader in readers { #expect(reader.seen.first?.person == ada.identity) }
        #expect(ada.sent(5).allSatisfy { $0.bytes.count == Beacon.bytesMin })
    }

    @Test("whose clocks are a day apart recognise each other, not when two are between")
    func clocks() {
        for (days, isSeen) in [(1, true), (3, false)] {
            let lan = Lan()
            let ada = lan.add(1, visible: .contacts, knowing: [2])
            lan.run(.seconds(1))
            let beacon = ada.sent(5)[0]
            lan.now = Moment(
                instant: lan.now.instant, unix: lan.now.unix + .seconds(Int64(days) * 86_400))
            let bob = lan.add(2, visible: .contacts, knowing: [1], joins: false)
            let answer = lan.give(beacon.bytes, from: beacon.from, to: bob)
            #expect(answer.contains { $0.bytes.first == 6 } == isSeen, "\(days) days")
        }
    }

    @Test("that vanish are forgotten within 90 s, and those that move are found elsewhere at once")
    func comingAndGoing() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        let bob = lan.add(2, visible: .contacts, knowing: [1])
        lan.run(.seconds(20))
        let before = try #require(ada.seen.first)
        lan.move(bob, to: 9, ipv6: false)
        lan.run(.seconds(5))
        #expect(ada.bystanders.map(\.address) == [bob.addresses[0]])
        #expect(bob.addresses[0] != before.address && ada.seen[0].isConfirmed)
        lan.move(bob, to: nil)
        lan.run(.seconds(90))
        #expect(ada.bystanders.isEmpty && ada.isAccounted)
    }

    @Test("stay known for hours while they stay")
    func staying() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        let bob = lan.add(2, visible: .contacts, knowing: [1])
        lan.run(.seconds(5))
        let since = ada.seen.first?.since
        for _ in 0..<60 {
            lan.run(.seconds(60))
            #expect(ada.seen.count == 1 && bob.seen.count == 1)
        }
        #expect(ada.seen.first?.since == since && since != nil)
    }
}

@Suite("A beacon from a stranger")
struct StrangeBeaconTests {
    private func flood(
        _ host: Lan.Host, on lan: Lan, from sources: [Address], seconds: Int, perSecond: Int = 1_000
    ) -> [Lan.Datagram] {
        var answers: [Lan.Datagram] = []
        var entropy = Entropy(seed: 7)
        for round in 0..<seconds * perSecond {
            let key = X25519.SecretKey.generate(from: &entropy).publicKey
            let beacon = Beacon(
                ephemeral: key, tags: (0..<Beacon.tagCount).map { _ in entropy.next() },
                aim: .everybody, visible: nil
            ).encode(in: lan.network)
            answers += lan.give(beacon, from: sources[round % sources.count], to: host)
            if round % (perSecond / 100) == 0 { lan.run(.milliseconds(10)) }
        }
        return answers.filter { $0.bytes.first == 6 }
    }

    @Test("1,000 a second from one host are answered once in 30 s, and cost nobody else theirs")
    func oneSource() {
        let lan = Lan()
        let ada = lan.add(1, role: .full, knowing: [2])
        lan.run(.seconds(5))
        let source = Address(v4: 0xc0a8_07c8, port: 5_484)
        #expect(flood(ada, on: lan, from: [source], seconds: 20).count == 1)
        #expect(ada.exceededBound == nil && ada.isAccounted)
        let bob = lan.add(2, knowing: [1])
        lan.run(.seconds(1))
        #expect(ada.seen.contains { $0.person == bob.identity && $0.isConfirmed })
        #expect(flood(ada, on: lan, from: [source], seconds: 12).count <= 1)
    }

    @Test("from 250 hosts of the link is answered 20 times a second at the most")
    func manySources() {
        let lan = Lan()
        let ada = lan.add(1, role: .full)
        lan.run(.seconds(5))
        let sources = (2...251).map { Address(v4: 0xc0a8_0700 + $0, port: 5_484) }
        let answers = flood(ada, on: lan, from: sources, seconds: 5)
        #expect(answers.count <= 100 + 5 * 20 + 1 && answers.count > 100)
        #expect(Set(answers.map(\.to)).count == answers.count)
        #expect(ada.exceededBound == nil && ada.isAccounted)
    }

    @Test("from an address that is not on the link is never answered")
    func foreign() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .everybody(name: "Ada"), role: .full)
        lan.run(.seconds(5))
        let sources =
            [
                "192.168.8.2:5484", "8.8.8.8:5484", "192.168.7.0:5484", "192.168.7.255:5484",
                "192.168.7.1:5484", "127.0.0.1:5484", "[2001:db8::7]:5484",
            ].compactMap { Address($0) }
            + [Address(v6: 0xfe80 << 48, low: 3, port: 5_484).with(zone: 3)]
        let before = ada.counters
        #expect(flood(ada, on: lan, from: sources, seconds: 1).isEmpty)
        // What bears our own address is taken for our own, come back from a group.
        let after = ada.counters
        let refused =
            after.refusedBeacons - before.refusedBeacons + after.refusedAddress
            - before.refusedAddress
        #expect(refused == 875 && after.beaconsEchoed - before.beaconsEchoed >= 125)
        #expect(ada.bystanders.isEmpty && ada.isAccounted)
    }

    @Test("who moves another's beacon to an address of their own is recognised by nobody")
    func moved() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        let bob = lan.add(2, visible: .contacts, knowing: [1], joins: false)
        lan.dropsMulticast = true
        lan.run(.seconds(1))
        let beacon = ada.sent(5)[0]
        let thief = Address(v4: 0xc0a8_0763, port: 5_484)
        #expect(lan.give(beacon.bytes, from: thief, to: bob).isEmpty)
        #expect(bob.bystanders.isEmpty)
        #expect(!lan.give(beacon.bytes, from: beacon.from, to: bob).isEmpty)
    }

    @Test("a greeting that answers nothing of ours, or was answered already, changes nothing")
    func strangeGreetings() throws {
        let lan = Lan()
        let ada = lan.add(1, knowing: [2])
        lan.run(.seconds(5))
        let mallory = Address(v4: 0xc0a8_0763, port: 5_484)
        var entropy = Entropy(seed: 3)
        let own = X25519.SecretKey.generate(from: &entropy)
        let greeting = Greeting(
            .here(
                .init(
                    key: own.publicKey, nonce: 1, role: .full, tag: Bytes16(), introduction: nil)))
        let unasked = try greeting.seal(
            with: own, for: X25519.SecretKey.generate(from: &entropy).publicKey,
            network: lan.network)
        lan.give(unasked, from: mallory, to: ada)
        #expect(ada.counters.refusedGreetings == 1 && ada.bystanders.isEmpty)
        // Sealed for a beacon of ours long after it.
        let beacon = ada.sent(5)[0].bytes
        let key = X25519.PublicKey(Bytes32(copying: beacon.span.bytes.extracting(4..<36)))
        lan.run(.seconds(20))
        let late = try greeting.seal(with: own, for: key, network: lan.network)
        lan.give(late, from: mallory, to: ada)
        #expect(ada.counters.refusedGreetings == 2 && ada.bystanders.isEmpty)
    }

    @Test("whose node never answers in a session stays a hint and is forgotten")
    func silentNode() throws {
        let lan = Lan()
        let ada = lan.add(1, visible: .nodes)
        lan.run(.milliseconds(500))
        let beacon = ada.sent(5)[0].bytes
        let key = X25519.PublicKey(Bytes32(copying: beacon.span.bytes.extracting(4..<36)))
        let mallory = Address(v4: 0xc0a8_0763, port: 5_484)
        var entropy = Entropy(seed: 3)
        let own = X25519.SecretKey.generate(from: &entropy)
        let greeting = try Greeting(
            .here(
                .init(
                    key: own.publicKey, nonce: 1, role: .full, tag: Bytes16(), introduction: nil))
        ).seal(with: own, for: key, network: lan.network)
        lan.give(greeting, from: mallory, to: ada)
        #expect(ada.seen.first?.isConfirmed == false)
        #expect(ada.seen.first?.node?.key == own.publicKey)
        lan.run(.seconds(5))
        #expect(ada.bystanders.isEmpty)
    }
}
