import Foundation
import KithCrypto
import KithOverlay
import KithSimulation
import KithWire
import Testing

/// The seed of a random test: from the environment (`KITH_SEED`) or the one written in the test.
///
/// Printed, so that a failing run can be repeated.
func testSeed(default seed: UInt64, _ name: String = #function) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["KITH_SEED"].flatMap { UInt64($0) }
    print("\(name): KITH_SEED=\(given ?? seed)")
    return given ?? seed
}

/// A small network in which everyone has joined.
func village(
    seed: UInt64, nodes: Int = 12, links: Links = Links(latency: .milliseconds(20)),
    settings: Settings = Settings(), epoch: UnixTime = World.noon
) -> World {
    let world = World(seed: seed, settings: settings, links: links, epoch: epoch)
    for _ in 0..<nodes { world.addMachine() }
    for machine in world.machines {
        world.start(machine, seeds: machine.number == 0 ? [] : [world.machines[0].record])
        world.run(for: .milliseconds(100))
    }
    world.run(for: .seconds(20))
    return world
}

/// A profile with few index entries, where entries are not what a test is about.
func profile(_ name: String, interests: [String] = [], bio: String? = nil) throws -> Profile {
    try Profile(name: name, interests: interests, bio: bio, activeHour: World.noon.hour)
}

extension World {
    /// The machine with this number.
    subscript(_ number: Int) -> Machine { machines[number] }

    /// Publishes and waits; nil unless a majority acknowledged.
    func publish(_ profile: Profile, on machine: Machine) -> PublishReport? {
        guard case .success(.published(let report)) = finish(.publish(profile), on: machine)
        else { return nil }
        return report
    }

    /// The names that a search shows, or nil when it fails.
    func namesFound(_ typed: String, on machine: Machine) -> [String]? {
        guard
            case .success(.found(let hits, _)) = finish(
                .findName(typed, limit: 20), on: machine)
        else { return nil }
        return hits.map(\.profile.name)
    }

    /// What `reader` shows of `person`'s profile; nil when it shows nothing.
    func read(_ person: Machine, on reader: Machine) -> Record? {
        guard
            case .success(.record(let record, _)) = finish(
                .get(location(of: person)), on: reader)
        else { return nil }
        return record
    }

    func location(of person: Machine) -> Location {
        Record.ownedLocation(.profile, author: person.identity)
    }

    func key(of person: Machine) -> StoredRecord.Key {
        StoredRecord.Key(location: location(of: person), author: person.identity)
    }

    /// Machines on whose disk a person's profile is.
    func holders(of person: Machine) -> [Machine] {
        machines.filter { $0.stored(key(of: person)) != nil }
    }

    /// Somebody who is up and does not keep the person's profile, nor is the person.
    func stranger(to person: Machine) throws -> Machine {
        let key = key(of: person)
        return try #require(
            machines.last { $0.isMember && $0 !== person && $0.stored(key) == nil })
    }

    /// Switches a machine off and on again; it joins through what it knew and `seeds`.
    func restart(_ machine: Machine) {
        crash(machine)
        start(machine, seeds: randomSeeds(2))
        run(for: .seconds(10))
    }

    /// What the world's own checkers saw; empty when all is well.
    var complaints: [String] { violations.map(\.description) }
}
