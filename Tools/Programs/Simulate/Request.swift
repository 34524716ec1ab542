import KithSimulation

/// What somebody wants from the simulator.
enum Request {
    case help
    /// The names of all scenarios, a line each.
    case list
    case simulate(Plan, asJSON: Bool)
    /// One run for each seed, a line each; unless `keepsGoing` it ends at the first bad one.
    case series(Plan, ClosedRange<UInt64>, keepsGoing: Bool)

    /// Why a command line is not understood, and what to do about it.
    struct UsageError: Error {
        let text: String
        let hint: String
    }

    /// Largest network accepted; each node takes about 300 KiB once it knows its neighbours.
    static let nodesMax = 50_000

    /// What the words of a command line ask for.
    init(_ words: some Sequence<String>) throws(UsageError) {
        var asJSON = false
        var keepsGoing = false
        var rest = Array(words)[...]
        var values: [Value] = []
        var seen: Set<String> = []
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" {
                self = .help
                return
            }
            if word == "--list" {
                self = .list
                return
            }
            let (flag, attached) = Self.split(word)
            guard seen.insert(flag).inserted else {
                throw UsageError(text: "\(flag) is given twice", hint: "give it once")
            }
            if flag == "--json", attached == nil {
                asJSON = true
                continue
            }
            if flag == "--keep-going", attached == nil {
                keepsGoing = true
                continue
            }
            guard Self.flags[flag] != nil else {
                throw UsageError(
                    text: "\"\(word)\" is not understood", hint: "Tools/simulate --help")
            }
            guard let value = attached ?? rest.popFirst() else {
                throw UsageError(
                    text: "\(flag) needs a value", hint: "Tools/simulate --help")
            }
            values.append(Value(flag: flag, text: value))
        }
        // The scenario first: it decides what the other flags change.
        let scenario = try values.first { $0.flag == "--scenario" }?.choice(
            of: Scenario.allCases.map { ($0.rawValue, $0) })
        var plan = Plan(scenario ?? .steady, seed: 7)
        for value in values { try Self.flags[value.flag]?(value, &plan) }
        let seeds = try values.first { $0.flag == "--seed" }?.seeds() ?? 7...7
        if seeds.count == 1 {
            self = .simulate(plan, asJSON: asJSON)
        } else {
            guard !asJSON else {
                throw UsageError(text: "--json is for one seed", hint: "leave one of them out")
            }
            self = .series(plan, seeds, keepsGoing: keepsGoing)
        }
    }

    private static func split(_ word: String) -> (flag: String, value: String?) {
        guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else {
            return (word == "--seeds" ? "--seed" : word, nil)
        }
        let flag = String(word[..<sign])
        return (
            flag == "--seeds" ? "--seed" : flag, String(word[word.index(after: sign)...])
        )
    }

    private typealias Apply = @Sendable (Value, inout Plan) throws(UsageError) -> Void

    /// What each flag changes; `--scenario` is looked at before.
    private static let flags: [String: Apply] = [
        "--nodes": { (value, plan) throws(UsageError) in
            plan.nodes = Int(try value.integer(in: 1...UInt64(nodesMax)))
        },
        "--seed": { (value, plan) throws(UsageError) in
            plan.seed = try value.seeds().lowerBound
        },
        "--scenario": { (_, _) throws(UsageError) in },
        "--liars": { (value, plan) throws(UsageError) in
            plan.liars = min(0.9, try value.percent())
        },
        "--churn": { (value, plan) throws(UsageError) in
            let habits: [(String, Churn?)] = [("none", nil), ("ipfs", .ipfs), ("hard", .hard)]
            plan.churn = try value.choice(of: habits)
        },
        "--loss": { (value, plan) throws(UsageError) in plan.links.loss = try value.percent() },
        "--latency": { (value, plan) throws(UsageError) in
            (plan.links.latency, plan.links.spread) = try value.spreadMilliseconds()
        },
        "--duplicate": { (value, plan) throws(UsageError) in
            plan.links.duplication = try value.percent()
        },
        "--reorder": { (value, plan) throws(UsageError) in
            plan.links.reordering = try value.percent()
        },
        "--finds": { (value, plan) throws(UsageError) in
            plan.finds = Int(try value.integer(in: 0...1_000_000))
        },
        "--people": { (value, plan) throws(UsageError) in
            plan.people = Int(try value.integer(in: 0...100_000))
        },
        "--minutes": { (value, plan) throws(UsageError) in
            plan.length = .seconds(60 * (try value.integer(in: 1...10_000)))
        },
    ]
}

/// The value of one flag, as typed.
struct Value {
    let flag: String
    let text: String

    func integer(in range: ClosedRange<UInt64>) throws(Request.UsageError) -> UInt64 {
        guard let number = UInt64(text), range.contains(number) else {
            throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One seed, or the first and the last with dots between: "1...20" or "1..20".
    func seeds() throws(Request.UsageError) -> ClosedRange<UInt64> {
        guard let dots = text.firstRange(of: "..") else {
            let seed = try integer(in: 0...UInt64.max)
            return seed...seed
        }
        let end = text[dots.upperBound...].drop { $0 == "." }
        guard let first = UInt64(text[..<dots.lowerBound]), let last = UInt64(end),
            first <= last, last - first < 1_000_000
        else { throw wrong("a seed, or the first and the last such as 1...20") }
        return first...last
    }

    /// A probability, given as a percentage.
    func percent() throws(Request.UsageError) -> Double {
        let bare = text.hasSuffix("%") ? String(text.dropLast()) : text
        guard let number = Self.decimal(bare), number <= 100 else {
            throw wrong("a percentage from 0 to 100")
        }
        return number / 100
    }

    /// "50±30", "50+-30" or "50": milliseconds, and how far they may be off.
    func spreadMilliseconds() throws(Request.UsageError) -> (Duration, Duration) {
        var bare = text
        for unit in ["ms"] where bare.hasSuffix(unit) { bare = String(bare.dropLast(2)) }
        var parts = bare.split(separator: "±", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, let sign = bare.firstRange(of: "+-") {
            parts = [String(bare[..<sign.lowerBound]), String(bare[sign.upperBound...])]
        }
        guard parts.count <= 2, let mean = Self.decimal(parts[0]), mean <= 60_000,
            let spread = parts.count == 2 ? Self.decimal(parts[1]) : 0, spread <= mean
        else {
            throw wrong("milliseconds such as 50 or 50±30, the second not larger than the first")
        }
        return (.seconds(mean / 1_000), .seconds(spread / 1_000))
    }

    func choice<T>(of choices: [(String, T)]) throws(Request.UsageError) -> T {
        for (name, value) in choices where name == text { return value }
        throw wrong("one of \(choices.map(\.0).joined(separator: ", "))")
    }

    /// A number of digits and at most one point: no sign, no exponent, no "nan".
    private static func decimal(_ text: String) -> Double? {
        guard text.contains(where: \.isNumber),
            text.allSatisfy({ $0 == "." || ("0"..."9").contains($0) })
        else { return nil }
        return Double(text)
    }

    private func wrong(_ wanted: String) -> Request.UsageError {
        Request.UsageError(text: "\(flag) \"\(text)\" is refused", hint: "\(flag) takes \(wanted)")
    }
}
