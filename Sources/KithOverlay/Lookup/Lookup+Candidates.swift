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

    /// Whether whoever named this candidate deserves another request now.
    ///
    /// An informant's word is good for ``Settings/Lookups/failedHintsMax`` requests, and as many
    /// more for each of its hints that answered.
    func mayAsk(_ index: Int) -> Bool {
        guard network.isLocal || !isWornOut(candidates[index].block) else { return false }
        guard let informant = candidates[index].informant else { return true }
        let credit = credits[informant]
        return credit.open + credit.failed < settings.failedHintsMax * (credit.answered + 1)
    }

    /// Whether so many nodes of one block were asked that further hints of it look like an attempt
    /// to have us send there.
    private func isWornOut(_ block: Address.Block) -> Bool {
        candidates.count { $0.block == block && $0.tries > 0 } >= settings.askedPerBlock
    }

    /// Drops what `informant` named and nobody else did, when too much of it failed.
    mutating func disbelieveIfHopeless(_ informant: Int) {
        guard isHopeless(informant) else { return }
        for index in candidates.indices.reversed()
        where candidates[index].informant == informant && candidates[index].state == .heard {
            candidates[index].state = .failed
            if let second = candidates[index].second { believeSecond(index, second) }
            if candidates[index].state == .failed, candidates[index].tries == 0 { evict(index) }
        }
    }

    /// Goes on with what the second informant said of a candidate, unless that one is no better.
    mutating func believeSecond(_ index: Int, _ second: Hint) {
        candidates[index].second = nil
        if !isHopeless(second.informant) {
            believe(index, records[second.place], from: second.informant)
        }
        freePlaces.append(second.place)
    }

    private func isHopeless(_ informant: Int) -> Bool {
        let credit = credits[informant]
        return credit.failed >= settings.failedHintsMax * (credit.answered + 1)
    }

    /// Gives a candidate that is not in flight a try with what `informant` said of it.
    private mutating func believe(_ index: Int, _ record: NodeRecord, from informant: Int) {
        records[candidates[index].place] = record
        if let address = address(of: record) { candidates[index].block = address.block }
        candidates[index].informant = informant
        candidates[index].state = .heard
    }

    /// The address at which a node would be asked: IPv4 before IPv6, if we have it and the
    /// network or a link of ours allows it.
    func address(of record: NodeRecord) -> Address? {
        if families.contains(.v4), let v4 = record.v4, links.allow(v4, in: network) { return v4 }
        if families.contains(.v6), let v6 = record.v6, links.allow(v6, in: network) { return v6 }
        return nil
    }

    /// A candidate is named again: someone else's word may help one that is in doubt.
    private mutating func consider(
        _ hint: NodeRecord, for index: Int, from informant: Candidate
    ) {
        let candidate = candidates[index]
        guard candidate.informant != informant.place else { return }
        let isElsewhere = address(of: hint) != address(of: records[candidate.place])
        let isWorthATry = isElsewhere && candidate.tries < settings.addressesPerNode
        switch candidate.state {
        case .answered: break
        case .failed where !isWorthATry: break
        case .failed:
            believe(index, hint, from: informant.place)
            candidates[index].path = informant.path
            candidates[index].depth = informant.depth + 1
        case .heard, .asked, .slow:
            guard candidate.informant != nil || isWorthATry else { return }
            keepSecond(hint, for: index, from: informant.place, isElsewhere: isWorthATry)
        }
    }

    private mutating func keepSecond(
        _ hint: NodeRecord, for index: Int, from informant: Int, isElsewhere: Bool
    ) {
        guard let second = candidates[index].second else {
            candidates[index].second = Hint(place: keep(hint), informant: informant)
            return
        }
        let first = records[candidates[index].place]
        guard isElsewhere, address(of: records[second.place]) == address(of: first) else { return }
        records[second.place] = hint
        candidates[index].second = Hint(place: second.place, informant: informant)
    }

    private mutating func insert(
        _ record: NodeRecord, block: Address.Block, informant: Int?, depth: Int, path: Int
    ) {
        let distance = target.distance(to: record.id)
        if candidates.count == settings.candidatesMax, !makeRoom(for: distance, on: path) {
            return
        }
        candidates.insert(
            Candidate(
                distance: distance, block: block, place: keep(record), informant: informant,
                depth: depth, path: path),
            at: self.place(of: distance))
    }

    /// Evicts the farthest candidate never asked, of the path that has the most candidates: a
    /// path led astray must not push out what others found.
    ///
    /// - Returns: false when the newcomer at `distance` itself is that candidate.
    private mutating func makeRoom(for distance: Point, on path: Int) -> Bool {
        var largest = path
        if pathCount > 1 {
            var sizes = Array(repeating: 0, count: pathCount)
            for candidate in candidates { sizes[candidate.path] += 1 }
            for other in 0..<pathCount where sizes[other] > sizes[largest] { largest = other }
        }
        let victim = candidates.lastIndex { $0.path == largest && $0.tries == 0 }
        guard let victim, largest != path || candidates[victim].distance > distance else {
            return false
        }
        evict(victim)
        return true
    }

    private mutating func evict(_ index: Int) {
        let candidate = candidates.remove(at: index)
        freePlaces.append(candidate.place)
        if let second = candidate.second { freePlaces.append(second.place) }
    }

    private mutating func keep(_ record: NodeRecord) -> Int {
        if let place = freePlaces.popLast() {
            records[place] = record
            credits[place] = Credit()
            return place
        }
        records.append(record)
        credits.append(Credit())
        return records.count - 1
    }
}
