import KithHost

/// Who is near, for people.
enum NearbyReport {
    /// The longest address that stands in the table: any of IPv4.
    private static let addressCells = 21

    /// One row per person or node, the nearest first.
    static func table(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "TIME", right: true),
            Table.Column(title: "NAME", least: 10, wraps: true, style: .bold),
            Table.Column(title: "WHO"), Table.Column(title: "LEVEL"),
            Table.Column(title: "MEDIUM"), Table.Column(title: "ADDRESS"),
        ])
        for (index, person) in (answer["people"]?.array ?? []).enumerated() {
            // A long one, of IPv6, has a line of its own.
            let address = Report.text(person["address"])
            let fits = address.count <= addressCells
            table.rows.append([
                Report.time(person["roundTripMs"]), name(person), who(person), level(person),
                Report.text(person["medium"]), fits ? address : "",
            ])
            let identity = person["identity"]?.text.map { [Terminal.safe($0)] } ?? []
            table.details[index] = (fits ? [] : [address]) + identity
            if person["confirmed"]?.bool == false {
                table.remarks[index] = "! a hint: no node has answered there"
            }
        }
        return table
    }

    /// Rows for `--plain`: name, identity, who, level, medium, milliseconds, address, node.
    static func plain(_ answer: JSON) -> [String] {
        (answer["people"]?.array ?? []).map(plainRow)
    }

    /// One of those rows.
    static func plainRow(_ person: JSON) -> String {
        [
            Report.text(person["name"]), Report.text(person["identity"]), who(person),
            Report.text(person["level"]), Report.text(person["medium"]),
            person["roundTripMs"]?.double.map { Figures.fixed($0, digits: 3) } ?? "",
            Report.text(person["address"]), Report.text(person["node"]),
        ].joined(separator: "\t")
    }

    /// How each medium went, a line or two each.
    static func media(_ answer: JSON, in terminal: Terminal) -> [String] {
        (answer["media"]?.array ?? []).flatMap { medium -> [String] in
            let head = Terminal.fitted(Report.text(medium["medium"]), to: 10)
            var words = [Report.text(medium["interface"]), Report.text(medium["network"])]
                .filter { !$0.isEmpty }
            if let reason = medium["reason"]?.text {
                words.append(Terminal.safe(reason))
            } else {
                words.append("\(medium["found"]?.int ?? 0) found")
            }
            let isGood = medium["state"]?.text == "ok"
            var lines = Terminal.wrapped(
                words.joined(separator: " · "), to: max(20, terminal.columns - 12))
            if let hint = medium["hint"]?.text {
                lines += Terminal.wrapped(
                    "→ " + Terminal.safe(hint), to: max(20, terminal.columns - 12))
            }
            let indent = String(repeating: " ", count: 12)
            return [terminal.styled(head, isGood ? .green : .dim) + "  " + (lines.first ?? "")]
                + lines.dropFirst().map { indent + terminal.styled($0, .dim) }
        }
    }

    /// What to try when nobody was found: what the first medium says that did not work.
    static func advice(_ answer: JSON) -> String {
        let media = answer["media"]?.array ?? []
        let failed = media.first { ["failed", "unavailable"].contains($0["state"]?.text) }
        let usable = failed?["medium"]?.text == "multicast" ? failed : nil
        let hint = (usable ?? media.first { $0["hint"]?.text != nil })?["hint"]?.text
        return Terminal.safe(hint ?? "ask one host: 'kith nearby ADDR'")
    }

    // MARK: Watching

    /// What stays the same of somebody while they move.
    static func key(of person: JSON) -> String {
        person["node"]?.text ?? person["identity"]?.text ?? person["address"]?.text ?? ""
    }

    /// Whether something changed that is worth a word: a round trip is not.
    static func differs(_ before: JSON, _ now: JSON) -> Bool {
        ["name", "identity", "level", "node", "confirmed", "address", "role"].contains {
            before[$0] != now[$0]
        }
    }

    /// One event, with its sign in front.
    static func line(_ event: String, _ person: JSON, in terminal: Terminal) -> String {
        let (sign, style): (String, Terminal.Style) =
            switch event {
            case "appeared": ("+", .green)
            case "vanished": ("-", .red)
            default: ("~", .yellow)
            }
        let words = [
            name(person), who(person), Report.text(person["medium"]),
            Report.time(person["roundTripMs"]), Report.text(person["address"]),
        ]
        return terminal.styled(sign, style) + " " + words.joined(separator: "  ")
    }

    private static func name(_ person: JSON) -> String {
        if let name = person["name"]?.text { return Terminal.safe(name) }
        if let service = person["service"]?.text { return Terminal.safe(service) }
        let node = Report.text(person["node"]).prefix(8)
        return node.isEmpty ? "a node, unnamed" : "node \(node)"
    }

    private static func who(_ person: JSON) -> String {
        if person["contact"]?.bool == true { return "contact" }
        return person["identity"]?.text == nil ? "node" : "stranger"
    }

    private static func level(_ person: JSON) -> String {
        let level = Report.text(person["level"])
        return level.isEmpty ? "-" : level
    }
}
