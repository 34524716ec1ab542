import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

/// A village in which the first people have contact books.
func neighbours(
    seed: UInt64, people: Int, nodes: Int = 12, settings: Settings = .unhurried
) -> World {
    let world = World(
        seed: seed, settings: settings, links: Links(latency: .milliseconds(20)))
    for _ in 0..<nodes { world.addMachine() }
    for machine in world.machines {
        if machine.number < people { world.giveBook(to: machine) }
        world.start(machine, seeds: machine.number == 0 ? [] : [world.machines[0].record])
        world.run(for: .milliseconds(100))
    }
    world.run(for: .seconds(20))
    return world
}

private struct Refused: Error { let reason: String }

extension World {
    func change(_ change: ContactChange, on machine: Machine) throws {
        let result = try #require(finish(.contacts(change), on: machine))
        guard case .success(.contactsChanged) = result else {
            throw Refused(reason: "\(result)")
        }
    }

    func present(
        _ profile: Profile, _ level: PrivacyLevel,
        _ fields: [Presentation.Field: PrivacyLevel] = [:], on machine: Machine
    ) throws {
        let presentation = try Presentation(profile, level: level, fields: fields)
        let result = try #require(finish(.present(presentation), on: machine))
        if case .failure(let error) = result { throw Refused(reason: "\(error)") }
    }

    /// What `reader` sees on the card of `person`.
    func card(of person: Machine, on reader: Machine) -> Profile? {
        guard
            case .success(.card(let report)) = finish(.readCard(person.identity), on: reader)
        else { return nil }
        return report.card?.profile
    }

    /// Makes two people contacts as if each had scanned the other's identity.
    func acquaint(_ one: Machine, _ other: Machine) throws {
        for (who, whom) in [(one, other), (other, one)] {
            try change(
                .add(whom.identity, name: "No \(whom.number)", ownName: nil, message: nil),
                on: who)
        }
        let areAcquainted = run(upTo: .seconds(600)) {
            book(of: one)?[other.identity]?.isConfirmed == true
                && book(of: other)?[one.identity]?.isConfirmed == true
        }
        #expect(areAcquainted, "\(one.number) and \(other.number) never met")
    }
}

@Suite("Contacts")
struct ContactTests {
    @Test("who scanned each other read each other's cards, and a stranger finds nothing")
    func scanned() throws {
        let world = neighbours(seed: testSeed(default: 981), people: 3)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        let profile = try profile("Ada", interests: ["chess"], bio: "to friends only")
        try world.present(profile, .contacts, [.bio: .friends], on: ada)
        try world.acquaint(ada, ben)
        let seen = try #require(world.card(of: ada, on: ben))
        #expect(seen.name == "Ada")
        #expect(seen.interests == ["chess"])
        #expect(seen.bio == nil)
        // A friend sees the rest, as soon as he looks.
        try world.change(.level(ben.identity, .friends), on: ada)
        world.run(for: .seconds(30))
        #expect(world.card(of: ada, on: ben)?.bio == "to friends only")
        #expect(world.read(ada, on: eve) == nil)
        #expect(world.namesFound("ada", on: eve) == [])
        #expect(world.complaints == [])
    }

    @Test("a request of a stranger arrives, is accepted, and opens the card")
    func requested() throws {
        let world = neighbours(seed: testSeed(default: 982), people: 2)
        let (ada, ben) = (world[0], world[1])
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.change(
            .add(ada.identity, name: "Ada", ownName: "Ben", message: "from the club"), on: ben)
        #expect(world.run(upTo: .seconds(7_200)) { !ada.requests.isEmpty })
        let request = try #require(ada.requests.first)
        #expect(request.sender == ben.identity)
        #expect(request.name == "Ben")
        #expect(request.message == "from the club")
        #expect(world.card(of: ada, on: ben) == nil)
        try world.change(.accept(ben.identity), on: ada)
        #expect(world.book(of: ada)?.contacts.map(\.name) == ["Ben"])
        let isSeen = world.run(upTo: .seconds(7_200)) {
            world.book(of: ben)?[ada.identity]?.isConfirmed == true
        }
        #expect(isSeen)
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        // The same request stands in the mailbox for a day and is not shown again.
        world.run(for: .seconds(7_200))
        #expect(ada.requests.count == 1)
        #expect(world.complaints == [])
    }

