import KithCrypto
import KithWire
import Testing

@testable import KithOverlay
@testable import KithSimulation

extension Settings {
    /// Settings under which days of contacts are simulated in seconds.
    ///
    /// Cards are written, and one's own mailbox is read, every six hours instead of 45 and 30
    /// minutes; the card of the next day is there so much earlier, too. What the network does by
    /// itself is as rare.
    fileprivate static var leisurely: Settings {
        let pause: Duration = .seconds(6 * 3_600)
        var settings = Settings.unhurried
        settings.operations.maintenance = .seconds(60)
        settings.operations.joinPauseMax = pause
        settings.routing.checkInterval = pause
        settings.routing.refreshInterval = pause
        settings.keeping.patrolInterval = .seconds(3_600)
        settings.contacts.cardInterval = pause
        settings.contacts.nextEpochLead = pause * 4 / 3
        settings.contacts.mailboxInterval = pause
        return settings
    }
}

/// What `person` can open of `records` with everything that the contact book of theirs holds.
private func opened(_ records: [Record], by person: Machine, _ book: ContactBook) -> Int {
    let levels =
        book.contacts.compactMap { $0.grant?.secret } + book.levels.map(\.secret)
        + book.revoked.map(\.secret)
    let key = Ed25519.SecretKey(seed: person.identitySeed)
    let days = World.noon.day - 2...World.noon.day + 5
    return records.count { record in
        guard let body = record.body else { return false }
        func opens(_ key: borrowing XChaChaPoly.Key) -> Bool {
            (try? SealedText.open(body, key: key, header: record.author.bytes)) != nil
        }
        for secret in levels {
            for day in days {
                if let ofDay = secret.advanced(to: day), opens(ofDay.cardKey(of: record.author)) {
                    return true
                }
            }
        }
        for contact in book.contacts {
            guard
                let pair = try? PairSecret(
                    own: key, other: contact.identity, network: World.network)
            else { continue }
            for day in days {
                for writer in [contact.identity, person.identity]
                where opens(pair.letterKey(from: writer, epoch: day)) {
                    return true
                }
            }
        }
        return false
    }
}

@Suite("A contact who was removed")
struct ContactRemovalTests {
    @Test("finds nothing on the days after, and opens and joins nothing that was captured")
    func nextDays() throws {
        let world = neighbours(
            seed: testSeed(default: 996), people: 3, nodes: 8, settings: .leisurely)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        // Here a node looks once a minute who has come.
        world.run(for: .seconds(120))
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, eve)
        #expect(world.card(of: ada, on: eve)?.name == "Ada")
        // What is on its way is still what everybody may read.
        world.run(for: .seconds(60))
        var captured: [Record] = []
        world.afterPersist = { _, stored in
            let record = stored.record
            if record.kind == .sealed, stored.source == ada.address, !captured.contains(record) {
                captured.append(record)
            }
        }
        try world.change(.remove(eve.identity), on: ada)
        try world.present(try profile("Ada again"), .contacts, on: ada)
        let grant = try #require(world.book(of: eve)?[ada.identity]?.grant)
        world.run(for: .seconds(60))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.card(of: ada, on: eve) == nil)
        // The next two days as the removed one counts them.
        let today = grant.secret.epoch(at: world.unix)
        for epoch in today + 1...today + 2 {
            world.run(for: grant.secret.start(of: epoch) - world.unix + .seconds(60))
            #expect(world.card(of: ada, on: eve) == nil)
            #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        }
        // Cards of both levels each day, and letters to the one who stays.
        #expect(captured.count > 20)
        let books = try (eve: #require(world.book(of: eve)), ben: #require(world.book(of: ben)))
        #expect(opened(captured, by: eve, books.eve) == 0)
        #expect(opened(captured, by: ben, books.ben) > 10)
        // Nothing in them says that records of two days or readers are of one person.
        let authors = captured.map { one in captured.firstIndex { $0.author == one.author } ?? 0 }
        let common = CommonString.longest(in: captured.map(\.encoded), groups: authors)
        #expect(try #require(common).bytes.count <= StorerFindings.commonBytesMax)
        #expect(world.complaints == [])
    }

    @Test("is not noticed by a device that was off for ten days, which catches up")
    func tenDays() throws {
        let world = neighbours(
            seed: testSeed(default: 997), people: 3, nodes: 8, settings: .leisurely)
        let (ada, ben, eve) = (world[0], world[1], world[2])
        // Here a node looks once a minute who has come.
        world.run(for: .seconds(120))
        try world.present(try profile("Ada"), .contacts, on: ada)
        try world.acquaint(ada, ben)
        try world.acquaint(ada, eve)
        #expect(world.card(of: ada, on: ben)?.name == "Ada")
        world.crash(ben)
        world.run(for: .seconds(5 * 24 * 3_600))
        #expect(world.card(of: ada, on: eve)?.name == "Ada")
        try world.change(.remove(eve.identity), on: ada)
        try world.present(try profile("Ada again"), .contacts, on: ada)
        world.run(for: .seconds(5 * 24 * 3_600))
        world.start(ben, seeds: [world[5].record])
        world.run(for: .seconds(30))
        #expect(world.card(of: ada, on: ben)?.name == "Ada again")
        #expect(world.card(of: ada, on: eve) == nil)
        #expect(world.complaints == [])
    }
}
