/// Finds what was probably meant by a mistyped word.
enum Suggestion {
    /// The candidate nearest to `word`, when it is near enough to be a typo.
    ///
    /// Near enough is one edit for short words and a third of the letters for longer ones; a
    /// candidate that begins with the word also counts. The first of equals wins.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let allowed = max(1, word.count / 3)
        var best: (candidate: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(word, candidate)
            if edits <= allowed, edits < best?.edits ?? .max {
                best = (candidate, edits)
            }
        }
        if let best { return best.candidate }
        return word.count >= 2 ? candidates.first { $0.hasPrefix(word) } : nil
    }

    /// Edits between two words: insert, delete, replace, or swap two neighbours
    /// (optimal string alignment).
    static func distance(_ from: String, _ to: String) -> Int {
        let a = Array(from)
        let b = Array(to)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for row in 1...a.count {
            var current = [row] + [Int](repeating: 0, count: b.count)
            for column in 1...b.count {
                let change = a[row - 1] == b[column - 1] ? 0 : 1
                current[column] = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + change)
                if row > 1, column > 1, a[row - 1] == b[column - 2], a[row - 2] == b[column - 1] {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            beforeLast = last
            last = current
        }
        return last[b.count]
    }
}
