package import KithOverlay

extension World {
    /// Adds machines and switches them on, 50 in a second, each with three members to join through.
    ///
    /// - Parameters:
    ///   - prepare: what is done to a machine that is still off.
    ///   - onStart: called when a machine was switched on.
    func grow(
        to count: Int, prepare: (Machine) -> Void = { _ in }, onStart: (Machine) -> Void = { _ in }
    ) {
        for _ in 0..<count { prepare(addMachine()) }
        for machine in machines {
            var seeds = randomSeeds(3)
            if seeds.isEmpty, machine.number > 0 { seeds = [machines[0].record] }
            start(machine, seeds: seeds)
            run(for: Plan.growth)
            onStart(machine)
        }
        run(for: Plan.settling)
    }
}

extension Settings {
    /// Settings under which a day of a small network is simulated in seconds.
    ///
    /// Neighbours are checked every hour instead of every five minutes, and nodes look every
    /// five seconds, not every second, whether there is something to maintain. A node with fewer
    /// neighbours than a lookup is wide, as in any village, looks around every hour and not every
    /// five minutes: that would be most of what there is to simulate.
    package static var unhurried: Settings {
        var settings = Settings()
        settings.routing.checkInterval = .seconds(3_600)
        settings.operations.maintenance = .seconds(5)
        settings.operations.joinPauseMax = .seconds(3_600)
        return settings
    }
}
