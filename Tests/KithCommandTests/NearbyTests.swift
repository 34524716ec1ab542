import Foundation
import KithHost
import KithOverlay
import KithWire
import Testing

@testable import KithCommand

@Suite("kith nearby")
struct NearbyCommandTests {
    @Test(
        "reads addresses with and without port and interface",
        arguments: [
            ("192.168.1.7", "192.168.1.7:5484"), ("192.168.1.7:99", "192.168.1.7:99"),
            ("fd00::7", "[fd00::7]:5484"), ("[fd00::7]", "[fd00::7]:5484"),
            ("[fd00::7]:99", "[fd00::7]:99"), ("fe80::7", "[fe80::7]:5484"),
            ("fe80::7%1", "[fe80::7%1]:5484"), ("[fe80::7%lo]:99", "[fe80::7%1]:99"),
        ])
    func addresses(text: String, address: String) {
        #expect(HostAddress.parse(text)?.description == address)
    }

    @Test(
        "refuses what is no address",
        arguments: [
            "", "here", "192.168.1", "192.168.1.7:", "192.168.1.7:70000", "[fd00::7", "fd00::7]",
            "[fd00::7]99", "fd00::7%1", "192.168.1.7%1", "fe80::7%nowhere", "fe80::7%",
        ])
    func noAddresses(text: String) {
        #expect(HostAddress.parse(text) == nil)
    }

    @Test("of a node that listens to this machine alone says so, and what to do")
    func loopback() async throws {
        let folder = try TemporaryFolder()
        let node = try Running(node: folder.path("ada"), ["--bootstrap"])
        #expect(try await node.event("listening") != nil)
        func ask(_ arguments: [String]) throws -> Shell.Ending {
            try Shell.kith(["nearby"] + arguments + ["--json", "--home", folder.path("ada")])
        }
        let ending = try ask([])
        #expect(ending.status == 3)
        let media = try #require(ending.json?["media"] as? [[String: Any]])
        #expect(media.first?["state"] as? String == "unavailable")
        #expect(ending.talk.contains("kith: hint: connect to a network"))
        #expect(try ask(["--sweep"]).errorCode == "no-subnet")
        let far = try ask(["192.0.2.7"])
        #expect(far.status == 8 && far.errorCode == "off-link")
        #expect(try ask(["here"]).errorCode == "invalid-address")
        #expect(try ask(["--interface", "lo"]).status == 2)
        node.signal(SIGTERM)
    }

    @Test("that nobody may see refuses to look around")
    func invisible() async throws {
        let folder = try TemporaryFolder()
        let node = try Running(
            node: folder.path("ada"), ["--bootstrap", "--visible", "nobody"])
        #expect(try await node.event("listening") != nil)
        let ending = try Shell.kith(["nearby", "--json", "--home", folder.path("ada")])
        #expect(ending.status == 7 && ending.errorCode == "invisible")
        node.signal(SIGTERM)
    }

    /// An answer with somebody of each kind, and a medium of each.
    private static let answer: JSON = {
        func person(
            _ name: JSON, contact: Bool, level: JSON, _ time: JSON, _ address: String,
            medium: String = "multicast"
        ) -> JSON {
            [
                "name": name,
                "identity": name == .null
                    ? .null : "kith1izj2ai53zwmfdx6ws4r3dggonvkwgbdfnmtdnoeaofvcaoy5ofuvn7cwte",
                "contact": .bool(contact), "level": level,
                "node": "0123456789abcdef0123456789abcdef",
                "confirmed": .bool(time != .null), "medium": .text(medium), "roundTripMs": time,
                "address": .text(address), "service": .null,
            ]
        }
        return [
            "people": [
                person("Marta Kovač", contact: true, level: "friends", 0.4, "192.168.100.107:5484"),
                person(
                    "A name that goes on and on, as some do", contact: false, level: "public",
                    .null,
                    "[fe80::1234:5678:9abc:def0%12]:65535", medium: "dns-sd"),
                person(
                    .null, contact: false, level: .null, 123.4, "10.0.0.7:5484", medium: "sweep"),
            ],
            "media": [
                [
                    "medium": "multicast", "interface": "wlan0", "network": "192.168.100.0/24",
                    "state": "ok", "found": 1, "reason": .null, "hint": .null,
                ],
                [
                    "medium": "dns-sd", "interface": .null, "network": .null,
                    "state": "unavailable", "found": 0, "reason": "avahi-daemon is not running",
                    "hint": "it is optional; start it with 'systemctl start avahi-daemon'",
                ],
            ],
        ]
    }()

    @Test("fits 80 columns, names everybody, and marks hints")
    func table() {
        let terminal = Terminal()
        let lines =
            NearbyReport.table(Self.answer).lines(in: terminal)
            + NearbyReport.media(Self.answer, in: terminal)
        for line in lines { #expect(Terminal.width(of: line) <= 80, "\(line)") }
        let text = lines.joined(separator: "\n")
        for word in [
            "Marta Kovač", "friends", "0.40 ms", "192.168.100.107:5484", "node 01234567",
            "avahi-daemon is not running", "→ it is optional", "! a hint",
        ] { #expect(text.contains(word), "\(word)") }
    }

    @Test("with --plain prints eight fields of each, and leaves none out")
    func plain() {
        let rows = NearbyReport.plain(Self.answer)
        #expect(rows.count == 3)
        for row in rows {
            #expect(row.split(separator: "\t", omittingEmptySubsequences: false).count == 8)
        }
        #expect(rows[0].hasPrefix("Marta Kovač\tkith1izj2ai5"))
    }

    @Test("asks the node what its arguments say, and understands it")
    func requests() throws {
        let request = NearbyRequest(sweeps: true, interface: "wlan0", addresses: ["10.0.0.7"])
        #expect(NearbyRequest(request.json) == request)
        #expect(NearbyRequest([:]) == NearbyRequest())
        #expect(NearbyRequest(["addresses": [7]]) == nil)
    }
}
