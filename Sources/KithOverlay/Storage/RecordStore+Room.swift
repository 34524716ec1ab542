import KithWire

// Whether there is room, before a token is given and again before a record is kept.
extension RecordStore {
    /// Whether a record that `source` may bring to `location` would be kept, as far as one can
    /// tell before seeing it: decides whether a token is given.
    ///
    /// Who has a record at the location already, by block of addresses, always may come: it is
    /// most likely a newer version, which takes the place of the old one. Expired records count
    /// as long as ``expire(at:)`` was not called.
    func hasRoom(
        for location: Location, from source: Address, by bearer: Bearer = .writer
    ) -> Bool {
        let block = source.block
        for index in places[location] ?? [] where slots[Int(index)]?.stored.source.block == block {
            return true
        }
        return !locationIsFull(location, for: block, by: bearer, replacing: nil)
            && hasRoom(for: costMax, from: block, replacing: nil)
    }

    /// Whether it matters to `location` who brings one more record out of `source`'s block: a
    /// stranger has used up its share there.
    func isCrowded(_ location: Location, by source: Address) -> Bool {
        locationIsFull(location, for: source.block, replacing: nil)
    }

    /// Whether one more record out of `block` is too many at `location`.
    func locationIsFull(
        _ location: Location, for block: Address.Block, by bearer: Bearer = .writer,
        replacing held: Int32?
    ) -> Bool {
        guard let place = places[location] else { return false }
        if held == nil, place.count >= settings.locationRecordsMax { return true }
        if isLocal { return false }
        var sameBlock = 0
        for index in place where index != held {
            if slots[Int(index)]?.stored.source.block == block { sameBlock += 1 }
        }
        switch bearer {
        case .writer: return sameBlock >= settings.locationBlockRecordsMax
        case .replica: return sameBlock >= settings.locationReplicaRecordsMax
        case .disk: return false
        }
    }

    /// Whether `cost` more bytes may be charged to `block` once slot `held` is free.
    ///
    /// When the total is reached, somebody must use more than `block` would, even after having
    /// paid for all of it: so two equal users never push each other out in turns, and what is
    /// evicted below suffices in every case.
    func hasRoom(for cost: Int, from block: Address.Block, replacing held: Int32?) -> Bool {
        var freed = 0
        var freedBlock: Address.Block?
        if let held, let stored = slots[Int(held)]?.stored {
            freed = self.cost(of: stored.record)
            freedBlock = stored.source.block
        }
        let own = bytes(of: block) - (freedBlock == block ? freed : 0) + cost
        guard isLocal || own <= settings.sourceBytesMax else { return false }
        let excess = bytes - freed + cost - settings.bytesMax
        guard excess > 0 else { return true }
        guard let biggest else { return false }
        let left = biggest.weight - (freedBlock == biggest.block ? freed : 0)
        return left - excess - costMax >= own
    }
}
