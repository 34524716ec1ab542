// What there is to do about the identity at rest.
extension VerbTable {
    static let identity: [Verb] = [
        Verb(
            words: ["id"], chapter: .identity,
            summary: "show your identity, fingerprint and node id",
            flags: [
                Flag(name: "qr", summary: "show your kith: line as a QR code"),
                Flag(name: "with-name", summary: "say in it what your profile calls you"),
            ],
            notes: [
                "The line that begins with kith: is what others give to 'kith contacts add'. It "
                    + "has a checksum and holds no secret. With --qr, --json and --plain print "
                    + "the line instead of the picture.",
                "In a pipe the code is drawn for a dark background; --color always makes it right "
                    + "for any.",
            ],
            examples: [
                Verb.Example(line: "kith id --qr", does: "to be scanned from this screen"),
                Verb.Example(line: "kith id --json", does: "the same for a script"),
            ]),
        Verb(
            words: ["id", "passphrase"], chapter: .identity,
            summary: "set, change or remove the passphrase",
            flags: [
                Flag(name: "remove", summary: "keep the identity without a passphrase"),
                passphraseFlag, newPassphraseFlag,
            ],
            notes: [
                "With a passphrase the file that holds your identity is of no use to whoever "
                    + "copies it. There is no other way in: write the passphrase down, or export "
                    + "a copy. Each use takes a second and 256 MiB, once per start.",
                descriptorNote,
                "A node that runs is not disturbed. Copies keep the passphrase they were made "
                    + "with.",
            ],
            examples: [
                Verb.Example(line: "kith id passphrase", does: "ask on the terminal"),
                Verb.Example(
                    line: "kith id passphrase --new-passphrase-fd 3 3<FILE", does: "for a script"),
                Verb.Example(line: "kith id passphrase --remove", does: "as after 'kith init'"),
            ]),
        Verb(
            words: ["id", "export"], chapter: .identity,
            summary: "write a copy that a passphrase opens",
            parameters: [Parameter(name: "FILE", summary: "the copy (0600)")],
            flags: [
                Flag(name: "force", summary: "replace a file that is there"),
                newPassphraseFlag,
            ],
            notes: [
                "A locked identity is copied as it is. One without a passphrase gets one for the "
                    + "copy, which is asked for.",
                descriptorNote,
            ],
            examples: [
                Verb.Example(
                    line: "kith id export /media/stick/me.kith", does: "a copy on a memory stick")
            ]),
        Verb(
            words: ["id", "import"], chapter: .identity,
            summary: "make the identity in a file yours",
            parameters: [Parameter(name: "FILE", summary: "what 'kith id export' wrote")],
            flags: [
                Flag(name: "force", summary: "replace another identity"),
                passphraseFlag,
            ],
            notes: [
                "The file keeps its passphrase, which is asked for to see that it opens. A home is "
                    + "made where there is none; in one that holds another identity nothing "
                    + "is changed without --force. No node may run meanwhile, and none publishes "
                    + "for a new identity before 'kith publish'.",
                descriptorNote,
            ],
            examples: [
                Verb.Example(
                    line: "kith id import me.kith --home ./new", does: "move to another machine")
            ]),
        Verb(
            words: ["unlock"], chapter: .identity,
            summary: "let a node that runs locked publish for you",
            flags: [passphraseFlag],
            notes: [
                "'kith run' starts locked where the identity has a passphrase and nobody gives "
                    + "it: it relays and stores for others and publishes nothing. This opens the "
                    + "identity and hands it to the node; the passphrase itself stays here.",
                descriptorNote,
            ],
            examples: [
                Verb.Example(line: "kith unlock", does: "ask on the terminal"),
                Verb.Example(
                    line: "kith unlock --passphrase-fd 3 3<FILE", does: "for a script"),
            ]),
    ]

    /// Where a passphrase that exists is read from.
    static let passphraseFlag = Flag(
        name: "passphrase-fd", value: .count(0...1_048_575),
        summary: "read the passphrase from this open descriptor")

    /// Where one to lock with is read from.
    static let newPassphraseFlag = Flag(
        name: "new-passphrase-fd", value: .count(0...1_048_575),
        summary: "read the new passphrase from this open descriptor")

    private static let descriptorNote =
        "Passphrases are asked for on the terminal, or read as one line from a descriptor that the "
        + "shell opened; never from an argument or the environment, which others can see."
}
