/// Folds the scalars of one string: compatibility forms, letter case and marks disappear.
///
/// The result equals `NFKC(strip(NFKD(casefold(NFKD(s)))))` for the Unicode version of
/// ``TextTable``, where `strip` removes the categories Mn and Me. Nearly all of that is free of
/// context and comes from the table. Three things are not, and are done here: the order of the
/// spacing marks that stay, the mark U+0345 that case folding turns into a letter, and
/// composition, of which only Hangul and a few dozen pairs of Indic letters are left.
struct TextFolding {
    private let table = FoldTable.shared
    private var scalars: [UInt32] = []

    /// Starts empty, with room for a text of `count` scalars.
    init(reserving count: Int) {
        scalars.reserveCapacity(count)
    }

    /// Takes the next scalar of the text.
    mutating func take(_ scalar: UInt32) {
        if Hangul.syllables.contains(scalar) {
            Hangul.decompose(scalar) { scalars.append($0) }
            return
        }
        switch table.fold(scalar) {
        case .same:
            insert(scalar)
        case .removed:
            return
        case .barrier:
            scalars.append(FoldTable.barrier)
        case .one(let other):
            insert(other)
        case .many(let range):
            for index in range { insert(table.pool[index]) }
        }
    }

    /// The folded text.
    consuming func finish() -> String {
        settle()
        var result = String.UnicodeScalarView()
        var last: UInt32?
        for scalar in scalars {
            guard let before = last else {
                last = scalar
                continue
            }
            if let whole = Hangul.compose(before, scalar) ?? table.compose(before, scalar) {
                last = whole
            } else {
                Self.append(before, to: &result)
                last = scalar
            }
        }
        if let last { Self.append(last, to: &result) }
        return String(result)
    }

    /// Second half of the definition: U+0345 becomes a letter, barriers go, and what a barrier or
    /// a removed mark kept apart is put in order once more.
    private mutating func settle() {
        guard scalars.contains(where: { $0 == FoldTable.barrier || table.movesClass(of: $0) > 0 })
        else { return }
        let first = scalars
        scalars.removeAll(keepingCapacity: true)
        for scalar in first where scalar != FoldTable.barrier {
            insert(scalar == FoldTable.iotaBelow ? FoldTable.iota : scalar)
        }
    }

    /// Appends `scalar` where canonical order wants it: behind marks of its own or a lower class.
    private mutating func insert(_ scalar: UInt32) {
        let own = table.movesClass(of: scalar)
        guard own > 0 else {
            scalars.append(scalar)
            return
        }
        var place = scalars.endIndex
        while place > 0, table.movesClass(of: scalars[place - 1]) > own { place -= 1 }
        scalars.insert(scalar, at: place)
    }

    private static func append(_ value: UInt32, to view: inout String.UnicodeScalarView) {
        guard let scalar = Unicode.Scalar(value) else {
            preconditionFailure("the folding table holds no scalar \(value)")
        }
        view.append(scalar)
    }
}

/// The syllables that Unicode computes instead of listing them (Unicode 15.1, section 3.12).
enum Hangul {
    /// All precomposed syllables.
    static let syllables: Range<UInt32> = 0xAC00..<0xD7A4

    private static let leads: Range<UInt32> = 0x1100..<0x1113
    private static let vowels: Range<UInt32> = 0x1161..<0x1176
    /// The first of these is the "no tail" position and composes with nothing.
    private static let tails: Range<UInt32> = 0x11A7..<0x11C3

    /// Gives the two or three letters of `syllable` to `take`.
    static func decompose(_ syllable: UInt32, _ take: (UInt32) -> Void) {
        let index = syllable - syllables.lowerBound
        let tailCount = UInt32(tails.count)
        let vowelCount = UInt32(vowels.count)
        take(leads.lowerBound + index / (vowelCount * tailCount))
        take(vowels.lowerBound + index / tailCount % vowelCount)
        if index % tailCount > 0 { take(tails.lowerBound + index % tailCount) }
    }

    /// The syllable that two neighbours make, if they make one.
    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leads.contains(first), vowels.contains(second) {
            let index =
                (first - leads.lowerBound) * UInt32(vowels.count) + second - vowels.lowerBound
            return syllables.lowerBound + index * UInt32(tails.count)
        }
        if syllables.contains(first), tails.dropFirst().contains(second),
            (first - syllables.lowerBound) % UInt32(tails.count) == 0
        {
            return first + second - tails.lowerBound
        }
        return nil
    }
}
