import KithHost

/// What a person says of themselves, and what became of it, for people.
enum PresentationReport {
    /// Who may see a level, in words.
    static func readers(_ level: JSON?) -> String {
        switch level?.text {
        case "public": "everyone"
        case "contacts": "your contacts and friends"
        case "friends": "your friends"
        case "private": "nobody"
        default: "?"
        }
    }

    /// The level with its readers, and what is kept from some of them.
    static func levels(_ answer: JSON) -> [(String, String)] {
        let fields = (answer["fields"]?.object ?? []).map {
            "\($0.name) for \(Report.text($0.value))"
        }
        return [
            ("level", "\(Report.text(answer["level"])): \(readers(answer["level"]))"),
            ("fields", fields.joined(separator: ", ")),
            ("pass on", answer["passOn"]?.bool == true ? "contacts may show it to theirs" : ""),
        ].filter { !$0.1.isEmpty }
    }

    /// What `kith publish` has done, in lines.
    static func published(_ answer: JSON) -> [String] {
        var lines: [String] = []
        if answer["withdrawn"]?.bool == true {
            lines.append(withdrawal(answer))
        } else if answer["stored"]?.int != nil {
            lines.append(Report.stored(answer))
            let entries = answer["entries"]?.int ?? 0
            let wanted = answer["entriesWanted"]?.int ?? 0
            lines.append(
                "found by \(entries) of \(wanted) words · until \(Report.text(answer["expires"]))"
                    + " · refreshed while the node runs")
        }
        let hasCards = answer["cardsWanted"]?.int ?? 0 > 0
        switch answer["level"]?.text {
        case "private": lines.append("private: nobody sees anything")
        case "public" where hasCards:
            lines.append("sealed for your contacts and friends as well: \(cards(answer))")
        case "public": break
        default: lines.append("sealed for \(readers(answer["level"])): \(cards(answer))")
        }
        return lines
    }

    /// What `kith unpublish` has done, in lines.
    static func withdrawn(_ answer: JSON) -> [String] {
        var lines: [String] = []
        if answer["withdrawn"]?.bool == true { lines.append(withdrawal(answer)) }
        if answer["cardsWanted"]?.int ?? 0 > 0 {
            let cards = cards(answer).replacing("cards stored", with: "cards")
            lines.append("covered what contacts and friends saw: \(cards)")
        }
        return lines
    }

    private static func withdrawal(_ answer: JSON) -> String {
        "withdrawn: " + Report.stored(answer).replacing("stored on", with: "said so to")
    }

    private static func cards(_ answer: JSON) -> String {
        let stored = answer["cards"]?.int ?? 0
        let wanted = answer["cardsWanted"]?.int ?? 0
        return "\(stored) of \(Figures.count(wanted, "card", "cards")) stored"
    }

    /// What somebody else could get, under the words for them.
    static func seen(_ answer: JSON, by whom: String) -> [(String, String)] {
        var rows = [("seen by", whom)]
        let card = profile(answer["card"])
        let published = profile(answer["published"])
        if !card.isEmpty {
            rows += [("through", "your card for \(Report.text(answer["level"]))")] + card
            if !published.isEmpty, answer["published"] != answer["card"] {
                rows += [("besides", "your public profile")] + published
            }
        } else if !published.isEmpty {
            rows += [("through", "your public profile")] + published
        } else {
            rows.append(("sees", "nothing"))
        }
        let shownOn = profile(answer["shownOn"])
        if !shownOn.isEmpty {
            rows += [("or through", "a contact of yours who shares")] + shownOn
        }
        return rows
    }

    private static func profile(_ profile: JSON?) -> [(String, String)] {
        Report.profile(["profile": profile ?? .null])
    }
}
