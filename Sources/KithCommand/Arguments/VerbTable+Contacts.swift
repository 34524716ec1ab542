// What there is to do about the people one knows.
extension VerbTable {
    static let contacts: [Verb] = meeting + knowing + keeping

    private static let meeting: [Verb] = [
        Verb(
            words: ["contacts", "add"], chapter: .contacts,
            summary: "take somebody among your contacts",
            parameters: [
                Parameter(name: "PERSON", summary: "a kith: line or an identity (kith1…)")
            ],
            flags: [
                Flag(
                    name: "name", value: .text("NAME"),
                    summary: "what you call them (default: the name in the line)"),
                friendFlag,
                Flag(
                    name: "as", value: .text("NAME"),
                    summary: "the name that your request gives you; without it they see your "
                        + "fingerprint"),
                Flag(
                    name: "message", value: .text("TEXT"),
                    summary: "a few words in your request, up to 120 bytes"),
                passphraseFlag,
            ],
            notes: [
                "Two people are contacts when each has added the other, which needs no network: "
                    + "hand each other the line that 'kith id' prints, or let it be scanned with "
                    + "'kith id --qr'. Where only you have added them, your node leaves a sealed "
                    + "request, once a day for a week, that they alone can read.",
                nodeNote,
            ],
            examples: [
                Verb.Example(
                    line: "kith contacts add kith:kith1… --name Jonas --as \"Marta Kovač\"",
                    does: "as a contact")
            ]),
        Verb(
            words: ["contacts", "requests"], chapter: .contacts,
            summary: "list who asks to be a contact", flags: [passphraseFlag],
            notes: ["The names are what the senders write; compare the fingerprint."]),
        Verb(
            words: ["contacts", "accept"], chapter: .contacts,
            summary: "become a contact of somebody who asked",
            parameters: [requestParameter], flags: [friendFlag, passphraseFlag],
            examples: [Verb.Example(line: "kith contacts accept Jonas", does: "as a contact")]),
        Verb(
            words: ["contacts", "refuse"], chapter: .contacts,
            summary: "forget a request; the sender is told nothing",
            parameters: [requestParameter], flags: [passphraseFlag]),
    ]

    private static let knowing: [Verb] = [
        Verb(
            words: ["contacts", "list"], chapter: .contacts,
            summary: "list your contacts, favourites first",
            flags: [
                Flag(name: "blocked", summary: "also list the people you have blocked"),
                passphraseFlag,
            ],
            notes: [
                "SEES is the level of yours that they see, SHOWS the level of theirs that you "
                    + "see. A contact is waiting until a letter of theirs proves that they have "
                    + "added you as well."
            ]),
        Verb(
            words: ["contacts", "show"], chapter: .contacts,
            summary: "show what a contact lets you see",
            parameters: [contactParameter],
            notes: [
                "It is read from the network by the running node. Exit status 3 when there is "
                    + "nothing to see."
            ]),
        Verb(
            words: ["contacts", "verify"], chapter: .contacts,
            summary: "print the number that proves both have the true key",
            parameters: [contactParameter], flags: [passphraseFlag],
            notes: [
                "Read its 60 digits to each other, in person or where you know the voice. Equal "
                    + "digits mean that nobody stands between you."
            ]),
        Verb(
            words: ["contacts", "favourite"], chapter: .contacts,
            summary: "have a contact first in lists", parameters: [contactParameter],
            flags: [
                Flag(name: "off", summary: "no longer"), passphraseFlag,
            ]),
        Verb(
            words: ["contacts", "friend"], chapter: .contacts,
            summary: "let a contact see what is for friends", parameters: [contactParameter],
            flags: [
                Flag(name: "off", summary: "only what is for contacts from now on"),
                passphraseFlag,
            ],
            notes: ["They are not told which of the two they are."]),
        Verb(
            words: ["contacts", "rename"], chapter: .contacts,
            summary: "call a contact otherwise",
            parameters: [
                contactParameter, Parameter(name: "NAME", summary: "what you call them"),
            ],
            flags: [passphraseFlag]),
    ]

    private static let keeping: [Verb] = [
        Verb(
            words: ["contacts", "remove"], chapter: .contacts,
            summary: "let a contact see nothing from now on",
            parameters: [contactParameter], flags: [passphraseFlag],
            notes: [
                "The levels they were on get new secrets, which everybody else is sent; what they "
                    + "could read is covered. What they have read they keep."
            ]),
        Verb(
            words: ["contacts", "block"], chapter: .contacts,
            summary: "remove somebody and ignore them from now on",
            parameters: [anybodyParameter], flags: [passphraseFlag],
            notes: [
                "Their requests are not shown any more, and neither are they by 'kith find'."
            ]),
        Verb(
            words: ["contacts", "unblock"], chapter: .contacts,
            summary: "no longer ignore somebody",
            parameters: [anybodyParameter], flags: [passphraseFlag]),
        Verb(
            words: ["contacts", "sharing"], chapter: .contacts,
            summary: "let your node answer what contacts search",
            parameters: [
                Parameter(name: "WHETHER", summary: "on or off", choices: ["on", "off"])
            ],
            flags: [passphraseFlag],
            notes: [
                "With sharing on, contacts may ask your node whom it knows. It shows them the "
                    + "cards of those who allow it ('kith profile set --pass-on yes'), and no "
                    + "others."
            ]),
        Verb(
            words: ["contacts", "export"], chapter: .contacts,
            summary: "write your contacts to a file",
            parameters: [
                Parameter(
                    name: "FILE", summary: "a new file (0600); - or nothing for standard output",
                    presence: .optional)
            ],
            flags: [
                Flag(name: "force", summary: "replace a file that is there"), passphraseFlag,
            ],
            notes: [
                "One line per person: a JSON object with uri, name, level and favourite; blocked "
                    + "people have uri and blocked. No secret is in it, but whom you know is."
            ],
            examples: [
                Verb.Example(line: "kith contacts export friends.jsonl", does: "a copy")
            ]),
        Verb(
            words: ["contacts", "import"], chapter: .contacts,
            summary: "add the people in a file",
            parameters: [
                Parameter(name: "FILE", summary: "what 'kith contacts export' wrote, or -")
            ],
            flags: [passphraseFlag],
            notes: [
                "People who are contacts already stay as they are. Nothing is changed when a "
                    + "line of the file makes no sense."
            ]),
    ]

    private static let friendFlag = Flag(
        name: "friend", summary: "let them see what is for friends as well")

    private static let nodeNote =
        "Works with a running node and without one. Without one, a locked identity is opened: the "
        + "passphrase is asked for on the terminal or read from --passphrase-fd."

    private static let contactParameter = Parameter(
        name: "WHO", summary: "a contact: their name, fingerprint, identity or kith: line")

    private static let requestParameter = Parameter(
        name: "WHO", summary: "who asked: the name, fingerprint, identity or kith: line")

    private static let anybodyParameter = Parameter(
        name: "WHO", summary: "anybody: a name, fingerprint, identity or kith: line")
}
