/// Help, made from ``VerbTable``; fits 80 columns.
enum Help {
    /// Cells of a line; help does not stretch with the terminal, so that it reads the same
    /// everywhere.
    static let columns = 80

    /// The text for the words after `kith help`, or before `--help`.
    static func text(on words: [String]) throws(UsageError) -> String {
        let lines: [String]
        if words.isEmpty {
            lines = overview
        } else if words.count == 1, VerbTable.groups.contains(words[0]) {
            lines = pages(on: words[0])
        } else if let verb = VerbTable.verb(words) ?? VerbTable.verb(Array(words.prefix(2)))
            ?? VerbTable.verb(Array(words.prefix(1)))
        {
            lines = page(on: verb)
        } else if VerbTable.groups.contains(words[0]) {
            lines = pages(on: words[0])
        } else if let topic = Topic.all.first(where: { $0.name == words[0] }) {
            lines = page(on: topic)
        } else {
            let known = VerbTable.firstWords + Topic.all.map(\.name)
            throw .unknownTopic(words[0], nearest: Suggestion.nearest(to: words[0], among: known))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static var overview: [String] {
        var lines = [
            "kith finds people without a directory company.", "", "Usage: kith COMMAND [FLAGS]",
        ]
        let longest = VerbTable.verbs.reduce(0) { max($0, $1.name.count) }
        for chapter in Verb.Chapter.allCases {
            lines += ["", chapter.rawValue + ":"]
            let verbs = VerbTable.verbs.filter { $0.chapter == chapter }
            lines += rows(verbs.map { ($0.name, $0.summary) }, left: longest)
        }
        lines += ["", "Flags for every command, in any place:"]
        lines += rows(VerbTable.globals.map { ($0.usage, $0.summary) })
        lines += ["", "Topics (kith help TOPIC):"]
        lines += rows(Topic.all.map { ($0.name, $0.summary) })
        lines += ["", "Start:"]
        lines += rows([
            ("kith run --seed RECORD", "join a network through a node you know"),
            ("kith profile set --name NAME", "write a profile"),
            ("kith publish", "let others find it"),
            ("kith find NAME", "find someone"),
        ])
        return lines
    }

    /// All verbs that begin with this word.
    private static func pages(on group: String) -> [String] {
        let verbs = VerbTable.verbs.filter { $0.words[0] == group }
        return Array(verbs.map(page(on:)).joined(separator: [""]))
    }

    private static func page(on verb: Verb) -> [String] {
        var lines = ["kith \(verb.name): \(verb.summary)", ""] + usage(of: verb)
        if !verb.parameters.isEmpty {
            lines += [""] + rows(verb.parameters.map { ($0.name, $0.summary) })
        }
        if !verb.flags.isEmpty {
            lines += ["", "Flags:"]
            lines += rows(
                verb.flags.map { ($0.usage, $0.summary + ($0.repeats ? "; may be repeated" : "")) })
        }
        for note in verb.notes {
            lines += [""] + Terminal.wrapped(note, to: columns)
        }
        if !verb.examples.isEmpty {
            lines += ["", "Examples:"]
            for example in verb.examples {
                lines += ["  # \(example.does)", "  \(example.line)"]
            }
        }
        lines += ["", "'kith help' lists the flags for every command."]
        return lines
    }

    private static func usage(of verb: Verb) -> [String] {
        var parts = verb.parameters.map { parameter in
            switch parameter.presence {
            case .required: parameter.name
            case .optional: "[\(parameter.name)]"
            case .many: "[\(parameter.name)]..."
            }
        }
        parts += verb.flags.map { "[\($0.usage)]" + ($0.repeats ? "..." : "") }
        let head = "Usage: kith \(verb.name)"
        var lines: [String] = []
        var line = head
        for part in parts {
            if line.count + 1 + part.count > columns {
                lines.append(line)
                line = String(repeating: " ", count: head.count)
            }
            line += " " + part
        }
        return lines + [line]
    }

    private static func page(on topic: Topic) -> [String] {
        var lines = ["\(topic.name): \(topic.summary)"]
        for paragraph in topic.paragraphs {
            lines += [""] + Terminal.wrapped(paragraph, to: columns)
        }
        if !topic.rows.isEmpty { lines += [""] + rows(topic.rows) }
        return lines
    }

    /// Two columns; the right one is wrapped under itself.
    private static func rows(_ rows: [(String, String)], left fixed: Int? = nil) -> [String] {
        let widest = rows.reduce(0) { max($0, Terminal.width(of: $1.0)) }
        let left = fixed ?? min(30, widest)
        var lines: [String] = []
        for (name, text) in rows {
            let wrapped = Terminal.wrapped(text, to: columns - left - 4)
            let indent = String(repeating: " ", count: left + 4)
            if Terminal.width(of: name) > left {
                lines.append("  " + name)
                lines += wrapped.map { indent + $0 }
            } else {
                lines.append("  " + Terminal.fitted(name, to: left) + "  " + (wrapped.first ?? ""))
                lines += wrapped.dropFirst().map { indent + $0 }
            }
        }
        return lines
    }
}

/// Something that `kith help` explains besides commands.
struct Topic: Sendable {
    /// The word after `kith help`.
    let name: String
    /// One line.
    let summary: String
    /// Text before the rows.
    var paragraphs: [String] = []
    /// Names and meanings.
    var rows: [(String, String)] = []

    /// Every topic.
    static let all: [Topic] = [levels, exitCodes, output, files, networks, mixing, control]

    private static let levels = Topic(
        name: "levels", summary: "who sees what: public, contacts, friends, private",
        paragraphs: [
            "A level is a key, not a promise. What is public is signed and can be read and found by "
                + "everyone. What is for contacts or friends is sealed for them, under keys that "
                + "change every day, and lies at places that only they can compute: whoever stores "
                + "it cannot tell whose it is.",
            "'kith profile set --level contacts --field region=friends' says how far the profile "
                + "goes and keeps single fields for fewer; 'kith publish' does it. 'kith profile "
                + "show --as stranger' (or contact:NAME, friend:NAME) shows what that person gets.",
            "Becoming contacts needs no network: each gives the other the line that 'kith id' "
                + "prints, or 'kith id --qr' on the screen, to 'kith contacts add'. Otherwise "
                + "'add' leaves a sealed request, which the other accepts or refuses.",
            "'kith contacts remove' gives the levels new keys, which the removed person never "
                + "gets, and covers what they could read. What somebody has read they keep.",
        ],
        rows: [
            ("public", "everyone; found by search"),
            ("contacts", "people you have added, friends among them"),
            ("friends", "contacts whom 'kith contacts friend' has marked"),
            ("private", "nobody: nothing is published"),
        ])

    private static let exitCodes = Topic(
        name: "exit-codes", summary: "what the exit status says",
        paragraphs: [
            "An error is one line 'kith: error: … [code]' on standard error, with a line "
                + "'kith: hint: …' when there is something to try. The code is stable."
        ],
        rows: ExitCode.allCases.map { (String($0.rawValue), $0.meaning) })

    private static let output = Topic(
        name: "output", summary: "what is printed where",
        paragraphs: [
            "Data goes to standard output, everything else to standard error. There is colour "
                + "only on a terminal, and none where NO_COLOR is set.",
            "--json prints one object with stable keys. On an error it prints "
                + "{\"error\":{\"code\",\"message\",\"hint\"}} on standard output as well as the "
                + "lines on standard error. 'kith run --json' prints one object per event.",
            "--plain prints one line per item with tabs between the fields, no header, nothing "
                + "shortened.",
        ])

    private static let files = Topic(
        name: "files", summary: "where keys and records are kept",
        paragraphs: [
            "Everything is in one directory, the home: --home DIR, else KITH_HOME, else kith in "
                + "XDG_STATE_HOME (~/.local/state). It is readable by you alone. 'kith paths' "
                + "lists the files. Your identity is in identity.key, where 'kith id passphrase' "
                + "can lock it. One running node per home; copy it only while none runs."
        ])

    private static let control = Topic(
        name: "control", summary: "driving a running node from another program",
        paragraphs: [
            "The node listens on a Unix socket in its home ('kith paths' names it), for its own "
                + "user and root. Each line is a JSON object: a request "
                + "{\"id\":1,\"command\":\"find\",\"arguments\":{\"name\":\"jonas\"}} is answered by "
                + "{\"id\":1,\"result\":…}, the object that --json prints, or by "
                + "{\"id\":1,\"error\":{\"code\",\"message\",\"hint\",\"exit\"}}. Closing the "
                + "connection cancels what is not answered yet.",
            "For example: socat - UNIX-CONNECT:$HOME/.local/state/kith/control.sock",
        ],
        rows: [
            ("status, peers", "no arguments"),
            ("nearby", "scan, sweep, interface, addresses"),
            ("publish", "via; publishes what 'kith profile set' wrote"),
            ("unpublish", "no arguments"),
            ("presentation", "no arguments; what others are shown now"),
            ("see-as", "as: stranger, or contact and identity"),
            ("contacts", "no arguments; the contact book"),
            (
                "change",
                "change: add (identity, name, ownName, message), accept, refuse, remove, block, "
                    + "unblock (identity), rename (identity, name), favourite (identity, on), "
                    + "level (identity, level), or sharing (on)"
            ),
            ("card", "identity; what a contact lets us see"),
            ("find", "name, or interests (a list) and minScore; limit; layers (a list); via"),
            ("ping", "node: a node record or ADDR:PORT"),
            ("trace, get", "location: 64 hex digits or an identity; via: mix, direct or auto"),
            ("lookup", "location"),
            ("unlock", "seed: 64 hex digits, as 'kith unlock' finds them in the identity file"),
            ("stop", "no arguments; leaves the network and ends"),
        ])

    private static let mixing = Topic(
        name: "mixing", summary: "asking without being seen",
        paragraphs: [
            "A mixed question goes by three relays: the guard knows you and not what you ask, the "
                + "exit asks in its own name and does not know you. Two exits are asked, and what "
                + "they say is compared. Your node sends cover all the time while it runs on the "
                + "public network, so that nobody sees when you ask; more while you search.",
            "It does not protect you from somebody who runs your guard and an exit (with a fifth "
                + "of all relays theirs: one question in fourteen), who watches the whole network, or "
                + "from what you ask: a name is a name. That you run Kith can be seen by anybody "
                + "on your line.",
        ],
        rows: [
            ("mix", "by relays or not at all"),
            ("direct", "straight to the nodes that know, which learn who asks"),
            (
                "auto",
                "mixed when 16 relays or more are known, else direct; direct on a local network"
            ),
        ])

    private static let networks = Topic(
        name: "networks", summary: "public and local networks",
        paragraphs: [
            "--network chooses; without it, the network that the home was made for is used. "
                + "Nodes of different networks do not understand each other, and a profile is "
                + "published in one network only."
        ],
        rows: [
            (
                "public",
                "the network of everyone; a node key needs a proof of work, and few "
                    + "nodes from one address range are believed"
            ),
            (
                "local",
                "for trying out and for tests: loopback and private addresses are "
                    + "allowed, no proof of work"
            ),
        ])
}
