import KithOverlay
import Testing

@testable import KithSimulation

/// The figures: the scenario `anonymity` (``AnonymityExperiment``).
@Suite("Whom an observer suspects")
struct AnonymityTests {
    @Test("is anybody, who is named once in as many times, with all the bits there are")
    func anybody() {
        let suspicion = Suspicion(of: 64)
        #expect(abs(suspicion.bits - 6) < 1e-9)
        #expect(abs(suspicion.names(3) - 1 / 64) < 1e-9)
    }

    @Test("is somebody, once two things were learned that fit nobody else")
    func combined() {
        var suspicion = Suspicion(weights: [0.5, 0.5, 0, 0])
        #expect(abs(suspicion.bits - 1) < 1e-9)
        #expect(suspicion.names(0) == 0.5 && suspicion.names(2) == 0)
        suspicion.combine(Suspicion(weights: [0, 1, 0, 0]))
        #expect(suspicion.names(1) == 1 && suspicion.bits < 1e-9)
        // What fits nobody was no evidence.
        suspicion.combine(Suspicion(weights: [1, 0, 0, 0]))
        #expect(suspicion.bits == 2)
    }

    @Test("is anybody with what is left of the probability")
    func rest() {
        let suspicion = Suspicion(weights: [0.6, 0, 0, 0])
        #expect(abs(suspicion.shares[0] - 0.7) < 1e-9 && abs(suspicion.shares[3] - 0.1) < 1e-9)
    }

    @Test("by a tracer is who sent the only cell that could be it")
    func tracer() {
        var tracer = Tracer(
            people: 5, delay: .milliseconds(100), delayCap: .seconds(1), echoes: 0)
        tracer.guards = [1, nil, nil, 1, nil]
        // 0 asks by 1 and 2, of 4. Long before, 3 sent something to 1 that went nowhere.
        func at(_ milliseconds: Int64) -> Instant { .start + .milliseconds(milliseconds) }
        func cell(_ sender: Int, _ receiver: Int, _ moment: Int64) -> Passage {
            Passage(
                sender: sender, bytes: 1_232, isData: true, sent: at(moment),
                arrival: (receiver, at(moment + 50)))
        }
        tracer.saw(cell(3, 1, 0), ownRate: 0.2)
        tracer.saw(cell(0, 1, 2_000), ownRate: 0.2)
        tracer.saw(cell(1, 2, 2_150), ownRate: 0)
        tracer.saw(cell(2, 4, 2_300), ownRate: 0)
        let origins = Suspicion(weights: tracer.acted(4, at: at(2_450)))
        #expect(origins.names(0) == 1 && origins.bits < 0.01)
        // And back by 3's relay 1, who gets nothing else.
        tracer.answered(4, to: 2, as: 7)
        tracer.saw(cell(4, 2, 2_600), ownRate: 0)
        tracer.saw(cell(2, 1, 2_750), ownRate: 0)
        tracer.saw(cell(1, 0, 2_900), ownRate: 0)
        tracer.end(at: at(4_000))
        let receivers = Suspicion(weights: tracer.receivers[7] ?? [])
        #expect(receivers.names(0) == 1)
    }
}
