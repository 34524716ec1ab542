import KithCrypto
import KithOverlay

// What goes wrong in a swarm.
extension Swarm {
    /// A fault that has begun and will end.
    struct Active {
        let until: Instant
        let what: What
    }

    /// What has to be undone.
    enum What {
        case cut(Cut)
        case clog(Clog)
        case pause(Machine)
        case full(Machine)
        /// It said goodbye and is switched off in a moment, if it still is in this life.
        case leave(Machine, life: Int)
    }

    /// Time between a goodbye and switching off.
    private static let farewell: Duration = .seconds(5)
    /// The furthest that a clock jumps.
    private static let jumpMax = 300.0

    /// Machines that are off come back after a while.
    func bringBack() {
        for machine in world.machines where !machine.isUp {
            guard let due = returns[machine.number] else {
                returns[machine.number] = world.now + .seconds(2 + 60 * dice.unit())
                continue
            }
            guard due <= world.now else { continue }
            returns[machine.number] = nil
            world.start(machine, seeds: world.randomSeeds(3))
        }
    }

    func endFaults() {
        let over = active.filter { $0.until <= world.now }
        guard !over.isEmpty else { return }
        active.removeAll { $0.until <= world.now }
        for one in over { lift(one) }
        applyLinks()
    }

    func lift(_ one: Active) {
        switch one.what {
        case .cut, .clog: break
        case .pause(let machine): world.resume(machine)
        case .full(let machine): machine.setDiskFull(false)
        case .leave(let machine, let life):
            if machine.life == life { world.crash(machine) }
        }
    }

    func beginFaults() {
        for habit in plan.habits where dice.unit() < Swarm.tick.seconds / habit.every.seconds {
            let until = world.now + habit.lasts.scaled(by: 2 * dice.unit())
            begin(habit.fault, until: until)
        }
        applyLinks()
    }

    private func applyLinks() {
        world.cuts = active.compactMap { if case .cut(let cut) = $0.what { cut } else { nil } }
        world.clogs = active.compactMap { if case .clog(let clog) = $0.what { clog } else { nil } }
    }

    private func begin(_ fault: SwarmPlan.Fault, until: Instant) {
        let up = world.machines.filter { $0.isUp && !$0.isPaused }
        // More than half of the machines are never off: nobody promises anything then.
        guard let machine = dice.element(of: up), up.count * 2 > plan.machines else { return }
        switch fault {
        case .crash: world.crash(machine)
        case .crashInStore:
            let point = dice.element(of: CrashPoint.allCases) ?? .afterCommit
            world.crash(
                machine, at: point, after: point == .afterAcknowledgement ? 1 : 0,
                torn: dice.unit())
        case .leave:
            world.perform(.leave, on: machine)
            active.append(
                Active(
                    until: world.now + Swarm.farewell,
                    what: .leave(machine, life: machine.life)))
        case .pause:
            world.pause(machine)
            active.append(Active(until: until, what: .pause(machine)))
        case .partition: cut(some(dice.below(UInt64(plan.machines / 2))), oneWay: false, until)
        case .oneWayCut:
            let few = some(dice.below(4))
            // The machines of one side are not heard, or those of the other.
            let side = dice.below(2) == 0 ? few : Set(0..<plan.machines).subtracting(few)
            cut(side, oneWay: true, until)
        case .clog:
            let delay = Duration.seconds(1 + 7 * dice.unit())
            let clog = Clog(machines: some(dice.below(5)), delay: delay)
            active.append(Active(until: until, what: .clog(clog)))
        case .clockJump: machine.clockError = .seconds(Swarm.jumpMax * (2 * dice.unit() - 1))
        case .diskFull:
            machine.setDiskFull(true)
            active.append(Active(until: until, what: .full(machine)))
        }
    }

    private func cut(_ side: Set<Int>, oneWay: Bool, _ until: Instant) {
        active.append(Active(until: until, what: .cut(Cut(side: side, isOneWay: oneWay))))
    }

    /// One machine and `more` others, at random, by number.
    private func some(_ more: UInt64) -> Set<Int> {
        var numbers = Array(0..<plan.machines)
        dice.shuffle(&numbers)
        return Set(numbers.prefix(Int(more) + 1))
    }
}
