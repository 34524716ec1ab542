import KithCrypto
import KithWire

/// Scores verified profiles and puts them in order.
enum Ranking {
    /// Interest scores must be above this unless the person says otherwise (DESIGN section 7).
    static let minScore = 0.3

    /// The hit for a verified profile, or nil when it does not fit well enough.
    ///
    /// `record` is the profile's record; only its author, sequence and expiry are read.
    static func hit(
        for profile: Profile, record: Record, query: Search.Query, source: Hit.Source
    ) -> Hit? {
        guard let (score, why) = match(profile, query: query) else { return nil }
        return Hit(
            profile: profile, identity: record.author, score: score, source: source, why: why,
            sequence: record.sequence, expires: record.expires)
    }

    /// Score and reasons of a profile, or nil when it does not fit well enough.
    static func match(
        _ profile: Profile, query: Search.Query
    ) -> (score: Double, why: [Hit.Why])? {
        switch query {
        case .name(let name):
            guard let match = NameMatch(name, name: profile.name) else { return nil }
            return (match.score, match.why)
        case .interests(let asked, let minScore):
            let score = InterestSet(profile.interests).jaccard(with: asked)
            guard score > minScore, score > 0 else { return nil }
            return (score, [.interests(shared(profile.interests, with: asked))])
        }
    }

    /// Whether `a` is listed before `b`: the better score, then the name (folded, then as
    /// written), then the identity.
    static func precedes(_ a: Hit, _ b: Hit) -> Bool {
        Key(a) < Key(b)
    }

    /// `hits` with those marked whose name looks like that of somebody else among them.
    static func markLookAlikes(_ hits: [Hit]) -> [Hit] {
        var marked = hits
        var first: [String: Int] = [:]
        var ambiguous: Set<String> = []
        let skeletons = hits.map { Text.skeleton($0.profile.name) }
        for (index, skeleton) in skeletons.enumerated() {
            if let other = first[skeleton] {
                if hits[other].identity != hits[index].identity { ambiguous.insert(skeleton) }
            } else {
                first[skeleton] = index
            }
        }
        for (index, skeleton) in skeletons.enumerated() {
            marked[index].lookAlike = ambiguous.contains(skeleton)
        }
        return marked
    }

    /// What hits are ordered by; made once per hit, because folding a name costs.
    struct Key: Comparable {
        let score: Double
        let folded: String
        let name: String
        let identity: Ed25519.PublicKey

        init(_ hit: Hit) {
            score = hit.score
            folded = Text.normalise(hit.profile.name)
            name = hit.profile.name
            identity = hit.identity
        }

        static func < (a: Key, b: Key) -> Bool {
            if a.score != b.score { return a.score > b.score }
            if a.folded != b.folded { return a.folded < b.folded }
            if a.name != b.name { return a.name < b.name }
            return a.identity < b.identity
        }
    }

    /// The profile's interests that are asked for, as their owner writes them, each once.
    private static func shared(_ interests: [String], with asked: InterestSet) -> [String] {
        var seen: [String] = []
        var shared: [String] = []
        for interest in interests {
            let folded = Text.trimmed(Text.normalise(interest))
            guard asked.interests.contains(folded), !seen.contains(folded) else { continue }
            seen.append(folded)
            shared.append(interest)
        }
        return shared
    }
}
