/// One thing `kith` can do, as parsing, help and completion know it.
struct Verb: Sendable {
    /// The words that name it: `["dht", "lookup"]`.
    let words: [String]
    /// Which part of the overview it stands in.
    let chapter: Chapter
    /// One line, lower case, without a full stop.
    let summary: String
    /// What is typed after the words, in order.
    var parameters: [Parameter] = []
    /// Flags of this verb alone.
    var flags: [Flag] = []
    /// Paragraphs for `kith VERB --help`.
    var notes: [String] = []
    /// Complete commands with what they do.
    var examples: [Example] = []

    /// The words with spaces between them.
    var name: String { words.joined(separator: " ") }

    /// Parts of the overview, in the order they are shown.
    enum Chapter: String, CaseIterable, Sendable {
        /// Making and running a node.
        case node = "Your node"
        /// Who one is, and how that is kept.
        case identity = "Your identity"
        /// What others can find.
        case profile = "Your profile"
        /// Whom one knows.
        case contacts = "Your contacts"
        /// Searching.
        case people = "Find people"
        /// Looking into the network.
        case network = "Look into the network"
        /// Help, completion, version.
        case other = "More"
    }

    /// A line to type and what it does.
    struct Example: Sendable {
        /// The command line.
        let line: String
        /// What it does, in a few words.
        let does: String
    }
}

/// A word typed after the verb.
struct Parameter: Sendable {
    /// How it is written in help, in capitals.
    let name: String
    /// What it is.
    let summary: String
    /// Whether and how often it is needed.
    var presence = Presence.required
    /// The only words allowed, or empty.
    var choices: [String] = []

    /// Whether and how often a parameter is needed.
    enum Presence: Sendable {
        /// Exactly once.
        case required
        /// At most once.
        case optional
        /// Any number of words.
        case many
    }
}

/// A flag such as `--limit 20`.
struct Flag: Sendable {
    /// The name without the dashes.
    let name: String
    /// What follows it; nil for a flag that is only on or off.
    var value: Value?
    /// Whether it may be given several times.
    var repeats = false
    /// One line, lower case, without a full stop.
    let summary: String

    /// What may follow a flag.
    enum Value: Sendable {
        /// Any text; the name is shown in help.
        case text(String)
        /// A directory.
        case directory
        /// A file.
        case file
        /// One of these words.
        case choice(String, [String])
        /// A length of time: `500ms`, `10s`, `2m`, or seconds.
        case duration
        /// A whole number in a range.
        case count(ClosedRange<Int>)
        /// A fraction in a range.
        case number(ClosedRange<Double>)

        /// How it is written in help.
        var name: String {
            switch self {
            case .text(let name), .choice(let name, _): name
            case .directory: "DIR"
            case .file: "FILE"
            case .duration: "TIME"
            case .count: "N"
            case .number: "X"
            }
        }
    }

    /// How it is written in help: `--limit N`.
    var usage: String {
        value.map { "--\(name) \($0.name)" } ?? "--\(name)"
    }
}
