import KithHost

/// The contact book for people; every word comes from the object that `--json` prints.
enum ContactReport {
    /// One row per contact, favourites first and marked with an asterisk, blocked people last.
    static func contacts(_ answer: JSON, blocked showsBlocked: Bool) -> Table {
        var table = Table([
            Table.Column(title: ""),
            Table.Column(title: "NAME", least: 10, wraps: true, style: .bold),
            Table.Column(title: "SEES"), Table.Column(title: "SHOWS"),
            Table.Column(title: "FINGERPRINT"), Table.Column(title: "STATE"),
        ])
        for contact in answer["contacts"]?.array ?? [] {
            table.rows.append([
                contact["favourite"]?.bool == true ? "*" : "", Report.text(contact["name"]),
                Report.text(contact["level"]), contact["shows"]?.text ?? "-",
                Report.text(contact["fingerprint"]), state(contact),
            ])
        }
        for person in showsBlocked ? answer["blocked"]?.array ?? [] : [] {
            table.rows.append(["", "-", "-", "-", Report.text(person["fingerprint"]), "blocked"])
        }
        return table
    }

    /// Rows for `--plain`: name, sees, shows, fingerprint, identity, state, favourite or nothing.
    static func plainContacts(_ answer: JSON, blocked showsBlocked: Bool) -> [String] {
        let contacts = (answer["contacts"]?.array ?? []).map { contact in
            [
                Report.text(contact["name"]), Report.text(contact["level"]),
                Report.text(contact["shows"]), Report.text(contact["fingerprint"]),
                Report.text(contact["identity"]), state(contact),
                contact["favourite"]?.bool == true ? "favourite" : "",
            ]
        }
        let blocked = (showsBlocked ? answer["blocked"]?.array ?? [] : []).map { person in
            [
                "", "", "", Report.text(person["fingerprint"]), Report.text(person["identity"]),
                "blocked", "",
            ]
        }
        return (contacts + blocked).map { $0.joined(separator: "\t") }
    }

    /// Whether somebody is known to have added us as well.
    static func state(_ contact: JSON) -> String {
        contact["confirmed"]?.bool == true ? "confirmed" : "waiting"
    }

    /// How many there are, in one line.
    static func summary(_ list: ContactList) -> String {
        var parts = [Figures.count(list.contacts.count, "contact", "contacts")]
        let favourites = list.contacts.filter { $0.json["favourite"]?.bool == true }.count
        if favourites > 0 {
            parts.append("* \(Figures.count(favourites, "favourite", "favourites"))")
        }
        if !list.requests.isEmpty {
            parts.append("\(Figures.count(list.requests.count, "request waits", "requests wait"))")
        }
        if !list.blocked.isEmpty { parts.append("\(list.blocked.count) blocked") }
        return parts.joined(separator: " · ")
    }

    /// Who asks, with what they write below.
    static func requests(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "NAME", least: 10, wraps: true, style: .bold),
            Table.Column(title: "FINGERPRINT"), Table.Column(title: "RECEIVED"),
        ])
        for (index, request) in (answer["requests"]?.array ?? []).enumerated() {
            table.rows.append([
                request["name"]?.text.map { _ in Report.text(request["name"]) } ?? "-",
                Report.text(request["fingerprint"]), Report.text(request["received"]),
            ])
            table.details[index] =
                [Report.text(request["message"]), Report.text(request["identity"])]
                .filter { !$0.isEmpty }
        }
        return table
    }

    /// Rows for `--plain`: name, fingerprint, identity, received, message.
    static func plainRequests(_ answer: JSON) -> [String] {
        (answer["requests"]?.array ?? []).map { request in
            ["name", "fingerprint", "identity", "received", "message"]
                .map { Report.text(request[$0]) }.joined(separator: "\t")
        }
    }

    /// What a contact shows, field by field.
    static func card(_ answer: JSON) -> [(String, String)] {
        let name = Report.text(answer["name"])
        let own = Report.profile(answer)
            .filter { $0 != ("name", name) }
            .map { $0.0 == "name" ? ("own name", $0.1) : $0 }
        return [("name", name)] + own + [
            (
                "shows",
                answer["through"]?.text == "card"
                    ? "what is for \(Report.text(answer["shows"]))" : "what everyone sees"
            ),
            ("fingerprint", Report.text(answer["fingerprint"])),
            ("identity", Report.text(answer["identity"])),
        ]
    }

    /// What was done, and how the person stands in the book now.
    static func change(_ answer: JSON) -> [(String, String)] {
        var rows = [
            ("name", Report.text(answer["name"])),
            ("fingerprint", Report.text(answer["fingerprint"])),
        ]
        if let contact = answer["contact"], contact.object != nil {
            let favourite = contact["favourite"]?.bool == true ? ", favourite" : ""
            rows.append(("sees", "what is for \(Report.text(contact["level"]))"))
            rows.append(("state", state(contact) + favourite))
        } else {
            rows.append(("state", "no contact"))
        }
        return rows.filter { !$0.1.isEmpty }
    }

    /// The safety number in lines of four groups.
    static func safety(_ answer: JSON) -> [(String, String)] {
        let groups = Report.text(answer["safetyNumber"]).split(separator: " ")
        let lines = stride(from: 0, to: groups.count, by: 4).map {
            groups[$0..<min($0 + 4, groups.count)].joined(separator: " ")
        }
        return [
            ("name", Report.text(answer["name"])),
            ("fingerprint", Report.text(answer["fingerprint"])),
        ].filter { !$0.1.isEmpty }
            + lines.enumerated().map { ($0.offset == 0 ? "safety number" : "", $0.element) }
    }
}
