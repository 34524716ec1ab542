import KithCrypto
import KithWire

// What contacts recognise each other by on one link.
extension Correspondence {
    /// The days of two people that a beacon may be of, when their clocks are up to a day apart.
    private static func epochs(of pair: PairSecret, at now: UnixTime) -> [UInt32] {
        let today = pair.epoch(at: now)
        return [today, today &- 1, today &+ 1]
    }

    /// The tags of a beacon sent from `address`, in an order that says nothing; a book with more
    /// contacts than fit takes turns, beginning with contact `first`.
    func beaconTags(
        ephemeral: X25519.PublicKey, from address: Address, beginning first: Int, at now: UnixTime,
        _ entropy: inout Entropy
    ) -> [UInt64] {
        let count = book.contacts.count
        var tags: [UInt64] = (0..<min(count, Beacon.tagCount)).compactMap { offset in
            let contact = book.contacts[(first + offset) % count]
            guard let pair = pens[contact.identity]?.pair else { return nil }
            return pair.beaconTag(
                of: me, epoch: pair.epoch(at: now), ephemeral: ephemeral, from: address)
        }
        while tags.count < Beacon.tagCount { tags.append(entropy.next()) }
        entropy.shuffle(&tags)
        return tags
    }

    /// The contact who sent a beacon from `address`; nil when nobody we know did.
    ///
    /// Complexity: three hashes for each contact.
    func sender(
        of beacon: Beacon, from address: Address, at now: UnixTime
    ) -> Ed25519.PublicKey? {
        let tags = beacon.tags.sorted()
        for contact in book.contacts {
            guard let pair = pens[contact.identity]?.pair else { continue }
            for epoch in Self.epochs(of: pair, at: now) {
                let tag = pair.beaconTag(
                    of: contact.identity, epoch: epoch, ephemeral: beacon.ephemeral, from: address)
                if tags.contains(sorted: tag) { return contact.identity }
            }
        }
        return nil
    }

    /// What shows a contact that a greeting is ours; nil when it is no contact.
    func greetingTag(
        for contact: Ed25519.PublicKey, node: X25519.PublicKey, ephemeral: X25519.PublicKey,
        answering other: X25519.PublicKey, from address: Address
    ) -> Bytes16? {
        pens[contact]?.pair.greetingTag(
            of: me, node: node, ephemeral: ephemeral, answering: other, from: address)
    }

    /// The contact who sent a greeting from `address`; nil when nobody we know did.
    ///
    /// Complexity: one hash for each contact.
    func sender(
        of said: Greeting.Node, ephemeral: X25519.PublicKey, answering own: X25519.PublicKey,
        from address: Address
    ) -> Ed25519.PublicKey? {
        book.contacts.first { contact in
            pens[contact.identity]?.pair.greetingTag(
                of: contact.identity, node: said.key, ephemeral: ephemeral, answering: own,
                from: address) == said.tag
        }?.identity
    }
}

extension [UInt64] {
    /// Whether a sorted array has this element.
    fileprivate func contains(sorted element: UInt64) -> Bool {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low < endIndex && self[low] == element
    }
}
