import KithCrypto
import KithOverlay
import KithWire

/// People of all levels exchange cards, letters and requests for days, and somebody keeps whatever
/// any machine stores; then everything that public keys allow is tried on it.
///
/// Person i stands in a ring. The next in it is a friend, the one after that a contact who is asked
/// and accepts; every fifth also asks the third, who never answers. People are for everybody, for
/// contacts (two of five), for friends, or for nobody. After a day some start again, some say
/// something else, some hide and some remove a contact.
public final class StorerExperiment: Measuring {
    /// What is done.
    public let plan: StorerPlan
    /// The network it is done to.
    public let world: World
    /// What was stored so far.
    public private(set) var archive = Archive()
    /// What was measured.
    public private(set) var findings = StorerFindings()
    /// Called now and then with what is going on and how much of it is done, 0…1.
    public var onProgress: ((String, Double) -> Void)?

    /// When the people began.
    private var began = UnixTime.epoch
    private var presented: [Presentation?] = []

    /// An experiment that has not begun.
    public init(_ plan: StorerPlan) {
        precondition(plan.people >= StorerPlan.peopleMin && plan.days > 0, "too few people or days")
        self.plan = plan
        world = World(seed: plan.seed, settings: plan.settings, links: plan.links)
        world.afterPersist = { [unowned self] _, stored in
            guard let sender = world.machine(at: stored.source) else {
                preconditionFailure("a record of no machine")
            }
            archive.keep(stored.record, from: sender)
        }
    }

    /// Does all of it.
    public func run() {
        grow()
        began = world.unix
        meet()
        live(until: .seconds(24 * 3_600))
        change()
        live(until: .seconds(24 * 3_600 * Int64(plan.days)) + StorerPlan.rest)
        read()
        judge()
        findings.virtualTime = world.now - .start
        findings.delivered = world.delivered
        for machine in world.machines {
            findings.counters = findings.counters.adding(world.counters(of: machine))
        }
        findings.violations = world.violations
        findings.trace = world.traceHash
    }

    // MARK: What people do

    /// The one who stands `places` further in the ring.
    private func person(_ number: Int, _ places: Int) -> Machine {
        world.machines[(number + places + plan.people) % plan.people]
    }

    private func grow() {
        world.grow(to: plan.people, prepare: world.giveBook)
        findings.people = plan.people
    }

    private func meet() {
        presented = Array(repeating: nil, count: plan.people)
        for machine in world.machines {
            let number = machine.number
            let levels: [PrivacyLevel] = [.everyone, .contacts, .contacts, .friends, .nobody]
            present(at: levels[number % levels.count], on: machine)
            let (next, second) = (person(number, 1), person(number, 2))
            let previous = person(number, -1)
            change(.add(next.identity, name: "next", ownName: nil, message: nil), on: machine)
            change(.level(next.identity, .friends), on: machine)
            change(.add(previous.identity, name: "last", ownName: nil, message: nil), on: machine)
            change(
                .add(second.identity, name: "second", ownName: "me", message: "from the ring"),
                on: machine)
            if number % 5 == 0 {
                change(
                    .add(person(number, 3).identity, name: "third", ownName: nil, message: nil),
                    on: machine)
            }
        }
    }

    /// Lets time pass until `length` after the beginning; who is asked by the one two places before
    /// accepts.
    private func live(until length: Duration) {
        let end = began + length
        while world.unix < end {
            world.run(for: min(StorerPlan.step, end - world.unix))
            for machine in world.machines {
                let asker = person(machine.number, -2).identity
                let waiting = world.book(of: machine)?.requests ?? []
                if waiting.contains(where: { $0.request.sender == asker }) {
                    change(.accept(asker), on: machine)
                }
            }
            let all = StorerPlan.rest + .seconds(24 * 3_600 * Int64(plan.days))
            onProgress?("live", (world.unix - began) / all)
        }
    }

    /// Some start again, some say something else, some hide, and some remove a contact.
    private func change() {
        for machine in world.machines {
            switch machine.number % 10 {
            case 1: present(at: .nobody, on: machine)
            case 2: present(at: .contacts, on: machine)
            case 3, 6: change(.remove(person(machine.number, 2).identity), on: machine)
            case 7:
                world.crash(machine)
                world.start(machine, seeds: world.randomSeeds(3))
            default: break
            }
        }
    }

    private func present(at level: PrivacyLevel, on machine: Machine) {
        do throws(ProfileError) {
            let presentation = try Presentation(
                world.inventPerson().renewed, level: level, fields: [.bio: .friends])
            presented[machine.number] = presentation
            world.start(.present(presentation), on: machine)
        } catch {
            preconditionFailure("an invented person is refused: \(error)")
        }
    }

