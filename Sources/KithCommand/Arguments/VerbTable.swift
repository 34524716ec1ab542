import KithHost
import KithOverlay

/// Every command and flag of `kith`; parsing, help and completion are made from this table.
enum VerbTable {
    /// Flags that every verb takes.
    static let globals: [Flag] = [
        Flag(name: "json", summary: "print JSON with stable keys"),
        Flag(name: "plain", summary: "print tab-separated fields without a header"),
        Flag(
            name: "color", value: .choice("WHEN", ["auto", "always", "never"]),
            summary: "colour: auto, always or never (NO_COLOR is respected)"),
        Flag(name: "no-input", summary: "never ask anything"),
        Flag(name: "timeout", value: .duration, summary: "give up after this long: 500ms, 10s, 2m"),
        Flag(
            name: "network", value: .choice("NAME", ["public", "local"]),
            summary: "which network: public or local (loopback, for trying out)"),
        Flag(
            name: "home", value: .directory,
            summary: "where keys and records are kept (else KITH_HOME, else XDG)"),
        Flag(name: "help", summary: "explain a command"),
        Flag(name: "version", summary: "print the version"),
    ]

    /// Every verb, in the order of the overview.
    static let verbs: [Verb] =
        node + identity + profile + contacts + people + network + keepers + other

    /// The verb with exactly these words.
    static func verb(_ words: [String]) -> Verb? {
        verbs.first { $0.words == words }
    }

    /// Words that begin a verb of two words: `profile`, `dht`; `id` is a verb by itself as well.
    static let groups: [String] = {
        var seen: [String] = []
        for verb in verbs where verb.words.count > 1 && seen.last != verb.words[0] {
            seen.append(verb.words[0])
        }
        return seen
    }()

    /// The verbs of a group.
    static func members(of group: String) -> [Verb] {
        verbs.filter { $0.words.count > 1 && $0.words[0] == group }
    }

    /// What can stand first on the command line, in order, each once.
    static let firstWords: [String] = {
        var seen: [String] = []
        for verb in verbs where seen.last != verb.words[0] {
            seen.append(verb.words[0])
        }
        return seen
    }()

    private static let node: [Verb] = [
        Verb(
            words: ["init"], chapter: .node,
            summary: "make your identity and a node key",
            notes: [
                "The identity is you; the node key is this machine's and has nothing to do with "
                    + "it. On the public network a node key needs a proof of work, which takes "
                    + "a second or so. Nothing is published and nothing is sent.",
                "--network local makes a home for trying out; see 'kith help networks'.",
            ],
            examples: [
                Verb.Example(line: "kith init", does: "a home for the public network"),
                Verb.Example(
                    line: "kith init --network local --home ./ada", does: "one for trying out"),
            ]),
        Verb(
            words: ["run"], chapter: .node,
            summary: "run your node until it is stopped",
            flags: [
                Flag(
                    name: "listen", value: .text("ADDR:PORT"), repeats: true,
                    summary: "where to listen (default [::]:5484 and 0.0.0.0:5484)"),
                Flag(
                    name: "advertise", value: .text("ADDR:PORT"), repeats: true,
                    summary: "where others reach it, if not where it listens"),
                Flag(
                    name: "seed", value: .text("RECORD"), repeats: true,
                    summary: "a node to join through: kith-node:…"),
                Flag(
                    name: "seeds", value: .file,
                    summary: "a signed seed list to join through"),
                Flag(
                    name: "seeds-key", value: .text("KEY"), repeats: true,
                    summary: "whose signature under that list counts"),
                Flag(
                    name: "bootstrap",
                    summary: "be an entry node: having no one to join through is fine"),
                Flag(
                    name: "role", value: .choice("ROLE", ["auto", "full", "client"]),
                    summary: "whether others may route and store through it (default auto)"),
                Flag(
                    name: "relay", value: .choice("WHETHER", ["on", "off"]),
                    summary: "whether cells of others are passed on (default on)"),
                Flag(
                    name: "visible",
                    value: .choice(
                        "TO", NodeHost.VisibilityPolicy.allCases.map(\.rawValue)),
                    summary: "who on the local network may learn that it is here (default nodes)"),
                Flag(
                    name: "metered",
                    summary: "data costs money: send a quarter of the cover"),
                passphraseFlag,
            ],
            notes: [
                "The node record is printed on standard output as soon as the node listens; give "
                    + "it to others as --seed. Everything else goes to standard error.",
                "A home without keys is made ready first, as 'kith init' does.",
                "Seeds are tried together with the nodes known from the last run. A node that "
                    + "finds nobody says so within 10 seconds, says why, and keeps trying.",
                "With --role auto a node begins as a client, and others route and store through it "
                    + "once strangers are proved to reach it, after 15 minutes or so. It is full "
                    + "from the start with --advertise, --bootstrap or --network local.",
                "An identity with a passphrase is asked for it on the terminal or read from "
                    + "--passphrase-fd; with neither the node starts locked: it serves others and "
                    + "publishes nothing until 'kith unlock'.",
                "A full node passes on cells of mixed queries, up to 100 a second, and asks for others "
                    + "as their exit. --relay off does neither.",
                "On the local network contacts recognise the node by tags that mean nothing to others "
                    + "(--visible contacts). With nodes, strangers who look for a first node are "
                    + "told that there is one; with everybody they see the name in your profile and "
                    + "your fingerprint; with nobody nothing is sent. See 'kith help nearby'.",
                "SIGTERM and Ctrl-C stop the node in order; SIGHUP reads the seed list again.",
            ],
            examples: [
                Verb.Example(
                    line: "kith run --bootstrap --network local --listen 127.0.0.1:5484",
                    does: "the first node of a network"),
                Verb.Example(
                    line: "kith run --seed kith-node:…", does: "join through a friend's node"),
            ]),
        Verb(
            words: ["status"], chapter: .node,
            summary: "show how your node is doing",
            notes: [
                "Exit status 0 when the node has joined, 5 when it is alone or still joining, "
                    + "4 when none is running."
            ]),
        Verb(
            words: ["peers"], chapter: .node,
            summary: "list the neighbours of your node"),
        Verb(
            words: ["paths"], chapter: .node,
            summary: "list the files that kith uses"),
    ]

