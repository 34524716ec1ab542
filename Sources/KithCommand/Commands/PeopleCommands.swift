import KithHost
import KithOverlay

/// Commands about being found and finding: `publish`, `unpublish`, `find`.
enum PeopleCommands {
    /// Shows the profile in the home to those who may see it.
    static func publish(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(.publish(via: Inputs.via(context.invocation) ?? .auto))
        show(context, answer, PresentationReport.published(answer))
        return .ok
    }

    /// Withdraws what was published.
    static func unpublish(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(.unpublish)
        show(context, answer, PresentationReport.withdrawn(answer))
        return .ok
    }

    /// Finds people by name or by interests.
    static func find(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(try query(context.invocation))
        let isEmpty = answer["results"]?.array?.isEmpty ?? true
        switch context.console.form {
        case .json: context.console.data(answer)
        case .plain: context.console.data(FindReport.plain(answer))
        case .text:
            if !isEmpty {
                context.console.data(FindReport.table(answer).lines(in: context.console.output))
                context.console.remark([FindReport.summary(answer)])
            }
        }
        guard isEmpty else { return .ok }
        let hint =
            answer["partial"]?.bool == true
            ? "time ran out before everything was read; try again"
            : context.invocation.has("interests")
                ? "try fewer interests, or a lower --min-score"
                : "try the first three letters; people are found only while they publish"
        context.console.report(
            Failure(.nothingFound, "nothing-found", "nobody was found", hint: hint), asData: false)
        return .nothingFound
    }

    private static func query(_ invocation: Invocation) throws(Failure) -> ControlCommand {
        let name = invocation.words.joined(separator: " ")
        let limit = invocation.count("limit") ?? SearchDefaults.limit
        let layers =
            invocation.has("layer")
            ? Set(invocation.texts("layer").compactMap(Hit.Source.init(rawValue:)))
            : Hit.Source.all
        let via = Inputs.via(invocation) ?? .auto
        guard let interests = invocation.list("interests") else {
            if invocation.has("min-score") {
                throw Failure(.conflict("--min-score belongs to --interests", verb: "find"))
            }
            guard !name.isEmpty else {
                throw Failure(.conflict("a NAME or --interests is missing", verb: "find"))
            }
            return .findName(
                ProfileCommands.composed(name), limit: limit, layers: layers, via: via)
        }
        guard name.isEmpty else {
            throw Failure(.conflict("a NAME and --interests exclude each other", verb: "find"))
        }
        guard !interests.isEmpty else { throw Failure(.missingValue(flag: "interests")) }
        return .findInterests(
            interests.map(ProfileCommands.composed),
            minScore: invocation.number("min-score") ?? SearchDefaults.minScore, limit: limit,
            layers: layers, via: via)
    }

    private static func show(_ context: Context, _ answer: JSON, _ lines: [String]) {
        switch context.console.form {
        case .json: context.console.data(answer)
        case .plain:
            context.console.data(
                ["level\t\(Report.text(answer["level"]))"]
                    + ["stored", "wanted", "quorum", "cards", "cardsWanted"].map {
                        "\($0)\t\(answer[$0]?.int ?? 0)"
                    })
        case .text: context.console.data(lines)
        }
    }
}
