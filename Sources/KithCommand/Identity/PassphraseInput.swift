import Glibc
import KithCrypto
import KithHost

/// Where passphrases come from: a descriptor that the command line names, or the terminal.
///
/// Never an argument or the environment, which every program of this machine can read.
struct PassphraseInput {
    private let invocation: Invocation

    /// Reads what this command line says.
    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    /// The passphrase that an identity is locked with; nil when there is neither a descriptor nor
    /// a terminal to ask on.
    func present(_ question: String) throws(Failure) -> Passphrase? {
        if let number = invocation.count("passphrase-fd") {
            return try DescriptorLine.read(Int32(number))
        }
        guard let terminal = terminal() else { return nil }
        return try terminal.ask(question)
    }

    /// The passphrase that an identity is locked with.
    func needed(_ question: String) throws(Failure) -> Passphrase {
        guard let passphrase = try present(question) else {
            throw Self.missing(flag: "passphrase-fd")
        }
        return passphrase
    }

    /// A passphrase to lock with; asked twice, because nobody sees what is typed.
    func new() throws(Failure) -> Passphrase {
        let passphrase: Passphrase
        if let number = invocation.count("new-passphrase-fd") {
            passphrase = try DescriptorLine.read(Int32(number))
        } else {
            guard let terminal = terminal() else {
                throw Self.missing(flag: "new-passphrase-fd")
            }
            passphrase = try terminal.ask("New passphrase: ")
            if passphrase.isLongEnough {
                guard try terminal.ask("The same again: ").matches(passphrase) else {
                    throw Failure(
                        .failed, "passphrase-mistyped", "the two are not the same",
                        hint: "nothing was changed; try again")
                }
            }
        }
        guard passphrase.isLongEnough else {
            throw Failure(
                .invalidData, "passphrase-short",
                "a passphrase has at least \(Passphrase.bytesMin) characters",
                hint: "four words that have nothing to do with each other are easy to keep")
        }
        return passphrase
    }

    private func terminal() -> ControllingTerminal? {
        invocation.has("no-input") ? nil : ControllingTerminal()
    }

    private static func missing(flag: String) -> Failure {
        Failure(
            .refused, "passphrase-needed",
            "a passphrase is needed, and there is no terminal to ask on",
            hint: "hand it over on a descriptor: --\(flag) 3 3<FILE")
    }

    /// A line that is no passphrase.
    static let unusable = Failure(
        .invalidData, "passphrase-unusable",
        "a passphrase has 1 to \(Passphrase.bytesMax) bytes in one line",
        hint: "nothing was changed")
}
