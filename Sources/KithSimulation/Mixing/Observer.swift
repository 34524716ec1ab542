import KithCrypto
import KithOverlay
import KithWire

/// A query that somebody asked, as only the experiment knows it.
struct Query {
    let asker: Int
    let location: Location
    let began: Instant
    /// When it was answered.
    var ended: Instant?
    /// The relay that knows where the asker is.
    var guardian: Int?
    /// The relays that asked for them.
    var exits: [Int] = []
}

/// Takes note of what can be seen in a network: by its relays, by those who keep records, and on its
/// lines.
final class Observer {
    /// What relays saw.
    private(set) var log: RelayLog
    private var tracer: Tracer?
    /// What is acted on later.
    private var due: [(exit: Int, question: Int, at: Instant)] = []
    /// Who read what of whom.
    private var reads: [Location: [(at: Instant, keeper: Int, reader: Int)]] = [:]
    /// What the tracer thinks of each question that was acted on.
    private var origins: [Int: [Double]] = [:]
    private weak var world: World?
    private var isAskedFor: (Location) -> Bool = { _ in false }

    init(machines: Int) {
        log = RelayLog(machines: machines)
    }

    /// Begins to watch the lines.
    ///
    /// - Parameter isAskedFor: whether somebody asks for a location just now: other answers need not
    ///   be followed.
    func begin(_ world: World, isAskedFor: @escaping (Location) -> Bool) {
        self.world = world
        self.isAskedFor = isAskedFor
        let settings = world.settings.mixing
        tracer = Tracer(
            people: world.machines.count, delay: settings.delay, delayCap: settings.delayCap,
            echoes: settings.sendsCover ? 0.5 : 0)
        for machine in world.machines { _ = machine.node?.takeDiary() }
        world.afterSending = { [unowned self] passage in saw(passage) }
    }

    /// Ends it.
    func end(_ world: World) {
        collect(from: world.machines)
        act(until: world.now)
        tracer?.end(at: world.now)
        world.afterSending = nil
    }

    /// Reads the diaries.
    func collect(from machines: [Machine]) {
        for machine in machines { collect(machine) }
    }

    // MARK: Who saw what

    /// What exits did for a query.
    func questions(of query: Query) -> [RelayLog.Question] {
        guard let ended = query.ended else { return [] }
        return query.exits.compactMap { exit in
            log.questions.first {
                $0.exit == exit && $0.location == query.location && $0.came >= query.began
                    && $0.came <= ended
            }
        }
    }

    /// Whom somebody who watches the lines takes for the one who asked: by what came to the exit,
    /// and by what left it.
    func suspicions(of question: RelayLog.Question) -> [Suspicion] {
        guard let number = log.number(of: question) else { return [] }
        var found: [Suspicion] = []
        if let origins = origins[number] { found.append(Suspicion(weights: origins)) }
        if let receivers = tracer?.receivers[number] {
            found.append(Suspicion(weights: receivers))
        }
        return found
    }

    /// Who read the location of a query while it ran, and of whom.
    func readers(of query: Query) -> [(keeper: Int, reader: Int)] {
        guard let ended = query.ended else { return [] }
        return (reads[query.location] ?? []).filter { $0.at >= query.began && $0.at <= ended }
            .map { ($0.keeper, $0.reader) }
    }

    // MARK: What happens

    private func saw(_ passage: Passage) {
        guard let world, passage.isLikeCell else { return }
        act(until: passage.sent)
        let machine = world.machines[passage.sender]
        collect(machine)
        guard let mix = world.status(of: machine)?.mix else { return }
        tracer?.guards[machine.number] = mix.guards.first.flatMap { world.byID[$0.node.id] }
        // With cover everybody sees how often cells leave; without it is a guess.
        let isCovered = world.settings.mixing.sendsCover
        tracer?.saw(passage, ownRate: isCovered ? 1 / mix.interval.seconds : Self.guessedRate)
    }

    private func act(until now: Instant) {
        due.removeAll { item in
            guard item.at <= now else { return false }
            origins[item.question] = tracer?.acted(item.exit, at: item.at)
            return true
        }
    }

    private func collect(_ machine: Machine) {
        guard let world, let diary = machine.node?.takeDiary() else { return }
        let place = machine.number
        for sighting in diary {
            switch sighting {
            case .passed(let mark, let sender, let came, let left, let receiver, let leaving):
                guard let sender = world.machine(at: sender),
                    let receiver = world.machine(at: receiver)
                else { continue }
                log.add(
                    RelayLog.Sighting(
                        relay: place, sender: sender, mark: mark, came: came, receiver: receiver,
                        leftMark: left, left: leaving))
            case .asked(let errand, let location, let mark, let sender, let came, let acting):
                guard let location, let sender = world.machine(at: sender) else { continue }
                let number = log.add(
                    RelayLog.Question(
                        exit: place, errand: errand, location: location, sender: sender,
                        mark: mark, came: came, acted: acting))
                due.append((place, number, acting))
            case .answered(let errand, let mark, let receiver, let left):
                guard let receiver = world.machine(at: receiver) else { continue }
                let number = log.add(
                    RelayLog.Answer(mark: mark, receiver: receiver, left: left), to: errand,
                    of: place)
                guard let number else { continue }
                let followed = isAskedFor(log.questions[number].location)
                tracer?.answered(place, to: receiver, as: followed ? number : nil)
            case .read(let location, let reader, let at):
                guard let reader = world.machine(at: reader) else { continue }
                reads[location, default: []].append((at, place, reader))
            }
        }
    }

    /// Cells of its own that a node without cover sends in a second: two for a query in a quarter of
    /// an hour.
    private static let guessedRate = 1.0 / 450
}
