import KithSimulation
import Reporting

/// A scenario that measures other things than the others, and takes other flags.
protocol OwnScenario {
    /// What it is called.
    static var name: String { get }
    /// The flags that it takes besides `--seed` and `--json`.
    static var flags: [String] { get }
    /// What is done when no flag says otherwise.
    init()
    /// Takes the value of one of the flags, or of `--seed`.
    mutating func take(_ value: Value) throws(Request.UsageError)
    /// Runs it to its end.
    func report() throws(Request.UsageError) -> any OwnReport
}

extension OwnScenario {
    /// Runs what the words ask for; nil when they are about another scenario.
    static func report(
        asked words: some Sequence<String>
    ) throws(Request.UsageError) -> (report: any OwnReport, asJSON: Bool)? {
        guard let said = try ScenarioWords(words, of: name, taking: flags) else { return nil }
        var scenario = Self()
        for value in said.values { try scenario.take(value) }
        return (try scenario.report(), said.asJSON)
    }
}

/// What such a scenario measured.
protocol OwnReport {
    /// What the run was to reach, and whether it did.
    var goals: [Goal] { get }
    /// For people: a table, the seed first.
    var text: String { get }
    /// For programs: one line of JSON; what was not measured is null.
    var json: String { get }
}

extension OwnReport {
    /// 0 when all goals were met, else 1.
    var exitCode: Int32 { goals.allSatisfy(\.isMet) ? 0 : 1 }

    /// How the text of each ends: what must not be, the trace, the goals.
    func ending(_ violations: [Violation], trace: String) -> [String] {
        violations.prefix(10).map { "  \($0)" } + ["trace \(trace)", ""] + goals.map(\.text)
    }

    /// The goals as JSON.
    var goalsJSON: String { "[" + goals.map(\.json).joined(separator: ",") + "]" }
}
