import KithCrypto
import KithOverlay
import KithWire

// What goes wrong, and when.
extension Experiment {
    /// What is wrong from the start.
    func upset() {
        switch plan.scenario {
        case .skew:
            for machine in world.machines {
                machine.clockError = .seconds(60 * (2 * world.entropy.unit() - 1))
            }
        case .full:
            for machine in some(of: 10) { machine.setDiskFull(true) }
        case .steady, .swarm, .churn, .hardChurn, .half, .liars20, .liars30, .ground, .groundLate,
            .large,
            .partition, .mute, .pause, .swizzle:
            break
        }
    }

    /// What goes wrong after everybody published.
    func goWrong() {
        switch plan.scenario {
        case .steady, .swarm, .churn, .hardChurn, .liars20, .liars30, .ground, .large, .skew, .full:
            return
        case .groundLate: besiege()
        case .half:
            for machine in some(of: 2) { world.crash(machine) }
            world.run(for: .seconds(30))
        case .partition:
            world.cuts = [Cut(side: numbers(some(of: 2)))]
            world.run(for: .seconds(300))
            world.cuts = []
            world.run(for: .seconds(60))
        case .mute:
            mute = numbers(some(of: 10))
            world.cuts = [Cut(side: mute, isOneWay: true)]
        case .pause:
            let stopped = some(of: 10)
            for machine in stopped { world.pause(machine) }
            world.run(for: .seconds(30))
            for machine in stopped { world.resume(machine) }
        case .swizzle:
            swizzle(some(of: 10))
        }
    }

    /// Chooses whose locations are besieged.
    func chooseBesieged() {
        guard plan.scenario.isSiege else { return }
        var members = world.machines.filter(\.isMember)
        world.entropy.shuffle(&members)
        besieged = Array(members.prefix(plan.people))
    }

    /// Grinds ids next to the location of each of them; each siege is a conspiracy of its own.
    func besiege() {
        for machine in besieged {
            let location = Record.ownedLocation(.profile, author: machine.identity)
            let siege = world.grind(Plan.besiegers, near: location)
            for liar in siege { world.release(liar) }
        }
        pass(Plan.siege, "besiege")
    }

    /// FoundationDB's way to find bugs: stop connections one by one, restore them in another
    /// order.
    private func swizzle(_ chosen: [Machine]) {
        for machine in chosen {
            world.cuts.append(Cut(side: [machine.number]))
            world.run(for: .seconds(1))
        }
        var cuts = world.cuts
        world.entropy.shuffle(&cuts)
        for left in cuts.indices {
            world.cuts = Array(cuts[(left + 1)...])
            world.run(for: .seconds(1))
        }
    }

    /// One machine of `share`, at random.
    private func some(of share: Int) -> [Machine] {
        var all = world.machines
        world.entropy.shuffle(&all)
        return Array(all.prefix(all.count / share))
    }

    private func numbers(_ machines: [Machine]) -> Set<Int> {
        Set(machines.map(\.number))
    }
}

extension Duration {
    /// This duration times a factor, to the nanosecond.
    func scaled(by factor: Double) -> Duration {
        .nanoseconds(Int64(Double(wholeNanoseconds) * factor))
    }
}
