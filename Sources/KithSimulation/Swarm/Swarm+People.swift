import KithCrypto
import KithOverlay
import KithWire

// What people do in a swarm while things go wrong.
extension Swarm {
    /// Starts an operation in most seconds.
    func act() {
        guard dice.unit() < 0.7, let index = dice.element(of: Array(people.indices)) else {
            return
        }
        let person = people[index]
        switch dice.below(100) {
        case 0..<30:
            guard person.machine.isMember, !isWriting(person) else { return }
            people[index].profile = version(of: person.profile)
            write(.publish(people[index].profile), of: index)
        case 30..<38:
            guard person.machine.isMember, !isWriting(person), person.acknowledged != nil
            else { return }
            write(.unpublish, of: index)
        case 38..<70: look(.get(person.location), for: person)
        case 70..<85: look(.findName(person.profile.name, limit: 20), for: person)
        default:
            look(
                .findInterests(
                    Array(person.profile.interests.dropLast()), minScore: 0.3, limit: 20),
                for: person)
        }
    }

    /// Whether a write of this person may still end: its machine has not gone down since.
    private func isWriting(_ person: Person) -> Bool {
        guard let place = person.pending.flatMap({ places[$0] }) else { return false }
        return !started[place].hasEnded && started[place].life == person.machine.life
    }

    /// The same person with something else to say.
    private func version(of profile: Profile) -> Profile {
        do {
            return try Profile(
                name: profile.name, interests: profile.interests,
                bio: "version \(dice.next32())", activeHour: profile.activeHour)
        } catch {
            preconditionFailure("a new version is refused: \(error)")
        }
    }

    private func look(_ operation: Operation, for person: Person) {
        let others = world.machines.filter { $0.isMember && $0 !== person.machine }
        guard let asker = dice.element(of: others) else { return }
        start(operation, on: asker, person: nil)
    }

    func write(_ operation: Operation, of person: Int) {
        let id = start(operation, on: people[person].machine, person: person)
        if let place = places[id], !started[place].hasEnded { people[person].pending = id }
    }

    /// Starts an operation; some end at once, before its id is known.
    @discardableResult
    private func start(
        _ operation: Operation, on machine: Machine, person: Int?
    ) -> OperationID {
        beginning = (machine, person)
        let id = world.start(operation, on: machine)
        if beginning != nil { note(id, machine, person) }
        beginning = nil
        return id
    }

    private func note(_ id: OperationID, _ machine: Machine, _ person: Int?) {
        places[id] = started.count
        started.append(
            Started(id: id, machine: machine, life: machine.life, person: person))
    }

    func ended(
        _ id: OperationID, _ result: Result<Outcome, OperationError>, on machine: Machine
    ) {
        if places[id] == nil, let (machine, person) = beginning {
            beginning = nil
            note(id, machine, person)
        }
        guard let place = places[id] else { return }
        started[place].hasEnded = true
        machine.results[id] = nil
        machine.hits[id] = nil
        machine.firstProgress[id] = nil
        guard let person = started[place].person else { return }
        people[person].pending = nil
        findings.stores.count(result.isAcknowledged)
        switch result {
        case .success(.published(let report)):
            people[person].acknowledged = Acknowledged(
                sequence: report.sequence, isWithdrawal: false)
        case .success(.unpublished(let report)):
            people[person].acknowledged = Acknowledged(
                sequence: report.sequence, isWithdrawal: true)
        case .success, .failure: break
        }
    }
}

extension Result<Outcome, OperationError> {
    /// Whether a write was acknowledged.
    fileprivate var isAcknowledged: Bool {
        switch self {
        case .success(.published), .success(.unpublished): true
        case .success, .failure: false
        }
    }
}
