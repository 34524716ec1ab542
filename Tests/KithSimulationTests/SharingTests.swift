import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

extension World {
    /// Whom `reader` finds by name, and which layer knew.
    fileprivate func found(
        _ typed: String, on reader: Machine, layers: Set<Hit.Source> = Hit.Source.all
    ) -> [String: Hit.Source] {
        guard
            case .success(.found(let hits, _)) = finish(
                .findName(typed, limit: 20, layers: layers), on: reader)
        else { return [:] }
        return Dictionary(uniqueKeysWithValues: hits.map { ($0.profile.name, $0.source) })
    }

    fileprivate func show(_ name: String, passable: Bool, on machine: Machine) throws {
        let presentation = try Presentation(
            try profile(name, interests: ["chess"]), level: .contacts, isPassable: passable)
        let result = try #require(finish(.present(presentation), on: machine))
        guard case .success(.presented) = result else {
            Issue.record("\(name) could not be presented: \(result)")
            return
        }
    }

    /// Waits until `one` knows where the node of `other` is, and what is on their card.
    fileprivate func settle(_ one: Machine, _ other: Machine) throws {
        let isKnown = run(upTo: .seconds(900)) {
            book(of: one)?[other.identity]?.card != nil
        }
        #expect(isKnown, "\(one.number) never read the card of \(other.number)")
    }
}

@Suite("Search in layers")
struct SharingTests {
    @Test("a contact's node shows who let contacts show their card, and nobody else")
    func sharing() throws {
        let world = neighbours(seed: testSeed(default: 991), people: 5)
        let (ada, ben, cleo) = (world[0], world[1], world[2])
        let (dan, eve) = (world[3], world[4])
        try world.show("Ada", passable: false, on: ada)
        try world.show("Ben", passable: false, on: ben)
        try world.show("Cleo", passable: true, on: cleo)
        try world.show("Dan", passable: false, on: dan)
        for other in [ada, cleo, dan] { try world.acquaint(ben, other) }
        for other in [cleo, dan] { try world.settle(ben, other) }
        try world.settle(ada, ben)
        // Nobody shares yet.
        #expect(world.found("cleo", on: ada) == [:])
        try world.change(.sharing(true), on: ben)
        #expect(world.found("cleo", on: ada) == [:])
        try world.change(.sharing(true), on: ada)
        // Ben's letter says where his node is.
        world.run(for: .seconds(60))
        _ = world.card(of: ben, on: ada)
        let isFound = world.run(upTo: .seconds(4_000)) {
            world.found("cleo", on: ada) == ["Cleo": .sharing]
        }
        #expect(isFound)
        #expect(world.found("dan", on: ada) == [:])
        // Whoever asks is not shown to themselves, and only what was asked for is shown.
        #expect(world.found("ada", on: ada) == [:])
        guard
            case .success(.found(let hits, _)) = world.finish(
                .findInterests(["chess"], minScore: 0.3, limit: 20), on: ada)
        else { throw Missing() }
        let layers = Dictionary(
            uniqueKeysWithValues: hits.map { ($0.profile.name, $0.source) })
        #expect(layers == ["Ben": .contacts, "Cleo": .sharing])
        // Without that layer she is not found, and a stranger learns nothing.
        #expect(world.found("cleo", on: ada, layers: [.contacts, .network]) == [:])
        try world.change(.sharing(true), on: eve)
        #expect(world.found("cleo", on: eve) == [:])
        // What is for friends goes no further, even where it is the same.
        try world.change(.level(ben.identity, .friends), on: cleo)
        world.run(for: .seconds(60))
        _ = world.card(of: cleo, on: ben)
        #expect(world.book(of: ben)?[cleo.identity]?.grantedLevel == .friends)
        #expect(world.found("cleo", on: ada) == [:])
        #expect(world.complaints == [])
    }

    @Test("the book knows contacts by both names, and who is blocked is shown nowhere")
    func book() throws {
        let world = neighbours(seed: testSeed(default: 992), people: 3)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        try world.show("Ben Weber", passable: false, on: ben)
        try world.acquaint(ada, ben)
        try world.settle(ada, ben)
        try world.change(.rename(ben.identity, "Grandpa"), on: ada)
        #expect(world.found("weber", on: ada) == ["Ben Weber": .contacts])
        #expect(world.found("grandpa", on: ada) == ["Ben Weber": .contacts])
        #expect(world.found("weber", on: ada, layers: [.network]) == [:])
        // Somebody public, until blocked.
        try world.present(try profile("Eve Weber"), .everyone, on: eve)
        #expect(
            world.found("weber", on: ada) == ["Ben Weber": .contacts, "Eve Weber": .network])
        try world.change(.block(eve.identity), on: ada)
        #expect(world.found("weber", on: ada) == ["Ben Weber": .contacts])
        try world.change(.block(ben.identity), on: ada)
        #expect(world.found("weber", on: ada) == [:])
        try world.change(.unblock(eve.identity), on: ada)
        #expect(world.found("weber", on: ada) == ["Eve Weber": .network])
        #expect(world.complaints == [])
    }

    @Test("a contact who is public and unread is found with what everybody sees")
    func publicContact() throws {
        let world = neighbours(seed: testSeed(default: 993), people: 2)
        let (ada, ben) = (world[0], world[1])
        try world.present(try profile("Ben", interests: ["go"]), .everyone, on: ben)
        try world.change(
            .add(ben.identity, name: "Ben", ownName: nil, message: nil), on: ada)
        guard
            case .success(.found(let hits, _)) = world.finish(
                .findName("ben", limit: 5), on: ada)
        else { throw Missing() }
        #expect(hits.map(\.source) == [.contacts])
        #expect(hits.first?.profile.interests == ["go"])
        #expect(world.complaints == [])
    }
}

private struct Missing: Error {}
