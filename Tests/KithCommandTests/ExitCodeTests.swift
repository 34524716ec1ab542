import Foundation
import Testing

@testable import KithCommand

@Suite("Without a running node, kith")
struct ExitCodeTests {
    @Test(
        "ends with 2 on a command line that makes no sense, and says so as text and as JSON",
        arguments: [
            ["fnid", "x"], ["find"], ["find", "--limit", "0", "x"], ["profile"],
            ["find", "x", "--interests", "y"], ["find", "x", "--min-score", "0.5"],
            ["status", "--unknown"], ["profile", "set"], ["help", "nothing"],
            ["run", "--listen"], ["contacts"], ["contacts", "add"], ["contacts", "sharing", "so"],
            ["contacts", "rename", "x"], ["id", "--with-name"], ["find", "x", "--layer", "server"],
            ["profile", "set", "--name", "A", "--level", "secret"],
            ["profile", "set", "--name", "A", "--field", "region"],
            ["profile", "set", "--name", "A", "--field", "name=friends"],
            ["profile", "set", "--name", "A", "--field", "avatar=friends"],
            ["profile", "set", "--name", "A", "--field", "bio=friends", "--field", "bio=private"],
            ["profile", "set", "--name", "A", "--level", "friends", "--field", "bio=contacts"],
            ["profile", "show", "--as", "friend"], ["profile", "show", "--as", "enemy:x"],
        ])
    func usage(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let environment = ["KITH_HOME": folder.path("home")]
        _ = try Shell.kith(["init", "--network", "local"], environment: environment)
        let ending = try Shell.kith(arguments, environment: environment)
        #expect(ending.status == 2)
        #expect(ending.output.isEmpty)
        #expect(ending.talk.hasPrefix("kith: error: "))
        #expect(ending.talk.contains("[usage]\nkith: hint: "))

        let asJSON = try Shell.kith(["--json"] + arguments, environment: environment)
        #expect(asJSON.status == 2)
        #expect(asJSON.errorCode == "usage")
    }

    @Test(
        "ends with 4 where a node is needed",
        arguments: [
            ["status"], ["peers"], ["publish"], ["unpublish"], ["find", "jonas"],
            ["find", "--interests", "chess"], ["ping", "127.0.0.1:5484"],
            ["trace", String(repeating: "0", count: 64)],
            ["dht", "get", String(repeating: "a", count: 64)],
            ["dht", "lookup", String(repeating: "F", count: 64)],
            ["contacts", "show", "Ada"], ["profile", "show", "--as", "stranger"],
            ["profile", "show", "--as", "contact:Ada"],
        ])
    func notRunning(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let ending = try Shell.kith(arguments + ["--json", "--home", folder.path("home")])
        #expect(ending.status == 4)
        #expect(ending.errorCode == "not-running")
        #expect(ending.talk.contains("kith: hint: start one with 'kith run'\n"))
    }

    @Test(
        "ends with 8 on a text that names nothing",
        arguments: [
            (["ping", "kith-node:AAAA"], "invalid-record"), (["ping", "here"], "invalid-address"),
            (["ping", "127.0.0.1:70000"], "invalid-address"),
            (["trace", "kith1abc"], "invalid-location"),
            (["dht", "get", "12"], "invalid-location"),
            (["run", "--seed", "kith-node:AAAA"], "invalid-record"),
            (["run", "--seed", "127.0.0.1:5484"], "invalid-record"),
            (["run", "--listen", "localhost:1"], "invalid-address"),
            (["contacts", "add", "Ada"], "bad-identity"),
            (["contacts", "add", "kith1abc"], "bad-identity"),
            (["contacts", "add", "kith:kith1abc"], "bad-identity"),
            (["contacts", "block", "kith:kith1abc"], "bad-identity"),
            (["contacts", "verify", "kith1abc"], "bad-identity"),
        ])
    func invalid(arguments: [String], code: String) throws {
        let folder = try TemporaryFolder()
        let ending = try Shell.kith(
            arguments + ["--json", "--network", "local", "--home", folder.path("home")])
        #expect(ending.status == 8)
        #expect(ending.errorCode == code)
    }

    @Test("makes a home once, and loses nothing when asked again")
    func initTwice() throws {
        let folder = try TemporaryFolder()
        let arguments = ["init", "--network", "local", "--json", "--home", folder.path("home")]
        let first = try Shell.kith(arguments)
        #expect(first.status == 0)
        let identity = try #require(first.json?["identity"] as? String)
        #expect(identity.hasPrefix("kith1"))

        let second = try Shell.kith(arguments)
        #expect(second.status == 1)
        #expect(second.errorCode == "home-exists")

        let shown = try Shell.kith(["id", "--json", "--home", folder.path("home")])
        #expect(shown.json?["identity"] as? String == identity)
        #expect(shown.json?["network"] as? String == "local")
    }

    @Test("takes the home from --home, then KITH_HOME, then XDG_STATE_HOME, then HOME")
    func homes() throws {
        func home(_ arguments: [String], _ environment: [String: String]) throws -> String? {
            try Shell.kith(["paths", "--json"] + arguments, environment: environment)
                .json?["home"] as? String
        }
        let all = ["KITH_HOME": "/a", "XDG_STATE_HOME": "/b", "HOME": "/c"]
        #expect(try home(["--home", "/z"], all) == "/z")
        #expect(try home([], all) == "/a")
        #expect(try home([], ["XDG_STATE_HOME": "/b", "HOME": "/c"]) == "/b/kith")
        #expect(try home([], ["HOME": "/c"]) == "/c/.local/state/kith")
    }

