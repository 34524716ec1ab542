/// A command line that makes sense.
struct Invocation: Sendable {
    /// What to do.
    let verb: Verb
    /// The words after the verb.
    let words: [String]
    /// Values of the flags given; an on/off flag has one empty value.
    let values: [String: [String]]

    /// Whether a flag was given.
    func has(_ flag: String) -> Bool {
        values[flag] != nil
    }

    /// The value of a flag that is given at most once.
    func text(_ flag: String) -> String? {
        values[flag]?.last
    }

    /// All values of a flag that may be repeated.
    func texts(_ flag: String) -> [String] {
        values[flag] ?? []
    }

    /// The value of a flag that takes a whole number.
    func count(_ flag: String) -> Int? {
        text(flag).flatMap { Int($0) }
    }

    /// The value of a flag that takes a fraction.
    func number(_ flag: String) -> Double? {
        text(flag).flatMap { Double($0) }
    }

    /// The value of a flag that takes a length of time.
    func duration(_ flag: String) -> Duration? {
        text(flag).flatMap { Parser.duration($0) }
    }

    /// The values of a flag that takes a comma-separated list, all occurrences together.
    func list(_ flag: String) -> [String]? {
        guard let values = values[flag] else { return nil }
        return values.flatMap { $0.split(separator: ",") }
            .map { String(Self.trimmed($0)) }
            .filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

/// What a command line asks for.
enum Parsed: Sendable {
    /// Do this.
    case invocation(Invocation)
    /// Explain these words; the overview when there are none.
    case help([String])
    /// Print the version.
    case version
}

/// Reads a command line with the help of ``VerbTable``.
///
/// Flags may stand anywhere, also before the verb; `--` ends them. Whether a flag takes a value
/// depends on its name alone, never on the verb, so that the verb can be found among the flags.
enum Parser {
    /// Reads the arguments that follow the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Parsed {
        let given = try sort(arguments)
        if given.flags.contains(where: { $0.name == "help" }) { return .help(given.words) }
        if given.flags.contains(where: { $0.name == "version" }) { return .version }
        guard let first = given.words.first else {
            guard let flag = given.flags.first else { return .help([]) }
            throw .noVerb(after: flag.name)
        }
        if first == "help" { return .help(Array(given.words.dropFirst())) }
        let verb = try verb(of: given.words)
        if verb.words == ["version"] { return .version }

        let words = Array(given.words.dropFirst(verb.words.count))
        let values = try values(of: given.flags, for: verb)
        try check(words, for: verb)
        return .invocation(Invocation(verb: verb, words: words, values: values))
    }

    /// A length of time as people write it: `500ms`, `10s`, `2m`, `1h`, or plain seconds.
    static func duration(_ text: String) -> Duration? {
        let units: [(suffix: String, seconds: Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("", 1),
        ]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(text.dropLast(unit.suffix.count)), number.isFinite,
                number > 0, number * unit.seconds <= 30 * 86_400
            else { return nil }
            return .seconds(number * unit.seconds)
        }
        return nil
    }

    /// A flag as it was typed.
    private struct Given {
        let name: String
        let value: String?
    }

    /// Separates flags from words; unknown flags are kept for ``values(of:for:)``, which knows
    /// what to suggest.
    private static func sort(
        _ arguments: [String]
    ) throws(UsageError) -> (words: [String], flags: [Given]) {
        var words: [String] = []
        var flags: [Given] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                words += arguments[index...]
                break
            }
            if argument == "-h" || argument == "-?" {
                flags.append(Given(name: "help", value: nil))
            } else if argument.hasPrefix("--") {
                let body = argument.dropFirst(2)
                let name = String(body.prefix { $0 != "=" })
                if name.count < body.count {
                    flags.append(Given(name: name, value: String(body.dropFirst(name.count + 1))))
                } else if takesValue(name) {
                    guard index < arguments.count else { throw .missingValue(flag: name) }
                    flags.append(Given(name: name, value: arguments[index]))
                    index += 1
                } else {
                    flags.append(Given(name: name, value: nil))
                }
            } else if argument.hasPrefix("-"), argument.count > 1 {
                throw .shortFlag(argument)
            } else {
                words.append(argument)
            }
        }
        return (words, flags)
    }

    private static func takesValue(_ name: String) -> Bool {
        let all = VerbTable.globals + VerbTable.verbs.flatMap(\.flags)
        return all.first { $0.name == name }?.value != nil
    }

    private static func verb(of words: [String]) throws(UsageError) -> Verb {
        let first = words[0]
        if VerbTable.groups.contains(first) {
            let members = VerbTable.members(of: first).map { $0.words[1] }
            guard words.count > 1 else {
                if let verb = VerbTable.verb([first]) { return verb }
                throw .incomplete(group: first, members: members)
            }
            if let verb = VerbTable.verb(Array(words.prefix(2))) { return verb }
            throw .unknownVerb(
                words.prefix(2).joined(separator: " "),
                nearest: Suggestion.nearest(to: words[1], among: members).map { "\(first) \($0)" })
        }
        if let verb = VerbTable.verb([first]) { return verb }
        throw .unknownVerb(
            first, nearest: Suggestion.nearest(to: first, among: VerbTable.firstWords))
    }

    private static func values(
        of given: [Given], for verb: Verb
    ) throws(UsageError) -> [String: [String]] {
        let known = verb.flags + VerbTable.globals
        var values: [String: [String]] = [:]
        for item in given {
            guard let flag = known.first(where: { $0.name == item.name }) else {
                throw .unknownFlag(
                    item.name, verb: verb.name,
                    nearest: Suggestion.nearest(to: item.name, among: known.map(\.name)))
            }
            if values[flag.name] != nil, !flag.repeats { throw .givenTwice(flag: flag.name) }
            if let kind = flag.value {
                guard let value = item.value else { throw .missingValue(flag: flag.name) }
                try check(value, of: flag, kind)
                values[flag.name, default: []].append(value)
            } else {
                if item.value != nil { throw .unwantedValue(flag: flag.name) }
                values[flag.name] = [""]
            }
        }
        return values
    }

    private static func check(
        _ value: String, of flag: Flag, _ kind: Flag.Value
    ) throws(UsageError) {
        switch kind {
        case .text:
            return
        case .directory, .file:
            if value.isEmpty { throw .missingValue(flag: flag.name) }
        case .choice(_, let choices):
            if choices.contains(value) { return }
            throw .badValue(
                value, flag: flag.name, wanted: "one of \(choices.joined(separator: ", "))")
        case .duration:
            if duration(value) != nil { return }
            throw .badValue(value, flag: flag.name, wanted: "a time such as 500ms, 10s or 2m")
        case .count(let range):
            if let number = Int(value), range.contains(number) { return }
            throw .badValue(
                value, flag: flag.name,
                wanted: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        case .number(let range):
            if let number = Double(value), range.contains(number) { return }
            throw .badValue(
                value, flag: flag.name,
                wanted: "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
    }

    private static func check(_ words: [String], for verb: Verb) throws(UsageError) {
        var rest = words[...]
        for parameter in verb.parameters {
            switch parameter.presence {
            case .many:
                rest = []
            case .optional:
                rest = rest.dropFirst()
            case .required:
                guard let word = rest.popFirst() else {
                    throw .missingWord(parameter.name, verb: verb.name)
                }
                if !parameter.choices.isEmpty, !parameter.choices.contains(word) {
                    throw .badWord(word, verb: verb.name, choices: parameter.choices)
                }
            }
        }
        if let extra = rest.first { throw .extraWord(extra, verb: verb.name) }
    }
}
