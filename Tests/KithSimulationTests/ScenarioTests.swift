import KithOverlay
import KithSimulation
import Testing

@Suite("An experiment")
struct ScenarioTests {
    @Test(
        "of every scenario ends with figures, and nothing that must hold was violated",
        arguments: Scenario.allCases.filter { $0 != .swarm })
    func scenario(_ scenario: Scenario) {
        var plan = Plan(scenario, seed: testSeed(default: 81))
        plan.nodes = 16
        plan.churn = nil
        plan.links = Links(latency: .milliseconds(20), loss: 0.02)
        plan.people = 4
        plan.finds = 12
        plan.length = .seconds(120)
        plan.scenario = scenario
        let experiment = Experiment(plan)
        experiment.run()
        let found = experiment.findings
        #expect(found.violations.map(\.description) == [])
        #expect(found.joined == 16 - Int((plan.liars * 16).rounded()))
        #expect(found.stores.tried >= 4)
        #expect(found.finds.tried + found.unfinished >= 8)
        #expect(found.searches.tried > 0)
        #expect(found.trace.count == 64)
        let failed = found.lookups.failed + found.finds.failed + found.searches.failed
        #expect(found.misses.count >= min(failed, 20))
        switch scenario {
        case .steady, .skew, .pause, .large:
            #expect(found.finds.success == 1)
            #expect(found.searches.success == 1)
        case .half:
            #expect(found.soon.tried == 4)
            #expect(found.later.tried == 4)
        case .liars20, .liars30, .ground, .groundLate:
            #expect(found.lies > 0)
        case .swarm, .churn, .hardChurn, .partition, .mute, .full, .swizzle:
            break
        }
    }

    @Test("without loss finds the closest three in every lookup, within 4 hops and 25 requests")
    func steady() {
        var plan = Plan(seed: testSeed(default: 82), nodes: 64)
        plan.people = 4
        plan.finds = 20
        plan.length = .seconds(60)
        let experiment = Experiment(plan)
        experiment.run()
        let lookups = experiment.findings.lookups
        #expect(lookups.tried == 20)
        #expect(lookups.success == 1)
        #expect(lookups.hops.median ?? 99 <= 4)
        #expect(lookups.requests.median ?? 99 <= 25)
    }
}

extension Tally {
    /// How many of those tried failed.
    fileprivate var failed: Int { tried - succeeded }
}