    @Test("refuses a home that is not there, damaged, somebody else's file, or open to all")
    func homesThatCannotBeUsed() throws {
        let folder = try TemporaryFolder()
        func error(_ home: String) throws -> (Int32, String?) {
            let ending = try Shell.kith(["id", "--json", "--home", folder.path(home)])
            #expect(ending.talk.contains("kith: hint: "))
            return (ending.status, ending.errorCode)
        }
        #expect(try error("absent") == (1, "home-missing"))

        for home in ["damaged", "foreign", "open"] {
            let made = try Shell.kith(
                ["init", "--network", "local", "--home", folder.path(home)])
            #expect(made.status == 0)
        }
        let damaged = URL(fileURLWithPath: folder.path("damaged/state.db"))
        var bytes = try Data(contentsOf: damaged)
        for index in stride(from: 4_096, to: bytes.count, by: 3) { bytes[index] ^= 0xA5 }
        try bytes.write(to: damaged)
        #expect(try error("damaged") == (8, "state-corrupt"))
        #expect(try Data(contentsOf: damaged) == bytes, "a damaged home is left as it is")

        let foreign = folder.path("foreign/state.db")
        try "a letter".write(toFile: foreign, atomically: false, encoding: .utf8)
        #expect(try error("foreign") == (8, "state-foreign"))
        #expect(try String(contentsOfFile: foreign, encoding: .utf8) == "a letter")

        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: folder.path("open"))
        #expect(try error("open") == (1, "home-not-private"))
    }

    @Test("keeps a profile, field by field, in normalisation form C")
    func profile() throws {
        let folder = try TemporaryFolder()
        let home = ["--json", "--home", folder.path("home")]
        _ = try Shell.kith(["init", "--network", "local"] + home)
        #expect(try Shell.kith(["profile", "show"] + home).status == 3)
        #expect(try Shell.kith(["profile", "set", "--bio", "x"] + home).status == 2)

        let set = try Shell.kith(
            ["profile", "set", "--name", "Marta Kovac\u{30C}", "--interests", "chess, go"]
                + ["--region", "Ljubljana", "--link", "xmpp:marta@example.net"] + home)
        #expect(set.status == 0)
        func field(_ name: String) throws -> Any? {
            (try Shell.kith(["profile", "show"] + home).json?["profile"] as? [String: Any])?[name]
        }
        let name = try #require(try field("name") as? String)
        #expect(Array(name.unicodeScalars) == Array("Marta Kovač".unicodeScalars))
        #expect(try field("interests") as? [String] == ["chess", "go"])

        let levels = try Shell.kith(
            ["profile", "set", "--level", "contacts", "--field", "region=friends"]
                + ["--field", "bio=private", "--pass-on", "yes"] + home)
        #expect(levels.json?["level"] as? String == "contacts")
        #expect(
            levels.json?["fields"] as? [String: String] == ["region": "friends", "bio": "private"])
        #expect(levels.json?["passOn"] as? Bool == true)
        let back = try Shell.kith(["profile", "set", "--field", "bio=profile"] + home)
        #expect(back.json?["fields"] as? [String: String] == ["region": "friends"])
        let narrow = try Shell.kith(["profile", "set", "--level", "friends"] + home)
        #expect(narrow.json?["fields"] as? [String: String] == [:])
        #expect(narrow.json?["passOn"] as? Bool == true)
        #expect(narrow.json?["published"] as? Bool == false)

        _ = try Shell.kith(["profile", "set", "--region", "", "--interests", "sailing"] + home)
        #expect(try field("region") is NSNull)
        #expect(try field("interests") as? [String] == ["sailing"])
        #expect(try field("links") as? [String] == ["xmpp:marta@example.net"])
    }

    @Test(
        "refuses a profile that breaks a rule, and keeps the old one",
        arguments: [
            ["--name", ""], ["--name", "a\u{202E}b"],
            ["--name", String(repeating: "x", count: 65)],
            ["--region", "Street 5"], ["--link", "no scheme"],
            ["--interests", String(repeating: "y", count: 33)],
        ])
    func profileRules(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let home = ["--json", "--home", folder.path("home")]
        _ = try Shell.kith(["init", "--network", "local"] + home)
        _ = try Shell.kith(["profile", "set", "--name", "Ada"] + home)
        let ending = try Shell.kith(["profile", "set"] + arguments + home)
        #expect(ending.status == 8)
        #expect(ending.errorCode == "invalid-profile")
        #expect(try Shell.kith(["profile", "show"] + home).output.contains("\"name\":\"Ada\""))
    }

    @Test("writes no escape sequence where there is no terminal, but does with --color always")
    func colour() throws {
        let folder = try TemporaryFolder()
        let plain = try Shell.kith(["status", "--home", folder.path("home")])
        #expect(!plain.talk.contains("\u{1B}"))
        let coloured = try Shell.kith(
            ["status", "--color", "always", "--home", folder.path("home")])
        #expect(coloured.talk.contains("\u{1B}[31merror:\u{1B}[0m"))
    }

    @Test("shows help, version and topics on standard output with 0")
    func help() throws {
        for arguments in [
            [], ["help"], ["find", "--help"], ["help", "exit-codes"], ["--version"],
        ] {
            let ending = try Shell.kith(arguments)
            #expect(ending.status == 0)
            #expect(!ending.output.isEmpty)
            #expect(ending.talk.isEmpty)
        }
    }
}
