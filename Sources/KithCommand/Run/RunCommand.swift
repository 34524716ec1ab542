import Glibc
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// `kith run`: the node, until it is stopped.
enum RunCommand {
    /// Where a node listens that is not told otherwise.
    static let port = Beacon.port

    /// Signals that the main thread waits for while the node runs on its own thread.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, ended]
    /// Tells the main thread that the node has ended by itself, asked over its socket.
    private static let ended = SIGUSR2

    /// Runs the node; 130 after Ctrl-C, 124 when `--timeout` ran out, else 0.
    static func run(_ context: Context) throws(Failure) -> ExitCode {
        let network = try context.network()
        let seedFile = try SeedFile(context.invocation, network: network)
        var options = try options(context, network)
        let list = try seedFile?.read()
        let home = try context.home
        try makeReady(home, network, context.console)
        options.identity = try identity(context)
        if let seedFile, let list {
            try admit(list, of: seedFile, home)
            options.seeds += list.seeds
        }
        // Before the first thread is started: each signal must be blocked in all of them.
        SignalSource.block(signals)

        let talk = RunTalk(
            console: context.console, isEntry: context.invocation.has("bootstrap"))
        let host = try start(home, options, talk)
        host.snapshot { snapshot in
            if let snapshot { talk.listening(snapshot, network: network, home: home) }
        }
        let code = wait(host, seedFile, talk, until: context.deadline)
        host.join()
        return code
    }

    private static func start(
        _ home: Home, _ options: NodeHost.Options, _ talk: RunTalk
    ) throws(Failure) -> NodeHost {
        do {
            return try NodeHost.start(home: home, options: options) { notice in
                talk.say(notice)
                if notice == .stopped { kill(getpid(), ended) }
            }
        } catch {
            throw Failure(error)
        }
    }

    /// Waits for signals until the node has ended.
    private static func wait(
        _ host: NodeHost, _ seedFile: SeedFile?, _ talk: RunTalk, until deadline: Instant
    ) -> ExitCode {
        var code = ExitCode.ok
        var deadline = deadline
        while true {
            switch nextSignal(until: deadline) {
            case .some(ended): return code == .ok && talk.hasLostState ? .failed : code
            case .some(SIGHUP): reload(host, seedFile, talk)
            case .some(let signal):
                if signal == SIGINT { code = .interrupted }
                host.stop()
            case .none:
                code = .timedOut
                deadline = .never
                host.stop()
            }
        }
    }

    /// The next signal, or nil when the deadline came first.
    private static func nextSignal(until deadline: Instant) -> Int32? {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        while true {
            if deadline == .never {
                var signal: Int32 = 0
                if sigwait(&set, &signal) == 0 { return signal }
                continue
            }
            let left = max(0, (deadline - SystemClock.instant()).wholeNanoseconds)
            var time = timespec(
                tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            let signal = sigtimedwait(&set, nil, &time)
            if signal > 0 { return signal }
            if errno == EAGAIN { return nil }
        }
    }

    /// Reads the seed list again and joins through what it says now.
    private static func reload(_ host: NodeHost, _ seedFile: SeedFile?, _ talk: RunTalk) {
        guard let seedFile else { return talk.reloaded(nil) }
        do throws(Failure) {
            let list = try seedFile.read()
            host.withStore { store in
                guard let store else { return }
                do throws(Failure) {
                    try seedFile.admit(list, in: store)
                    host.submit(.join(list.seeds))
                    talk.reloaded(list)
                } catch {
                    talk.refused(error)
                }
            }
        } catch {
            // The node goes on with what it has.
            talk.refused(error)
        }
    }

    /// Refuses a list that is older than the newest this home has used.
    private static func admit(
        _ list: SeedList, of file: SeedFile, _ home: Home
    ) throws(Failure) {
        let store: Store
        do {
            store = try home.open(network: file.network)
        } catch {
            throw Failure(error)
        }
        try file.admit(list, in: store)
    }

    /// Makes keys where there are none, so that one command is enough to run a node.
    private static func makeReady(
        _ home: Home, _ network: Network, _ console: Console
    ) throws(Failure) {
        guard !home.exists else { return }
        do {
            _ = try home.initialise(network: network)
            console.say("made keys in \(home.path)")
        } catch {
            throw Failure(error)
        }
    }

    /// The opened identity; nil where it has no passphrase, and where nobody is there to give it, so
    /// that the node starts locked.
    private static func identity(_ context: Context) throws(Failure) -> Secret32? {
        let file = try context.identity(beside: try context.store())
        guard file.isLocked else { return nil }
        let input = PassphraseInput(context.invocation)
        guard let passphrase = try input.present("Passphrase of \(try context.home.path): ")
        else { return nil }
        return try IdentityCommands.open(file, passphrase)
    }

    /// What was asked for; else full where somebody vouches that others reach the node, or where
    /// everyone is on one machine.
    private static func role(
        _ invocation: Invocation, _ network: Network, isKnown: Bool
    ) throws(Failure) -> RolePolicy {
        switch invocation.text("role") {
        case "full": return .full
        case "client": return .client
        default: break
        }
        let isEntry = invocation.has("bootstrap")
        return isKnown || isEntry || network.isLocal ? .full : .automatic
    }

    private static func options(
        _ context: Context, _ network: Network
    ) throws(Failure) -> NodeHost.Options {
        let invocation = context.invocation
        var listen: [Address] = []
        for text in invocation.texts("listen") { listen.append(try Inputs.address(text)) }
        var options = NodeHost.Options(network: network, listen: listen)
        if listen.isEmpty {
            options.listen = [Address(v4: 0, port: port)]
            // A machine without IPv6 still runs a node.
            options.listenIfPossible = [Address(v6: 0, low: 0, port: port)]
        }
        for text in invocation.texts("advertise") {
            let address = try Inputs.address(text)
            guard address.isUsable(in: network) else {
                throw Failure(
                    .invalidData, "invalid-address", "\(address) means nothing to others",
                    hint: "advertise an address and port that they can reach")
            }
            options.advertised.append(address)
        }
        options.isMetered = invocation.has("metered")
        options.visibility =
            invocation.text("visible").flatMap(NodeHost.VisibilityPolicy.init(rawValue:)) ?? .nodes
        options.usesDirectory = options.visibility != .nobody
        options.settings.mixing.relays = invocation.text("relay") != "off"
        options.role = try role(invocation, network, isKnown: !options.advertised.isEmpty)
        if options.advertised.isEmpty {
            let wildcards = (options.listen + options.listenIfPossible).filter {
                $0.scope == .unspecified && $0.port != 0
            }
            options.advertised = wildcards.compactMap {
                OwnAddresses.best(for: $0, in: network)
            }
        }
        for text in invocation.texts("seed") { options.seeds.append(try Inputs.nodeRecord(text)) }
        let service = ControlService(network: network, home: try context.home)
        options.control = { request, reply, host in service.answer(request, reply, host) }
        return options
    }
}
