import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

private struct Other: Error { let result: Result<Outcome, OperationError>? }

extension World {
    fileprivate func report(_ operation: Operation, on machine: Machine) throws -> PresentReport {
        let result = finish(operation, on: machine)
        guard case .success(.presented(let report)) = result else { throw Other(result: result) }
        return report
    }

    fileprivate func look(_ viewer: Viewer, on machine: Machine) throws -> SeenReport {
        let result = finish(.look(viewer), on: machine)
        guard case .success(.seen(let report)) = result else { throw Other(result: result) }
        return report
    }
}

@Suite("What a person says of themselves")
struct PresentingTests {
    @Test("goes where its level says, and is gone from there when that changes")
    func levels() throws {
        let world = neighbours(seed: testSeed(default: 995), people: 1)
        let ada = world[0]
        let profile = try profile("Ada", interests: ["chess"])
        let said = try world.report(
            .present(try Presentation(profile, level: .everyone)), on: ada)
        #expect(said.published?.stored ?? 0 >= 2)
        #expect(said.withdrawn == nil)
        #expect((said.cards, said.cardsWanted) == (2, 2))
        #expect(world.namesFound("ada", on: world[5]) == ["Ada"])
        // For contacts only: what everybody saw is withdrawn.
        let narrowed = try world.report(
            .present(try Presentation(profile, level: .contacts)), on: ada)
        #expect(narrowed.published == nil)
        #expect(narrowed.withdrawn?.stored ?? 0 >= 2)
        #expect((narrowed.cards, narrowed.cardsWanted) == (2, 2))
        #expect(world.read(ada, on: world[6])?.body == nil)
        let hidden = try world.report(.hide, on: ada)
        #expect(hidden.level == .nobody)
        #expect((hidden.cards, hidden.cardsWanted) == (2, 2))
        guard case .failure(.nothingPublished) = world.finish(.hide, on: ada) else {
            Issue.record("who says nothing was hidden again")
            return
        }
        #expect(world.complaints == [])
    }

    @Test("who says nothing and has said nothing writes nothing")
    func nothing() throws {
        let world = neighbours(seed: testSeed(default: 996), people: 1)
        let ada = world[0]
        var sealed = 0
        world.afterPersist = { _, stored in if stored.record.kind == .sealed { sealed += 1 } }
        let report = try world.report(
            .present(try Presentation(try profile("Ada"), level: .nobody)), on: ada)
        #expect((report.cards, report.cardsWanted) == (0, 0))
        #expect(report.published == nil && report.withdrawn == nil)
        world.run(for: .seconds(3_600))
        #expect(sealed == 0)
        // The same world would have noticed.
        _ = try world.report(
            .present(try Presentation(try profile("Ada"), level: .contacts)), on: ada)
        #expect(sealed > 0)
    }

    @Test("waits for somebody to take it, and says so")
    func alone() throws {
        let world = World(seed: testSeed(default: 997), settings: .unhurried)
        let ada = world.addMachine()
        world.giveBook(to: ada)
        world.start(ada, seeds: [])
        world.run(for: .seconds(5))
        let presentation = try Presentation(try profile("Ada"), level: .contacts)
        guard case .failure(.noPeers) = world.finish(.present(presentation), on: ada) else {
            Issue.record("cards were placed where nobody is")
            return
        }
        #expect(world.book(of: ada)?.presentation == presentation)
        // So does looking.
        let ben = world.addMachine()
        try world.change(.add(ben.identity, name: "Ben", ownName: nil, message: nil), on: ada)
        for operation in [Operation.readCard(ben.identity), .look(.contact(ben.identity))] {
            guard case .failure(.noPeers) = world.finish(operation, on: ada) else {
                Issue.record("a card was found where nobody is")
                return
            }
        }
        // Once somebody comes, what waited is written.
        var sealed = 0
        world.afterPersist = { _, stored in if stored.record.kind == .sealed { sealed += 1 } }
        for _ in 0..<5 { world.start(world.addMachine(), seeds: [ada.record]) }
        #expect(world.run(upTo: .seconds(300)) { sealed >= 4 })
    }

    @Test("is covered in the end when somebody hides while it is being said")
    func hiddenMeanwhile() throws {
        let world = neighbours(seed: testSeed(default: 999), people: 2)
        let (ada, ben) = (world[0], world[1])
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        world.start(
            .present(try Presentation(try profile("Ada again"), level: .contacts)), on: ada)
        // The cards are on their way, and those of now would count as covers.
        world.run(for: .milliseconds(50))
        let report = try world.report(.hide, on: ada)
        #expect((report.cards, report.cardsWanted) == (2, 2))
        world.run(for: .seconds(120))
        #expect(world.card(of: ada, on: ben) == nil)
        #expect(world.complaints == [])
    }

    @Test("is seen with the eyes of others as they see it")
    func eyes() throws {
        let world = neighbours(seed: testSeed(default: 998), people: 4)
        let (ada, ben, cleo, eve) = (world[0], world[1], world[2], world[3])
        let whole = try profile("Ada", interests: ["chess"], bio: "to friends only")
        _ = try world.report(
            .present(try Presentation(whole, level: .contacts, fields: [.bio: .friends])),
            on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, cleo)
        try world.change(.level(cleo.identity, .friends), on: ada)
        world.run(for: .seconds(30))
        #expect(try world.look(.stranger, on: ada) == .nothing)
        let asBen = try world.look(.contact(ben.identity), on: ada)
        #expect(asBen.level == .contacts)
        #expect(asBen.card?.profile == world.card(of: ada, on: ben))
        #expect(asBen.card?.profile.interests == ["chess"])
        #expect(asBen.card?.profile.bio == nil)
        let asCleo = try world.look(.contact(cleo.identity), on: ada)
        #expect(asCleo.level == .friends)
        #expect(asCleo.card?.profile == world.card(of: ada, on: cleo))
        #expect(asCleo.card?.profile.bio == "to friends only")
        guard
            case .failure(.contacts(.unknown)) = world.finish(
                .look(.contact(eve.identity)), on: ada)
        else {
            Issue.record("somebody unknown has eyes")
            return
        }
        // What everybody sees, a stranger sees.
        _ = try world.report(.present(try Presentation(whole, level: .everyone)), on: ada)
        let read = try #require(world.read(ada, on: eve)?.body)
        #expect(
            try world.look(.stranger, on: ada).published == Profile.decode(read.span.bytes))
        _ = try world.report(.hide, on: ada)
        #expect(try world.look(.stranger, on: ada) == .nothing)
        #expect(try world.look(.contact(ben.identity), on: ada).card == nil)
        #expect(world.complaints == [])
    }
}

extension SeenReport {
    fileprivate static let nothing = SeenReport()
}
