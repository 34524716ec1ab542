/// What somebody wants from `Tools/bench relay`.
struct RelayRequest {
    /// How often cells and multiplications take turns.
    var rounds = 20
    /// Cells of each round.
    var cells = 1_500
    /// Whether one line of JSON is wanted instead of text.
    var asJSON = false
    /// Whether the manual is wanted instead of all that.
    var wantsManual = false

    /// What the words of a command line ask for.
    ///
    /// At most a million cells, which take 1.2 GB, and five minutes of the hour that the onion key
    /// lives.
    init(_ words: some Sequence<String>) throws(Failure) {
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch parts.first {
            case "--help", "-h":
                wantsManual = true
            case "--json" where parts.count == 1:
                asJSON = true
            case "--rounds":
                rounds = try Self.number(parts, &rest, in: 1...200)
            case "--cells":
                cells = try Self.number(parts, &rest, in: 100...5_000)
            default:
                throw Failure("\"\(word)\" is not understood", hint: "Tools/bench relay --help")
            }
        }
    }

    private static func number(
        _ parts: [String], _ rest: inout ArraySlice<String>, in range: ClosedRange<Int>
    ) throws(Failure) -> Int {
        guard let text = parts.count == 2 ? parts[1] : rest.popFirst() else {
            throw Failure("\(parts[0]) needs a value", hint: "Tools/bench relay --help")
        }
        guard let number = Int(text), range.contains(number) else {
            throw Failure(
                "\(parts[0]) \"\(text)\" is refused",
                hint: "\(parts[0]) takes a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }

    /// What `--help` prints.
    static let manual = """
        Sends cells through one real node: how many it passes per second of processor,
        and what share that is of what its X25519 rate allows.

        usage: Tools/bench relay [options]

          --rounds N   turns of cells and multiplications, 1 to 200; 20 unless given
          --cells N    cells of each round, 100 to 5000; 1500 unless given
          --json       one line of JSON instead of text
          --help       this

        \(RelayReport.method)

        exit codes: 0 every goal was met, 1 one was missed, 2 the command line is wrong
        or something is not there.

        examples:
          Tools/bench relay
          Tools/bench relay --rounds 100 --cells 1000
          Tools/bench relay --json
        """
}
