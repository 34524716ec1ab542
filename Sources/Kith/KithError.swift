package import KithHost
package import KithOverlay
package import KithWire

/// Why something that an app asked for did not happen.
///
/// Every case has a stable ``code``, a ``message`` for people, and a ``hint`` at what to try.
public enum KithError: Error, Sendable, Equatable {
    /// No other node answers.
    case noPeers
    /// The node asked stayed silent.
    case noAnswer
    /// Fewer nodes than a majority acknowledged; the node goes on trying every minute.
    case quorumMissed(stored: Int, wanted: Int, quorum: Int)
    /// There is nothing to withdraw.
    case nothingPublished
    /// No profile has been written yet.
    case noProfile
    /// The node has no identity to sign with.
    case noIdentity
    /// No neighbour has this address.
    case unknownAddress
    /// Too many operations run at once.
    case busy
    /// The query has no letter or digit in it.
    case emptyQuery
    /// The profile breaks a rule, in words.
    case invalidProfile(String)
    /// The text is no node record or address, in words.
    case invalidRecord(String)
    /// The text is no location or identity.
    case invalidLocation
    /// The profile does not fit into a record.
    case profileTooLarge
    /// Whoever asked went away, or the node stopped.
    case cancelled
    /// The mix brought no answer.
    case mix(code: String, message: String, hint: String)
    /// The contact book stays as it is.
    case contacts(code: String, message: String, hint: String)
    /// One cannot look around on the local network like that.
    case nearby(code: String, message: String, hint: String)
    /// This machine refused: a file, a port, the disk.
    case host(code: String, message: String, hint: String)

    /// A stable word for programs, in kebab case.
    public var code: String {
        switch self {
        case .noPeers: "no-peers"
        case .noAnswer: "no-answer"
        case .quorumMissed: "quorum-missed"
        case .nothingPublished: "nothing-published"
        case .noProfile: "no-profile"
        case .noIdentity: "no-identity"
        case .unknownAddress: "unknown-address"
        case .busy: "busy"
        case .emptyQuery: "empty-query"
        case .invalidProfile: "invalid-profile"
        case .invalidRecord: "invalid-record"
        case .invalidLocation: "invalid-location"
        case .profileTooLarge: "profile-too-large"
        case .cancelled: "cancelled"
        case .host(let code, _, _), .contacts(let code, _, _), .mix(let code, _, _),
            .nearby(let code, _, _):
            code
        }
    }

    /// What happened, in a sentence without a full stop.
    public var message: String {
        switch self {
        case .noPeers: "no other node answers"
        case .noAnswer: "the node did not answer"
        case .quorumMissed(let stored, let wanted, let quorum):
            "stored on \(stored) of \(wanted) nodes; \(quorum) are needed"
        case .nothingPublished: "nothing is published"
        case .noProfile: "there is no profile yet"
        case .noIdentity: "the node has no identity to sign with"
        case .unknownAddress: "no neighbour has this address"
        case .busy: "the node does too much at once"
        case .emptyQuery: "the query has no letter or digit in it"
        case .invalidProfile(let reason): reason
        case .invalidRecord(let reason): reason
        case .invalidLocation: "this is neither a location nor an identity"
        case .profileTooLarge: "the profile is too large to be published"
        case .cancelled: "it was stopped before it ended"
        case .host(_, let message, _), .contacts(_, let message, _), .mix(_, let message, _),
            .nearby(_, let message, _):
            message
        }
    }

    /// What to try next, in a sentence without a full stop; empty when there is nothing.
    public var hint: String {
        switch self {
        case .noPeers: "'kith status' says why; join through a node with 'kith run --seed RECORD'"
        case .noAnswer: "it may be stopped, or a firewall drops UDP"
        case .quorumMissed:
            "the node goes on trying every minute while it runs; 'kith peers' shows who is there"
        case .nothingPublished: "'kith publish' publishes your profile"
        case .noProfile: "write one with 'kith profile set --name NAME'"
        case .noIdentity: "it is locked with a passphrase; unlock it with 'kith unlock'"
        case .unknownAddress: "give the node record (kith-node:…) instead"
        case .busy: "try again in a moment"
        case .emptyQuery: "type at least one letter of the name"
        case .invalidProfile: "'kith profile set --help' shows what a profile may hold"
        case .invalidRecord: "copy the whole line that 'kith run' printed, from kith-node: on"
        case .invalidLocation: "give 64 hex digits, or an identity that begins with kith1"
        case .profileTooLarge: "shorten the bio or leave out links"
        case .cancelled: ""
        case .host(_, _, let hint), .contacts(_, _, let hint), .mix(_, _, let hint),
            .nearby(_, _, let hint):
            hint
        }
    }

    /// What to try next after `operation` failed; says what the node goes on doing by itself.
    package func hint(after operation: Operation) -> String {
        let reason =
            switch self {
            case .noPeers: "'kith status' says why nobody answers"
            case .quorumMissed: "'kith peers' shows who is there"
            default: ""
            }
        guard !reason.isEmpty else { return hint }
        return switch operation {
        case .publish, .present: "the node goes on trying every minute while it runs; \(reason)"
        case .unpublish, .hide:
            "it stays withdrawn, and the node goes on telling others every minute while it runs; "
                + reason
        default: hint
        }
    }

