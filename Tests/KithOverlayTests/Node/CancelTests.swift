import KithWire
import Testing

@testable import KithOverlay

@Suite("An operation that was cancelled")
struct CancelTests {
    @Test("says nothing more, though a publication goes on")
    func publication() throws {
        let duo = Duo()
        duo.perform(.join([duo.bob.record]), on: duo.ada)
        duo.settle()
        let profile = try Profile(name: "Marta", interests: ["chess"], activeHour: 0)
        let id = OperationID(1)
        duo.perform(.start(id, .publish(profile)), on: duo.ada)
        duo.perform(.cancel(id), on: duo.ada)
        guard case .failure(.cancelled)? = duo.ada.result(of: id) else {
            Issue.record("not cancelled: \(duo.ada.events)")
            return
        }
        duo.ada.events = []
        for _ in 0..<10 {
            duo.settle()
            duo.advance(.milliseconds(500))
        }
        #expect(duo.bob.node.counters.answeredStore > 0, "nothing was published")
        for event in duo.ada.events {
            switch event {
            case .progress(id, _), .finished(id, _): Issue.record("\(event)")
            default: continue
            }
        }
    }
}
