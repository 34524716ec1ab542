import KithOverlay

// What there is to do about what a person says of themselves, and to whom.
extension VerbTable {
    static let profile: [Verb] = [
        Verb(
            words: ["profile", "set"], chapter: .profile,
            summary: "write your profile and who may see it",
            flags: [
                Flag(name: "name", value: .text("NAME"), summary: "the name people find you by"),
                Flag(
                    name: "interests", value: .text("A,B"), repeats: true,
                    summary: "up to 16 interests, separated by commas"),
                Flag(
                    name: "region", value: .text("REGION"),
                    summary: "a city or a larger region, never finer"),
                Flag(name: "bio", value: .text("TEXT"), summary: "a sentence or two"),
                Flag(
                    name: "link", value: .text("URI"), repeats: true,
                    summary: "how to reach you, up to 4"),
                Flag(
                    name: "level", value: .choice("LEVEL", PrivacyLevel.words),
                    summary: "who may find it: public, contacts, friends or private"),
                Flag(
                    name: "field", value: .text("FIELD=LEVEL"), repeats: true,
                    summary: "keep interests, region, bio or links for fewer; FIELD=profile ends "
                        + "that"),
                Flag(
                    name: "pass-on", value: .choice("WHETHER", ["yes", "no"]),
                    summary: "whether contacts may show your card to theirs (default no)"),
            ],
            notes: [
                "Fields that are not given stay as they are; an empty value clears one. The "
                    + "first time a name is needed, and the level is public unless you say "
                    + "otherwise. 'kith help levels' explains the levels.",
                "Nothing is published by this; 'kith publish' does it.",
            ],
            examples: [
                Verb.Example(
                    line: "kith profile set --name \"Marta Kovač\" --interests chess,sailing",
                    does: "a profile with two interests"),
                Verb.Example(
                    line: "kith profile set --level contacts --field region=friends",
                    does: "for contacts alone, the region for friends"),
                Verb.Example(line: "kith profile set --region \"\"", does: "take the region out"),
            ]),
        Verb(
            words: ["profile", "show"], chapter: .profile,
            summary: "show your profile, or what others get of it",
            flags: [
                Flag(
                    name: "as", value: .text("WHOM"),
                    summary: "what others get: stranger, contact:NAME or friend:NAME")
            ],
            notes: [
                "With --as your running node does what that person's would do in the network and "
                    + "shows what it got."
            ],
            examples: [
                Verb.Example(line: "kith profile show --as stranger", does: "what anybody gets"),
                Verb.Example(
                    line: "kith profile show --as friend:Jonas", does: "what your friend gets"),
            ]),
        Verb(
            words: ["publish"], chapter: .profile,
            summary: "let those find your profile who may see it",
            flags: [VerbTable.viaFlag],
            notes: [
                "With --via mix the public profile is written by three relays and an exit, each of "
                    + "which waits some seconds, so that nodes do not learn where you are: a minute "
                    + "or two. auto mixes when enough relays are known, never on a local network. "
                    + "What is for contacts and friends always travels like auto.",
                "Three other nodes are asked to keep it; two must acknowledge. It stays for "
                    + "24 hours and is refreshed for as long as your node runs.",
                "A public profile is found by everyone. One for contacts or friends is sealed: "
                    + "nobody else can read it, or find out that it is there. A private one is "
                    + "withdrawn.",
            ]),
        Verb(
            words: ["unpublish"], chapter: .profile,
            summary: "withdraw what was published, for everyone"),
    ]
}
