import KithCrypto
import KithOverlay
import KithWire

/// What one run of a ``Swarm`` does to its network; drawn from a seed.
///
/// Which faults are on is drawn, too: one fault alone finds what all of them together hide.
public struct SwarmPlan: Sendable {
    /// What goes wrong again and again.
    public enum Fault: String, Sendable, CaseIterable {
        /// A machine loses power and comes back with what is on its disk.
        case crash
        /// A machine loses power around an acknowledgement; half a record may be on its disk.
        case crashInStore = "crash in STORE"
        /// A machine goes away in peace and comes back.
        case leave
        /// A process stands still.
        case pause
        /// The network falls into two parts.
        case partition
        /// Some machines are not heard, or hear nothing.
        case oneWayCut = "one-way cut"
        /// Everything that some machines send or get is seconds late.
        case clog
        /// A clock jumps by up to 5 min either way.
        case clockJump = "clock jump"
        /// A disk is full.
        case diskFull = "full disk"
    }

    /// A fault, how often it begins and how long it lasts, both in the mean.
    public struct Habit: Sendable {
        /// What goes wrong.
        public let fault: Fault
        /// Time from one beginning to the next.
        public let every: Duration
        /// Time from beginning to end.
        public let lasts: Duration
    }

    /// What everything is drawn from.
    public let seed: UInt64
    /// Honest machines.
    public var machines: Int
    /// People who publish, at most.
    public var people: Int
    /// How long things go wrong.
    public var length: Duration
    /// How datagrams are treated meanwhile.
    public var links: Links
    /// What goes wrong.
    public var habits: [Habit]
    /// Liars, who stay when the rest is healed.
    public var liars: [Vice]

    /// Most machines of a run.
    public static let machinesMax = 80
    /// Least machines of a run, unless it is made smaller.
    static let machinesMin = 50
    /// Largest share of liars among all.
    static let liarsMax = 0.2

    /// Draws a plan with at most `machinesMax` participants.
    public init(seed: UInt64, machinesMax: Int = SwarmPlan.machinesMax) {
        self.seed = seed
        var dice = Entropy(seed: seed)
        let least = min(SwarmPlan.machinesMin, machinesMax * 5 / 8)
        let all = least + Int(dice.below(UInt64(machinesMax - least + 1)))
        people = 6 + Int(dice.below(7))
        length = .seconds(180 + 120 * dice.unit())
        let mean = 5 + 95 * dice.unit()
        links = Links(
            latency: .seconds(mean / 1_000), spread: .seconds(mean * dice.unit() / 1_000))
        if dice.below(2) == 0 { links.loss = 0.3 * dice.unit() * dice.unit() }
        if dice.below(4) == 0 { links.loss = 0.3 * dice.unit() }
        if dice.below(2) == 0 { links.duplication = 0.5 * dice.unit() }
        if dice.below(2) == 0 { links.reordering = 0.2 * dice.unit() }
        habits = Fault.allCases.compactMap { fault in
            guard dice.below(2) == 0 else { return nil }
            return Habit(
                fault: fault, every: .seconds(10 + 50 * dice.unit()),
                lasts: .seconds(5 + 55 * dice.unit()))
        }
        var share = 0.0
        if dice.below(2) == 0 { share = SwarmPlan.liarsMax * dice.unit() }
        let mix = Vice.crowd.filter { _ in dice.below(2) == 0 }
        liars = (0..<Int(Double(all) * share)).compactMap { _ in dice.element(of: mix) }
        machines = all - liars.count
    }
}

extension SwarmPlan: CustomStringConvertible {
    /// The plan in words.
    public var description: String {
        var parts = [
            "seed \(seed): \(machines) machines, \(people) people, \(whole(length)) s",
            "latency \(milliseconds(links.latency))±\(milliseconds(links.spread)) ms",
        ]
        let shares = [
            ("lost", links.loss), ("twice", links.duplication), ("reordered", links.reordering),
        ]
        for (name, share) in shares where share > 0 {
            parts.append("\(Int((share * 100).rounded())) % \(name)")
        }
        for habit in habits {
            parts.append(
                "\(habit.fault.rawValue) every \(whole(habit.every)) s for "
                    + "\(whole(habit.lasts)) s")
        }
        for vice in Vice.allCases {
            let count = liars.count { $0 == vice }
            if count > 0 { parts.append("\(count) \(vice.rawValue)") }
        }
        return parts.joined(separator: ", ")
    }

    private func whole(_ duration: Duration) -> Int { Int(duration.seconds.rounded()) }

    private func milliseconds(_ duration: Duration) -> Int {
        Int((duration.seconds * 1_000).rounded())
    }
}
