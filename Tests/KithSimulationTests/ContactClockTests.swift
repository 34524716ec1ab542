import KithCrypto
import KithSimulation
import KithWire
import Testing

@testable import KithOverlay

private let day: Duration = .seconds(24 * 3_600)

extension Settings {
    /// Settings under which letters are read every quarter of an hour, not every six hours, so that
    /// it takes less time to see that one arrives.
    fileprivate static var attentive: Settings {
        var settings = Settings.unhurried
        settings.contacts.readingInterval = .seconds(900)
        return settings
    }
}

@Suite("Contacts whose clock is a day off")
struct ContactClockTests {
    /// Longer than any pause between two writes of a card, or two looks into a mailbox.
    private let patience: Duration = .seconds(3_600)

    /// Two who know each other, and a third whom the first knows.
    private func acquainted(seed: UInt64) throws -> (World, Machine, Machine, Machine) {
        let world = neighbours(seed: seed, people: 3, settings: .attentive)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, eve)
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        return (world, ada, ben, eve)
    }

    @Test("are read meanwhile, and heard once the clock is right again", arguments: [-1, 1])
    func writer(days: Int) throws {
        let (world, ada, ben, _) = try acquainted(seed: testSeed(default: 991))
        ada.clockError = day * days
        // Both cards are due within this time.
        world.run(for: patience)
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        // Nobody takes it, which is said; here nobody waits for that.
        world.start(
            .present(try Presentation(try profile("Ada again"), level: .contacts)), on: ada)
        try world.change(.level(ben.identity, .friends), on: ada)
        world.run(for: .seconds(120))
        #expect(world.card(of: ada, on: ben) != nil)
        ada.clockError = .zero
        world.run(for: patience)
        #expect(world.book(of: ben)?[ada.identity]?.grantedLevel == .friends)
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.complaints == [])
    }

    @Test("read cards and letters of the day that it is for others", arguments: [-1, 1])
    func reader(days: Int) throws {
        let (world, ada, ben, eve) = try acquainted(seed: testSeed(default: 992))
        ben.clockError = day * days
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        // New secrets, which ben learns from a letter.
        try world.change(.remove(eve.identity), on: ada)
        try world.present(try profile("Ada again"), .contacts, on: ada)
        world.run(for: .seconds(60))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.card(of: ada, on: eve) == nil)
        world.run(for: .seconds(1_200))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        ben.clockError = .zero
        // What ben could not answer meanwhile is answered.
        world.run(for: patience)
        #expect(world.book(of: ada)?[ben.identity]?.isUnread == false)
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.complaints == [])
    }

    @Test("lose nothing when it leaps while a card and a letter wait", arguments: [-1, 1])
    func leap(days: Int) throws {
        let (world, ada, ben, _) = try acquainted(seed: testSeed(default: 993))
        world.crash(ben)
        try world.change(.level(ben.identity, .friends), on: ada)
        world.start(
            .present(try Presentation(try profile("Ada the friend"), level: .friends)), on: ada)
        // Every day of theirs is another now, before anything could be written.
        ada.clockError = day * days
        world.run(for: .seconds(1_200))
        world.start(ben, seeds: [world[5].record])
        world.run(for: .seconds(60))
        ada.clockError = .zero
        world.run(for: patience)
        #expect(world.book(of: ben)?[ada.identity]?.grantedLevel == .friends)
        #expect(world.card(of: ada, on: ben)?.name == "Ada the friend")
        #expect(world.complaints == [])
    }
}
