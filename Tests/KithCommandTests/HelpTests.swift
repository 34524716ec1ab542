import Foundation
import Testing

@testable import KithCommand

@Suite("Help")
struct HelpTests {
    @Test("fits 80 columns on every page")
    func width() throws {
        let pages =
            [[]] + VerbTable.verbs.map(\.words) + VerbTable.groups.map { [$0] }
            + Topic.all.map { [$0.name] }
        for page in pages {
            for line in try Help.text(on: page).split(separator: "\n") {
                #expect(Terminal.width(of: String(line)) <= 80, "\(page): \(line)")
            }
        }
    }

    @Test("of a command reads so")
    func page() throws {
        #expect(
            try Help.text(on: ["ping"]) == """
                kith ping: measure the round trip to a node

                Usage: kith ping NODE

                  NODE  a node record, or ADDR:PORT of a neighbour

                Examples:
                  # a neighbour
                  kith ping 127.0.0.1:5484

                'kith help' lists the flags for every command.

                """)
    }

    @Test("of a word that is a command and begins others shows them all")
    func commandAndGroup() throws {
        let text = try Help.text(on: ["id"])
        for usage in [
            "id [--qr] [--with-name]\n", "id passphrase [", "id export FILE [", "id import FILE [",
        ] {
            #expect(text.contains("\nUsage: kith \(usage)"), "\(usage)")
        }
    }

    @Test("wraps the usage of a command with many flags")
    func usage() throws {
        let lines = try Help.text(on: ["profile", "set"]).split(separator: "\n")
        #expect(
            lines[1] == "Usage: kith profile set [--name NAME] [--interests A,B]... "
                + "[--region REGION]")
        #expect(
            lines[2] == "                        [--bio TEXT] [--link URI]... [--level LEVEL]")
        #expect(
            lines[3] == "                        [--field FIELD=LEVEL]... [--pass-on WHETHER]")
    }

    @Test("names every exit status")
    func exitCodes() throws {
        let text = try Help.text(on: ["exit-codes"])
        for code in ExitCode.allCases {
            #expect(text.contains("\n  \(code.rawValue) "), "\(code)")
        }
    }

    @Test("says what was probably meant when the topic is unknown")
    func unknownTopic() {
        #expect(throws: UsageError.unknownTopic("exitcodes", nearest: "exit-codes")) {
            try Help.text(on: ["exitcodes"])
        }
    }
}

@Suite("Completion")
struct CompletionTests {
    @Test("is a script that its shell can read", arguments: ["bash", "zsh", "fish"])
    func syntax(shell: String) throws {
        guard let program = Shell.installed(shell) else {
            print("skipped: \(shell) is not installed, its completion script was not read")
            return
        }
        let folder = try TemporaryFolder()
        let script = try #require(Completion.script(for: shell))
        try script.write(toFile: folder.path("script"), atomically: true, encoding: .utf8)
        let ending = try Shell.run(program, ["-n", folder.path("script")])
        #expect(ending.status == 0, "\(ending.talk)")
    }

    @Test(
        "completes in bash",
        arguments: [
            (["pro"], "profile"), (["profile", ""], "set show"),
            (["id", ""], "passphrase export import"), (["id", "export", "--fo"], "--force"),
            (["--json", "find", "--mi"], "--min-score"),
            (["run", "--network", ""], "public local"),
            (["completion", ""], "bash zsh fish"), (["help", "ex"], "exit-codes"),
            (["--home", "x", "pee"], "peers"), (["find", "x", "--li"], "--limit"),
            (["contacts", "sha"], "sharing"), (["contacts", "sharing", ""], "on off"),
            (["contacts", "block", "x", "--pass"], "--passphrase-fd"),
            (["profile", "set", "--level", "pr"], "private"), (["id", "--q"], "--qr"),
            (["find", "--layer", ""], "contacts sharing network"), (["help", "lev"], "levels"),
        ])
    func bash(words: [String], completions: String) throws {
        let bash = try #require(Shell.installed("bash"))
        let folder = try TemporaryFolder()
        let script = try #require(Completion.script(for: "bash"))
        try script.write(toFile: folder.path("script"), atomically: true, encoding: .utf8)
        let body = """
            source "$0"; COMP_WORDS=(kith "$@"); COMP_CWORD=$#; _kith; echo "${COMPREPLY[*]}"
            """
        let ending = try Shell.run(bash, ["-c", body, folder.path("script")] + words)
        #expect(ending.output == completions + "\n", "\(ending.talk)")
    }

    @Test("is made for these three shells only")
    func others() {
        #expect(Completion.script(for: "tcsh") == nil)
    }
}