    private static let people: [Verb] = [
        Verb(
            words: ["find"], chapter: .people,
            summary: "find people by name or by interests",
            parameters: [
                Parameter(
                    name: "NAME", summary: "a name, a part of it, or one typo away",
                    presence: .many)
            ],
            flags: [
                Flag(
                    name: "interests", value: .text("A,B"), repeats: true,
                    summary: "rank people by the interests they share"),
                Flag(
                    name: "min-score", value: .number(0...1),
                    summary:
                        "leave out interest scores up to this (default \(SearchDefaults.minScore))"),
                Flag(
                    name: "limit", value: .count(1...SearchDefaults.limitMax),
                    summary: "at most N people (default \(SearchDefaults.limit))"),
                Flag(
                    name: "layer", value: .choice("LAYER", SearchDefaults.layers), repeats: true,
                    summary: "look only among contacts, through contacts that share, or in the "
                        + "network (default: all)"),
                viaFlag,
            ],
            notes: [
                "SOURCE is the layer that found somebody: your contacts, the nodes of contacts "
                    + "that share, or the network. Whom you have blocked is never shown.",
                "The interest score is shared interests divided by all interests of both. A name "
                    + "scores by how well it fits. Check the fingerprint before you trust a name: "
                    + "anyone may choose any name.",
                "With --via mix a question to the network goes by three relays, and the nodes that are "
                    + "asked do not learn who asks; it takes seconds. auto mixes when enough relays "
                    + "are known (never on a local network). See 'kith help mixing'.",
                "Exit status 3 when nobody was found.",
            ],
            examples: [
                Verb.Example(line: "kith find \"jonas web\"", does: "by name"),
                Verb.Example(
                    line: "kith find --interests chess,sailing --min-score 0.4",
                    does: "by interests"),
                Verb.Example(
                    line: "kith find marta --json", does: "for a script"),
            ]),
        Verb(
            words: ["nearby"], chapter: .people,
            summary: "show who is on the same local network",
            parameters: [
                Parameter(
                    name: "ADDR", summary: "a host to ask as well: 192.168.1.7 or 192.168.1.7:5484",
                    presence: .many)
            ],
            flags: [
                Flag(
                    name: "sweep",
                    summary: "ask every host of the subnet, 50 a second, a /24 at most"),
                Flag(
                    name: "interface", value: .text("NAME"),
                    summary: "sweep the subnet of this interface alone"),
                Flag(name: "watch", summary: "go on, and say who comes and goes"),
            ],
            notes: [
                "Contacts recognise each other without anybody else learning that they are here. "
                    + "Nodes are shown that answer whoever looks for one, and people who let "
                    + "everybody see them; 'kith run --visible' says how you are seen.",
                "MEDIUM says how somebody was noticed: a beacon to everybody (multicast), the sweep, "
                    + "the network's own directory (dns-sd), an address typed by hand, or that they "
                    + "asked this node alone (asked). Below is said how each of them went, and what to "
                    + "try where it did not work. A name is a hint until its node has answered: TIME "
                    + "is '?' until then.",
                "Some networks keep their hosts apart ('AP isolation', guest networks); then "
                    + "nothing finds anybody.",
                "Exit status 3 when nobody was found.",
            ],
            examples: [
                Verb.Example(line: "kith nearby", does: "who is here"),
                Verb.Example(line: "kith nearby --sweep", does: "where multicast does not work"),
                Verb.Example(line: "kith nearby 192.168.1.7", does: "one host"),
                Verb.Example(line: "kith nearby --watch --json", does: "for a script"),
            ]),
    ]