    @Test("who was removed finds a cover, and who stays reads on within a minute")
    func removed() throws {
        let world = neighbours(seed: testSeed(default: 983), people: 3)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, eve)
        #expect(world.card(of: ada, on: eve)?.name == "Ada")
        try world.change(.remove(eve.identity), on: ada)
        try world.present(try profile("Ada again"), .contacts, on: ada)
        world.run(for: .seconds(60))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.card(of: ada, on: eve) == nil)
        world.run(for: .seconds(3_600))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.card(of: ada, on: eve) == nil)
        #expect(world.complaints == [])
    }

    @Test("a person who hides is seen by nobody, and one who was blocked is not heard")
    func hidden() throws {
        let world = neighbours(seed: testSeed(default: 984), people: 3)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        try world.present(try profile("Ada"), .everyone, on: ada)
        try world.acquaint(ada, ben)
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        #expect(world.namesFound("ada", on: eve) == ["Ada"])
        try world.present(try profile("Ada"), .nobody, on: ada)
        world.run(for: .seconds(60))
        #expect(world.card(of: ada, on: ben) == nil)
        #expect(world.namesFound("ada", on: world[4]) == [])
        try world.change(.block(eve.identity), on: ada)
        try world.change(
            .add(ada.identity, name: "Ada", ownName: "Eve", message: nil), on: eve)
        world.run(for: .seconds(7_200))
        #expect(ada.requests.isEmpty)
        #expect(world.complaints == [])
    }

    @Test("survive a restart, and who was off for days catches up")
    func restarted() throws {
        let world = neighbours(seed: testSeed(default: 986), people: 2)
        let (ada, ben) = (world[0], world[1])
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        let before = try #require(world.book(of: ada))
        for machine in [ada, ben] {
            world.crash(machine)
            world.start(machine, seeds: [world[5].record])
        }
        world.run(for: .seconds(30))
        #expect(world.book(of: ada)?.contacts.map(\.identity) == before.contacts.map(\.identity))
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        // Ben is off while everything changes.
        world.crash(ben)
        try world.change(.level(ben.identity, .friends), on: ada)
        try world.present(try profile("Ada the friend"), .friends, on: ada)
        world.run(for: .seconds(60))
        world.start(ben, seeds: [world[5].record])
        world.run(for: .seconds(30))
        #expect(world.card(of: ada, on: ben)?.name == "Ada the friend")
        #expect(world.complaints == [])
    }

    @Test("stand in a book that is read back as it was, and not when a byte is missing")
    func coded() throws {
        let world = neighbours(seed: testSeed(default: 987), people: 3)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        let profile = try profile("Ada", interests: ["chess"], bio: "to friends only")
        try world.present(profile, .contacts, [.bio: .friends], on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, eve)
        try world.change(.favourite(ben.identity, true), on: ada)
        try world.change(.level(ben.identity, .friends), on: ada)
        try world.change(
            .add(world[7].identity, name: "Seven", ownName: "Ada", message: "hello"), on: ada)
        try world.change(.block(eve.identity), on: ada)
        let book = try #require(world.book(of: ada))
        #expect(book.contacts.count == 2)
        #expect(book.blocked == [eve.identity])
        let bytes = book.encode()
        #expect(try ContactBook.decode(bytes.span.bytes) == book)
        for length in 0..<bytes.count {
            #expect(throws: ContactBookError.self) {
                try ContactBook.decode(Array(bytes.prefix(length)).span.bytes)
            }
        }
        #expect(throws: ContactBookError.malformed(.trailingBytes)) {
            try ContactBook.decode((bytes + [0]).span.bytes)
        }
        var later = bytes
        later[1] = 2
        #expect(throws: ContactBookError.malformed(.unknownVersion)) {
            try ContactBook.decode(later.span.bytes)
        }
    }

    @Test("what cannot be done is said and changes nothing")
    func refused() throws {
        let world = neighbours(seed: testSeed(default: 985), people: 1)
        let (ada, ben) = (world[0], world[1])
        let before = world.book(of: ada)
        let nobody = Ed25519.PublicKey(Bytes32())
        let refusals: [(ContactChange, ContactError)] = [
            (.remove(ben.identity), .unknown), (.accept(ben.identity), .noRequest),
            (.refuse(ben.identity), .noRequest), (.unblock(ben.identity), .notBlocked),
            (.block(ada.identity), .ownKey),
            (.add(ada.identity, name: "Me", ownName: nil, message: nil), .ownKey),
            (.add(ben.identity, name: "", ownName: nil, message: nil), .badText(.empty(.name))),
            (.add(nobody, name: "Zero", ownName: nil, message: nil), .badKey),
        ]
        for (change, error) in refusals {
            guard case .failure(.contacts(let found)) = world.finish(.contacts(change), on: ada)
            else {
                Issue.record("\(change) was not refused")
                continue
            }
            #expect(found == error)
        }
        #expect(world.book(of: ada) == before)
        guard
            case .failure(.noIdentity) = world.finish(
                .contacts(.unblock(ada.identity)), on: ben)
        else {
            Issue.record("somebody without a book was not refused")
            return
        }
    }
}
