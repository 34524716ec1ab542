import KithOverlay
import KithSimulation
import KithWire

let world = World(seed: 7, links: Links(latency: .milliseconds(20)))
for _ in 0..<24 { world.addMachine() }
let first = world.machines[0]
world.start(first, seeds: [])
for machine in world.machines.dropFirst() {
    world.start(machine, seeds: [first.record])
    world.run(for: .milliseconds(200))
}
world.run(for: .seconds(30))
print("joined", world.machines.filter { $0.joinedAt != nil }.count, "delivered", world.delivered)
let jonas = world.machines[3]
let profile = try Profile(
    name: "Jonas Weber", interests: ["chess", "sailing"], region: "Ulm", bio: nil,
    links: [], avatar: nil, activeHour: 497_000)
print(world.finish(.publish(profile), on: jonas) as Any)
for query in ["jonas", "jonnas", "jon", "weber", "Jonas Weber"] {
    let found = world.finish(.findName(query, limit: 10), on: world.machines[20])
    guard case .success(.found(let hits, let search)) = found else {
        print(query, found as Any)
        continue
    }
    print(query, hits.map(\.profile.name), hits.map(\.score), search)
}
let found = world.finish(
    .findInterests(["chess", "go"], minScore: 0.3, limit: 10), on: world.machines[15])
print(found as Any)
print(world.finish(.unpublish, on: jonas) as Any)
print(world.finish(.findName("jonas", limit: 10), on: world.machines[9]) as Any)
print(world.counters(of: jonas))
print(world.traceHash)
