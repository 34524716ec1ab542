/// Why a command line makes no sense.
enum UsageError: Error, Equatable {
    /// Flags, but no verb.
    case noVerb(after: String)
    /// No such verb.
    case unknownVerb(String, nearest: String?)
    /// The first word of a verb of two words stands alone.
    case incomplete(group: String, members: [String])
    /// No such flag for this verb.
    case unknownFlag(String, verb: String, nearest: String?)
    /// There are no one-letter flags besides `-h`.
    case shortFlag(String)
    /// A flag that takes a value has none.
    case missingValue(flag: String)
    /// A flag that takes no value has one.
    case unwantedValue(flag: String)
    /// A flag that may stand once stands twice.
    case givenTwice(flag: String)
    /// The value of a flag is not of its kind.
    case badValue(String, flag: String, wanted: String)
    /// A word is missing after the verb.
    case missingWord(String, verb: String)
    /// There is a word too many after the verb.
    case extraWord(String, verb: String)
    /// A word is none of those allowed.
    case badWord(String, verb: String, choices: [String])
    /// Two things that exclude each other, or neither of two that are needed.
    case conflict(String, verb: String)
    /// No such help topic.
    case unknownTopic(String, nearest: String?)

    /// What is wrong, in a sentence without a full stop.
    var message: String {
        switch self {
        case .noVerb(let flag): "a command is missing beside --\(flag)"
        case .unknownVerb(let word, _): "there is no command '\(Terminal.safe(word))'"
        case .incomplete(let group, _): "'\(group)' needs another word"
        case .unknownFlag(let flag, let verb, _):
            "'kith \(verb)' has no flag --\(Terminal.safe(flag))"
        case .shortFlag(let flag): "'\(Terminal.safe(flag))' is not a flag; flags have two dashes"
        case .missingValue(let flag): "--\(flag) needs a value"
        case .unwantedValue(let flag): "--\(flag) takes no value"
        case .givenTwice(let flag): "--\(flag) is given twice"
        case .badValue(let value, let flag, let wanted):
            "--\(flag) is '\(Terminal.safe(value))', but should be \(wanted)"
        case .missingWord(let word, let verb): "'kith \(verb)' needs \(word)"
        case .extraWord(let word, let verb):
            "'kith \(verb)' takes no further word; '\(Terminal.safe(word))' is too many"
        case .badWord(let word, _, let choices):
            "'\(Terminal.safe(word))' is none of \(choices.joined(separator: ", "))"
        case .conflict(let what, _): what
        case .unknownTopic(let topic, _): "there is no help on '\(Terminal.safe(topic))'"
        }
    }

    /// What to do about it.
    var hint: String {
        switch self {
        case .unknownVerb(_, .some(let nearest)): "did you mean '\(nearest)'?"
        case .unknownFlag(_, _, .some(let nearest)): "did you mean '--\(nearest)'?"
        case .unknownTopic(_, .some(let nearest)): "did you mean '\(nearest)'?"
        case .incomplete(let group, let members) where members.count > 4:
            "'kith help \(group)' explains them: \(members.prefix(3).joined(separator: ", ")) …"
        case .incomplete(let group, let members):
            members.map { "'kith \(group) \($0)'" }.joined(separator: " or ")
        case .unknownFlag(_, let verb, nil), .missingWord(_, let verb), .extraWord(_, let verb),
            .badWord(_, let verb, _), .conflict(_, let verb):
            "'kith \(verb) --help' shows how it is used"
        case .shortFlag: "write -- before words that begin with a dash"
        case .noVerb, .unknownVerb, .missingValue, .unwantedValue, .givenTwice, .badValue,
            .unknownTopic:
            "'kith help' lists all commands"
        }
    }
}
