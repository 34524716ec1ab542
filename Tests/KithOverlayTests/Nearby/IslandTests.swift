import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A machine without a seed")
struct IslandTests {
    @Test("joins through its link within 5 s")
    func firstSeed() {
        let lan = Lan()
        let ada = lan.add(1)
        lan.run(.seconds(10))
        #expect(ada.phase(lan) == .alone(.noSeeds))
        let bob = lan.add(2)
        lan.run(.seconds(5))
        for host in [ada, bob] {
            #expect(host.phase(lan) == .joined)
            #expect(host.neighbourCount == 1)
            #expect(host.isIsland)
        }
    }

    @Test("joins 19 others who began without one as well, and finds what they publish")
    func twenty() throws {
        let lan = Lan()
        for number in 1...20 { lan.add(UInt32(number)) }
        lan.run(.seconds(30))
        for host in lan.hosts {
            #expect(host.phase(lan) == .joined)
            #expect(host.neighbourCount >= 15)
        }
        let profile = try Profile(name: "Marta Kovač", activeHour: 0)
        lan.perform(.start(OperationID(1), .publish(profile)), on: lan.hosts[3])
        lan.run(.seconds(5))
        guard case .success(.published(let report)) = lan.hosts[3].result(of: OperationID(1)) else {
            Issue.record("\(String(describing: lan.hosts[3].result(of: OperationID(1))))")
            return
        }
        #expect(report.stored == 3)
        lan.perform(.start(OperationID(1), .findName("marta", limit: 5)), on: lan.hosts[17])
        lan.run(.seconds(5))
        guard case .success(.found(let hits, _)) = lan.hosts[17].result(of: OperationID(1)) else {
            Issue.record("\(String(describing: lan.hosts[17].result(of: OperationID(1))))")
            return
        }
        #expect(hits.map(\.profile.name) == ["Marta Kovač"])
    }

    @Test("is told of no node when those on its link are for contacts only")
    func contactsOnly() {
        let lan = Lan()
        lan.add(1, visible: .contacts)
        let bob = lan.add(2, visible: .nodes)
        lan.run(.seconds(60))
        #expect(bob.phase(lan) == .alone(.noSeeds))
        #expect(lan.hosts[0].sent(6).isEmpty)
    }

    @Test("on a link where nothing reaches the group stays alone until it is asked by hand")
    func byHand() {
        let lan = Lan()
        lan.dropsMulticast = true
        let ada = lan.add(1)
        let bob = lan.add(2)
        lan.run(.seconds(20))
        #expect(bob.neighbourCount == 0)
        lan.perform(.start(OperationID(1), .scan(Scan(addresses: [ada.addresses[0]]))), on: bob)
        lan.run(.seconds(5))
        #expect(bob.phase(lan) == .joined)
        guard case .success(.nearby(let found, _)) = bob.result(of: OperationID(1)) else {
            Issue.record("no end")
            return
        }
        #expect(found.map(\.medium) == [.hand] && found[0].isConfirmed)
    }

    @Test("lets those on its link go when it has a neighbour beyond, and serves them no more")
    func leaving() throws {
        let lan = Lan()
        let ada = lan.add(1)
        let bob = lan.add(2)
        lan.run(.seconds(10))
        #expect(ada.neighbourCount == 1)
        // A node elsewhere, which answers Ada only.
        let far = lan.add(elsewhere: 99, host: 0x0909_0909)
        lan.perform(.start(OperationID(1), .ping(far.record)), on: ada)
        lan.run(.seconds(2))
        #expect(!ada.isIsland)
        #expect(ada.neighbourKeys == [far.record.key])
        // Ada's role is said in the next handshake, at Bob's next check of her at the latest.
        lan.run(.seconds(20 * 60))
        #expect(!bob.neighbourKeys.contains(ada.record.key))
        // What is on the link is named to nobody beyond.
        let named = ada.node.neighbours(near: far.record.id, over: .both)
        #expect(!named.contains { $0.v4?.isPrivate == true })
    }

