import KithWire

// Who is a candidate: hints come in, liars' hints go out, the list stays bounded.
extension Lookup {
    /// Deals the seeds to the paths, the closest first.
    mutating func add(seeds: [NodeRecord]) {
        let ordered = seeds.sorted { target.isCloser($0.id, than: $1.id) }
        var dealt = 0
        for seed in ordered.prefix(settings.candidatesMax) {
            guard seed.id != own, index(of: seed.id) == nil, let address = address(of: seed) else {
                continue
            }
            insert(
                seed, block: address.block, informant: nil, depth: 1, path: dealt % pathCount)
            dealt += 1
        }
    }

    /// Considers a record that `informant` named in its answer.
    mutating func add(_ hint: NodeRecord, from informant: Candidate) {
        guard hint.id != own, let address = address(of: hint) else { return }
        if let index = index(of: hint.id) {
            consider(hint, for: index, from: informant)
        } else {
            insert(
                hint, block: address.block, informant: informant.place,
                depth: informant.depth + 1, path: informant.path)
        }
    }

    /// Gives a candidate that failed at one address a try at another.
    mutating func retry(_ index: Int, with record: NodeRecord, from informant: Int?) {
        records[candidates[index].place] = record
        if let address = address(of: record) { candidates[index].block = address.block }
        candidates[index].informant = informant
        candidates[index].state = .heard
    }

    /// Drops what `informant` named when too much of it failed and nothing of it answered.
    mutating func disbelieveIfHopeless(_ informant: Int) {
        var failed = 0
        for candidate in candidates where candidate.informant == informant {
            if case .answered = candidate.state { return }
            if candidate.state == .failed { failed += 1 }
        }
        guard failed >= settings.failedHintsMax else { return }
        for index in candidates.indices
        where candidates[index].informant == informant && candidates[index].state == .heard {
            candidates[index].state = .disbelieved
        }
    }

    /// The address at which a node would be asked: IPv4 before IPv6, if we have it and the
    /// network allows it.
    func address(of record: NodeRecord) -> Address? {
        if families.contains(.v4), let v4 = record.v4, v4.isUsable(in: network) { return v4 }
        if families.contains(.v6), let v6 = record.v6, v6.isUsable(in: network) { return v6 }
        return nil
    }

    /// A candidate is named again: someone else's word may help one that is in doubt.
    private mutating func consider(
        _ hint: NodeRecord, for index: Int, from informant: Candidate
    ) {
        let candidate = candidates[index]
        guard candidate.informant != informant.place else { return }
        if candidate.state == .disbelieved {
            retry(index, with: hint, from: informant.place)
            moveToPath(of: informant, index)
            return
        }
        guard candidate.tries < settings.addressesPerNode,
            address(of: hint) != address(of: records[candidate.place])
        else { return }
        switch candidate.state {
        case .failed:
            retry(index, with: hint, from: informant.place)
            moveToPath(of: informant, index)
        case .heard, .asked, .slow:
            guard candidate.alternative == nil else { return }
            let place = keep(hint)
            candidates[index].alternative = Hint(place: place, informant: informant.place)
        case .answered, .disbelieved:
            break
        }
    }

    private mutating func moveToPath(of informant: Candidate, _ index: Int) {
        candidates[index].path = informant.path
        candidates[index].depth = informant.depth + 1
    }

    private mutating func insert(
        _ record: NodeRecord, block: Address.Block, informant: Int?, depth: Int, path: Int
    ) {
        let distance = target.distance(to: record.id)
        let index = place(of: distance)
        if candidates.count == settings.candidatesMax {
            guard let victim = farthestIdle(), victim >= index else { return }
            evict(victim)
        }
        candidates.insert(
            Candidate(
                distance: distance, block: block, place: keep(record), informant: informant,
                depth: depth, path: path),
            at: index)
    }

    /// The farthest candidate that was never asked, of the path that has the most candidates:
    /// a path led astray must not push out what others found.
    private func farthestIdle() -> Int? {
        var path = 0
        if pathCount > 1 {
            var sizes = Array(repeating: 0, count: pathCount)
            for candidate in candidates { sizes[candidate.path] += 1 }
            for other in 0..<pathCount where sizes[other] > sizes[path] { path = other }
        }
        return candidates.indices.reversed().first { index in
            let candidate = candidates[index]
            return candidate.path == path && candidate.tries == 0
        }
    }

    private mutating func evict(_ index: Int) {
        let candidate = candidates.remove(at: index)
        freePlaces.append(candidate.place)
        if let alternative = candidate.alternative { freePlaces.append(alternative.place) }
    }

    private mutating func keep(_ record: NodeRecord) -> Int {
        if let place = freePlaces.popLast() {
            records[place] = record
            return place
        }
        records.append(record)
        return records.count - 1
    }
}
