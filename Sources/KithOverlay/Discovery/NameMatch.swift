import KithWire

/// How well a name fits a ``NameQuery``: computed from the verified profile, never from an index.
///
/// Each typed word scores with the best word of the name: 1 when equal, 0.72…0.9 when it starts
/// it (more for more of it), 0.7 with one typo, 0.48…0.6 when it starts it with one typo, else 0.
/// The score is the mean over the typed words; of that 5 % are kept for names of which every
/// word was typed, so that "jonas" lists Jonas before Jonas Weber.
struct NameMatch: Equatable, Sendable {
    /// More than 0, at most 1.
    let score: Double
    /// What matched, in the order typed.
    let why: [Hit.Why]

    private static let typo = 0.7
    private static let start = 0.9
    private static let startWithTypo = 0.6
    /// What remains of a prefix's score however little of the word was typed.
    private static let startFloor = 0.8
    private static let whole = 0.05

    /// The match of `name` with `query`, or nil when nothing fits.
    init?(_ query: NameQuery, name: String) {
        let tokens = Text.nameTokens(name)
        let words = tokens.map { Letters($0) }
        var sum = 0.0
        var why: [Hit.Why] = []
        var used = Set<Int>()
        for (typed, asked) in zip(query.exact, query.words) {
            var best = Fit.none
            var at: Int?
            for (index, word) in words.enumerated() {
                let fit = Fit(asked, word)
                if fit.score > best.score { (best, at) = (fit, index) }
            }
            guard let at else { continue }
            used.insert(at)
            sum += best.score
            why.append(Self.reason(best, typed: typed, token: tokens[at], name: name))
        }
        guard !why.isEmpty else { return nil }
        let mean = sum / Double(query.exact.count)
        score = used.count == words.count ? mean : mean * (1 - Self.whole)
        self.why = why
    }

    private static func reason(
        _ fit: Fit, typed: String, token: String, name: String
    ) -> Hit.Why {
        switch fit {
        case .same: .name(asWritten(token, in: name))
        case .start: .nameStart(typed)
        case .typo: .nameLike(typed)
        case .startWithTypo, .none: .nameStartLike(typed)
        }
    }

    /// The word of `name` that folds into `token`, as its owner writes it.
    private static func asWritten(_ token: String, in name: String) -> String {
        for word in name.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        where Text.nameTokens(String(word)) == [token] {
            return String(word)
        }
        return token
    }

    /// How one typed word fits one word of a name.
    private enum Fit {
        case none
        case same
        case start(share: Double)
        case typo
        case startWithTypo(share: Double)

        init(_ typed: Letters, _ word: Letters) {
            if typed.scalars == word.scalars {
                self = .same
                return
            }
            let share = Double(typed.count) / Double(max(1, word.count))
            if word.scalars.starts(with: typed.scalars) {
                self = .start(share: share)
            } else if Self.allowsTypo(typed, word),
                Edits.atMostOne(typed.scalars[...], word.scalars[...])
            {
                self = .typo
            } else if typed.forgivesTypo, typed.isDense == word.isDense,
                Self.startsWithTypo(typed, word)
            {
                self = .startWithTypo(share: min(1, share))
            } else {
                self = .none
            }
        }

        var score: Double {
            switch self {
            case .none: 0
            case .same: 1
            case .start(let share): NameMatch.start * NameMatch.shareFactor(share)
            case .typo: NameMatch.typo
            case .startWithTypo(let share):
                NameMatch.startWithTypo * NameMatch.shareFactor(share)
            }
        }

        /// The longer one must forgive typos: "jon" for Jona is one, "ian" for Jan is not.
        private static func allowsTypo(_ a: Letters, _ b: Letters) -> Bool {
            a.count >= b.count ? a.forgivesTypo : b.forgivesTypo
        }

        private static func startsWithTypo(_ typed: Letters, _ word: Letters) -> Bool {
            for count in typed.count - 1...typed.count + 1 where count < word.count {
                if Edits.atMostOne(typed.scalars[...], word.scalars.prefix(count)) {
                    return true
                }
            }
            return false
        }
    }

    private static func shareFactor(_ share: Double) -> Double {
        startFloor + (1 - startFloor) * share
    }
}

/// Counts edits between words.
enum Edits {
    /// Whether one edit at most turns `a` into `b`: a letter added, left out, replaced, or
    /// swapped with its neighbour (Damerau 1964); in O(n).
    static func atMostOne<Letter: Equatable>(
        _ a: ArraySlice<Letter>, _ b: ArraySlice<Letter>
    ) -> Bool {
        var (a, b) = (a, b)
        while let x = a.first, let y = b.first, x == y {
            a = a.dropFirst()
            b = b.dropFirst()
        }
        while let x = a.last, let y = b.last, x == y {
            a = a.dropLast()
            b = b.dropLast()
        }
        switch (a.count, b.count) {
        case (0, 0), (0, 1), (1, 0), (1, 1): return true
        case (2, 2): return a.first == b.last && a.last == b.first
        default: return false
        }
    }
}
