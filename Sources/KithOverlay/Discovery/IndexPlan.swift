public import KithWire

/// One index location to be found under, before day and shard: a kind and a folded string.
public struct IndexTarget: Hashable, Sendable {
    /// Name entry or interest entry.
    public let kind: Record.Kind
    /// The folded string that is hashed into the location.
    public let string: String

    /// The place of `string` among entries of `kind`.
    public init(kind: Record.Kind, string: String) {
        self.kind = kind
        self.string = string
    }
}

/// Under which strings a profile is indexed, the most telling first.
///
/// At most ``targetsMax`` strings, each once per kind, in this order:
///
/// 1. the folded name tokens, at most ``Text/nameTokensMax``, in the order of the name;
/// 2. the folded interests;
/// 3. the *head* of each token: its shortest indexed prefix, 3 letters (1 in dense scripts, see
///    ``Letters``);
/// 4. each token without one of its first letters, as many as the head has;
/// 5. longer prefixes, the shortest first;
/// 6. each token without one of its other letters.
///
/// Within 3…6 tokens take turns, the longest first. Tokens that forgive no typo have no 4 and 6.
///
/// What that guarantees (``NameQuery`` asks for the other half): 8 + 16 + 8 fit always, so every
/// prefix of at least a head is found for each of the first eight tokens. A typo after the head
/// is found through the head, always; a typo within the head is found where 4 fitted, which it
/// does for up to three tokens beside sixteen interests. 5 and 6 add nothing to *whether* someone
/// is found, but lead there through quieter locations than "jon" or "mar", which hold 256 people.
public struct IndexPlan: Sendable {
    /// Index entries per profile (DESIGN section 7).
    public static let targetsMax = 32
    /// The strings, the most telling first.
    public let targets: [IndexTarget]
    /// Whether everything fitted.
    public let isComplete: Bool

    /// The plan of a profile.
    public init(_ profile: Profile) {
        self.init(name: profile.name, interests: profile.interests)
    }

    /// The plan of a name and interests as typed.
    public init(name: String, interests: [String]) {
        let tokens = Text.nameTokens(name)
        var draft = Draft()
        draft.add(tokens)
        for interest in interests {
            draft.add(Text.trimmed(Text.normalise(interest)), .interestEntry)
        }
        let words = Letters.longestFirst(tokens)
        for word in words where word.count > word.head {
            draft.add(word.prefix(word.head), .nameEntry)
        }
        draft.add(Letters.deletions(of: words, from: { _ in 0 }, to: \.head))
        draft.add(Letters.prefixes(of: words, from: { $0.head + 1 }, to: { $0.count - 1 }))
        draft.add(Letters.deletions(of: words, from: \.head, to: \.count))
        targets = draft.targets
        isComplete = draft.isComplete
    }

    /// The strings of one kind, the most telling first.
    func strings(of kind: Record.Kind) -> [String] {
        targets.filter { $0.kind == kind }.map(\.string)
    }

    private struct Draft {
        var targets: [IndexTarget] = []
        var isComplete = true

        mutating func add(_ string: String, _ kind: Record.Kind) {
            let target = IndexTarget(kind: kind, string: string)
            guard !string.isEmpty, !targets.contains(target) else { return }
            guard targets.count < IndexPlan.targetsMax else {
                isComplete = false
                return
            }
            targets.append(target)
        }

        mutating func add(_ strings: [String]) {
            for string in strings { add(string, .nameEntry) }
        }
    }
}

extension Letters {
    /// The letters of `tokens`, the longest token first, equally long ones in their order.
    static func longestFirst(_ tokens: [String]) -> [Letters] {
        let words = tokens.map { Letters($0) }
        let order = words.indices.sorted { a, b in
            words[a].count == words[b].count ? a < b : words[a].count > words[b].count
        }
        return order.map { words[$0] }
    }

    /// Each word without the letter `from..<to`, first all words without their first such letter.
    ///
    /// Words that forgive no typo are passed over.
    static func deletions(
        of words: [Letters], from: (Letters) -> Int, to: (Letters) -> Int
    ) -> [String] {
        rounds(of: words, from: from, to: { min(to($0), $0.count) - 1 }) { word, index in
            word.forgivesTypo ? word.deleting(index) : nil
        }
    }

    /// The first `from...to` letters of each word, first all words' shortest.
    static func prefixes(
        of words: [Letters], from: (Letters) -> Int, to: (Letters) -> Int
    ) -> [String] {
        rounds(of: words, from: from, to: to) { word, count in word.prefix(count) }
    }

    private static func rounds(
        of words: [Letters], from: (Letters) -> Int, to: (Letters) -> Int,
        make: (Letters, Int) -> String?
    ) -> [String] {
        var strings: [String] = []
        var round = 0
        var open = true
        while open {
            open = false
            for word in words where from(word) + round <= to(word) {
                open = true
                if let string = make(word, from(word) + round) { strings.append(string) }
            }
            round += 1
        }
        return strings
    }
}
