/// The words for a scenario that measures other things than the others, and takes other flags.
struct ScenarioWords {
    /// The values that were given, in order.
    private(set) var values: [Value] = []
    /// Whether one line of JSON is wanted instead of text.
    private(set) var asJSON = false

    /// What the words say; nil when they are about another scenario.
    ///
    /// - Parameter flags: those that it takes besides `--seed` and `--json`.
    init?(
        _ words: some Sequence<String>, of scenario: String, taking flags: [String]
    ) throws(Request.UsageError) {
        var rest = Array(words)[...]
        let text = " " + rest.joined(separator: " ") + " "
        guard
            text.contains(" --scenario \(scenario) ") || text.contains(" --scenario=\(scenario) "),
            !rest.contains("--help"), !rest.contains("-h"), !rest.contains("--list")
        else { return nil }
        while let word = rest.popFirst() {
            if word == "--json" {
                asJSON = true
                continue
            }
            let parts = word.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false
            ).map(String.init)
            guard (flags + ["--scenario", "--seed"]).contains(parts[0]) else {
                throw Request.UsageError(
                    text: "\"\(word)\" is not understood for the scenario \(scenario)",
                    hint: "it takes \(flags.joined(separator: ", ")), --seed and --json")
            }
            guard let text = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw Request.UsageError(
                    text: "\(word) needs a value", hint: "Tools/simulate --help")
            }
            values.append(Value(flag: parts[0], text: text))
        }
    }
}
