import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// A file of contacts: a JSON object per line, `{"uri","name","level","favourite"}`, or
/// `{"uri","blocked":true}` for somebody who is ignored.
enum ContactFile {
    /// The largest file that is read: more than twice what a full book takes.
    static let bytesMax = 4 << 20

    /// What one line says.
    struct Line: Equatable {
        /// Who it is.
        let identity: Ed25519.PublicKey
        /// What becomes of them.
        let standing: Standing

        /// What becomes of somebody.
        enum Standing: Equatable {
            /// A contact.
            case contact(name: String, level: Letter.Level, isFavourite: Bool)
            /// Ignored.
            case blocked
        }
    }

    // MARK: Writing

    /// Writes the contacts to a file or to standard output.
    static func export(_ context: Context) throws(Failure) -> ExitCode {
        let list = try ContactBookAccess.list(context)
        let lines = lines(of: list)
        guard let path = context.invocation.words.first, path != "-" else {
            // Lines of JSON, whatever the form: that is what the file is.
            context.console.data(lines)
            return .ok
        }
        try TextFile.write(
            path, lines.map { $0 + "\n" }.joined(), replacing: context.invocation.has("force"))
        context.show(
            [
                ("file", path), ("contacts", "\(list.contacts.count)"),
                ("blocked", "\(list.blocked.count)"),
            ],
            [
                "file": .text(path), "contacts": JSON(list.contacts.count),
                "blocked": JSON(list.blocked.count),
            ])
        if context.console.form == .text { context.console.say("it says whom you know") }
        return .ok
    }

    /// The lines of a book.
    static func lines(of list: ContactList) -> [String] {
        let contacts = list.contacts.map { contact -> JSON in
            [
                "uri": contact.json["uri"] ?? .null, "name": .text(contact.name),
                "level": contact.json["level"] ?? .null,
                "favourite": contact.json["favourite"] ?? false,
            ]
        }
        let blocked = list.blocked.map { person -> JSON in
            ["uri": person.json["uri"] ?? .null, "blocked": true]
        }
        return (contacts + blocked).map(\.encoded)
    }

    // MARK: Reading

    /// Adds the people in a file, but for oneself and those who are known already.
    static func `import`(_ context: Context) throws(Failure) -> ExitCode {
        let path = context.invocation.words[0]
        let bytes = try TextFile.read(path, bytesMax: bytesMax)
        let me = try context.identity(beside: try context.store()).identity
        let lines = try read(bytes, path).filter { $0.identity != me }
        var added = 0
        var blocked = 0
        try ContactBookAccess.with(context) { access, list throws(Failure) in
            let known = Set((list.contacts + list.blocked).map(\.identity))
            for line in lines where !known.contains(line.identity) {
                switch line.standing {
                case .contact(let name, let level, let isFavourite):
                    try access.change(
                        .add(line.identity, name: name, ownName: nil, message: nil))
                    if level != .contacts { try access.change(.level(line.identity, level)) }
                    if isFavourite { try access.change(.favourite(line.identity, true)) }
                    added += 1
                case .blocked:
                    try access.change(.block(line.identity))
                    blocked += 1
                }
            }
        }
        let known = lines.count - added - blocked
        context.show(
            [("added", "\(added)"), ("blocked", "\(blocked)"), ("known before", "\(known)")],
            ["added": JSON(added), "blocked": JSON(blocked), "known": JSON(known)])
        return .ok
    }

    /// The lines of a file, each person once; empty lines are passed over.
    static func read(_ bytes: [UInt8], _ path: String) throws(Failure) -> [Line] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(path, "it is no text")
        }
        var lines: [Line] = []
        var seen: Set<Ed25519.PublicKey> = []
        let parts = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let place = "line \(index + 1)"
            let text = String(Substring(part))
            guard text.contains(where: { !$0.isWhitespace }) else { continue }
            guard let line = line(text) else {
                throw failure(path, "\(place) makes no sense")
            }
            guard seen.insert(line.identity).inserted else {
                throw failure(path, "\(place) names somebody for the second time")
            }
            lines.append(line)
        }
        return lines
    }

    /// What a line says; nil when it makes no sense.
    ///
    /// Members that are not known are passed over.
    private static func line(_ text: String) -> Line? {
        guard let json = json(text), let uri = json["uri"]?.text.flatMap(uri) else { return nil }
        if json["blocked"]?.bool == true { return Line(identity: uri.identity, standing: .blocked) }
        guard let name = json["name"]?.text, isName(name, of: uri.identity),
            let level = json["level"]?.text.flatMap(Letter.Level.init(word:))
        else { return nil }
        return Line(
            identity: uri.identity,
            standing: .contact(
                name: name, level: level, isFavourite: json["favourite"]?.bool == true))
    }

    private static func isName(_ text: String, of identity: Ed25519.PublicKey) -> Bool {
        do throws(ProfileError) {
            _ = try ContactURI(identity, name: text)
            return true
        } catch {
            return false
        }
    }

    private static func json(_ text: String) -> JSON? {
        do {
            return try JSON(decoding: text)
        } catch {
            return nil
        }
    }

    private static func uri(_ text: String) -> ContactURI? {
        do throws(ContactURIError) {
            return try ContactURI(text: text)
        } catch {
            return nil
        }
    }

    private static func failure(_ path: String, _ reason: String) -> Failure {
        Failure(
            .invalidData, "invalid-contact-file", "\(Terminal.safe(path)): \(reason)",
            hint: "a line has uri, name, level and favourite, as 'kith contacts export' writes it")
    }
}
