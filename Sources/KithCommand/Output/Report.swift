import KithHost

/// Answers of the node as text; every figure comes from the object that `--json` prints.
enum Report {
    /// A text for people, safe to print; empty when there is none.
    static func text(_ value: JSON?) -> String {
        Terminal.safe(value?.text ?? "")
    }

    /// Texts in one cell.
    static func list(_ value: JSON?, separator: String = ", ") -> String {
        (value?.array ?? []).map { text($0) }.joined(separator: separator)
    }

    /// The first 16 digits of a node id or location.
    static func short(_ value: JSON?) -> String {
        let digits = text(value)
        return digits.count > 16 ? digits.prefix(16) + "…" : digits
    }

    /// Milliseconds, or a question mark where nothing is known.
    static func time(_ value: JSON?) -> String {
        value?.double.map(Figures.time(milliseconds:)) ?? "?"
    }

    /// Names and values below each other, with values that do not fit wrapped under themselves.
    static func pairs(_ rows: [(String, String)], in terminal: Terminal) -> [String] {
        let left = rows.reduce(0) { max($0, Terminal.width(of: $1.0)) } + 2
        return rows.flatMap { name, value -> [String] in
            let head = terminal.styled(Terminal.fitted(name, to: left), .dim)
            let lines = Terminal.wrapped(value, to: max(20, terminal.columns - left))
            let indent = String(repeating: " ", count: left)
            return [head + (lines.first ?? "")] + lines.dropFirst().map { indent + $0 }
        }
    }

    /// The same rows with tabs, for `--plain`.
    static func plain(_ rows: [(String, String)]) -> [String] {
        rows.map { "\($0.0)\t\($0.1)" }
    }

    /// An identity with what is shown beside it.
    static func identity(_ answer: JSON) -> [(String, String)] {
        [
            ("identity", text(answer["identity"])),
            ("fingerprint", text(answer["fingerprint"])),
            ("uri", text(answer["uri"])),
            ("node", text(answer["node"])),
            ("network", text(answer["network"])),
            ("home", text(answer["home"])),
            ("passphrase", answer["passphrase"]?.bool == true ? "set" : "none"),
        ]
    }

    /// A profile, field by field; fields that are empty are left out.
    static func profile(_ answer: JSON) -> [(String, String)] {
        guard let profile = answer["profile"], profile.object != nil else { return [] }
        let rows = [
            ("name", text(profile["name"])),
            ("interests", list(profile["interests"])),
            ("region", text(profile["region"])),
            ("bio", text(profile["bio"])),
            ("links", list(profile["links"], separator: " ")),
        ]
        return rows.filter { !$0.1.isEmpty }
    }

    /// Whether the profile is published, in words.
    static func published(_ answer: JSON) -> String {
        switch answer["published"]?.bool {
        case .some(true):
            answer["current"]?.bool == false
                ? "published, but an older version; 'kith publish' shows this one" : "published"
        case .some(false): "not published"
        case .none: "?"
        }
    }

    /// Where a record went, in one line.
    static func stored(_ answer: JSON) -> String {
        let stored = answer["stored"]?.int ?? 0
        let wanted = answer["wanted"]?.int ?? 0
        let quorum = answer["quorum"]?.int ?? 0
        return "stored on \(stored) of \(wanted) nodes (majority \(quorum))"
    }

    /// The nodes that a lookup asked, in order.
    static func steps(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "HOP", right: true), Table.Column(title: "NODE"),
            Table.Column(title: "ADDRESS", least: 21), Table.Column(title: "TIME", right: true),
        ])
        for step in answer["steps"]?.array ?? [] {
            table.rows.append([
                String(step["depth"]?.int ?? 0), short(step["node"]), text(step["address"]),
                step["roundTripMs"]?.double.map(Figures.time(milliseconds:)) ?? "no answer",
            ])
        }
        return table
    }

    /// The relays of a mixed query, path by path.
    static func paths(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "PATH", right: true), Table.Column(title: "RELAY"),
            Table.Column(title: "NODE"), Table.Column(title: "ADDRESS", least: 21),
            Table.Column(title: "END"), Table.Column(title: "TIME", right: true),
        ])
        for (index, path) in (answer["paths"]?.array ?? []).enumerated() {
            let hops = path["hops"]?.array ?? []
            for (place, hop) in hops.enumerated() {
                let isSuspect = path["suspectHop"]?.int == place + 1
                let isLast = place == hops.count - 1
                table.rows.append([
                    String(index + 1), text(hop["role"]), short(hop["node"]),
                    text(hop["address"]),
                    isSuspect ? "failed here?" : isLast ? text(path["end"]) : "",
                    isLast ? time(path["durationMs"]) : "",
                ])
            }
        }
        return table
    }

    /// The nodes closest to a location, closest first.
    static func closest(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "NODE"), Table.Column(title: "ADDRESS"),
        ])
        for node in answer["closest"]?.array ?? [] {
            table.rows.append([short(node["node"]), text(node["address"])])
        }
        return table
    }

    /// What a lookup took, in one line.
    static func lookup(_ answer: JSON) -> String {
        [
            Figures.count(answer["hops"]?.int ?? 0, "hop", "hops"),
            Figures.count(answer["requests"]?.int ?? 0, "request", "requests"),
            "\(answer["failures"]?.int ?? 0) without an answer",
            time(answer["durationMs"]),
        ].joined(separator: " · ")
    }

    /// The neighbours.
    static func peers(_ answer: JSON) -> Table {
        var table = Table([
            Table.Column(title: "NODE"), Table.Column(title: "ADDRESS", least: 21),
            Table.Column(title: "TIME", right: true), Table.Column(title: "SILENT", right: true),
            Table.Column(title: "MISSED", right: true), Table.Column(title: "LOAD", right: true),
        ])
        for peer in answer["neighbours"]?.array ?? [] {
            table.rows.append([
                short(peer["node"]), text(peer["address"]), time(peer["roundTripMs"]),
                time(peer["silenceMs"]), String(peer["failures"]?.int ?? 0),
                peer["load"]?.int.map { "\($0) %" } ?? "?",
            ])
        }
        return table
    }

    /// A record that was fetched.
    static func record(_ answer: JSON) -> [(String, String)] {
        guard let record = answer["record"], record.object != nil else { return [] }
        let withdrawn = record["withdrawn"]?.bool == true
        return [
            ("kind", text(record["kind"]) + (withdrawn ? " (withdrawn)" : "")),
            ("author", text(record["author"])),
            ("fingerprint", text(record["fingerprint"])),
            ("sequence", record["sequence"]?.uint64.map { String($0) } ?? "?"),
            ("created", text(record["created"])),
            ("expires", text(record["expires"])),
        ] + profile(record)
    }
}
