import KithCrypto
import KithOverlay
import KithWire

// What must be true of a swarm once it is healed.
extension Swarm {
    /// Reads everything that was acknowledged and reports what should not be.
    func judge() {
        for machine in world.machines where !machine.isMember {
            world.report(.notJoined, on: machine, "\(Swarm.settling.seconds) s after healing")
        }
        for one in started where !one.hasEnded && one.machine.life == one.life {
            world.report(.stuck, on: one.machine, "operation \(one.id.number)")
        }
        for index in people.indices {
            guard let acknowledged = people[index].acknowledged, people[index].machine.isUp else {
                continue
            }
            // A write that nobody acknowledged may have come through all the same.
            let laterSigned = people[index].machine.signed(after: acknowledged.sequence)
            if acknowledged.isWithdrawal {
                if !laterSigned.contains(where: { $0 != nil }) { seekWithdrawn(index) }
            } else if !laterSigned.contains(where: { $0 == nil }) {
                read(index, wanted: acknowledged.sequence)
            }
        }
    }

    /// Reads somebody's profile by several readers.
    ///
    /// Without liars each must see it; with liars most of them must, and the share is counted.
    private func read(_ index: Int, wanted: UInt64) {
        let person = people[index]
        var missed: [(reader: Machine, detail: String)] = []
        let readers = readers(of: person)
        for reader in readers {
            let result = world.finish(.get(person.location), on: reader, within: Swarm.patience)
            if case .success(.record(let record?, _)) = result, record.sequence >= wanted,
                !record.isTombstone
            {
                findings.finds.count(true)
                continue
            }
            findings.finds.count(false)
            missed.append((reader, describe(result, of: person, wanted: wanted)))
        }
        if plan.liars.isEmpty || missed.count * 2 > readers.count {
            for (reader, detail) in missed { world.report(.lost, on: reader, detail) }
        }
    }

    private func describe(
        _ result: Result<Outcome, OperationError>?, of person: Person, wanted: UInt64
    ) -> String {
        let key = StoredRecord.Key(location: person.location, author: person.machine.identity)
        let held = world.machines.filter {
            ($0.stored(key)?.record.sequence ?? 0) >= wanted
        }.map { "\($0.number)" }
        // What each of the closest has: this or newer (+), older (o), nothing (-).
        let marks = world.closest(12, to: person.location, for: person.machine, since: world.now)
            .map { machine in
                guard let record = machine.stored(key)?.record else { return "-" }
                return record.sequence >= wanted ? "+" : "o"
            }
        let shown =
            switch result {
            case .success(.record(let record?, _)): "version \(record.sequence)"
            case .success: "nothing"
            case .failure(let error): "\(error)"
            case nil: "no end"
            }
        return "machine \(person.machine.number)'s \(wanted): \(shown); "
            + "it is on machines [\(held.joined(separator: " "))], the closest have "
            + marks.joined()
    }

    /// Looks for somebody who withdrew: nobody may find them.
    private func seekWithdrawn(_ index: Int) {
        let person = people[index]
        for reader in readers(of: person) {
            let read = world.finish(.get(person.location), on: reader, within: Swarm.patience)
            if case .success(.record(let record?, _)) = read, !record.isTombstone {
                world.report(
                    .resurrected, on: reader,
                    "machine \(person.machine.number), version \(record.sequence)")
            }
            let search = world.finish(
                .findName(person.profile.name, limit: 20), on: reader, within: Swarm.patience)
            if case .success(.found(let hits, _)) = search,
                hits.contains(where: { $0.identity == person.machine.identity })
            {
                world.report(
                    .resurrected, on: reader, "machine \(person.machine.number), in a search")
            }
        }
    }

    private func readers(of person: Person) -> [Machine] {
        var others = world.machines.filter { $0.isMember && $0 !== person.machine }
        dice.shuffle(&others)
        return Array(others.prefix(Swarm.readers))
    }
}

extension Machine {
    /// What its person signed after `sequence`, nil for a withdrawal.
    func signed(after sequence: UInt64) -> [Profile?] {
        signedInOrder.filter { $0.sequence > sequence }.map(\.profile)
    }
}