    private func change(_ change: ContactChange, on machine: Machine) {
        guard case .success(.contactsChanged) = world.finish(.contacts(change), on: machine) else {
            preconditionFailure("\(change) is refused on machine \(machine.number)")
        }
    }

    // MARK: What came of it

    /// Everybody reads the cards of those next to them: the network did what it is for.
    private func read() {
        for machine in world.machines {
            for (places, level) in [(-1, PrivacyLevel.friends), (1, .contacts), (-2, .contacts)] {
                let owner = person(machine.number, places)
                let isRemoved = places == -2 && [3, 6].contains(owner.number % 10)
                guard let book = world.book(of: machine), book[owner.identity] != nil else {
                    findings.cards.count(false)
                    continue
                }
                let wanted = isRemoved ? nil : presented[owner.number]?.profile(seenBy: level)
                guard
                    case .success(.card(let report)) = world.finish(
                        .readCard(owner.identity), on: machine)
                else {
                    findings.cards.count(false)
                    continue
                }
                findings.cards.count(report.card?.profile == wanted)
            }
            onProgress?("read", Double(machine.number) / Double(plan.people))
        }
    }

    private func judge() {
        let days = began.day - 1...world.unix.day + 1
        var pairs: [(Int, Int)] = []
        for number in 0..<plan.people {
            for places in 1...3 { pairs.append((number, person(number, places).number)) }
        }
        onProgress?("judge", 0)
        let disclosure = Disclosure(
            archive, of: world.machines, pairs: pairs, days: days, network: world.network)
        findings.take(archive, disclosure)
        onProgress?("compare", 0.25)
        compare()
        onProgress?("search", 0.5)
        search(disclosure, days)
    }

    /// Looks for what two records of one person have in common, and for what two versions of one
    /// record have in common besides its author; then once more after nine bytes of one of
    /// somebody's records were put into another.
    private func compare() {
        var shelves = Array(repeating: Shelf(), count: plan.people)
        for item in archive.items(of: .sealed, .request) {
            shelves[item.writer].add(item.record)
        }
        for (writer, shelf) in shelves.enumerated() {
            let common = CommonString.longest(in: shelf.texts, groups: shelf.authors)
            findings.take(common, of: writer, as: \.common)
            findings.take(CommonString.longest(in: shelf.tails), of: writer, as: \.commonOfVersions)
        }
        guard var shelf = shelves.max(by: { $0.texts.count < $1.texts.count }),
            let other = shelf.authors.lastIndex(where: { $0 != shelf.authors[0] })
        else { return }
        let planted = StorerFindings.commonBytesMax + 1
        let room = Record.sealedBytes - planted
        let (from, to) = (world.random(below: room), world.random(below: room))
        shelf.texts[other].replaceSubrange(
            to..<to + planted, with: shelf.texts[0][from..<from + planted])
        let found = CommonString.longest(in: shelf.texts, groups: shelf.authors)
        findings.take(found, of: 0, as: \.planted)
    }

    /// Searches with what is public; then once more with one secret of somebody.
    private func search(_ disclosure: Disclosure, _ days: ClosedRange<UInt32>) {
        var stalker = Stalker(
            knowing: world.machines.map(\.identity), days: days, network: world.network)
        findings.take(stalker.search(archive))
        guard let leak = disclosure.items.first(where: { $0.kind == .contactsCard }),
            let secret = leak.secret
        else { return }
        stalker.learn(
            secret, of: world.machines[leak.writer].identity, until: days.upperBound + 1)
        let opened = disclosure.items.count {
            $0.writer == leak.writer && $0.secret?.version == secret.version
                && $0.secret?.offsetSeconds == secret.offsetSeconds
                && $0.epoch >= secret.epoch
        }
        findings.leaked = (found: stalker.search(archive).sealed, there: opened)
    }
}

/// The sealed records and requests of one person.
private struct Shelf {
    /// All of them.
    var texts: [[UInt8]] = []
    /// Which are versions of the same record: those of one author, of which each replaces the one
    /// before, so that whoever keeps both knows that anyway.
    private(set) var authors: [Int] = []
    /// What follows author and sequence in each: body and signature.
    private(set) var tails: [[UInt8]] = []
    private var numbers: [Ed25519.PublicKey: Int] = [:]

    mutating func add(_ record: Record) {
        let number = numbers[record.author] ?? numbers.count
        numbers[record.author] = number
        texts.append(record.encoded)
        authors.append(number)
        tails.append((record.body ?? []) + record.signature.bytes)
    }
}
