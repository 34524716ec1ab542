import KithHost
import KithOverlay
import KithWire

/// What a person says of themselves, and to whom, as answers.
enum PresentationAnswer {
    /// What there is to say, and who may see it.
    static func presentation(_ presentation: Presentation) -> [JSON.Member] {
        let fields = Presentation.Field.allCases.compactMap { field in
            presentation.fields[field].map { JSON.Member(field.word, .text($0.word)) }
        }
        return [
            JSON.Member("profile", Answer.profile(presentation.profile)),
            JSON.Member("level", .text(presentation.level.word)),
            JSON.Member("fields", .object(fields)),
            JSON.Member("passOn", .bool(presentation.isPassable)),
        ]
    }

    /// What others are shown now; `presented` is false while nothing was.
    static func shown(_ presentation: Presentation?) -> JSON {
        guard let presentation else {
            return [
                "presented": false, "profile": nil, "level": nil, "fields": [:], "passOn": false,
            ]
        }
        return .object(
            [JSON.Member("presented", .bool(presentation.level != .nobody))]
                + Self.presentation(presentation))
    }

    /// What was published or withdrawn, and how many cards were written.
    ///
    /// What is about the public profile is null where there was none before and after.
    static func presented(_ report: PresentReport) -> JSON {
        let told = report.published ?? report.withdrawn
        let stored =
            told.map(Answer.stored)
            ?? [
                "stored", "wanted", "quorum", "location", "sequence", "expires", "entries",
                "entriesWanted", "receipts",
            ].map { JSON.Member($0, .null) }
        return .object(
            stored + [
                JSON.Member("level", .text(report.level.word)),
                JSON.Member("withdrawn", .bool(report.withdrawn != nil)),
                JSON.Member("cards", JSON(report.cards)),
                JSON.Member("cardsWanted", JSON(report.cardsWanted)),
                JSON.Member("durationMs", Answer.milliseconds(report.duration)),
            ])
    }

    /// What somebody else could get.
    static func seen(_ report: SeenReport) -> JSON {
        [
            "published": report.published.map(Answer.profile) ?? .null,
            "card": report.card.map { Answer.profile($0.profile) } ?? .null,
            "level": JSON(report.level?.word),
            "shownOn": report.shownOn.map(Answer.profile) ?? .null,
        ]
    }
}
