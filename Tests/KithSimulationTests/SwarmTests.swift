import KithOverlay
import Testing

@testable import KithSimulation

@Suite("A swarm of faults")
struct SwarmTests {
    @Test("every fault at once, then healed: what was acknowledged is readable")
    func everything() {
        var plan = SwarmPlan(seed: testSeed(default: 501), machinesMax: 24)
        plan.liars = []
        plan.people = 5
        plan.length = .seconds(90)
        plan.links.loss = 0.1
        plan.habits = SwarmPlan.Fault.allCases.map {
            SwarmPlan.Habit(fault: $0, every: .seconds(20), lasts: .seconds(15))
        }
        let swarm = Swarm(plan)
        swarm.run()
        #expect(swarm.world.complaints == [], "\(plan)")
        #expect(swarm.findings.stores.succeeded > 0)
        #expect(swarm.findings.finds.success == 1)
    }

    @Test("the same seed draws the same plan and gives the same trace, another seed another")
    func repeatable() {
        let seed = testSeed(default: 502)
        func trace(_ seed: UInt64) -> String {
            var plan = SwarmPlan(seed: seed, machinesMax: 16)
            plan.length = .seconds(30)
            let swarm = Swarm(plan)
            swarm.run()
            return swarm.findings.trace
        }
        #expect(trace(seed) == trace(seed))
        #expect(SwarmPlan(seed: seed).description == SwarmPlan(seed: seed).description)
        #expect(SwarmPlan(seed: seed).description != SwarmPlan(seed: seed &+ 1).description)
    }

    @Test("plans stay in their bounds, and each fault is on in about half of them")
    func plans() {
        var counts: [SwarmPlan.Fault: Int] = [:]
        for seed in 0..<400 as Range<UInt64> {
            let plan = SwarmPlan(seed: seed)
            let all = plan.machines + plan.liars.count
            #expect((50...80).contains(all))
            #expect(plan.liars.count * 5 <= all)
            #expect(plan.links.loss <= 0.3)
            for habit in plan.habits { counts[habit.fault, default: 0] += 1 }
        }
        for fault in SwarmPlan.Fault.allCases {
            #expect((150...250).contains(counts[fault] ?? 0), "\(fault)")
        }
    }

    @Test("half a record on a disk is left out at the restart, what is whole comes back")
    func torn() throws {
        let world = village(seed: testSeed(default: 503))
        let ada = world[1]
        _ = try #require(world.publish(try profile("Ada"), on: ada))
        let holder = try #require(world.holders(of: ada).first)
        world.crash(holder, at: .beforeCommit, after: 0, torn: 0.5)
        for number in 2..<12 where holder.isUp {
            _ = world.publish(try profile("Bea\(number)"), on: world[number])
        }
        #expect(!holder.isUp)
        let before = holder.stored.count
        world.start(holder, seeds: world.randomSeeds(2))
        world.run(for: .seconds(5))
        #expect(holder.stored.count >= before)
        #expect(holder.stored(world.key(of: ada)) != nil)
        #expect(world.complaints == [])
    }
}
