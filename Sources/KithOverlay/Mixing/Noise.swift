import KithCrypto
import KithWire

/// Queries that mean nothing, and that neither an exit nor whoever keeps records can tell from
/// somebody's.
enum Noise {
    /// A query, drawn by chance.
    ///
    /// Half of them are for a location that nobody but its owner's contacts could name, which looks
    /// like any 256 bits. The others are the first read of a search, by a word or an interest that
    /// somebody really has, or the fetching of a profile which follows. What a node keeps is near
    /// to it; where that leads to is anywhere, so that the question does not say who asks.
    ///
    /// - Parameters:
    ///   - store: what this node keeps for others: the names and interests that are really there, as
    ///     often as they are there.
    static func query(
        from store: RecordStore, at now: UnixTime, _ entropy: inout Entropy
    ) -> MixedQuery.Wanted {
        let random = MixedQuery.Wanted.find(Location(entropy.bytes32()), digest: [], skip: 0)
        guard entropy.next() & 1 == 0, let record = store.sample(&entropy), let body = record.body
        else { return random }
        switch record.kind {
        case .profile:
            guard let profile = try? Profile.decode(body.span.bytes) else { return random }
            return search(by: profile, at: now, &entropy) ?? random
        case .nameEntry, .interestEntry:
            let location = Record.ownedLocation(.profile, author: record.author)
            return .find(location, digest: [], skip: 0)
        case .sealed, .request:
            return random
        }
    }

    /// The read of a search by one word of a person's name, or by one of their interests.
    ///
    /// By one: a search for several asks for each of them.
    private static func search(
        by profile: Profile, at now: UnixTime, _ entropy: inout Entropy
    ) -> MixedQuery.Wanted? {
        let interests = InterestSet(profile.interests).interests
        if interests.isEmpty || entropy.next() & 1 == 0 {
            guard let word = entropy.element(of: Text.nameTokens(profile.name)) else { return nil }
            let location = Record.sharedLocation(.nameEntry, token: word, day: now.day)
            return .find(location, digest: [], skip: 0)
        }
        guard let asked = entropy.element(of: interests) else { return nil }
        let location = Record.sharedLocation(.interestEntry, token: asked, day: now.day)
        let digest = InterestSet.encode(digest: InterestSet([asked]).digest)
        return .find(location, digest: digest, skip: 0)
    }
}