    @Test("is an island again when those beyond are silent, and goes back to who is on its link")
    func again() throws {
        let lan = Lan()
        let ada = lan.add(1)
        let far = lan.add(elsewhere: 99, host: 0x0909_0909)
        lan.perform(.start(OperationID(1), .ping(far.record)), on: ada)
        lan.run(.seconds(10))
        #expect(!ada.isIsland && ada.phase(lan) == .joined)
        // The line is cut.
        far.addresses = []
        lan.run(.seconds(20 * 60))
        #expect(ada.isIsland)
        let bob = lan.add(2)
        lan.run(.seconds(5))
        #expect(bob.phase(lan) == .joined)
        #expect(ada.neighbourKeys.contains(bob.record.key))
    }

    @Test("is told of nodes elsewhere by one that serves nobody, which stays unnamed")
    func named() throws {
        let lan = Lan()
        let far = lan.add(elsewhere: 99, host: 0x0909_0909)
        let ada = lan.add(1)
        lan.perform(.join([far.record]), on: ada)
        lan.run(.seconds(10))
        #expect(!ada.isIsland && ada.phase(lan) == .joined)
        let bob = lan.add(2)
        lan.run(.seconds(5))
        #expect(bob.phase(lan) == .joined)
        #expect(bob.neighbourKeys == [far.record.key])
        #expect(!bob.bystanders.contains { $0.node != nil })
    }

    @Test("takes addresses that hosts gave themselves (169.254/16) for its link as well")
    func ownAddresses() throws {
        let lan = Lan()
        for number in [1, 2] as [UInt32] {
            let host = lan.add(number)
            host.addresses = [Address(v4: 0xa9fe_0100 + number, port: 5_484)]
            let link = Link(interface: 2, address: host.addresses[0], prefixBits: 16)
            lan.perform(.links(OwnLinks([link])), on: host)
        }
        lan.run(.seconds(5))
        for host in lan.hosts { #expect(host.phase(lan) == .joined) }
    }

    @Test("is not led to hosts of its link by what somebody elsewhere names")
    func misled() throws {
        let lan = Lan()
        let ada = lan.add(1)
        let here = Address(v4: 0xc0a8_0709, port: 1)
        let there = Address(v4: 0x0808_0808, port: 1)
        let key = X25519.PublicKey(BLAKE2b.hash32([1]))
        let record = NodeRecord(key: key, nonce: 0, id: NodeID(BLAKE2b.hash32([2])), v4: here)
        #expect(ada.isUsable(here))
        #expect(!ada.isUsable(Address(v4: 0xc0a8_0809, port: 1)))
        #expect(!ada.mayBeNamed(record, to: there))
        #expect(ada.mayBeNamed(record, to: here.with(port: 2)))
    }
}

@Suite("Looking around")
struct ScanTests {
    private func end(_ host: Lan.Host, _ id: UInt64 = 1) -> Result<Outcome, OperationError>? {
        host.result(of: OperationID(id))
    }

    private func error(_ result: Result<Outcome, OperationError>?) -> OperationError? {
        if case .failure(let error) = result { error } else { nil }
    }

    @Test("one host after the other finds who is there without multicast, 50 a second")
    func sweep() throws {
        let lan = Lan()
        lan.dropsMulticast = true
        let ada = lan.add(1, visible: .contacts, knowing: [200])
        let bob = lan.add(200, visible: .contacts, knowing: [1])
        lan.run(.seconds(10))
        #expect(ada.bystanders.isEmpty)
        ada.sent = []
        let link = try #require(ada.links.first)
        lan.perform(.start(OperationID(1), .scan(Scan(sweeping: [link]))), on: ada)
        for _ in 0..<50 {
            let before = ada.sent(5).count
            lan.run(.milliseconds(100))
            #expect(ada.sent(5).count - before <= 6)
        }
        lan.run(.seconds(5))
        let asked = ada.sent(5).map(\.to).filter { $0.scope != .multicast }
        #expect(asked.count == 253 && Set(asked).count == 253)
        #expect(asked.allSatisfy { link.contains($0) && $0.port == 5_484 })
        guard case .success(.nearby(let found, let report)) = end(ada) else {
            Issue.record("\(String(describing: end(ada)))")
            return
        }
        #expect(found.map(\.medium) == [.sweep] && found[0].person == bob.identity)
        #expect(report.swept == 253)
        let progress = ada.events.compactMap { event -> Progress? in
            if case .progress(OperationID(1), let progress) = event { progress } else { nil }
        }
        #expect(progress.map(\.done) == Array(1...253))
        // Bob was told as well.
        #expect(bob.seen.first?.person == ada.identity && bob.seen[0].isConfirmed)
    }

