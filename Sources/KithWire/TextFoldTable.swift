/// ``TextTable`` decoded into flat arrays that are searched by halving.
struct FoldTable: Sendable {
    /// What one scalar becomes.
    enum Fold {
        /// Nothing changes.
        case same
        /// A mark that disappears.
        case removed
        /// A mark that disappears, but until then keeps the marks around it in place.
        case barrier
        /// One other scalar.
        case one(UInt32)
        /// The scalars at this place of ``FoldTable/pool``.
        case many(Range<Int>)
    }

    /// U+0345, which sorts like a mark and folds to a letter.
    static let iotaBelow: UInt32 = 0x345
    /// U+03B9, the letter that U+0345 becomes.
    static let iota: UInt32 = 0x3B9
    /// Stands for a ``Fold/barrier`` inside a text; no Unicode scalar.
    static let barrier: UInt32 = 0x11_0000

    /// Decoded at first use.
    static let shared = FoldTable()

    /// The scalars of all sequences, one behind the other.
    let pool: [UInt32]

    private let starts: [UInt32]
    private let runs: [Run]
    private let pairs: [Pair]
    private let classes: [ClassRun]

    private enum Kind: UInt32 {
        case removed, barrier, shift, everyOther, constant, sequence
    }

    private struct Run {
        let kind: Kind
        let length: UInt32
        /// The scalar that the first one becomes, or where the sequence starts in the pool.
        let target: UInt32
        let targetCount: UInt32
    }

    private struct Pair {
        let first, second, composed: UInt32
    }

    private struct ClassRun {
        let start, length, value: UInt32
    }

    private init() {
        var starts: [UInt32] = []
        var runs: [Run] = []
        var pool: [UInt32] = []
        starts.reserveCapacity(TextTable.entryCount)
        runs.reserveCapacity(TextTable.entryCount)
        var digits = Digits(TextTable.entries)
        var end: UInt32 = 0
        while !digits.isAtEnd {
            let start = end + digits.natural()
            let head = digits.natural()
            guard let kind = Kind(rawValue: head % 6) else { preconditionFailure("remainder of 6") }
            let length = head / 6 + 1
            var target: UInt32 = 0
            var targetCount: UInt32 = 0
            switch kind {
            case .removed, .barrier:
                break
            case .shift, .everyOther, .constant:
                target = digits.moved(from: start)
                targetCount = 1
            case .sequence:
                targetCount = digits.natural()
                target = UInt32(pool.count)
                var previous = start
                for _ in 0..<targetCount {
                    previous = digits.moved(from: previous)
                    pool.append(previous)
                }
            }
            starts.append(start)
            runs.append(Run(kind: kind, length: length, target: target, targetCount: targetCount))
            end = start + length
        }
        precondition(runs.count == TextTable.entryCount, "the table was cut short")
        self.starts = starts
        self.runs = runs
        self.pool = pool
        pairs = Self.triples(TextTable.pairs).map { Pair(first: $0, second: $1, composed: $2) }
        classes = Self.triples(TextTable.classes).map { ClassRun(start: $0, length: $1, value: $2) }
    }

    /// What `scalar` becomes; Hangul syllables are not in the table.
    func fold(_ scalar: UInt32) -> Fold {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return .same }
        let run = runs[low - 1]
        let offset = scalar - starts[low - 1]
        guard offset < run.length else { return .same }
        switch run.kind {
        case .removed: return .removed
        case .barrier: return .barrier
        case .shift: return .one(run.target + offset)
        case .everyOther: return offset.isMultiple(of: 2) ? .one(run.target + offset) : .same
        case .constant: return .one(run.target)
        case .sequence: return .many(Int(run.target)..<Int(run.target + run.targetCount))
        }
    }

    /// The canonical combining class of a scalar that folding keeps; 0 for most.
    func movesClass(of scalar: UInt32) -> UInt32 {
        guard scalar >= Self.iotaBelow else { return 0 }
        for run in classes {
            if scalar < run.start { return 0 }
            if scalar - run.start < run.length { return run.value }
        }
        return 0
    }

    /// The scalar that two neighbours compose to, Hangul excepted.
    func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        guard let lowest = pairs.first?.first, first >= lowest else { return nil }
        return pairs.first { $0.first == first && $0.second == second }?.composed
    }

    private static func triples(_ text: StaticString) -> [(UInt32, UInt32, UInt32)] {
        var digits = Digits(text)
        var result: [(UInt32, UInt32, UInt32)] = []
        var first: UInt32 = 0
        while !digits.isAtEnd {
            first += digits.natural()
            let second = digits.natural()
            result.append((first, second, digits.natural()))
        }
        return result
    }
}

/// Reads the numbers of ``TextTable``.
private struct Digits {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: StaticString) {
        bytes = text.withUTF8Buffer { Array($0) }
    }

    var isAtEnd: Bool { index == bytes.count }

    /// A number of five bits a digit, least first; a digit of 32 or more is followed by another.
    mutating func natural() -> UInt32 {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while true {
            let digit = Self.value(of: bytes[index])
            index += 1
            value |= (digit & 31) << shift
            if digit < 32 { return value }
            shift += 5
        }
    }

    /// `origin` moved by a signed number: even is up, odd is down.
    mutating func moved(from origin: UInt32) -> UInt32 {
        let number = natural()
        return number.isMultiple(of: 2) ? origin + number / 2 : origin - (number / 2 + 1)
    }

    private static func value(of digit: UInt8) -> UInt32 {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: preconditionFailure("the table holds the foreign digit \(digit)")
        }
    }
}
