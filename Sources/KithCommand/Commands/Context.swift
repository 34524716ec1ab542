import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// What a command works with: what was typed, where to write, and the home.
struct Context {
    /// What was typed.
    let invocation: Invocation
    /// Where to write.
    let console: Console
    /// When `--timeout` runs out.
    let deadline: Instant

    /// The context of a command line.
    init(_ invocation: Invocation, _ console: Console) {
        self.invocation = invocation
        self.console = console
        deadline = invocation.duration("timeout").map { SystemClock.instant() + $0 } ?? .never
    }

    /// The home that the flags or the environment name.
    var home: Home {
        get throws(Failure) {
            do {
                return try Home.resolve(
                    explicit: invocation.text("home"), environment: Home.environment)
            } catch {
                throw Failure(error)
            }
        }
    }

    /// The network that `--network` names; else the first, public before local, that this home
    /// has a proof of work for; else the public one.
    func network() throws(Failure) -> Network {
        switch invocation.text("network") {
        case "local": return .local
        case .some: return .main
        case .none: break
        }
        let home = try home
        guard home.exists else { return .main }
        do throws(HostError) {
            for network in [Network.main, .local]
            where try Context.hasProof(home, in: network) {
                return network
            }
        } catch {
            throw Failure(error)
        }
        return .main
    }

    /// The state of the home.
    func store() throws(Failure) -> Store {
        let network = try network()
        let home = try home
        do {
            return try home.open(network: network)
        } catch {
            throw Failure(error)
        }
    }

    /// The identity of the home, locked or not.
    func identity(beside store: Store) throws(Failure) -> IdentityFile {
        let home = try home
        do {
            return try home.identity(beside: store)
        } catch {
            throw Failure(error)
        }
    }

    /// The answer of the node that runs on this home.
    func ask(_ command: ControlCommand) throws(Failure) -> JSON {
        try RunningNode.ask(command, at: try home, until: deadline)
    }

    /// Prints rows of names and values, or the object they come from.
    func show(_ rows: [(String, String)], _ json: JSON) {
        switch console.form {
        case .json: console.data(json)
        case .plain: console.data(Report.plain(rows))
        case .text: console.data(Report.pairs(rows, in: console.output))
        }
    }

    /// Prints a table, or the object it comes from.
    func show(_ table: Table, _ json: JSON) {
        switch console.form {
        case .json: console.data(json)
        case .plain: console.data(table.plain)
        case .text: console.data(table.lines(in: console.output))
        }
    }

    private static func hasProof(
        _ home: Home, in network: Network
    ) throws(HostError) -> Bool {
        let store = try home.open(network: network)
        do {
            return try store.proof() != nil
        } catch {
            throw .store(error)
        }
    }
}
