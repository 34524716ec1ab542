import KithCrypto
import KithWire

/// Somebody as a word of a command line names them.
enum Whom: Equatable {
    /// By their key: an identity or a `kith:` line.
    case line(ContactURI)
    /// By a name or a fingerprint.
    case name(String)

    /// Somebody a name can be looked up among.
    struct Candidate: Equatable {
        /// Their key.
        let identity: Ed25519.PublicKey
        /// What they are called.
        let name: String
    }

    /// Reads a word; one that begins like a key has to be one, so that no name can pass for one.
    init(_ word: String) throws(Failure) {
        if word.hasPrefix(ContactURI.scheme) {
            self = .line(try Self.line(word))
        } else if word.hasPrefix(IdentityText.prefix) {
            self = .line(ContactURI(try Self.identity(word)))
        } else {
            self = .name(word)
        }
    }

    /// The person of a word that has to be a `kith:` line or an identity.
    static func line(of word: String) throws(Failure) -> ContactURI {
        switch try Whom(word) {
        case .line(let line): return line
        case .name:
            throw Failure(
                .invalidData, "bad-identity",
                "'\(Terminal.safe(word))' is neither a kith: line nor an identity",
                hint: "they find it with 'kith id', or show it with 'kith id --qr'")
        }
    }

    /// The one person who is meant, among `people`.
    ///
    /// A name is compared as searches do it: letter case and marks do not matter, all of it has
    /// to be there.
    ///
    /// - Parameters:
    ///   - group: who the people are, for messages: "your contacts".
    ///   - code: the stable word for nobody.
    ///   - hint: what to try when there is nobody.
    func found(
        among people: [Candidate], _ group: String, orFail code: String, _ hint: String
    ) throws(Failure) -> Candidate {
        let word: String
        switch self {
        case .line(let line):
            if let person = people.first(where: { $0.identity == line.identity }) { return person }
            throw Failure(
                .nothingFound, code,
                "\(IdentityText.fingerprint(of: line.identity)) is not among \(group)", hint: hint)
        case .name(let name): word = name
        }
        let matches = people.filter { Self.fits(word, $0) }
        if matches.count == 1 { return matches[0] }
        guard matches.isEmpty else { throw Self.ambiguous(word, matches) }
        let nearest = Suggestion.nearest(
            to: Self.folded(word), among: people.map { Self.folded($0.name) }
        ).flatMap { nearest in people.first { Self.folded($0.name) == nearest } }
        throw Failure(
            .nothingFound, code, "nobody among \(group) is called '\(Terminal.safe(word))'",
            hint: nearest.map { "did you mean '\(Terminal.safe($0.name))'?" } ?? hint)
    }

    private static func fits(_ word: String, _ person: Candidate) -> Bool {
        let typed = folded(word)
        guard !typed.isEmpty else { return false }
        return typed == folded(person.name)
            || typed == IdentityText.fingerprint(of: person.identity)
    }

    private static func folded(_ name: String) -> String {
        Text.trimmed(Text.normalise(name))
    }

    /// How many people an error names.
    private static let namedMax = 5

    private static func ambiguous(_ word: String, _ matches: [Candidate]) -> Failure {
        var named = matches.prefix(namedMax).map {
            "\(Terminal.safe($0.name)) \(IdentityText.fingerprint(of: $0.identity))"
        }
        if matches.count > namedMax { named.append("\(matches.count - namedMax) more") }
        return Failure(
            .usage, "ambiguous-contact",
            "'\(Terminal.safe(word))' may be " + named.joined(separator: " or "),
            hint: "give the fingerprint instead of the name")
    }

    // MARK: Keys

    private static func line(_ word: String) throws(Failure) -> ContactURI {
        do throws(ContactURIError) {
            return try ContactURI(text: word)
        } catch {
            let reason =
                switch error {
                case .notAContactURI: "it does not begin with \(ContactURI.scheme)"
                case .tooLong(let bytes):
                    "it has \(bytes) bytes, \(ContactURI.bytesMax) are allowed"
                case .badIdentity(let fault): Self.reason(fault)
                case .badQuery: "what follows the identity makes no sense"
                case .badName(let fault): fault.description
                }
            throw bad("the kith: line", reason)
        }
    }

    private static func identity(_ word: String) throws(Failure) -> Ed25519.PublicKey {
        do throws(IdentityText.Fault) {
            return try IdentityText.parse(word)
        } catch {
            throw bad("the identity", reason(error))
        }
    }

    private static func reason(_ fault: IdentityText.Fault) -> String {
        switch fault {
        case .missingPrefix: "an identity begins with \(IdentityText.prefix)"
        case .foreignCharacter: "it has a character that does not belong there"
        case .wrongLength: "it is too short or too long"
        case .wrongChecksum: "its checksum does not fit"
        }
    }

    private static func bad(_ what: String, _ reason: String) -> Failure {
        Failure(
            .invalidData, "bad-identity", "\(what) cannot be read: \(reason)",
            hint: "copy it from the other device once more")
    }
}