    /// What the node says of an operation, as the library says it.
    package init(_ error: OperationError) {
        self =
            switch error {
            case .noPeers: .noPeers
            case .noAnswer: .noAnswer
            case .quorumMissed(let stored, let wanted, let quorum):
                .quorumMissed(stored: stored, wanted: wanted, quorum: quorum)
            case .nothingPublished: .nothingPublished
            case .noIdentity: .noIdentity
            case .unknownAddress: .unknownAddress
            case .busy: .busy
            case .emptyQuery: .emptyQuery
            case .tooLarge: .profileTooLarge
            case .cancelled: .cancelled
            case .contacts(let error): KithError(error)
            case .mix(let error): KithError(error)
            case .nearby(let error): KithError(error)
            case .notKept:
                .host(
                    code: "not-kept", message: "it was done, but could not be written to disk",
                    hint: "free some space; the node goes on trying to write it while it runs")
            }
    }

    /// Why a mixed query failed, as the library says it.
    package init(_ error: MixError) {
        let direct = "'--via direct' asks without the mix, and shows others who asks"
        self =
            switch error {
            case .fewRelays(let known):
                .mix(
                    code: "few-relays",
                    message: "only \(known) relays are known, too few for a path",
                    hint: "wait until the node has found more; \(direct)")
            case .hopFailed(let hop, let address):
                .mix(
                    code: "hop-failed",
                    message: "nothing came back; most likely hop \(hop) of the path failed"
                        + (address.map { " (\($0))" } ?? ""),
                    hint: "try again, another path is taken; \(direct)")
            case .exitsRefused:
                .mix(
                    code: "exits-refused", message: "the exits had too much to do",
                    hint: "try again in a moment; \(direct)")
            case .tooLarge:
                .mix(
                    code: "too-large-for-mix", message: "the record does not fit into a cell",
                    hint: "shorten the bio or leave out links; \(direct)")
            }
    }

    /// Why one cannot look around like that, as the library says it.
    package init(_ error: ScanError) {
        let byHand = "ask the address of one host: 'kith nearby ADDR'"
        self =
            switch error {
            case .invisible:
                .nearby(
                    code: "invisible", message: "the node is told to be seen by nobody",
                    hint: "run it with --visible contacts, or more")
            case .noLink:
                .nearby(
                    code: "no-link", message: "this machine is on no network where others could be",
                    hint: "connect it; a node that listens on 127.0.0.1 alone sees nobody")
            case .noSubnet:
                .nearby(
                    code: "no-subnet", message: "there is no IPv4 network here to sweep",
                    hint: "IPv6 networks are too large; 'kith nearby' asks their group")
            case .tooManyAddresses(let count):
                .nearby(
                    code: "too-many-addresses", message: "\(count) addresses; 16 are the most",
                    hint: "ask all hosts of your network with 'kith nearby --sweep'")
            case .offLink(let address):
                .nearby(
                    code: "off-link",
                    message:
                        "\(address) is not on a network of this machine, or is its own address",
                    hint: "join through a node elsewhere with 'kith run --seed RECORD'")
            case .subnetTooLarge(let link):
                .nearby(
                    code: "subnet-too-large",
                    message: "\(link) has more hosts than may be asked; a /24 is the most",
                    hint: byHand)
            case .subnetPublic(let link):
                .nearby(
                    code: "subnet-public",
                    message: "\(link) is a public range; its hosts are not yours to ask",
                    hint: byHand)
            }
    }

    /// What is wrong with a change of the contact book, as the library says it.
    package init(_ error: ContactError) {
        self =
            switch error {
            case .unknown:
                .contacts(
                    code: "unknown-contact", message: "this person is no contact",
                    hint: "'kith contacts list' shows them; 'kith contacts add' adds somebody")
            case .known:
                .contacts(
                    code: "known-contact", message: "this person is a contact already",
                    hint: "'kith contacts rename' and 'kith contacts friend' change what they are")
            case .ownKey:
                .contacts(
                    code: "own-identity", message: "this identity is your own",
                    hint: "give the other person's: they find it with 'kith id'")
            case .badKey:
                .contacts(
                    code: "bad-identity", message: "nobody can have this identity",
                    hint: "copy it from the other device once more")
            case .noRequest:
                .contacts(
                    code: "no-request", message: "no request of this person waits",
                    hint: "'kith contacts requests' shows them; 'kith contacts add' needs none")
            case .notBlocked:
                .contacts(
                    code: "not-blocked", message: "this person is not blocked",
                    hint: "'kith contacts list --blocked' shows whom you have blocked")
            case .badText(let reason):
                .contacts(
                    code: "invalid-text", message: reason.description,
                    hint: "a name has up to 64 bytes, a message up to 120, both without control "
                        + "characters")
            case .full:
                .contacts(
                    code: "book-full", message: "the contact book has no room for one more",
                    hint: "make room with 'kith contacts remove' or 'kith contacts unblock'")
            }
    }

    /// What the host says, as the library says it.
    package init(_ error: HostError) {
        self = .host(code: error.code, message: error.message, hint: error.hint)
    }

    /// What is wrong with a profile, as the library says it.
    package init(_ error: ProfileError) {
        if case .tooLarge = error {
            self = .profileTooLarge
        } else {
            self = .invalidProfile(error.description)
        }
    }
}
