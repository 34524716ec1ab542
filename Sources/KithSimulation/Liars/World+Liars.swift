import KithCrypto
import KithOverlay
public import KithWire

// Liars in the world: they send through the same links, and nothing is checked of them but that
// honest machines stand them.
extension World {
    /// Numbers of liars begin here; those of machines end before.
    static let firstLiar = 1 << 20

    /// Time between two rounds of introductions of one liar, in the mean.
    static let introductionInterval: Duration = .seconds(60)
    /// Whom a liar introduces itself to in its first round: so many closest to its id.
    static let introductionsNear = 12
    /// Whom else a liar introduces itself to in its first round: so many at random.
    static let introductionsFar = 8

    /// Adds a liar that is silent until ``release(_:)``.
    @discardableResult
    public func addLiar(_ vice: Vice, in conspiracy: Conspiracy? = nil) -> Liar {
        let seed = entropy.bytes32()
        let key = Ed25519.SecretKey(seed: seed).agreementKey().publicKey
        let proof = NodeProof.find(key: key, network: network, entropy: &entropy)
        return settle(vice, in: conspiracy ?? crowd, seed: seed, proof: proof)
    }

    /// Adds `count` liars whose ids are closer to `location` than that of any machine, in
    /// different blocks of addresses; each tried nonces with the real proof of work until one did.
    @discardableResult
    public func grind(
        _ count: Int, near location: Location, _ vice: Vice = .usurper,
        in conspiracy: Conspiracy = Conspiracy()
    ) -> [Liar] {
        var closest = Point(Bytes32()).flipped
        for machine in machines {
            closest = min(closest, location.distance(to: machine.record.id))
        }
        return (0..<count).map { _ in
            let seed = entropy.bytes32()
            let key = Ed25519.SecretKey(seed: seed).agreementKey().publicKey
            var nonce = entropy.next()
            while true {
                if let id = NodeProof.id(key: key, nonce: nonce, network: network),
                    location.distance(to: id) < closest
                {
                    return settle(vice, in: conspiracy, seed: seed, proof: (nonce, id))
                }
                nonce &+= 1
            }
        }
    }

    private func settle(
        _ vice: Vice, in conspiracy: Conspiracy, seed: Bytes32,
        proof: (nonce: UInt64, id: NodeID)
    ) -> Liar {
        let liar = Liar(
            number: World.firstLiar + liars.count, address: freeAddress(), vice: vice,
            conspiracy: conspiracy, network: network, nodeSeed: seed, proof: proof,
            entropy: entropy.fork())
        liars.append(liar)
        byAddress[liar.address] = liar.number
        liarSigners.insert(liar.signer)
        return liar
    }

    /// Lets a liar begin to introduce itself.
    public func release(_ liar: Liar) {
        scheme(liar)
    }

    /// One round of introductions: to nodes close to its id and to others at random.
    ///
    /// Whom there is to meet the world tells it, in place of a crawl.
    func scheme(_ liar: Liar) {
        let members = machines.filter(\.isMember)
        let records = members.map(\.record)
        let near = records.closest(World.introductionsNear, to: liar.record.id)
        if liar.rounds == 0 {
            for record in near { liar.introduce(to: record) }
            for _ in 0..<World.introductionsFar {
                if let one = entropy.element(of: records) { liar.introduce(to: one) }
            }
        } else {
            for list in [near, records] {
                for _ in 0..<2 {
                    if let one = entropy.element(of: list) { liar.introduce(to: one) }
                }
            }
        }
        liar.rounds += 1
        post(liar)
        let pause = World.introductionInterval.scaled(by: 0.75 + 0.5 * entropy.unit())
        plan(.scheme(liar: liar.number), after: pause)
    }

    func deliver(_ datagram: Agenda.Datagram, to liar: Liar) {
        delivered += 1
        note(datagram, to: liar.number)
        liar.receive(datagram.bytes, from: datagram.source, at: unix)
        post(liar)
    }

    /// Sends what a liar wrote.
    private func post(_ liar: Liar) {
        for letter in liar.letters {
            transmit(
                Agenda.Datagram(
                    sender: liar.number, source: liar.address, bytes: letter.bytes),
                to: letter.destination)
        }
        liar.letters.removeAll(keepingCapacity: true)
    }

    /// Share of liars among the neighbours of all machines that are up, 0…1.
    public var liarsKnown: Double {
        var all = 0
        var lying = 0
        for machine in machines {
            for neighbour in machine.node?.neighbourStatuses(at: now) ?? [] {
                all += 1
                if byAddress[neighbour.address].flatMap(liar) != nil { lying += 1 }
            }
        }
        return all == 0 ? 0 : Double(lying) / Double(all)
    }

    /// The liar with this number, if it is one's.
    func liar(_ number: Int) -> Liar? {
        number >= World.firstLiar ? liars[number - World.firstLiar] : nil
    }
}

extension Point {
    /// The point furthest from this one.
    fileprivate var flipped: Point {
        var bytes: [UInt8] = []
        self.bytes.withBytes { for byte in $0 { bytes.append(~byte) } }
        return Point(Bytes32(copying: bytes.span.bytes))
    }
}