    @Test("refuses networks that are too large or public, and addresses beyond the link")
    func objections() throws {
        let lan = Lan()
        let ada = lan.add(1)
        let large = Link(interface: 2, address: ada.addresses[0], prefixBits: 23)
        let open = Link(interface: 2, address: Address(v4: 0x0808_0807, port: 1), prefixBits: 24)
        let far = Address(v4: 0xc0a8_0807, port: 5_484)
        let scans: [(Scan, ScanError)] = [
            (Scan(sweeping: [large]), .subnetTooLarge(large)),
            (Scan(sweeping: [open]), .subnetPublic(open)),
            (Scan(addresses: [far]), .offLink(far)),
            (Scan(addresses: [ada.addresses[0]]), .offLink(ada.addresses[0])),
        ]
        ada.sent = []
        for (index, (scan, wanted)) in scans.enumerated() {
            let id = UInt64(index + 1)
            lan.perform(.start(OperationID(id), .scan(scan)), on: ada)
            #expect(error(end(ada, id)) == .nearby(wanted))
        }
        #expect(ada.sent.isEmpty)
        lan.move(ada, to: nil)
        lan.perform(.start(OperationID(9), .scan(Scan())), on: ada)
        #expect(error(end(ada, 9)) == .nearby(.noLink))
        lan.perform(.beVisible(.nobody), on: ada)
        lan.perform(.start(OperationID(10), .scan(Scan())), on: ada)
        #expect(error(end(ada, 10)) == .nearby(.invisible))
    }

    @Test(
        "sweeps one network at a time, can be stopped, and ends within two seconds without a sweep")
    func ends() throws {
        let lan = Lan()
        let ada = lan.add(1)
        let link = try #require(ada.links.first)
        lan.perform(.start(OperationID(1), .scan(Scan(sweeping: [link]))), on: ada)
        lan.run(.seconds(1))
        lan.perform(.start(OperationID(2), .scan(Scan(sweeping: [link]))), on: ada)
        #expect(error(end(ada, 2)) == .busy)
        lan.perform(.cancel(OperationID(1)), on: ada)
        #expect(error(end(ada, 1)) == .cancelled)
        ada.sent = []
        lan.run(.seconds(1))
        #expect(ada.sent(5).allSatisfy { $0.to.scope == .multicast })
        lan.perform(.start(OperationID(3), .scan(Scan())), on: ada)
        lan.run(.seconds(2))
        #expect(end(ada, 3) != nil)
        #expect(ada.scanCount == 0 && ada.exceededBound == nil)
    }

    @Test("asks who is known whether they are still there")
    func staleness() {
        let lan = Lan()
        let ada = lan.add(1, visible: .contacts, knowing: [2])
        let bob = lan.add(2, visible: .contacts, knowing: [1])
        lan.run(.seconds(10))
        lan.move(bob, to: nil)
        lan.perform(.start(OperationID(1), .scan(Scan())), on: ada)
        lan.run(.seconds(3))
        guard case .success(.nearby(let found, _)) = end(ada) else {
            Issue.record("no end")
            return
        }
        #expect(found.isEmpty)
    }

    @Test("a link knows its hosts")
    func links() throws {
        let own = Address(v4: 0x0a00_0082, port: 5_484)
        let small = Link(interface: 1, address: own, prefixBits: 30)
        #expect(small.hosts(port: 9).map(\.description) == ["10.0.0.129:9"])
        #expect("\(small)" == "10.0.0.128/30")
        #expect(!small.contains(Address(v4: 0x0a00_0083, port: 1)))
        #expect(!small.contains(Address(v4: 0x0a00_0084, port: 1)))
        let line = Link(interface: 1, address: own, prefixBits: 31)
        #expect(line.contains(Address(v4: 0x0a00_0083, port: 1)))
        let v6 = Link(
            interface: 3, address: try #require(Address("[fd00:1::5]:1")), prefixBits: 64)
        #expect(v6.contains(try #require(Address("[fd00:1::6]:1"))) && "\(v6)" == "fd00:1::/64")
        #expect(!v6.contains(try #require(Address("[fd00:2::6]:1"))))
        #expect(v6.group.description == "[ff12::5484]:5484")
        #expect(small.group.description == "239.255.54.84:5484")
        #expect(OwnLinks([small, line]).link(of: own) == nil)
    }
}