    private static let network: [Verb] = [
        Verb(
            words: ["ping"], chapter: .network,
            summary: "measure the round trip to a node",
            parameters: [
                Parameter(
                    name: "NODE", summary: "a node record, or ADDR:PORT of a neighbour")
            ],
            examples: [
                Verb.Example(line: "kith ping 127.0.0.1:5484", does: "a neighbour")
            ]),
        Verb(
            words: ["trace"], chapter: .network,
            summary: "show each node that a lookup asks",
            parameters: [locationParameter], flags: [viaFlag],
            notes: [
                "With --via mix what is at the location is fetched through the mix, and the relays "
                    + "of each path are shown; nobody but you can know all of them."
            ]),
        Verb(
            words: ["dht", "get"], chapter: .network,
            summary: "fetch the newest record at a location",
            parameters: [locationParameter], flags: [viaFlag]),
        Verb(
            words: ["dht", "lookup"], chapter: .network,
            summary: "find the nodes closest to a location",
            parameters: [locationParameter]),
    ]

    /// How a question travels.
    static let viaFlag = Flag(
        name: "via", value: .choice("WAY", Via.allCases.map(\.rawValue)),
        summary: "mix: by three relays; direct: straight; auto: mixed where possible")

    private static let locationParameter = Parameter(
        name: "LOCATION", summary: "64 hex digits, or an identity (kith1…) for its profile")

    private static let keepers: [Verb] = [
        Verb(
            words: ["bootstrap", "key"], chapter: .network,
            summary: "make a key that signs seed lists",
            parameters: [
                Parameter(name: "FILE", summary: "where the private key is written (0600)")
            ],
            flags: [
                Flag(
                    name: "name", value: .text("NAME"),
                    summary: "what signatures call the key, such as seeds.example.net")
            ],
            examples: [
                Verb.Example(
                    line: "kith bootstrap key seeds.key --name seeds.example.net",
                    does: "prints the line for --seeds-key")
            ]),
        Verb(
            words: ["bootstrap", "sign"], chapter: .network,
            summary: "print a signed list of entry nodes",
            parameters: [
                Parameter(
                    name: "FILE", summary: "the private key; several sign the same list",
                    presence: .many)
            ],
            flags: [
                Flag(
                    name: "seed", value: .text("RECORD"), repeats: true,
                    summary: "an entry node, the one to try first in front"),
                Flag(
                    name: "sequence", value: .count(0...Int.max),
                    summary: "must grow with every list (default: seconds since 1970)"),
                Flag(
                    name: "days", value: .count(1...365),
                    summary: "how long the list is used (default 30)"),
            ],
            examples: [
                Verb.Example(
                    line: "kith bootstrap sign seeds.key --seed kith-node:… > seeds.txt",
                    does: "a list of one node, good for a month")
            ]),
        Verb(
            words: ["bootstrap", "check"], chapter: .network,
            summary: "check a seed list",
            parameters: [Parameter(name: "FILE", summary: "the list, or - for standard input")],
            flags: [
                Flag(
                    name: "seeds-key", value: .text("KEY"), repeats: true,
                    summary: "whose signature counts")
            ]),
    ]

    private static let other: [Verb] = [
        Verb(
            words: ["completion"], chapter: .other,
            summary: "print a completion script",
            parameters: [
                Parameter(
                    name: "SHELL", summary: "bash, zsh or fish", choices: ["bash", "zsh", "fish"])
            ],
            examples: [
                Verb.Example(
                    line: "source <(kith completion bash)", does: "for this shell"),
                Verb.Example(
                    line: "kith completion fish > ~/.config/fish/completions/kith.fish",
                    does: "for good"),
            ]),
        Verb(
            words: ["help"], chapter: .other,
            summary: "explain a command or a topic",
            parameters: [
                Parameter(name: "TOPIC", summary: "a command or a topic", presence: .many)
            ]),
        Verb(words: ["version"], chapter: .other, summary: "print the version"),
    ]
}
