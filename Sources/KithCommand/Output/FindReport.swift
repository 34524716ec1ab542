import KithHost

/// People found, for people.
enum FindReport {
    /// One row per person, best first, with what is too long for a column below it.
    ///
    /// In 80 cells nothing is cut: an identity has 63.
    static func table(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "SCORE", style: .green),
            Table.Column(title: "NAME", least: 10, wraps: true, style: .bold),
            Table.Column(title: "FINGERPRINT"),
            Table.Column(title: "SOURCE"),
        ])
        for (index, hit) in (answer["results"]?.array ?? []).enumerated() {
            let score = hit["score"]?.double ?? 0
            table.rows.append([
                "\(Figures.fixed(score, digits: 2)) \(Figures.bar(score, cells: 5))",
                Report.text(hit["name"]), Report.text(hit["fingerprint"]),
                Report.text(hit["source"]),
            ])
            table.details[index] = [Report.text(hit["identity"]), reasons(hit)]
            if hit["lookAlike"]?.bool == true {
                table.remarks[index] = "! looks like another name here; check the fingerprint"
            }
        }
        return table
    }

    /// Why somebody was found, and all that they like.
    private static func reasons(_ hit: JSON) -> String {
        let reasons = (hit["why"]?.array ?? []).map { reason -> String in
            let words = Report.text(reason)
            return words.hasPrefix("interests ") ? "shares " + words.dropFirst(10) : words
        }
        let likes = Report.list(hit["interests"])
        return (reasons + (likes.isEmpty ? [] : ["likes " + likes])).joined(separator: " · ")
    }

    /// Rows for `--plain`: score, name, fingerprint, identity, source, interests, why.
    static func plain(_ answer: JSON) -> [String] {
        (answer["results"]?.array ?? []).map { hit in
            [
                Figures.fixed(hit["score"]?.double ?? 0, digits: 4), Report.text(hit["name"]),
                Report.text(hit["fingerprint"]), Report.text(hit["identity"]),
                Report.text(hit["source"]), Report.list(hit["interests"], separator: ","),
                Report.list(hit["why"], separator: ","),
            ].joined(separator: "\t")
        }
    }

    /// What the search took, in one line.
    static func summary(_ answer: JSON) -> String {
        let people = answer["results"]?.array?.count ?? 0
        var parts = [
            Figures.count(people, "person", "people"),
            Figures.count(answer["requests"]?.int ?? 0, "request", "requests"),
            Figures.time(milliseconds: answer["durationMs"]?.double ?? 0),
        ]
        if answer["via"]?.text == "mix" { parts.append("through the mix") }
        if answer["partial"]?.bool == true { parts.append("time ran out, there may be more") }
        return parts.joined(separator: " · ")
    }
}
