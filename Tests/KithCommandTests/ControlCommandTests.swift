import KithCrypto
import KithHost
import KithOverlay
import KithWire
import Testing

@testable import KithCommand

@Suite("A control command")
struct ControlCommandTests {
    private static let key = Ed25519.PublicKey(
        Bytes32(
            bigEndianWords: (
                0x79b5_562e_8fe6_54f9, 0x4078_b112_e8a9_8ba7, 0x901f_853a_e695_bed7,
                0xe0e3_910b_ad04_9664
            )))

    @Test(
        "comes over the socket as it was sent",
        arguments: [
            ControlCommand.status, .peers, .publish(), .unpublish, .stop, .presentation, .contacts,
            .findName("Jonas Weber", limit: 3),
            .findName("Jonas", limit: 3, layers: [.contacts, .sharing]),
            .findInterests(["chess", "go"], minScore: 0.25, limit: 100, layers: [.network]),
            .seeAs(.stranger), .seeAs(.contact(key)), .card(key),
            .change(.add(key, name: "Jonas", ownName: "Marta", message: "from the club")),
            .change(.add(key, name: "Jonas", ownName: nil, message: nil)),
            .change(.accept(key)), .change(.refuse(key)), .change(.remove(key)),
            .change(.block(key)), .change(.unblock(key)), .change(.rename(key, "J")),
            .change(.favourite(key, true)), .change(.favourite(key, false)),
            .change(.level(key, .friends)), .change(.level(key, .contacts)),
            .change(.sharing(true)), .change(.sharing(false)),
            .ping("127.0.0.1:5484"), .trace("00"), .lookup("kith1"), .get("ff"),
        ])
    func roundTrip(command: ControlCommand) throws {
        let json = try JSON(decoding: command.arguments.encoded)
        let request = ControlRequest(id: 1, command: command.name, arguments: json)
        #expect(try ControlCommand(request) == command)
    }

    @Test("carries the seed of an identity as digits")
    func seed() throws {
        let digits = String(repeating: "0f", count: 32)
        let request = ControlRequest(id: 1, command: "unlock", arguments: ["seed": .text(digits)])
        #expect(try ControlCommand(request).arguments == request.arguments)
    }

    @Test("uses what is usual where a search leaves something out")
    func defaults() throws {
        let byName = ControlRequest(id: 1, command: "find", arguments: ["name": "x"])
        #expect(try ControlCommand(byName) == .findName("x", limit: 20))
        let byInterest = ControlRequest(id: 1, command: "find", arguments: ["interests": ["x"]])
        #expect(
            try ControlCommand(byInterest) == .findInterests(["x"], minScore: 0.3, limit: 20))
    }

    @Test(
        "is refused when something is missing or out of range",
        arguments: [
            ControlRequest(id: 1, command: "find"),
            ControlRequest(id: 1, command: "find", arguments: ["name": "x", "limit": 0]),
            ControlRequest(id: 1, command: "find", arguments: ["name": "x", "limit": 101]),
            ControlRequest(id: 1, command: "find", arguments: ["interests": []]),
            ControlRequest(
                id: 1, command: "find", arguments: ["interests": ["x"], "minScore": 2]),
            ControlRequest(id: 1, command: "ping"), ControlRequest(id: 1, command: "trace"),
            ControlRequest(id: 1, command: "unlock"),
            ControlRequest(id: 1, command: "unlock", arguments: ["seed": "0011"]),
            ControlRequest(id: 1, command: "dance"),
            ControlRequest(id: 1, command: "find", arguments: ["name": "x", "layers": []]),
            ControlRequest(id: 1, command: "find", arguments: ["name": "x", "layers": ["sky"]]),
            ControlRequest(id: 1, command: "see-as", arguments: ["as": "contact"]),
            ControlRequest(id: 1, command: "see-as", arguments: ["as": "nobody"]),
            ControlRequest(id: 1, command: "card", arguments: ["identity": "kith1aa"]),
            ControlRequest(id: 1, command: "change", arguments: ["change": "remove"]),
            ControlRequest(id: 1, command: "change", arguments: ["change": "sharing"]),
            ControlRequest(
                id: 1, command: "change",
                arguments: [
                    "change": "level", "identity": .text(IdentityText.encode(key)),
                    "level": "public",
                ]),
        ])
    func refusals(request: ControlRequest) {
        #expect(throws: ControlFailure.self) { try ControlCommand(request) }
    }
}
