import Glibc
import KithHost
import KithOverlay

/// `kith nearby`: who is on the same network.
enum NearbyCommand {
    /// How often a watch asks the node what it knows.
    private static let watchPause: useconds_t = 500_000
    /// How often it looks around again, in such pauses: every 30 s.
    private static let looksAgain = 60

    /// Looks around once, or goes on until it is stopped.
    static func perform(_ context: Context) throws(Failure) -> ExitCode {
        let request = try request(context.invocation)
        let bar = ProgressBar(context.console, "asking hosts")
        defer { bar.clear() }
        let answer = try RunningNode.ask(
            .nearby(request), at: try context.home, until: context.deadline
        ) { event in
            bar.show(event["done"]?.int ?? 0, of: event["total"]?.int ?? 0)
        }
        bar.clear()
        if context.invocation.has("watch") { return try watch(answer, context) }
        return show(answer, context.console)
    }

    private static func request(_ invocation: Invocation) throws(Failure) -> NearbyRequest {
        for text in invocation.words where HostAddress.parse(text) == nil {
            throw Failure(
                .invalidData, "invalid-address", "'\(Terminal.safe(text))' is no address",
                hint: "write 192.168.1.7, 192.168.1.7:5484 or fe80::7%eth0")
        }
        if invocation.has("interface"), !invocation.has("sweep") {
            throw Failure(.conflict("--interface belongs to --sweep", verb: "nearby"))
        }
        return NearbyRequest(
            sweeps: invocation.has("sweep"), interface: invocation.text("interface"),
            addresses: invocation.words)
    }

    private static func show(_ answer: JSON, _ console: Console) -> ExitCode {
        let isEmpty = answer["people"]?.array?.isEmpty ?? true
        switch console.form {
        case .json: console.data(answer)
        case .plain: console.data(NearbyReport.plain(answer))
        case .text:
            if !isEmpty { console.data(NearbyReport.table(answer).lines(in: console.output)) }
            console.data((isEmpty ? [] : [""]) + NearbyReport.media(answer, in: console.output))
        }
        guard isEmpty else { return .ok }
        console.report(
            Failure(
                .nothingFound, "nothing-found", "nobody was found on this network",
                hint: NearbyReport.advice(answer)), asData: false)
        return .nothingFound
    }

    // MARK: Watching

    /// Says who is there, and from then on who comes, changes and goes.
    private static func watch(_ first: JSON, _ context: Context) throws(Failure) -> ExitCode {
        var known: [String: JSON] = [:]
        var answer = first
        var turns = 0
        if context.console.form == .text {
            context.console.remark(
                NearbyReport.media(answer, in: context.console.talk) + ["", "Ctrl-C ends it"])
        }
        while true {
            var present: [String: JSON] = [:]
            for person in answer["people"]?.array ?? [] {
                let key = NearbyReport.key(of: person)
                present[key] = person
                if let before = known[key] {
                    if NearbyReport.differs(before, person) { tell("changed", person, context) }
                } else {
                    tell("appeared", person, context)
                }
            }
            for (key, person) in known.sorted(by: { $0.key < $1.key }) where present[key] == nil {
                tell("vanished", person, context)
            }
            known = present
            usleep(watchPause)
            if SystemClock.instant() >= context.deadline { throw .timedOut }
            turns += 1
            let request = NearbyRequest(scans: turns % looksAgain == 0)
            answer = try context.ask(.nearby(request))
        }
    }

    private static func tell(_ event: String, _ person: JSON, _ context: Context) {
        switch context.console.form {
        case .json: context.console.data(["event": .text(event), "person": person])
        case .plain: context.console.data([event + "\t" + NearbyReport.plainRow(person)])
        case .text:
            context.console.data([NearbyReport.line(event, person, in: context.console.output)])
        }
    }
}
