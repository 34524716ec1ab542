import KithWire

/// A name as somebody types it, turned into index strings to read in two stages.
///
/// Stage 1 (``exact``) is what was typed. It finds whole tokens, indexed prefixes, and tokens of
/// which one letter was left out (the index holds them without each letter).
/// Stage 2 (``near``) is for when stage 1 found nobody: each token without one letter, which
/// meets the index in the middle (symmetric deletion: a letter too many, a wrong letter or two
/// swapped ones become the same string when the right letter is taken from both), and the heads
/// of tokens, in case a longer prefix did not fit into the ``IndexPlan`` or the typo comes later.
///
/// Guaranteed to meet the index, for a token `t` among the first eight of a name and a typed `q`
/// of the same script (h is the head, 3 letters, or 1 in dense scripts):
/// - `q` equals `t`, or `q` is a prefix of `t` with at least h letters;
/// - `q` differs from `t` in one edit (a letter added, left out, replaced, or swapped with its
///   neighbour) behind the first h letters, and both are longer than h;
/// - the same anywhere, if `t` forgives typos (4 letters, 3 in dense scripts) and the plan of
///   the name is complete or got as far as its step 4.
/// For more than six tokens at once the shorter ones lose stage 2, see ``nearMax``.
struct NameQuery: Hashable, Sendable {
    /// Strings of stage 2; each costs a lookup.
    ///
    /// A token needs five to keep its guarantee.
    static let nearMax = 32
    /// The longest prefix of stage 2; longer ones are as good as unique.
    static let prefixMax = 6

    /// Stage 1: the folded tokens, each once, in the order typed; at most as many as a name has
    /// in its index.
    let exact: [String]
    /// Stage 2: what else may lead there, the most telling first; nothing of stage 1.
    let near: [String]
    /// ``exact`` taken apart.
    let words: [Letters]

    /// The query for what somebody typed; empty when it has no letter and no number.
    init(_ text: String) {
        let tokens = Text.nameTokens(text)
        exact = tokens
        words = tokens.map { Letters($0) }

        let longestFirst = Letters.longestFirst(tokens)
        var strings = Letters.deletions(of: longestFirst, from: { _ in 0 }, to: { $0.head + 1 })
        for word in longestFirst where word.count > word.head {
            strings.append(word.prefix(word.head))
        }
        strings += Letters.deletions(of: longestFirst, from: { $0.head + 1 }, to: \.count)
        strings += Letters.prefixes(
            of: longestFirst, from: { $0.head + 1 }, to: { min($0.count - 1, Self.prefixMax) })
        var near: [String] = []
        for string in strings
        where near.count < Self.nearMax && !near.contains(string) && !tokens.contains(string) {
            near.append(string)
        }
        self.near = near
    }

    /// Whether nothing can be looked for.
    var isEmpty: Bool { exact.isEmpty }

    /// Whether both mean the same search; the order of the words does not matter.
    static func == (left: NameQuery, right: NameQuery) -> Bool {
        left.exact.sorted() == right.exact.sorted()
    }

    /// Feeds the words in an order that does not depend on how they were typed.
    func hash(into hasher: inout Hasher) {
        hasher.combine(exact.sorted())
    }
}
