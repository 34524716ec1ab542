import KithHost
import Testing

@testable import KithCommand

@Suite("A control command")
struct ControlCommandTests {
    @Test(
        "comes over the socket as it was sent",
        arguments: [
            ControlCommand.status, .peers, .publish, .unpublish, .stop,
            .findName("Jonas Weber", limit: 3),
            .findInterests(["chess", "go"], minScore: 0.25, limit: 100),
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
        ])
    func refusals(request: ControlRequest) {
        #expect(throws: ControlFailure.self) { try ControlCommand(request) }
    }
}
