/// An input read as a script: what to do next, and with what; zeros past its end.
struct Script {
    private let bytes: [UInt8]
    private var position = 0

    /// The script that `bytes` is.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether nothing is left.
    var isOver: Bool { position >= bytes.count }

    /// The next byte.
    mutating func byte() -> UInt8 {
        guard !isOver else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number of `0..<bound`.
    mutating func below(_ bound: Int) -> Int {
        Int(byte()) % bound
    }

    /// One of `choices`, or nil when there is none.
    mutating func element<Choice>(of choices: [Choice]) -> Choice? {
        choices.isEmpty ? nil : choices[below(choices.count)]
    }

    /// Up to `count` of the next bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return [UInt8](bytes[position..<end])
    }
}
