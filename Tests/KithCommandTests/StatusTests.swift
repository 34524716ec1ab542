import KithHost
import KithOverlay
import Testing

@testable import KithCommand

@Suite("Status says in words")
struct StatusTests {
    private func around(_ own: Neighbourhood, suspicion: Neighbourhood? = nil) -> String? {
        let answer: JSON = [
            "phase": .text("joined"), "neighbourhood": StatusAnswer.neighbourhood(own),
            "suspicion": suspicion.map(StatusAnswer.neighbourhood) ?? .null,
        ]
        return StatusReport.rows(answer).first { $0.0 == "around" }?.1
    }

    @Test("that all is as chance would have it, or that nothing can be said yet")
    func calm() {
        #expect(
            around(.normal) == "normal: ids and subnets are spread as chance would spread them")
        #expect(around(.unknown) == "? (too few nodes are known to tell)")
    }

    @Test("that somebody has settled around the node itself")
    func crowded() {
        #expect(
            around(.crowded(nodes: 16, expected: 1.23))
                == "SUSPICIOUS: 16 nodes stand where 1.2 are expected: somebody chose these ids")
        #expect(
            around(.oneSubnet(percent: 62))
                == "SUSPICIOUS: 62 % of the nodes are in one subnet")
    }

    @Test("that it met such a place when it read or wrote, and what it does there")
    func met() {
        let words = around(.normal, suspicion: .crowded(nodes: 1, expected: 0.001))
        #expect(
            words == "SUSPICIOUS: 1 node stands where hardly any are expected: somebody chose "
                + "these ids; writes go to up to 20 nodes, reads compare them")
    }
}
