/// A string of bytes that two of several texts have in common.
public struct CommonString: Sendable, Equatable {
    /// The bytes.
    public let bytes: [UInt8]
    /// Which text has them, and from which byte on.
    public let first: Place
    /// Which other text has them, and from which byte on.
    public let second: Place

    /// A byte of a text.
    public struct Place: Sendable, Equatable {
        /// The number of the text.
        public let text: Int
        /// The number of the byte in it.
        public let offset: Int
    }

    /// The longest string, wherever it stands, that two of `texts` have in common; nil when they
    /// have no byte in common.
    ///
    /// Nothing is left out: what a format puts into every text counts like everything else. Of all
    /// ends of texts in alphabetical order, two with the longest common beginning are neighbours.
    ///
    /// - Parameter groups: the group of each text, where texts of one group are not to be compared
    ///   with each other; nil when each is to be compared with each.
    public static func longest(in texts: [[UInt8]], groups: [Int]? = nil) -> CommonString? {
        let groups = groups ?? Array(texts.indices)
        precondition(groups.count == texts.count, "\(groups.count) groups of \(texts.count) texts")
        var ends: [End] = []
        ends.reserveCapacity(texts.reduce(0) { $0 + $1.count })
        for (number, text) in texts.enumerated() {
            for offset in text.indices {
                ends.append(End(of: text, number: number, from: offset))
            }
        }
        ends.sort { $0.isBefore($1, in: texts) }
        var longest: (length: Int, first: End, second: End)?
        for (first, second) in zip(ends, ends.dropFirst())
        where groups[Int(first.text)] != groups[Int(second.text)] {
            let length = first.commonLength(with: second, in: texts)
            if length > longest?.length ?? 0 { longest = (length, first, second) }
        }
        guard let (length, first, second) = longest else { return nil }
        let text = texts[Int(first.text)]
        let start = Int(first.offset)
        return CommonString(
            bytes: Array(text[start..<start + length]),
            first: Place(text: Int(first.text), offset: start),
            second: Place(text: Int(second.text), offset: Int(second.offset)))
    }
}

/// Everything in a text from one byte on.
private struct End {
    /// Its first eight bytes as a number, so that few comparisons look at the text.
    let head: UInt64
    let text: UInt32
    let offset: UInt32

    init(of bytes: [UInt8], number: Int, from offset: Int) {
        var head: UInt64 = 0
        for place in offset..<offset + MemoryLayout<UInt64>.size {
            head = head << 8 | (place < bytes.count ? UInt64(bytes[place]) : 0)
        }
        self.head = head
        text = UInt32(number)
        self.offset = UInt32(offset)
    }

    func isBefore(_ other: End, in texts: [[UInt8]]) -> Bool {
        if head != other.head { return head < other.head }
        return texts[Int(text)][Int(offset)...]
            .lexicographicallyPrecedes(texts[Int(other.text)][Int(other.offset)...])
    }

    func commonLength(with other: End, in texts: [[UInt8]]) -> Int {
        let (mine, theirs) = (texts[Int(text)], texts[Int(other.text)])
        var length = 0
        while Int(offset) + length < mine.count, Int(other.offset) + length < theirs.count,
            mine[Int(offset) + length] == theirs[Int(other.offset) + length]
        {
            length += 1
        }
        return length
    }
}
